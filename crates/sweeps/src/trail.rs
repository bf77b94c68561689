//! One run with everything that its rule does at each step, for pictures.

use sgdlab_core::streams::Key;
use sgdlab_core::{Oracle, Sample};
use sgdlab_optimizers::{Rule, RuleSpec, Signal, Span};
use sgdlab_samplers::{BatchBuffer, Context, Sampler, SamplerError, SamplerSpec};

use crate::diagonal::Diagonal;
use crate::drive::DIVERGENCE;
use crate::problem::Problem;
use crate::run;

/// A run at a constant rate, in double precision.
#[derive(Clone, Debug)]
pub struct Course<'a> {
    /// The rule.
    pub rule: &'a RuleSpec,
    /// The rate of every step.
    pub rate: f64,
    /// Where it begins.
    pub start: &'a [f64],
    /// Steps, unless the run diverges before.
    pub steps: u64,
    /// How batches of so many terms are drawn; without it, every batch is all terms.
    pub batches: Option<(&'a SamplerSpec, usize)>,
    /// What batches, and the random numbers of the rule, are drawn from.
    pub key: Key,
}

/// What a run did.
#[derive(Clone, Debug, PartialEq)]
pub struct Trail {
    /// Where it was before the first and after each step.
    pub points: Vec<Vec<f64>>,
    /// What the rule did from each point to the next.
    pub moves: Vec<Move>,
    /// Whether it was given up, since its value exceeded [`DIVERGENCE`] times the first or was no number.
    pub diverged: bool,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// The gradient that the rule was given; 0 of a rule that asks for its gradients itself.
    pub gradient: Vec<f64>,
    /// The step that the rule would have made here with a gradient of 0: what it keeps of the past, at its rate.
    ///
    /// It is −rate · momentum · v of SGD with momentum, and 0 of a rule that keeps no direction.
    pub coasting: Vec<f64>,
}

/// Why a run cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TrailError {
    /// The sampler does not fit.
    #[error(transparent)]
    Sampler(#[from] SamplerError),
    /// The rule is made for fewer parameters.
    #[error("{rule} takes at most {most} parameters, and there are {asked}")]
    Parameters {
        /// The rule.
        rule: String,
        /// How many there are.
        asked: usize,
        /// How many it takes.
        most: usize,
    },
    /// The sampler wants to see gradients, and the rule asks for its own.
    #[error("{rule} asks for its gradients itself, which the sampler {sampler} wants to see")]
    Unobserved {
        /// The rule.
        rule: String,
        /// The sampler.
        sampler: String,
    },
}

/// Where the runs of a replicate begin, as in a sweep.
#[must_use]
pub fn start(problem: &Problem, replicate: u32) -> Vec<f64> {
    problem.initial(run::initial_key(replicate))
}

impl Course<'_> {
    /// Makes the run.
    ///
    /// # Errors
    /// If the sampler, the rule and the problem do not go together.
    ///
    /// # Panics
    /// If the start is not as long as the problem's parameters.
    pub fn run(&self, problem: &Problem) -> Result<Trail, TrailError> {
        let (parameters, needs) = (problem.layout().size(), self.rule.needs());
        assert_eq!(self.start.len(), parameters, "a number for each parameter");
        if parameters > needs.most_parameters {
            let rule = self.rule.entry().name.to_owned();
            return Err(TrailError::Parameters { rule, asked: parameters, most: needs.most_parameters });
        }
        let mut batches = Batches::new(self, problem)?;
        let mut rule: Box<dyn Rule<f64, 1>> = RuleSpec::bind(std::array::from_ref(self.rule), problem.layout());
        rule.begin(&Span {
            steps: self.steps,
            steps_per_epoch: batches.per_epoch(),
            batch_size: batches.size as u64,
            key: self.key.child("rule"),
        });
        let objective = problem.single();
        let mut oracle = Oracle::new(objective, batches.size);
        if needs.products {
            oracle = oracle.with_products(batches.size);
        }
        let told = needs.products && !needs.asking;
        let mut asked = Asked {
            oracle,
            gradient: vec![[0.0]; parameters],
            diagonal: Diagonal::new(self.key.child("diagonal"), if told { parameters } else { 0 }),
        };
        let mut at: Vec<[f64; 1]> = self.start.iter().map(|&x| [x]).collect();
        let mut scratch = vec![[0.0]; objective.scratch(1)];
        let mut value = |at: &[[f64; 1]]| objective.evaluate(at, false, &mut scratch).value[0];
        let limit = DIVERGENCE * value(&at).abs().max(1.0);
        let mut trail = Trail { points: vec![self.start.to_vec()], moves: Vec::new(), diverged: false };
        for step in 0..self.steps {
            batches.draw(step);
            trail.moves.push(self.step(&mut *rule, &mut at, &mut asked, (step, &mut batches)));
            trail.points.push(at.as_flattened().to_vec());
            let now = value(&at);
            if !now.is_finite() || now > limit {
                trail.diverged = true;
                break;
            }
        }
        Ok(trail)
    }

    /// The batch of a step.
    ///
    /// # Errors
    /// If the sampler does not fit the problem.
    ///
    /// # Panics
    /// If the sampler looks at gradients.
    pub fn batch(&self, problem: &Problem, step: u64) -> Result<BatchBuffer, TrailError> {
        let mut batches = Batches::new(self, problem)?;
        batches.draw(step);
        Ok(batches.buffer)
    }

    fn step(
        &self,
        rule: &mut dyn Rule<f64, 1>,
        at: &mut [[f64; 1]],
        asked: &mut Asked<'_>,
        (step, batches): (u64, &mut Batches),
    ) -> Move {
        let Asked { oracle, gradient, diagonal } = asked;
        let batch = batches.buffer.batch();
        if rule.asks() {
            let nothing = vec![0.0; at.len()];
            rule.search(at, &mut oracle.on(batch), &[self.rate]);
            return Move { gradient: nothing.clone(), coasting: nothing };
        }
        let wants = rule.wants();
        let point = rule.probe(at).unwrap_or(at).to_vec();
        oracle.gradient(&point, batch, gradient);
        let value = wants.value.then(|| oracle.value(&point, batch));
        let curvature = wants.curvature.then(|| diagonal.estimate(oracle, step, &point, batch));
        let signal = |gradient| Signal { value: value.as_ref(), curvature, ..Signal::of(gradient) };
        let nothing = vec![[0.0]; at.len()];
        let coasting = self.coasting(rule, at, signal(&nothing));
        rule.update(at, signal(gradient), &[self.rate]);
        let gradient = gradient.as_flattened().to_vec();
        if let Some(sampler) = batches.sampler.as_mut().filter(|sampler| sampler.observes()) {
            sampler.observe(step, &gradient);
        }
        Move { gradient, coasting }
    }

    /// The step that a rule would make with this signal; it is left as it was. 0 where that is no number.
    fn coasting(&self, rule: &mut dyn Rule<f64, 1>, at: &[[f64; 1]], signal: Signal<'_, f64, 1>) -> Vec<f64> {
        let kept = rule.save();
        let mut moved = at.to_vec();
        rule.update(&mut moved, signal, &[self.rate]);
        rule.restore(&kept).expect("a rule takes back its own state");
        let step: Vec<f64> = moved.iter().zip(at).map(|(to, from)| to[0] - from[0]).collect();
        if step.iter().all(|x| x.is_finite()) { step } else { vec![0.0; at.len()] }
    }
}

/// What gradients are asked of, and where they go.
struct Asked<'a> {
    oracle: Oracle<'a, f64, 1>,
    gradient: Vec<[f64; 1]>,
    diagonal: Diagonal<f64, 1>,
}

/// The batches of a run.
struct Batches {
    sampler: Option<Box<dyn Sampler>>,
    buffer: BatchBuffer,
    size: usize,
}

impl Batches {
    fn new(course: &Course<'_>, problem: &Problem) -> Result<Self, TrailError> {
        let terms = problem.terms();
        let Some((spec, size)) = course.batches else {
            let mut buffer = BatchBuffer::with_capacity(terms);
            buffer.indices.extend(0..terms as u32);
            return Ok(Self { sampler: None, buffer, size: terms });
        };
        let wants = spec.wants();
        if wants.feedback && course.rule.needs().asking {
            let [rule, sampler] = [course.rule.entry().name.to_owned(), spec.to_string()];
            return Err(TrailError::Unobserved { rule, sampler });
        }
        let norms = wants.norms.then(|| problem.gradient_norms(course.start));
        let context = Context {
            terms,
            parameters: problem.layout().size(),
            classes: problem.classes(),
            norms: norms.as_deref(),
            smoothness: if wants.smoothness { problem.term_smoothness() } else { None },
        };
        let sampler = spec.bind(&context, size, course.key.child("batches"))?;
        let size = sampler.largest_batch();
        Ok(Self { sampler: Some(sampler), buffer: BatchBuffer::with_capacity(size), size })
    }

    fn per_epoch(&self) -> u64 {
        self.sampler.as_ref().map_or(1, |sampler| sampler.batches_per_epoch())
    }

    fn draw(&mut self, step: u64) {
        if let Some(sampler) = &mut self.sampler {
            sampler.fill(step, &mut self.buffer);
        }
    }
}

impl Problem {
    /// ∇f at a point, over all terms.
    ///
    /// # Panics
    /// If `at` is not as long as the layout.
    #[must_use]
    pub fn gradient(&self, at: &[f64]) -> Vec<f64> {
        let objective = self.single();
        let everything: Vec<u32> = (0..self.terms() as u32).collect();
        let mut gradient = vec![[0.0]; at.len()];
        let mut scratch = vec![[0.0]; objective.scratch(everything.len())];
        objective.gradient(at.as_chunks().0, Sample::of(&everything), &mut scratch, &mut gradient);
        gradient.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use sgdlab_core::{Settings, Value};

    use super::*;

    fn problem(name: &str) -> Problem {
        let entry = crate::objectives().into_iter().find(|entry| entry.name == name).unwrap();
        Problem::load(&Settings::defaults(entry)).unwrap()
    }

    fn rule(name: &str, given: &[(&str, Value)]) -> RuleSpec {
        let entry = sgdlab_optimizers::entries().into_iter().find(|entry| entry.name == name).unwrap();
        RuleSpec::new(&Settings::new(entry, given.iter().cloned()).unwrap()).unwrap()
    }

    /// x ← x − r v, v ← μ v + g, written out; what goes on without a gradient is −r μ v.
    #[test]
    fn momentum_coasts_along_its_velocity() {
        let (problem, rule) = (problem("matyas"), rule("sgd", &[("momentum", Value::Number(0.9))]));
        let course =
            Course { rule: &rule, rate: 0.1, start: &[2.0, -1.0], steps: 25, batches: None, key: Key::new("trail") };
        let trail = course.run(&problem).unwrap();
        assert!(trail.points.len() == 26 && trail.moves.len() == 25 && !trail.diverged);
        let (mut x, mut v) = (vec![2.0, -1.0], vec![0.0; 2]);
        for (point, step) in trail.points.iter().zip(&trail.moves) {
            let gradient = problem.gradient(&x);
            for j in 0..2 {
                assert!((point[j] - x[j]).abs() < 1e-12 && (step.gradient[j] - gradient[j]).abs() < 1e-12);
                assert!((step.coasting[j] + 0.1 * 0.9 * v[j]).abs() < 1e-12, "{:?}", step.coasting);
                v[j] = 0.9 * v[j] + gradient[j];
                x[j] -= 0.1 * v[j];
            }
        }
    }

    /// The question does not change the run: Adam moves as it does without it.
    #[test]
    fn asking_leaves_the_rule_as_it_was() {
        let (problem, rule) = (problem("rosenbrock"), rule("adam", &[]));
        let start = start(&problem, 0);
        let course =
            Course { rule: &rule, rate: 0.05, start: &start, steps: 40, batches: None, key: Key::new("trail") };
        let trail = course.run(&problem).unwrap();
        let mut alone: Box<dyn Rule<f64, 1>> = RuleSpec::bind(std::array::from_ref(&rule), problem.layout());
        let mut at: Vec<[f64; 1]> = start.iter().map(|&x| [x]).collect();
        for point in &trail.points[1..] {
            let gradient: Vec<[f64; 1]> = problem.gradient(at.as_flattened()).into_iter().map(|x| [x]).collect();
            alone.update(&mut at, Signal::of(&gradient), &[0.05]);
            assert_eq!(point, at.as_flattened());
        }
    }

    #[test]
    fn runs_end_where_they_diverge() {
        let (problem, rule) = (problem("rosenbrock"), rule("sgd", &[]));
        let course = |steps| Course {
            rule: &rule,
            rate: 1.0,
            start: &[-1.2, 1.0],
            steps,
            batches: None,
            key: Key::new("trail"),
        };
        let trail = course(100).run(&problem).unwrap();
        assert!(trail.diverged && trail.points.len() < 10, "{}", trail.points.len());
        assert_eq!(course(0).run(&problem).unwrap().points, [[-1.2, 1.0]]);
    }

    #[test]
    fn batches_are_drawn_by_key_and_refused_with_a_reason() {
        let (problem, rule) = (problem("line"), rule("sgd", &[]));
        let entry = |name: &str| sgdlab_samplers::entries().into_iter().find(|entry| entry.name == name).unwrap();
        let sampler = SamplerSpec::new(&Settings::defaults(entry("reshuffle"))).unwrap();
        let with = |key: &str, size: usize| {
            let batches = Some((&sampler, size));
            Course { rule: &rule, rate: 0.01, start: &[0.0, 0.0], steps: 7, batches, key: Key::new(key) }.run(&problem)
        };
        assert_eq!(with("a", 10), with("a", 10));
        assert_ne!(with("a", 10).unwrap().points, with("b", 10).unwrap().points);
        assert!(with("a", 51).unwrap_err().to_string().contains("51"));
    }
}

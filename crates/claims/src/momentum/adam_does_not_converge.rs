//! The sequences of Reddi, Kale and Kumar on which Adam goes the wrong way.

use rand::RngCore;
use rayon::prelude::*;
use sgdlab_core::streams::Key;
use sgdlab_core::{Layout, Settings};
use sgdlab_optimizers::{Adam, Amsgrad, Reading, Rmsprop, RuleSpec, ScheduleSpec, Signal, schedules};
use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Mark, Reference, Series};

use crate::tools::drawing::fields;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "adam-does-not-converge",
    title: "Where Adam goes to the worst point, and AMSGrad does not",
    sentence: "Adam converges on convex problems.",
    reference: "Kingma and Ba 2015, Adam, theorem 4.1, which is wrong; Reddi, Kale and Kumar 2018, On the Convergence of Adam and \
                Beyond, sections 3 and 5",
    statement: "fₜ(x) = gₜ x on [−1, 1], so that −1 is best wherever gradients are positive on average. Theorem 1: gₜ = C = 3 at \
                t = 1, 4, 7, … and −1 otherwise, β₁ = 0, β₂ = 1/(1 + C²), rate 0.9 √(1 − β₂)/√t. Section 5: 1010 at \
                t = 1, 102, 203, … and −10 otherwise; and 1010 with probability 0.01 and −10 otherwise; β₁ = 0.9, β₂ = 0.99, \
                rate 0.5/√t. x is put back into [−1, 1] after each step; the regret is the mean of gₜ (xₜ + 1).",
    setup: "adam and amsgrad (as its paper has it) of the catalogue, from x = 0 with ε = 0, on the theorem's sequence for 200 000 \
            steps, on the periodic one for a million, on 8 random ones for 2 million (5 for 500 000 with --quick). On the \
            theorem's sequence rmsprop as well, which with β₁ = 0 is the Adam of the theorem without correction of the bias.",
    exactness: "The first two sequences are fixed; the third is drawn.",
    limits: "The sequences are made for it: a gradient that is rare and large, and forgotten before the next one comes. With \
             β₂ close enough to 1 for the period Adam converges here too. AMSGrad's cure is slow: on the random sequence \
             it is seen between −0.6 and +0.2 after a million steps.",
    truth: Truth::Wrong,
    claims: &[&ADAM, &AMSGRAD, &REGRET, &NO_REGRET, &MEMORY, &STOCHASTIC, &SLOW],
    tables: &[&ENDS, &COURSES],
    run,
};

static ADAM: Claim = Claim {
    name: "adam-ends-at-the-worst-point",
    statement: "Adam ends at +1, where the mean loss is largest.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.99, 1.0),
    because: "x after the last step on the theorem's and on the periodic sequence.",
};

static AMSGRAD: Claim = Claim {
    name: "amsgrad-ends-at-the-best",
    statement: "AMSGrad ends at −1 on the same sequences.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(-1.0, -0.99),
    because: "x after the last step.",
};

static REGRET: Claim = Claim {
    name: "regret-stays",
    statement: "Adam's average regret does not go to 0: in units of what x = +1 costs it is about 1.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.9, 1.3),
    because: "x = +1 costs 2 times the mean gradient: 2/3 and 20/101. On the way back to +1 the rare gradient finds Adam a \
              little below.",
};

static NO_REGRET: Claim = Claim {
    name: "amsgrad-has-no-regret",
    statement: "AMSGrad's average regret goes to 0.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.2),
    because: "In units of what x = +1 costs; it falls about as 1/√t.",
};

static MEMORY: Claim = Claim {
    name: "a-longer-memory-helps",
    statement: "Adam with β₂ = 0.999, which remembers several periods of 3, goes to −1 on the theorem's sequence.",
    stance: Stance::Adds,
    criterion: Criterion::Between(-1.0, -0.99),
    because: "x after the last step.",
};

static STOCHASTIC: Claim = Claim {
    name: "adam-on-random-sequences",
    statement: "On the random sequence Adam ends near +1 as well.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.97, 1.0),
    because: "Mean of the last x over the sequences; each rare gradient takes it down by about 4/√t for a while.",
};

static SLOW: Claim = Claim {
    name: "amsgrad-on-random-sequences",
    statement: "On the random sequence AMSGrad moves toward −1, away from Adam, but slowly.",
    stance: Stance::Adds,
    criterion: Criterion::Between(-2.0, -0.2),
    because: "Mean over the sequences of the last x of AMSGrad minus that of Adam; it is not claimed to have arrived.",
};

static ENDS: Header = Header {
    table: "ends",
    row: "one rule on one sequence",
    columns: &[
        ("sequence", "theorem, periodic or random with its number"),
        ("rule", "which"),
        ("steps", "T"),
        ("last", "x after T steps"),
        ("average_regret", "mean of gₜ (xₜ + 1), xₜ before the step"),
    ],
};

static COURSES: Header = Header {
    table: "courses",
    row: "one rule on one sequence at one time",
    columns: &[("sequence", "as in ends"), ("rule", "which"), ("step", "t"), ("x", "xₜ")],
};

/// A sequence of gradients with the hyperparameters it is run with.
#[derive(Clone, Copy)]
enum Sequence {
    Theorem,
    Periodic,
    Random(Key),
}

impl Sequence {
    /// The gradients of steps 1, 2, ….
    fn gradients(self) -> Box<dyn FnMut(u64) -> f64> {
        match self {
            Self::Theorem => Box::new(|t| if t % 3 == 1 { 3.0 } else { -1.0 }),
            Self::Periodic => Box::new(|t| if t % 101 == 1 { 1010.0 } else { -10.0 }),
            Self::Random(key) => {
                let mut stream = key.stream(0);
                // 2³²/100, to the next integer.
                Box::new(move |_| if stream.next_u32() < 42_949_673 { 1010.0 } else { -10.0 })
            }
        }
    }

    /// β₁, β₂ and the rate of the first step.
    fn numbers(self) -> [f64; 3] {
        match self {
            Self::Theorem => [0.0, 0.1, 0.9 * 0.9f64.sqrt()],
            _ => [0.9, 0.99, 0.5],
        }
    }

    /// The mean gradient.
    fn slope(self) -> f64 {
        match self {
            Self::Theorem => 1.0 / 3.0,
            Self::Periodic => 10.0 / 101.0,
            Self::Random(_) => 0.2,
        }
    }
}

/// How a run went.
struct Course {
    sequence: String,
    rule: &'static str,
    steps: u64,
    last: f64,
    regret: f64,
    /// Some of the times with x there.
    seen: Vec<(u64, f64)>,
}

fn adam([beta1, beta2, _]: [f64; 3]) -> RuleSpec {
    Adam { beta1, beta2, eps: 0.0, ..Adam::default() }.into()
}

fn amsgrad([beta1, beta2, _]: [f64; 3]) -> RuleSpec {
    Amsgrad { beta1, beta2, eps: 0.0, dialect: Reading::Paper, ..Amsgrad::default() }.into()
}

/// Adam without momentum and correction of the bias.
fn uncorrected([_, alpha, _]: [f64; 3]) -> RuleSpec {
    Rmsprop { alpha, eps: 0.0, ..Rmsprop::default() }.into()
}

/// 1/√t at step t, from 1.
fn schedule() -> ScheduleSpec {
    let entry = schedules::entries().into_iter().find(|entry| entry.name == "inverse-sqrt");
    ScheduleSpec::new(&Settings::defaults(entry.expect("a schedule"))).expect("defaults go together")
}

impl Course {
    /// Runs a rule, put back into [−1, 1] after each step.
    fn run(name: &str, sequence: Sequence, (rule, spec): (&'static str, RuleSpec), steps: u64) -> Self {
        let (schedule, rate) = (schedule(), sequence.numbers()[2]);
        let factors = schedule.of_run(steps, steps, 1);
        let mut bound = RuleSpec::bind::<f64, 1>(&[spec], &Layout::vector(1));
        let mut gradients = sequence.gradients();
        let (mut at, mut regret, mut seen, mut next) = ([[0.0f64]], 0.0, Vec::new(), 1.0);
        for t in 1..=steps {
            let gradient = gradients(t);
            regret += gradient * (at[0][0] + 1.0);
            bound.update(&mut at, Signal::of(&[[gradient]]), &[rate * factors.factor(t - 1)]);
            at[0][0] = at[0][0].clamp(-1.0, 1.0);
            if t as f64 >= next || t == steps {
                seen.push((t, at[0][0]));
                next = next.max(t as f64) * 1.03;
            }
        }
        Self { sequence: name.to_owned(), rule, steps, last: at[0][0], regret: regret / steps as f64, seen }
    }
}

fn run(setting: &Setting, out: &mut Outcome) {
    let (random, length) = setting.choose((5, 500_000), (8, 2_000_000));
    let mut all: Vec<(String, Sequence, u64)> = vec![
        ("theorem".to_owned(), Sequence::Theorem, 200_000),
        ("periodic".to_owned(), Sequence::Periodic, 1_000_000),
    ];
    for i in 1..=random {
        let key = setting.key.child(&format!("random sequence {i}"));
        all.push((format!("random {i}"), Sequence::Random(key), length));
    }
    let of = |(name, sequence, steps): &(String, Sequence, u64)| {
        let numbers = sequence.numbers();
        let mut rules = vec![("Adam", adam(numbers)), ("AMSGrad", amsgrad(numbers))];
        if matches!(sequence, Sequence::Theorem) {
            rules.push(("Adam without correction", uncorrected(numbers)));
            rules.push(("Adam, β₂ = 0.999", adam([0.0, 0.999, 0.0])));
        }
        rules.into_iter().map(|rule| Course::run(name, *sequence, rule, *steps)).collect::<Vec<_>>()
    };
    let courses: Vec<Course> = all.par_iter().flat_map_iter(of).collect();
    for course in courses.iter().filter(|course| !course.sequence.starts_with("random")) {
        let sequence = if course.sequence == "theorem" { Sequence::Theorem } else { Sequence::Periodic };
        let what = format!("{}, {}", course.sequence, course.rule);
        let regret = Measured::of(course.regret / (2.0 * sequence.slope()));
        match course.rule {
            "AMSGrad" => {
                out.decide(&AMSGRAD, &what, Measured::of(course.last));
                out.decide(&NO_REGRET, &what, regret);
            }
            "Adam, β₂ = 0.999" => out.decide(&MEMORY, &what, Measured::of(course.last)),
            _ => {
                out.decide(&ADAM, &what, Measured::of(course.last));
                out.decide(&REGRET, &what, regret);
            }
        }
    }
    let mean = |rule: &str| {
        let of = courses.iter().filter(|course| course.sequence.starts_with("random") && course.rule == rule);
        of.map(|course| course.last).sum::<f64>() / f64::from(random)
    };
    out.decide(&STOCHASTIC, "mean of the last x", Measured::of(mean("Adam")));
    out.decide(&SLOW, "AMSGrad − Adam", Measured::of(mean("AMSGrad") - mean("Adam")));
    tabulate(&courses, out);
    out.draw("courses", figure(&courses));
}

fn tabulate(courses: &[Course], out: &mut Outcome) {
    let row = |of: &Course| fields(&[&of.sequence, of.rule, &of.steps.to_string()], &[of.last, of.regret]);
    out.tabulate(&ENDS, courses.iter().map(row));
    let rows = courses
        .iter()
        .flat_map(|of| of.seen.iter().map(move |(t, x)| fields(&[&of.sequence, of.rule, &t.to_string()], &[*x])));
    out.tabulate(&COURSES, rows);
}

/// The mean of courses at the same times, with a band from the least to the greatest where there are several.
fn together(courses: &[&Course]) -> Vec<Mark> {
    let times: Vec<f64> = courses[0].seen.iter().map(|&(t, _)| t as f64).collect();
    let over = |of: &dyn Fn(&mut dyn Iterator<Item = f64>) -> f64| -> Vec<f64> {
        (0..times.len()).map(|i| of(&mut courses.iter().map(|course| course.seen[i].1))).collect()
    };
    let mean = over(&|x| x.sum::<f64>() / courses.len() as f64);
    let mut marks = vec![Mark::Line { x: times.clone(), y: mean, steps: false }];
    if courses.len() > 1 {
        let (low, high) = (over(&|x| x.fold(1.0, f64::min)), over(&|x| x.fold(-1.0, f64::max)));
        marks.insert(0, Mark::Band { x: times.clone(), low, high });
    }
    marks
}

/// x against t on all sequences.
fn figure(courses: &[Course]) -> Figure {
    let chart = |title: &str, name: &str| {
        let of = |rule: &str, style: usize| {
            let these = courses.iter().filter(|of| of.sequence.starts_with(name) && of.rule == rule);
            Series { name: rule.to_owned(), style, marks: together(&these.collect::<Vec<_>>()) }
        };
        Chart {
            title: title.to_owned(),
            x: Axis::new("step t", "").log(),
            y: Axis::new("x", "").between(-1.1, 1.1),
            references: vec![Reference { name: "best point".to_owned(), guide: Guide::Horizontal(-1.0) }],
            series: vec![of("Adam", 0), of("AMSGrad", 1)],
            ..Chart::default()
        }
    };
    let charts = vec![
        chart("3, −1, −1, …", "theorem"),
        chart("1010, then 100 times −10, …", "periodic"),
        chart("1010 with probability 1 %, else −10", "random"),
    ];
    let figure = Figure::multiples("Adam goes to the worst point of the interval, AMSGrad to the best", charts, 2);
    Figure { height: 250.0, ..figure }
        .with_subtitle("Linear losses gₜ x on [−1, 1] with the gradients above each chart; rates fall as 1/√t.")
        .with_note("On the random sequences: the mean, and a band from the least to the greatest x.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_near, each_claim_can_fail};

    fn theorem(rule: fn([f64; 3]) -> RuleSpec) -> Course {
        Course::run("theorem", Sequence::Theorem, ("rule", rule(Sequence::Theorem.numbers())), 200_000)
    }

    /// Numbers of an independent computation, without correction of the bias.
    #[test]
    fn ends_are_the_known_ones() {
        let (adam, amsgrad) = (theorem(uncorrected), theorem(amsgrad));
        assert_near("Adam", adam.last, 0.9995, 1e-4);
        assert_near("its regret", adam.regret, 0.668, 1e-3);
        assert_near("AMSGrad", amsgrad.last, -0.9993, 1e-4);
        assert_near("its regret", amsgrad.regret, 0.002, 1e-3);
    }

    #[test]
    fn every_claim_can_fail() {
        let (adam, amsgrad) = (theorem(adam), theorem(amsgrad));
        let cost = 2.0 / 3.0;
        let wrong = &[
            ("adam-ends-at-the-worst-point", Measured::of(amsgrad.last), "AMSGrad"),
            ("amsgrad-ends-at-the-best", Measured::of(adam.last), "Adam"),
            ("regret-stays", Measured::of(amsgrad.regret / cost), "AMSGrad"),
            ("amsgrad-has-no-regret", Measured::of(adam.regret / cost), "Adam"),
            ("a-longer-memory-helps", Measured::of(adam.last), "the theorem's β₂"),
            ("adam-on-random-sequences", Measured::of(0.2), "AMSGrad"),
            ("amsgrad-on-random-sequences", Measured::of(0.0), "Adam twice"),
        ];
        each_claim_can_fail(EXPERIMENT.claims, wrong);
    }
}

//! A plan with its data loaded and its runs laid out, ready to be executed.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;
use sgdlab_core::Facts;
use sgdlab_core::streams::Key;
use sgdlab_estimators::{EstimatorSpec, Plain};
use sgdlab_optimizers::{RuleSpec, ScheduleSpec};
use sgdlab_samplers::{Context, Sampler, SamplerError, SamplerSpec, Wants};

use crate::cost::{self, Length};
use crate::curvature;
use crate::drawn::Drawn;
use crate::drive::Pack;
use crate::error::{SweepError, Unmeasured};
use crate::grid;
use crate::limits;
use crate::memory;
use crate::pack::{Kept, PackList, Packing, packs};
use crate::plan::{Budget, Cell, Metric, Plan, Precision};
use crate::problem::{Problem, Runs};
use crate::run::{self, Run, RunId, RunList};

/// A plan that is ready to run.
pub struct Sweep {
    plan: Plan,
    problems: Vec<Problem>,
    rules: Vec<RuleSpec>,
    samplers: Vec<SamplerSpec>,
    schedules: Vec<ScheduleSpec>,
    estimators: Vec<EstimatorSpec>,
    data: Vec<String>,
    runs: RunList,
    packing: Packing,
    packs: PackList,
    metrics: Vec<Metric>,
    /// The metrics that take products with the Hessian, in the order of their columns.
    curvatures: Vec<Metric>,
    /// By problem and replicate, the norms of the terms' gradients at the initial point, where a sampler wants them.
    norms: HashMap<(usize, u32), Vec<f64>>,
    /// For each problem the first one with the same terms and classes: samplers see no difference.
    alike: Vec<usize>,
    /// Batches that packs share.
    drawn: Drawn,
    /// Bytes of the process in memory when the data was loaded and no run laid out, where that is known.
    loaded: Option<u64>,
}

impl Sweep {
    /// Loads the data of a plan and lays out its runs.
    ///
    /// # Errors
    /// If data cannot be loaded, or the plan asks for something its problems do not have.
    pub fn new(plan: Plan, packing: Packing) -> Result<Self, SweepError> {
        let problems = load_problems(&plan)?;
        let loaded = memory::resident();
        let rules = specs(plan.rules.iter().map(|c| &c.settings), RuleSpec::new)?;
        let samplers = specs(plan.samplers.iter().map(|c| &c.settings), SamplerSpec::new)?;
        let schedules = specs(plan.schedules.iter().map(|c| &c.settings), ScheduleSpec::new)?;
        let estimators = specs(plan.estimators.iter().map(|c| &c.settings), EstimatorSpec::new)?;
        let data: Vec<String> = problems.iter().map(|problem| problem.checksum().to_owned()).collect();
        let runs = RunList::new(&plan, &data);
        let (curvatures, metrics) = measured(&plan);
        let norms = norms(&problems, &samplers, &runs);
        let alike = alike(&problems);
        let packs = all_packs((&rules, &samplers, &estimators), (&problems, &runs), packing);
        let sweep = Self {
            plan,
            problems,
            rules,
            samplers,
            schedules,
            estimators,
            data,
            runs,
            packing,
            packs,
            metrics,
            curvatures,
            norms,
            alike,
            drawn: Drawn::default(),
            loaded,
        };
        sweep.check()?;
        Ok(sweep)
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Its runs, in the order of the tables.
    #[must_use]
    pub fn runs(&self) -> &RunList {
        &self.runs
    }

    /// Bytes of the process in memory when the data was loaded and no run laid out, where that is known.
    pub(crate) fn loaded(&self) -> Option<u64> {
        self.loaded
    }

    /// The packs that the runs are executed in.
    #[must_use]
    pub fn packs(&self) -> &PackList {
        &self.packs
    }

    /// Packs of some of the runs.
    pub(crate) fn packs_of(&self, some: impl ExactSizeIterator<Item = usize>, packing: Packing) -> PackList {
        let kept = |cell: &Cell| kept(&self.problems[cell.problem], &self.estimators[cell.estimator]);
        packs((&self.rules, &self.samplers), (&self.runs, some, 1), kept, packing)
    }

    /// Packs of all runs.
    pub(crate) fn all_packs(&self, packing: Packing) -> PackList {
        all_packs((&self.rules, &self.samplers, &self.estimators), (&self.problems, &self.runs), packing)
    }

    /// How its runs are packed.
    pub(crate) fn packing(&self) -> Packing {
        self.packing
    }

    /// Its problems, in the plan's order.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Updates that all runs make together, if none diverges.
    #[must_use]
    pub fn updates(&self) -> u64 {
        self.updates_of(&self.packs)
    }

    /// Updates that the runs of some packs make together, if none diverges.
    pub(crate) fn updates_of(&self, packs: &PackList) -> u64 {
        // All runs of a pack have the same length, and finding it binds a sampler.
        let of_kind = |(run, lanes): (usize, usize)| {
            let steps = self.length(&self.runs.cell(run)).steps;
            steps.saturating_mul((lanes * packs.times()) as u64)
        };
        packs.kinds().map(of_kind).fold(0, u64::saturating_add)
    }

    /// Estimated seconds on one thread.
    #[must_use]
    pub fn estimated_seconds(&self) -> f64 {
        self.packs.kinds().map(|kind| self.pack_seconds(kind)).sum::<f64>() * self.packs.times() as f64
    }

    /// Estimated seconds of the longest run, or of the longest pack of runs, on one thread.
    #[must_use]
    pub fn longest_seconds(&self) -> f64 {
        self.packs.kinds().map(|kind| self.pack_seconds(kind)).fold(0.0, f64::max)
    }

    /// The metrics that cost something, in the order of their measurement.
    /// The metrics that are measured beside `value` and [`Self::curvatures`].
    pub(crate) fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    /// The metrics that take products with the Hessian, in the order of their columns.
    pub(crate) fn curvatures(&self) -> &[Metric] {
        &self.curvatures
    }

    /// Estimated seconds of a pack with so many runs of which this is the first.
    pub(crate) fn pack_seconds(&self, (run, lanes): (usize, usize)) -> f64 {
        let cell = self.runs.cell(run);
        let length = self.length(&cell);
        let logged = grid::of_run(self.plan.log, length, &*self.unkeyed(&cell)).len();
        let problem = &self.problems[cell.problem];
        cost::pack_seconds(&cost::Work {
            length,
            logged: logged as u64,
            terms: problem.terms() as u64,
            held_out: problem.held_out_terms() as u64,
            products: self.curvatures.iter().map(|&metric| curvature::products(metric)).sum(),
            parameters: problem.layout().size() as u64,
            matrices: self.rules[cell.rule].needs().matrices.of(problem.layout()),
            lanes: lanes as u64,
            double: cell.precision == Precision::F64,
        })
    }

    /// How many steps a cell's runs take.
    pub(crate) fn length(&self, cell: &Cell) -> Length {
        let terms = self.problems[cell.problem].terms() as u64;
        let sampler = self.unkeyed(cell);
        let parameters = self.problems[cell.problem].layout().size();
        let beside = self.rules[cell.rule].needs().evaluations_per_term(parameters) - 1.0;
        let spends = (&self.estimators[cell.estimator], beside);
        let epoch = (sampler.batches_per_epoch(), sampler.terms_per_epoch());
        let length = cost::length(&self.plan.budget, spends, terms, epoch);
        // Epochs and evaluations were turned into batches, of which a step may use several.
        let (steps, batches) = match self.plan.budget {
            Budget::Steps(steps) => (steps, sampler.batches(steps)),
            _ => (sampler.steps(length.steps), length.steps),
        };
        let terms_per_step = length.terms_per_step as f64 * (batches as f64 / steps as f64);
        Length { steps, terms_per_step: terms_per_step.ceil() as u64, ..length }
    }

    /// A sampler as the runs of a cell have it, but for its key: for its sizes.
    pub(crate) fn unkeyed(&self, cell: &Cell) -> Box<dyn Sampler> {
        let key = Key::new("");
        let sampler = self.samplers[cell.sampler].bind(&self.context(cell, 0), cell.batch_size as usize, key);
        sampler.expect("the sampler was bound when the sweep was made")
    }

    /// What a cell's sampler may know about the terms.
    fn context(&self, cell: &Cell, replicate: u32) -> Context<'_> {
        let problem = &self.problems[cell.problem];
        let smoothness = self.samplers[cell.sampler].wants().smoothness;
        Context {
            terms: problem.terms(),
            parameters: problem.layout().size(),
            classes: problem.classes(),
            norms: self.norms.get(&(cell.problem, replicate)).map(Vec::as_slice),
            smoothness: if smoothness { problem.term_smoothness() } else { None },
        }
    }

    /// The sampler of a replicate of a cell.
    pub(crate) fn sampler(&self, cell: &Cell, replicate: u32) -> Result<Box<dyn Sampler>, SamplerError> {
        self.keyed(cell, replicate, run::sampler_key(&self.plan, (cell, replicate), &self.data))
    }

    fn keyed(&self, cell: &Cell, replicate: u32, key: Key) -> Result<Box<dyn Sampler>, SamplerError> {
        let context = self.context(cell, replicate);
        self.samplers[cell.sampler].bind(&context, cell.batch_size as usize, key)
    }

    /// Refuses what can only be seen once the data is known.
    fn check(&self) -> Result<(), SweepError> {
        self.check_samplers()?;
        self.check_rules()?;
        self.check_distinct()?;
        self.check_metrics()?;
        self.check_sizes()
    }

    fn check_samplers(&self) -> Result<(), SweepError> {
        let mut seen = HashSet::new();
        for cell in self.runs.cells().iter() {
            if !seen.insert((cell.problem, cell.sampler, cell.batch_size)) {
                continue;
            }
            // Norms differ between replicates.
            let norms = self.samplers[cell.sampler].wants().norms;
            for replicate in 0..if norms { self.plan.replicates } else { 1 } {
                self.sampler(&cell, replicate).map_err(|error| self.refused(&cell, error))?;
            }
        }
        Ok(())
    }

    /// Why a cell has no sampler.
    fn refused(&self, cell: &Cell, error: SamplerError) -> SweepError {
        let problem = self.plan.problems[cell.problem].label.clone();
        let sampler = self.plan.samplers[cell.sampler].label.clone();
        if error.is_about_size() {
            SweepError::Batches { problem, sampler, error }
        } else {
            SweepError::Sampler { problem, sampler, error }
        }
    }

    /// Refuses combinations with rules that ask for their gradients themselves, or are made for few parameters.
    fn check_rules(&self) -> Result<(), SweepError> {
        for cell in self.runs.cells().iter() {
            let (needs, label) = (self.rules[cell.rule].needs(), || self.plan.rules[cell.rule].label.clone());
            if needs.asking && self.estimators[cell.estimator] != EstimatorSpec::from(Plain) {
                let estimator = self.plan.estimators[cell.estimator].label.clone();
                return Err(SweepError::Asking { rule: label(), estimator });
            }
            if needs.asking && self.samplers[cell.sampler].wants().feedback {
                let sampler = self.plan.samplers[cell.sampler].label.clone();
                return Err(SweepError::Unobserved { rule: label(), sampler });
            }
            let (asked, most) = (self.problems[cell.problem].layout().size(), needs.most_parameters);
            if asked > most {
                let problem = self.plan.problems[cell.problem].label.clone();
                return Err(SweepError::Parameters { rule: label(), problem, asked, most });
            }
        }
        Ok(())
    }

    /// Refuses runs that tables would call alike.
    ///
    /// This takes eight bytes a run, and gives them back.
    fn check_distinct(&self) -> Result<(), SweepError> {
        let mut ids = vec![RunId(0); self.runs.len()];
        self.runs.map_into(&mut ids, Run::id);
        ids.par_sort_unstable();
        let twice: HashSet<RunId> = ids.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        if twice.is_empty() {
            return Ok(());
        }
        // Of several, the one that is seen first when going through the runs.
        let mut seen = HashMap::new();
        for run in self.runs.iter().filter(|run| twice.contains(&run.id())) {
            if let Some(first) = seen.insert(run.id(), run.position) {
                return Err(SweepError::Collision { first: self.title(first), second: self.title(run.position) });
            }
        }
        unreachable!("an id that two runs have is met twice")
    }

    fn check_sizes(&self) -> Result<(), SweepError> {
        let mut seen = HashSet::new();
        for cell in self.runs.cells().iter() {
            let sizes = (cell.problem, cell.sampler, cell.batch_size, cell.estimator);
            if seen.insert((sizes, cell.rule, cell.precision)) {
                let (problem, length) = (&self.problems[cell.problem], self.length(&cell));
                let sampler = self.unkeyed(&cell);
                let Kept { parameters, table } = kept(problem, &self.estimators[cell.estimator]);
                limits::check(limits::Sizes {
                    problem: self.plan.problems[cell.problem].label.clone(),
                    terms: problem.terms() as u64,
                    batch: u64::from(cell.batch_size).max(sampler.largest_batch() as u64),
                    parameters,
                    table_bytes: table.saturating_mul(cell.precision.bytes()),
                    steps: length.steps,
                    logged: grid::most_of_run(self.plan.log, length, &*sampler),
                    numbers: (2 + self.metrics.len() + 2 * self.curvatures.len()) as u64
                        + if self.plan.parameters { parameters } else { 0 },
                })?;
            }
        }
        Ok(())
    }

    fn check_metrics(&self) -> Result<(), SweepError> {
        let mut lacking = Vec::new();
        for (problem, choice) in self.problems.iter().zip(&self.plan.problems) {
            for &metric in self.metrics.iter().chain(&self.curvatures) {
                if let Some(reason) = lacks(metric, problem, problem.has_products()) {
                    lacking.push(Unmeasured { metric: metric.name(), problem: choice.label.clone(), reason });
                }
            }
        }
        if lacking.is_empty() { Ok(()) } else { Err(SweepError::Metrics(lacking)) }
    }

    pub(crate) fn bind<'a, R: Runs<N>, const N: usize>(
        &'a self,
        members: &[Run],
        steps: u64,
        initial: &'a [f64],
        facts: Option<&'a Facts>,
    ) -> Pack<'a, R, N> {
        let Run { ref cell, replicate, .. } = members[0];
        let problem = &self.problems[cell.problem];
        // Lanes without a run repeat the last one; nobody looks at them.
        let member = |lane: usize| &members[lane.min(members.len() - 1)].cell;
        let lanes: [RuleSpec; N] = std::array::from_fn(|lane| self.rules[member(lane).rule].clone());
        let key = run::sampler_key(&self.plan, (cell, replicate), &self.data);
        let sampler = self.keyed(cell, replicate, key).expect("the sampler was bound when the sweep was made");
        // Others draw by what an objective is, and not by its data alone.
        let by_data = self.samplers[cell.sampler].wants() == Wants::default();
        let of = (self.alike[cell.problem], key);
        let sampler = if by_data { self.drawn.share(of, steps, sampler) } else { sampler };
        let context = sgdlab_estimators::Context {
            parameters: problem.layout().size(),
            terms: problem.terms(),
            batches_per_epoch: sampler.batches_per_epoch(),
            largest_batch: sampler.largest_batch(),
            key: run::estimator_key(replicate),
        };
        let estimator = &self.estimators[cell.estimator];
        Pack {
            objective: problem.objective(),
            held_out: problem.held_out(),
            estimator: (*estimator != Plain.into()).then(|| estimator.bind(&context)),
            sampler,
            rule: RuleSpec::bind(&lanes, problem.layout()),
            needs: self.rules[cell.rule].needs(),
            rule_key: run::rule_key(replicate),
            schedule: &self.schedules[cell.schedule],
            rates: std::array::from_fn(|lane| member(lane).rate),
            initial,
            facts,
        }
    }

    /// What tables call the parts of a run's combination, in the order of their columns; `numbers` is room for two of them.
    fn labels<'a>(&'a self, cell: &Cell, numbers: &'a mut (itoa::Buffer, zmij::Buffer)) -> [&'a str; 8] {
        let plan = &self.plan;
        [
            &plan.problems[cell.problem].label,
            cell.precision.name(),
            &plan.samplers[cell.sampler].label,
            numbers.0.format(cell.batch_size),
            &plan.estimators[cell.estimator].label,
            &plan.schedules[cell.schedule].label,
            &plan.rules[cell.rule].label,
            crate::render::float_text(cell.rate, &mut numbers.1),
        ]
    }

    /// A combination in words.
    pub(crate) fn title(&self, run: usize) -> String {
        format!("\"{}\"", self.labels(&self.runs.cell(run), &mut Default::default()).join(" "))
    }

    /// Appends the part of a run's row in `runs.csv` that does not depend on its outcome.
    pub(crate) fn begin_summary(&self, run: &Run, line: &mut String) {
        line.push_str(std::str::from_utf8(&run.id().digits()).expect("digits are text"));
        line.push(',');
        for label in self.labels(&run.cell, &mut Default::default()) {
            crate::render::push_text(line, label);
            line.push(',');
        }
        crate::render::push_whole(line, u64::from(run.replicate));
        line.push(',');
    }
}

/// For each problem the first one whose terms are of the same data, as many, and of the same classes.
fn alike(problems: &[Problem]) -> Vec<usize> {
    fn seen(problem: &Problem) -> (&str, usize, Option<&[u32]>) {
        (problem.checksum(), problem.terms(), problem.classes())
    }
    let first = |problem| problems.iter().position(|first| seen(first) == seen(problem));
    problems.iter().enumerate().map(|(own, problem)| first(problem).unwrap_or(own)).collect()
}

/// Packs of all runs.
fn all_packs(
    (rules, samplers, estimators): (&[RuleSpec], &[SamplerSpec], &[EstimatorSpec]),
    (problems, runs): (&[Problem], &RunList),
    packing: Packing,
) -> PackList {
    let kept = |cell: &Cell| kept(&problems[cell.problem], &estimators[cell.estimator]);
    let first = (0..runs.cells().len()).map(|cell| cell * runs.replicates());
    packs((rules, samplers), (runs, first, runs.replicates()), kept, packing)
}

/// Numbers that a run keeps: its parameters, and the table of its estimator if there is one.
fn kept(problem: &Problem, estimator: &EstimatorSpec) -> Kept {
    let parameters = problem.layout().size() as u64;
    let table = if estimator.keeps_table() { parameters.saturating_mul(problem.terms() as u64) } else { 0 };
    Kept { parameters, table }
}

/// Why a metric cannot be measured on a problem, whose objective has products with the Hessian or not.
fn lacks(metric: Metric, problem: &Problem, products: bool) -> Option<&'static str> {
    match metric {
        Metric::Error | Metric::TestError if !problem.has_classes() => Some("it has no classes"),
        Metric::TestValue | Metric::TestError if problem.held_out_terms() == 0 => {
            Some("it holds no data out, as problems with data do by `test = 0.25`, say")
        }
        Metric::Gap | Metric::Distance if problem.facts().minimum.is_none() => Some("its minimum is not known"),
        metric if metric.is_curvature() && !products => Some("its objective has no products with the Hessian"),
        _ => None,
    }
}

/// The metrics that are measured, those the plan lists and that of its targets: those that take products with the
/// Hessian in the order of their columns, and the others.
fn measured(plan: &Plan) -> (Vec<Metric>, Vec<Metric>) {
    let mut metrics: Vec<Metric> = plan.metrics.iter().copied().filter(|&metric| metric != Metric::Value).collect();
    let target = plan.targets.metric;
    if !plan.targets.values.is_empty() && target != Metric::Value && !metrics.contains(&target) {
        metrics.push(target);
    }
    let asked = |metric: &Metric| metric.is_curvature() && metrics.contains(metric);
    let curvatures = Metric::ALL.into_iter().filter(asked).collect();
    metrics.retain(|metric| !metric.is_curvature());
    (curvatures, metrics)
}

/// The norms that samplers want, of the problems and replicates that they are used on.
fn norms(problems: &[Problem], samplers: &[SamplerSpec], runs: &RunList) -> HashMap<(usize, u32), Vec<f64>> {
    let wants: HashSet<usize> =
        runs.cells().iter().filter(|cell| samplers[cell.sampler].wants().norms).map(|cell| cell.problem).collect();
    let mut norms = HashMap::new();
    for problem in wants {
        for replicate in 0..runs.replicates() as u32 {
            let initial = problems[problem].initial(run::initial_key(replicate));
            norms.insert((problem, replicate), problems[problem].gradient_norms(&initial));
        }
    }
    norms
}

fn load_problems(plan: &Plan) -> Result<Vec<Problem>, SweepError> {
    let (mut problems, mut errors) = (Vec::new(), Vec::new());
    for choice in &plan.problems {
        match Problem::load(&choice.settings) {
            Ok(problem) => problems.push(problem),
            Err(error) => errors.push((choice.label.clone(), error)),
        }
    }
    if errors.is_empty() { Ok(problems) } else { Err(SweepError::Problems(errors)) }
}

fn specs<'a, T>(
    settings: impl Iterator<Item = &'a sgdlab_core::Settings>,
    new: impl Fn(&sgdlab_core::Settings) -> Result<T, sgdlab_core::Invalid>,
) -> Result<Vec<T>, SweepError> {
    settings.map(|settings| new(settings).map_err(SweepError::Settings)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_objective_without_products_has_no_curvature() {
        let line = sgdlab_core::Settings::defaults(sgdlab_objectives::entry("line").unwrap());
        let problem = Problem::load(&line).unwrap();
        for metric in Metric::ALL {
            let refused = metric.is_curvature().then_some("its objective has no products with the Hessian");
            let has = |products| lacks(metric, &problem, products);
            assert_eq!(has(false), has(true).or(refused), "{}", metric.name());
            assert!(!metric.is_curvature() || has(true).is_none(), "{}", metric.name());
        }
    }
}

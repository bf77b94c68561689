//! The driver allocates when a pack is bound and measured, never in a step.

use sgdlab_core::WIDTH;
use sgdlab_core::streams::Key;
use sgdlab_optimizers::RuleSpec;

use crate::catalogues;
use crate::curvature::Curvatures;
use crate::drive::{Course, Progress, drive};
use crate::pack::Packing;
use crate::plan::Plan;
use crate::problem::{Runs, objectives};
use crate::sweep::Sweep;

/// Allocations of a run of `steps` steps that is measured at its beginning and end.
///
/// Its sampler is the third that is bound if batches are `shared`: the first draws its own.
fn allocations<R: Runs<N>, const N: usize>(plan: &Plan, steps: u64, shared: bool) -> u64 {
    let sweep = &Sweep::new(plan.clone(), Packing::Automatic).unwrap();
    let initial = sweep.problems()[0].initial(Key::new("initial point"));
    let run = [sweep.runs().get(0)];
    for _ in 0..if shared { 2 } else { 0 } {
        drop(sweep.bind::<R, N>(&run, steps, &initial, None));
    }
    let pack = sweep.bind::<R, N>(&run, steps, &initial, None);
    let grid = [0, steps];
    let objective = sweep.problems()[0].objective();
    let curvatures = Curvatures { objective, metrics: &[], key: Key::new("curvature") };
    let course = Course { grid: &grid, evaluations: u64::MAX, metrics: &[], curvatures, parameters: false, lanes: 1 };
    let progress = Progress::default();
    let mut trace = None;
    let counted = allocation_counter::measure(|| trace = drive(pack, &course, &progress));
    assert_eq!(trace.map(|trace| trace.points[1].step), Some(steps));
    counted.count_total
}

#[track_caller]
fn check(problem: &str, rule: &str, sampler: &str, estimator: &str) {
    let text = format!(
        "name = \"a\"\nquestion = \"b\"\nproblems = {problem}\nrules = {rule}\nrates = 0.001\nbatch-sizes = 8\n\
         samplers = {sampler}\nestimators = {estimator}\nbudget = {{ steps = 1 }}\n"
    );
    let plan = Plan::parse(&text, "plan", &[], &catalogues()).unwrap_or_else(|errors| panic!("{errors}"));
    // 150 iris flowers in batches of 8 make 19 steps an epoch: the long runs see several.
    let single = (allocations::<f64, 1>(&plan, 3, false), allocations::<f64, 1>(&plan, 103, false));
    assert_eq!(single.0, single.1, "{rule} on {problem} with {sampler} and {estimator}");
    if RuleSpec::new(&plan.rules[0].settings).unwrap().needs().asking {
        return;
    }
    for shared in [false, true] {
        let wide = (allocations::<f32, WIDTH>(&plan, 3, shared), allocations::<f32, WIDTH>(&plan, 103, shared));
        assert_eq!(wide.0, wide.1, "{rule} on {problem} with {sampler} and {estimator}, a pack, shared: {shared}");
    }
}

const IRIS: &str = "{ name = \"softmax\", data = \"iris\" }";

/// Rules whose matrices are decomposed, which takes memory, and the one whose hyperparameters change.
const OTHERS: &[&str] = &["shampoo", "soap", "newton", "irls", "driven"];

#[test]
fn no_rule_allocates_in_a_step() {
    for entry in sgdlab_optimizers::entries().into_iter().filter(|entry| !OTHERS.contains(&entry.name)) {
        for dialect in entry.dialects {
            let rule = format!("{{ name = \"{}\", dialect = \"{}\" }}", entry.name, dialect.name);
            check(IRIS, &rule, "\"reshuffle\"", "\"plain\"");
        }
    }
    for rule in ["\"armijo\"", "{ name = \"lbfgs\", line-search-fn = \"strong-wolfe\" }"] {
        check(IRIS, rule, "\"reshuffle\"", "\"plain\"");
    }
}

#[test]
fn no_sampler_allocates_in_a_step() {
    for entry in sgdlab_samplers::entries() {
        check(IRIS, "\"sgd\"", &format!("\"{}\"", entry.name), "\"plain\"");
    }
    for sampler in [
        "{ name = \"reshuffle\", order = \"bijection\" }",
        "{ name = \"flip-flop\", base = \"shuffle-once\" }",
        "{ name = \"grab\", balance = \"pair\" }",
        "{ name = \"class-balanced\", reweight = true }",
        "{ name = \"growing\", base = \"importance\" }",
    ] {
        check(IRIS, "\"sgd\"", sampler, "\"svrg\"");
    }
}

#[test]
fn no_estimator_allocates_in_a_step() {
    for entry in sgdlab_estimators::entries() {
        check(IRIS, "\"adam\"", "\"reshuffle\"", &format!("\"{}\"", entry.name));
    }
}

#[test]
fn no_objective_allocates_in_a_step() {
    for entry in objectives() {
        let given = match entry.name {
            // Batches of 8 need more than the two points of the smallest bundled set.
            "sigmoid-neuron" => ", data = \"neuron-8\"",
            // Of 18 layers all are alike.
            "residual" => ", data = \"iris\", width = 4, blocks = 1",
            _ => "",
        };
        check(&format!("{{ name = \"{}\"{given} }}", entry.name), "\"sgd\"", "\"reshuffle\"", "\"plain\"");
    }
}

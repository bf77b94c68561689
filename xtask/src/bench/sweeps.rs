//! Whole sweeps as work: runs, journals and tables, into a new folder each time.

use std::time::Instant;

use anyhow::{Result, ensure};
use sgdlab_sweeps::{Format, Packing, Progress, Request, Sweep, program, write_results};

use super::work::Work;
use crate::plans;

/// A sweep of a plan; its units are updates times `of_update`, and its operations those of a unit.
pub fn sweep(plan: &str, threads: usize, of_update: f64, operations: f64) -> Result<Work> {
    let sweep = Sweep::new(plans::parse(plan, "the plan of the benchmark", &[])?, Packing::Automatic)?;
    let units = sweep.updates() as f64 * of_update;
    let program = program()?;
    let run = move || {
        let folder = tempfile::tempdir()?;
        let request = Request {
            folder: folder.path(),
            threads,
            command: "cargo xtask bench",
            program: &program,
            shard: None,
            format: Format::default(),
            any_program: false,
        };
        let clock = Instant::now();
        let outcome = write_results(&sweep, &request, &Progress::default(), &mut |_| {})?;
        let seconds = clock.elapsed().as_secs_f64();
        ensure!(outcome.is_complete() && outcome.failed == 0, "the sweep of the benchmark was stopped, or runs failed");
        Ok(seconds)
    };
    Ok(Work { run: Box::new(run), units, flops: units * operations, bytes: 0.0 })
}

/// The work of `tests/peers/digits_sweep.py`: a network on digits, one batch size.
pub fn digits(hidden: &[usize], batch: usize) -> String {
    let layers = format!("{hidden:?}");
    let model = match hidden {
        [] => "name = \"softmax\"".to_owned(),
        _ => format!("name = \"mlp\", hidden = {layers}"),
    };
    format!(
        "name = \"digits-sweep\"\nquestion = \"How long does it take?\"\n\
         problems = {{ {model}, data = \"digits\", features = \"unit\" }}\n\
         rules = [\n\
           {{ name = \"sgd\", momentum = 0.9, rates = [0.003, 0.01, 0.03, 0.1] }},\n\
           {{ name = \"adam\", rates = [0.0003, 0.001, 0.003, 0.01] }},\n\
         ]\n\
         batch-sizes = {batch}\nreplicates = 4\nprecision = \"f32\"\nbudget = {{ epochs = 5 }}\n\
         log = {{ every-epochs = 1 }}\n"
    )
}

/// Operations a sample of a network takes: products of layers forward, and backward for weights and inputs.
pub fn operations(hidden: &[usize]) -> f64 {
    let units: Vec<usize> = [64].iter().chain(hidden).chain(&[10]).copied().collect();
    let weights: usize = units.windows(2).map(|pair| pair[0] * pair[1]).sum();
    // The gradient with respect to the inputs of the first layer is not needed.
    (2 * (3 * weights - units[0] * units[1])) as f64
}

/// A thousand runs that are equal but for their random numbers, or more.
pub fn equal_runs(runs: usize) -> String {
    format!(
        "name = \"equal-runs\"\nquestion = \"How long does it take?\"\nproblems = \"logistic\"\nrules = \"adam\"\n\
         rates = 0.01\nbatch-sizes = 16\nreplicates = {runs}\nprecision = \"f32\"\nbudget = {{ steps = 1000 }}\n\
         log = {{ per-decade = 4 }}\n"
    )
}

/// Many short runs: what a run costs.
pub fn short_runs(runs: usize) -> String {
    format!(
        "name = \"short-runs\"\nquestion = \"How long does it take?\"\nproblems = \"line\"\nrules = \"sgd\"\n\
         rates = 0.01\nbatch-sizes = 10\nreplicates = {runs}\nprecision = \"f32\"\nbudget = {{ steps = 200 }}\n\
         log = {{ per-decade = 4 }}\n"
    )
}

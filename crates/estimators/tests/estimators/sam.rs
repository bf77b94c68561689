//! Sharpness-aware minimization against recorded trajectories.

#[path = "../../../optimizers/tests/support/problem.rs"]
mod problem;

use sgdlab_core::{Batch, Evaluation, Lanes, Layout, Objective, Oracle, Settings, Value};
use sgdlab_estimators::EstimatorSpec;
use sgdlab_optimizers::rules::entries;
use sgdlab_optimizers::{RuleSpec, Signal};

use problem::{Problem, number, numbers};

/// A function of the records as a sum of one term.
struct OneTerm(Problem, Layout);

impl Objective<f64, 1> for OneTerm {
    fn layout(&self) -> &Layout {
        &self.1
    }
    fn terms(&self) -> usize {
        1
    }
    fn scratch(&self, _: usize) -> usize {
        0
    }
    fn gradient(&self, at: &[Lanes<f64, 1>], _: &[u32], _: &mut [Lanes<f64, 1>], out: &mut [Lanes<f64, 1>]) {
        out.as_flattened_mut().copy_from_slice(&self.0.gradient(at.as_flattened()));
    }
    fn evaluate(&self, _: &[Lanes<f64, 1>], _: bool, _: &mut [Lanes<f64, 1>]) -> Evaluation<f64, 1> {
        unreachable!("estimators ask for gradients only")
    }
}

/// The record's base rule as its library reads it, and its rate.
fn base(record: &serde_json::Value) -> (RuleSpec, f64) {
    let hyperparameters = &record["hyperparameters"];
    let name = hyperparameters["base"].as_str().unwrap();
    let entry = entries().into_iter().find(|entry| entry.name == name).unwrap();
    let base = hyperparameters["base_hyperparameters"].as_object().unwrap();
    let given = base.iter().filter(|(key, _)| *key != "lr").map(|(key, x)| (key.as_str(), Value::Number(number(x))));
    // The base optimizers are torch's own.
    let settings = Settings::in_dialect(entry, Some("torch"), given).unwrap();
    (RuleSpec::new(&settings).unwrap(), number(&base["lr"]))
}

fn check(record: &serde_json::Value) {
    let id = record["id"].as_str().unwrap();
    let (rule, rate) = base(record);
    let mut at: Vec<_> = numbers(&record["initial"]).into_iter().map(|x| [x]).collect();
    let layout = Layout::vector(at.len());
    let mut rule = RuleSpec::bind::<f64, 1>(std::array::from_ref(&rule), &layout);
    let objective = OneTerm(Problem::parse(&record["problem"]), layout);
    let mut oracle = Oracle::new(&objective, 1);
    let rho = number(&record["hyperparameters"]["rho"]);
    let adaptive = record["hyperparameters"]["adaptive"].as_bool().unwrap();
    let mut sam = EstimatorSpec::Sam { rho, adaptive }.bind(at.len(), 1);
    let mut gradient = vec![[f64::NAN]; at.len()];
    let tolerance = number(&record["tol"]);
    for (step, expected) in record["trajectory"].as_array().unwrap().iter().enumerate() {
        sam.estimate(&mut oracle, step as u64, &at, Batch { indices: &[0], scale: 1.0 }, &mut gradient);
        rule.update(&mut at, Signal::of(&gradient), &[rate]);
        for (j, (a, b)) in at.as_flattened().iter().zip(numbers(expected)).enumerate() {
            let far = (a - b).abs() / b.abs().max(1.0);
            assert!(far <= tolerance, "{id}, step {}, parameter {j}: {a} for {b}", step + 1);
        }
    }
    assert_eq!(oracle.evaluations(), 2 * record["steps"].as_u64().unwrap(), "{id}");
}

#[test]
fn recorded_trajectories_are_met() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/reference/rules/sam.json");
    let document: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let records = document["records"].as_array().unwrap();
    assert_eq!(records.len(), 6);
    records.iter().for_each(check);
}

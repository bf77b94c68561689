//! Replays recorded trajectories of update rules.

use std::path::Path;

use sgdlab_core::{Settings, Value};
use sgdlab_optimizers::RuleSpec;

use super::problem::{Problem, number, numbers};
use super::{entry, single, step};

/// Replays every record of the rules in `folder`, except of the rules to `skip`; returns how many there were.
///
/// # Panics
/// If a trajectory leaves its record by more than the record's `tol` · max(1, |recorded number|).
pub fn replay(folder: &Path, skip: &[&str]) -> usize {
    let gradients = read(&folder.join("gradients.json"));
    let mut files: Vec<_> = folder.read_dir().expect("a folder").map(|file| file.expect("a file").path()).collect();
    files.sort();
    let mut count = 0;
    for file in files {
        let document = read(&file);
        let Some(rule) = document["rule"].as_str() else { continue };
        if skip.contains(&rule) {
            continue;
        }
        for record in document["records"].as_array().expect("records") {
            replay_record(record, &gradients["sequences"]);
            count += 1;
        }
    }
    count
}

/// The JSON document in a file.
pub fn read(file: &Path) -> serde_json::Value {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn replay_record(record: &serde_json::Value, sequences: &serde_json::Value) {
    let (spec, rate) = parse(record);
    let mut x: Vec<_> = numbers(&record["initial"]).into_iter().map(|x| [x]).collect();
    let mut rule = single(&spec, x.len());
    let sequence = record["gradients"].as_str().map(|name| &sequences[name]["gradients"]);
    let problem = record.get("problem").map(Problem::parse);
    let trajectory = record["trajectory"].as_array().expect("a trajectory");
    assert_eq!(Some(trajectory.len() as u64), record["steps"].as_u64());
    for (t, expected) in trajectory.iter().enumerate() {
        step(&mut *rule, &mut x, rate, |at| match (&problem, sequence) {
            (Some(problem), _) => problem.gradient(at),
            (None, Some(sequence)) => numbers(&sequence[t]),
            (None, None) => panic!("{} has no gradients", record["id"]),
        });
        let expected = numbers(expected);
        assert_eq!(x.len(), expected.len());
        for (i, (a, b)) in x.as_flattened().iter().zip(&expected).enumerate() {
            let far = (a - b).abs() / b.abs().max(1.0);
            assert!(far <= number(&record["tol"]), "{}, step {}, parameter {i}: {a} for {b}", record["id"], t + 1);
        }
    }
}

/// The rule and the rate of a record.
fn parse(record: &serde_json::Value) -> (RuleSpec, f64) {
    let variant = record["variant"].as_str().expect("a variant").replace('_', "-");
    let entry = entry(&record["rule"].as_str().expect("a rule").replace('_', "-"));
    let mut given = Vec::new();
    for (name, value) in record["hyperparameters"].as_object().expect("hyperparameters") {
        let value = value.as_bool().map_or_else(|| Value::Number(number(value)), Value::Flag);
        match name.as_str() {
            "lr" => {}
            "initial_accumulator_value" => given.push(("initial-accumulator".to_owned(), value)),
            other => given.push((other.replace('_', "-"), value)),
        }
    }
    let given = given.iter().map(|(name, value)| (name.as_str(), value.clone()));
    let settings = Settings::in_dialect(entry, Some(&variant), given);
    let spec = settings.and_then(|settings| RuleSpec::new(&settings));
    let spec = spec.unwrap_or_else(|error| panic!("{}: {error}", record["id"]));
    (spec, number(&record["hyperparameters"]["lr"]))
}

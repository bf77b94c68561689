//! Schedules against the recorded numbers of other libraries.

mod support;

use sgdlab_core::{Settings, Value};
use sgdlab_optimizers::schedules::{ScheduleSpec, entries};
use support::problem::{number, numbers};
use support::reference;

/// The JSON document in a file.
fn read(file: &std::path::Path) -> serde_json::Value {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Steps 0 to `last` of the record `id` = `schedule/library/case` are met to 10⁻¹² of the base rate 0.1.
fn check(id: &str, name: &str, given: &[(&str, f64)], total: u64, last: usize) {
    let entry = entries().into_iter().find(|entry| entry.name == name).expect("a schedule");
    let given = given.iter().map(|&(name, value)| (name, Value::Number(value)));
    let schedule = ScheduleSpec::new(&Settings::new(entry, given).expect("accepted")).expect("accepted");
    let file = id.split('/').next().expect("a file");
    let document = read(&reference("schedules").join(format!("{file}.json")));
    let records = document["records"].as_array().expect("records");
    let record = records.iter().find(|record| record["id"] == id).expect("a record");
    for (step, expected) in numbers(&record["lr"]).into_iter().enumerate().take(last + 1) {
        let rate = 0.1 * schedule.of_run(total, 1).factor(step as u64);
        assert!((rate - expected).abs() <= 1e-13, "{id}, step {step}: {rate} for {expected}");
    }
    assert!(last < 60 && number(&record["steps"]) == 60.0);
}

#[test]
fn schedules_meet_the_recorded_ones_where_they_coincide() {
    check("step/torch/10", "step", &[("gamma", 0.5), ("every", 10.0)], 60, 59);
    check("exponential/torch/0.9", "exponential", &[("gamma", 0.9)], 60, 59);
    check("exponential_decay/optax/smooth", "exponential", &[("gamma", 0.5), ("every", 10.0)], 60, 59);
    check("cosine_annealing/torch/full", "cosine", &[], 59, 59);
    check("cosine_annealing/torch/past_the_end", "cosine", &[("final", 0.01)], 20, 20);
    check("cosine_decay/optax/alpha", "cosine", &[("final", 0.1)], 40, 59);
    check("warmup_constant/optax/default", "constant", &[("warmup", 12.0)], 60, 59);
    check("warmup_cosine_decay/optax/default", "cosine", &[("warmup", 10.0), ("final", 0.01)], 50, 59);
    check("sequential/torch/warmup_cosine", "cosine", &[("warmup", 10.0), ("warmup-start", 0.1)], 60, 59);
}

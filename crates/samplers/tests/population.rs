//! The bound samplers on a population of 1000 numbers, against the exact standard errors recorded with it.

mod common;

use common::{bind, fill, law, spec};
use serde_json::Value;
use sgdlab_core::streams::Key;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/reference/batch_variance/");

fn population() -> Vec<f64> {
    let text = std::fs::read_to_string(format!("{FOLDER}population.csv")).expect("the population");
    text.lines().skip(1).map(|line| line.parse().expect("a number a line")).collect()
}

fn reference() -> Value {
    let text = std::fs::read_to_string(format!("{FOLDER}reference.json")).expect("the reference");
    serde_json::from_str(&text).expect("JSON")
}

/// 1000 independent batch means: variance (divisor 1000) and mean within 5 standard errors.
fn check(record: &Value, what: &str, means: &[f64], exact_mean: f64) {
    let number = |name: &str| record[name].as_f64().expect("a number");
    let n = means.len() as f64;
    let mean = means.iter().sum::<f64>() / n;
    let variance = means.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    let z = (variance - number("expected_empirical_variance")) / number("standard_error_of_empirical_variance");
    assert!(z.abs() <= 5.0, "{what}: variance {variance} is {z} standard errors off");
    let z = (mean - exact_mean) / number("standard_error_of_empirical_mean");
    assert!(z.abs() <= 5.0, "{what}: mean {mean} is {z} standard errors off");
}

/// `batch(size, r)` gives the indices of replicate r.
fn check_all(kind: &str, what: &str, mut batch: impl FnMut(usize, u64) -> Vec<u32>) {
    let (population, reference) = (population(), reference());
    let exact = reference["population"]["mean"].as_f64().expect("a number");
    let replicates = reference["parameters"]["replicates"].as_u64().expect("a count");
    for record in reference["batch_sizes"].as_array().expect("records") {
        let size = record["batch_size"].as_u64().expect("a size") as usize;
        let mean = |indices: Vec<u32>| indices.iter().map(|&i| population[i as usize]).sum::<f64>() / size as f64;
        let means: Vec<f64> = (0..replicates).map(|r| mean(batch(size, r))).collect();
        check(&record[kind], &format!("{what}, batch size {size}"), &means, exact);
    }
}

fn key(size: usize) -> Key {
    Key::new("population").child(&size.to_string())
}

#[test]
fn exact_laws_are_those_of_the_reference() {
    let reference = reference();
    let variance = reference["population"]["variance"].as_f64().expect("a number");
    for record in reference["batch_sizes"].as_array().expect("records") {
        let size = record["batch_size"].as_u64().expect("a size") as usize;
        for (kind, name) in [("with_replacement", "with-replacement"), ("without_replacement", "per-batch")] {
            let exact = record[kind]["variance"].as_f64().expect("a number");
            let ours = law(&spec(name, None), 1000, size).unwrap().factor(0, 0).unwrap() * variance;
            assert!((ours - exact).abs() <= 1e-12, "{name}, batch size {size}: {ours}, not {exact}");
        }
    }
}

#[test]
fn with_replacement_varies_as_it_should() {
    check_all("with_replacement", "with-replacement", |size, step| {
        let mut sampler = bind(&spec("with-replacement", None), 1000, size, key(size)).unwrap();
        fill(&mut *sampler, step).indices
    });
}

#[test]
fn subsets_vary_as_they_should() {
    check_all("without_replacement", "per-batch", |size, step| {
        let mut sampler = bind(&spec("per-batch", None), 1000, size, key(size)).unwrap();
        fill(&mut *sampler, step).indices
    });
}

#[test]
fn batches_of_different_epochs_vary_as_they_should() {
    check_all("without_replacement", "reshuffle", |size, epoch| {
        let mut sampler = bind(&spec("reshuffle", None), 1000, size, key(size)).unwrap();
        // The second batch, or the only one.
        let step = epoch * sampler.batches_per_epoch() + 1;
        fill(&mut *sampler, step).indices
    });
}

#[test]
fn batches_of_different_keys_vary_as_they_should() {
    check_all("without_replacement", "shuffle-once", |size, replicate| {
        let key = key(size).child(&replicate.to_string());
        let mut sampler = bind(&spec("shuffle-once", None), 1000, size, key).unwrap();
        fill(&mut *sampler, 1).indices
    });
}

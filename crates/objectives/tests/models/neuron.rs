//! The sigmoid neuron's recorded runs, replayed by hand.

use std::path::Path;

use serde_json::Value;

use crate::support::{gradient_at, load, value_at};

/// One row of the recorded trajectories.
struct Row {
    epoch: usize,
    /// w, b and the error, which is a sum over the points.
    numbers: [f64; 3],
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/reference/sigmoid_neuron"))
}

fn rows(run: &str) -> Vec<Row> {
    let text = std::fs::read_to_string(folder().join("trajectories.csv")).unwrap();
    let fields = text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    let row = |fields: Vec<&str>| Row {
        epoch: fields[1].parse().unwrap(),
        numbers: [2, 3, 4].map(|k: usize| fields[k].parse().unwrap()),
    };
    fields.filter(|fields| fields[0] == run).map(row).collect()
}

/// Gradient descent with batches of `size` points in order, the last one as short as it must be.
///
/// The record adds the slopes of a batch, the objective takes their mean: so the rate is η times the batch's size.
fn check(run: &str, data: &str, size: usize) {
    let document: Value =
        serde_json::from_str(&std::fs::read_to_string(folder().join("reference.json")).unwrap()).unwrap();
    let record = document["runs"].as_array().unwrap().iter().find(|record| record["id"] == run).unwrap();
    let (eta, tolerance) = (record["hyperparameters"]["eta"].as_f64().unwrap(), record["tol"].as_f64().unwrap());
    let problem = load(&format!("sigmoid-neuron data={data}"));
    let n = problem.terms();
    let points: Vec<u32> = (0..n as u32).collect();
    let mut at = vec![-2.0, -2.0];
    let mut epoch = 0;
    let rows = rows(run);
    assert_eq!(rows.last().map(|row| row.epoch as u64), record["last_epoch"].as_u64());
    for Row { epoch: recorded, numbers } in rows {
        while epoch < recorded {
            for batch in points.chunks(size) {
                let slopes = gradient_at(&problem, &at, batch);
                let rate = eta * batch.len() as f64;
                at.iter_mut().zip(slopes).for_each(|(x, g)| *x -= rate * g);
            }
            epoch += 1;
        }
        let found = [at[0], at[1], n as f64 * value_at(&problem, &at)];
        for (a, b) in found.iter().zip(numbers) {
            assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{run}, epoch {epoch}: {a} instead of {b}");
        }
    }
}

#[test]
fn full_batches() {
    check("gd", "neuron-2", 2);
    check("gd_8", "neuron-8", 8);
    check("minibatch_2", "neuron-2", 2);
}

#[test]
fn single_points() {
    check("sgd", "neuron-2", 1);
    check("sgd_8", "neuron-8", 1);
    check("minibatch_1", "neuron-2", 1);
}

#[test]
fn small_batches() {
    check("minibatch_2_of_8", "neuron-8", 2);
    check("minibatch_3_of_8_keep_last", "neuron-8", 3);
}

/// The recorded optima are stationary, and their error is the objective's.
#[test]
fn recorded_optima_are_stationary() {
    let document: Value =
        serde_json::from_str(&std::fs::read_to_string(folder().join("reference.json")).unwrap()).unwrap();
    for (record, data) in document["optimum"].as_array().unwrap().iter().zip(["neuron-2", "neuron-8"]) {
        let problem = load(&format!("sigmoid-neuron data={data}"));
        let at = ["w", "b"].map(|key| record[key].as_f64().unwrap());
        let error = problem.terms() as f64 * value_at(&problem, &at);
        assert!((error - record["error"].as_f64().unwrap()).abs() <= 1e-14, "{data}: {error}");
        let points: Vec<u32> = (0..problem.terms() as u32).collect();
        assert!(gradient_at(&problem, &at, &points).iter().all(|g| g.abs() <= 1e-14), "{data}");
    }
}

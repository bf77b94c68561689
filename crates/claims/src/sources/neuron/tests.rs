//! The recorded runs, all claims at several keys, and claims that are made false on purpose.

use std::collections::HashMap;

use sgdlab_core::streams::Key;

use super::algorithms::*;
use super::claims::ALL;
use super::{SOURCE, TARGETS};
use crate::testing::{assert_near, each_claim_can_fail, reference};
use crate::tools::course::gradient;
use crate::{Measured, Setting};

/// The algorithm of a record.
fn recorded(id: &str) -> Algorithm {
    let [sgd, heavy, ahead] = stochastic();
    let cut = |batches: Batches| Algorithm { batches, ..descent() };
    match id {
        "gd" | "gd_8" => descent(),
        "momentum" => momentum(),
        "nag" => nag(),
        "sgd" | "sgd_8" => sgd,
        "stochastic_momentum" => heavy,
        "stochastic_nag" => ahead,
        "stochastic_nag_8" => Algorithm { rate: 0.5, ..ahead },
        "minibatch_1" => cut(Batches::Counter(1)),
        "minibatch_2" => cut(Batches::Counter(2)),
        "minibatch_2_of_8" => mini_batch(),
        "minibatch_3_of_8_keep_last" => cut(Batches::Keep(3)),
        "minibatch_3_of_8_drop_last" => cut(Batches::Drop(3)),
        "minibatch_3_of_8_counter" => cut(Batches::Counter(3)),
        "adagrad" => adagrad(0.1),
        "adagrad_eta1" => adagrad(1.0),
        "rmsprop" => rmsprop(),
        "adam" => adam(),
        other => panic!("{other} is not known"),
    }
}

#[test]
fn every_recorded_run_is_met() {
    let folder = reference("sigmoid_neuron");
    let mut rows: HashMap<String, Vec<(usize, [f64; 3])>> = HashMap::new();
    for row in csv::Reader::from_path(folder.join("trajectories.csv")).unwrap().deserialize() {
        let (run, epoch, w, b, error): (String, usize, f64, f64, f64) = row.unwrap();
        rows.entry(run).or_default().push((epoch, [w, b, error]));
    }
    let text = std::fs::read_to_string(folder.join("reference.json")).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let runs = document["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 19);
    for record in runs {
        let (id, tolerance) = (record["id"].as_str().unwrap(), record["tol"].as_f64().unwrap());
        let neuron = if record["data"] == "two_points" { Neuron::two() } else { Neuron::eight() };
        let run = neuron.run(&recorded(id), START, EPOCHS);
        assert_eq!(rows[id].last().unwrap().0 as u64, record["last_epoch"].as_u64().unwrap());
        if let Some(updates) = record["updates_per_epoch"].as_u64() {
            assert_eq!(run.updates as u64, updates * EPOCHS as u64, "{id}");
        }
        for (epoch, row) in &rows[id] {
            let [w, b] = run.path[*epoch];
            let found = [w, b, run.errors[*epoch]];
            found.iter().zip(row).for_each(|(a, b)| assert_near(&format!("{id}, epoch {epoch}"), *a, *b, tolerance));
        }
    }
}

#[test]
fn optima_are_stationary() {
    for neuron in [Neuron::two(), Neuron::eight()] {
        assert!(gradient(neuron.objective(), neuron.optimum).iter().all(|g| g.abs() <= 1e-15));
    }
}

#[test]
fn the_listings_counter_loses_points() {
    let cycle = Batches::Counter(3).cycle(8);
    assert_eq!(cycle[0], [vec![0, 1, 2], vec![3, 4, 5]]);
    assert_eq!(cycle[1], [vec![0], vec![1, 2, 3], vec![4, 5, 6]]);
    assert_eq!(cycle[2], [vec![0, 1], vec![2, 3, 4], vec![5, 6, 7]]);
}

#[test]
fn all_claims_hold() {
    for key in ["sgdlab", "another"] {
        let outcome = SOURCE.run(&Setting { quick: true, key: Key::new(key) });
        for finding in &outcome.findings {
            assert!(finding.holds(), "{}, {}: {:?}", finding.claim.name, finding.quantity, finding.measured);
        }
    }
}

/// What would be measured if a claim were false, and how.
#[test]
fn every_claim_can_fail() {
    assert_eq!(TARGETS.len(), 3);
    each_claim_can_fail(
        ALL,
        &[
            ("optimum", Measured::of(0.0316), "the eight points, which cannot be met"),
            ("epochs-to-targets", Measured::of(270.0).beside(276.0), "stochastic descent for gradient descent"),
            ("slow-on-gentle-slopes", Measured::of(14.0 / 52.0), "Adam, whose steps do not depend on the slope"),
            ("momentum-is-faster", Measured::of(1.0), "gradient descent against itself"),
            ("momentum-overshoots", Measured::of(5.138 / 3.802 / 2.0), "gradient descent"),
            ("nesterov-goes-shorter", Measured::of(1.0), "momentum against itself"),
            ("nesterov-turns-more-often", Measured::of(5.0 / 12.0), "the ratio the other way around"),
            ("updates-per-epoch", Measured::of(1.0).beside(2.0), "the stochastic listing, which is the batch one"),
            ("mini-batches-in-between", Measured::of(0.01), "a mean in the place of a sum"),
            ("moving-average-is-faster", Measured::of(21.0 / 43.0), "AdaGrad at rate 1"),
            ("moving-average-never-rests", Measured::of(0.0), "Adam, which does not turn back"),
            ("sum-at-its-own-rate", Measured::of(940.0 / 43.0), "AdaGrad at rate 0.1"),
            ("which-to-use", Measured::of(34.0 / 46.0), "AdaGrad at rate 0.1"),
            ("listed-sigmoid", Measured::of(0.0).beside(1.0), "the corrected form in the place of the printed one"),
            ("listed-stochastic", Measured::of(0.1), "an update for each point"),
            ("meant-stochastic", Measured::of(1e-16), "the batch form, whose updates are sums"),
            ("listed-momentum", Measured::of(7.7e-33 / 0.01), "the corrected listing"),
            ("listed-mini-batches", Measured::of(1.0), "sums that are cleared"),
            ("listed-counter", Measured::of(6.0).beside(3.0), "a last batch that is dropped in every epoch"),
            ("listed-batch-size", Measured::of(0.0), "a sampler that accepts 0"),
        ],
    );
}

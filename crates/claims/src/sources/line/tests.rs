//! The recorded runs and maps, and claims that are made false on purpose.

use std::collections::HashMap;

use sgdlab_core::streams::Key;

use super::claims::ALL;
use super::runs::{losses, rules};
use super::{POINTS, SOURCE};
use crate::testing::{assert_near, each_claim_can_fail, reference};
use crate::{Measured, Setting};

#[test]
fn every_recorded_trajectory_is_met() {
    for (file, tolerance) in [("trajectories_f64.csv", 1e-12), ("trajectories_f32.csv", 1e-5)] {
        let mut recorded: HashMap<(String, String), Vec<[f64; 3]>> = HashMap::new();
        for row in csv::Reader::from_path(reference("toy_regression").join(file)).unwrap().deserialize() {
            let (setting, loss, _, w, b, value): (String, String, usize, f64, f64, f64) = row.unwrap();
            recorded.entry((setting, loss)).or_default().push([w, b, value]);
        }
        assert_eq!(recorded.len(), 20);
        for loss in losses() {
            for rule in rules() {
                let run = if file.contains("64") { loss.run::<f64>(rule.spec) } else { loss.run::<f32>(rule.spec) };
                let what = format!("{} on {}, {file}", rule.name, loss.name);
                let rows = &recorded[&(rule.name.to_owned(), loss.name.to_owned())];
                assert_eq!(rows.len(), run.path.len());
                for ((found, value), row) in run.path.iter().zip(&run.loss).zip(rows) {
                    [found[0], found[1], *value]
                        .iter()
                        .zip(row)
                        .for_each(|(a, b)| assert_near(&what, *a, *b, tolerance));
                }
            }
        }
    }
}

#[test]
fn every_recorded_map_is_met() {
    for loss in losses() {
        let path = reference("toy_regression").join(format!("loss_map_{}.csv", loss.name));
        let text = std::fs::read_to_string(path).unwrap();
        let recorded: Vec<f64> =
            text.split([',', '\n']).filter(|x| !x.is_empty()).map(|x| x.parse().unwrap()).collect();
        let (_, found) = loss.map(POINTS);
        assert_eq!(recorded.len(), found.len());
        found.iter().zip(recorded).for_each(|(a, b)| assert_near(loss.name, *a, b, 1e-12));
    }
}

#[test]
fn recorded_minima_are_met() {
    let text = std::fs::read_to_string(reference("toy_regression").join("reference.json")).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let minima = document["minima"].as_array().unwrap();
    for loss in losses() {
        let recorded = minima.iter().find(|row| row["loss_fn"] == loss.name && row["weight_decay"] == 0.0).unwrap();
        let number = |key: &str| recorded[key].as_f64().unwrap();
        for (found, key) in [(loss.minimizer[0], "w"), (loss.minimizer[1], "b"), (loss.minimum, "loss")] {
            assert_near(loss.name, found, number(key), 1e-12);
        }
    }
}

#[test]
fn all_claims_hold() {
    let outcome = SOURCE.run(&Setting { quick: true, key: Key::new("nothing is random") });
    for finding in &outcome.findings {
        assert!(finding.holds(), "{}, {}: {:?}", finding.claim.name, finding.quantity, finding.measured);
    }
    assert_eq!(outcome.figures.len(), 8);
}

/// What would be measured if a claim were false, and how.
#[test]
fn every_claim_can_fail() {
    each_claim_can_fail(
        ALL,
        &[
            ("published-losses", Measured::of(0.14), "the losses at rate 0.2, which differ after one epoch"),
            ("steps-shrink", Measured::of(45.0), "the steps with momentum"),
            ("arrives", Measured::of(0.61), "the distance with L1"),
            ("scales", Measured::of(0.5), "half squares, as in textbooks: up to 50"),
            ("steep-gradients", Measured::of(1.0), "L2 against itself"),
            ("still-on-the-way", Measured::of(3.5e-6), "the distance with L2"),
            ("smooth-l1-is-huber", Measured::of(0.05), "another β"),
            ("momentum-overshoots", Measured::of(0.0), "plain descent"),
            ("l2-overshoots-most", Measured::of(1.01), "Huber against L1"),
            ("far-from-divergence", Measured::of(1.03), "a rate beyond the limit"),
            ("where-momentum-helps", Measured::of(1.2), "L2 the other way around: 30 epochs over 25"),
            ("nesterov-reduces", Measured::of(1.0), "momentum against itself"),
            ("nesterov-helps-l2-most", Measured::of(1.08), "Huber over L1"),
            ("decay-pulls", Measured::of(1.0), "no decay"),
            ("decayed-minimum", Measured::of(0.6), "the bias left out of the penalty"),
            ("decay-moves-l2-least", Measured::of(1.0), "the other losses"),
            ("dampening-tempers", Measured::of(1.0), "no dampening"),
            ("first-step-undamped", Measured::of(0.02).beside(0.1), "a first step that is damped"),
            ("damped-from-the-start", Measured::of(1.0), "a first step that is not damped"),
        ],
    );
}

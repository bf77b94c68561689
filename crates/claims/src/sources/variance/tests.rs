//! The recorded population, all claims at several keys, and claims that are made false on purpose.

use sgdlab_core::streams::Key;

use super::SOURCE;
use super::claims::ALL;
use crate::testing::{assert_near, each_claim_can_fail, reference};
use crate::tools::moments::Central;
use crate::tools::population::{WITH, WITHOUT, law};
use crate::{Measured, Setting};

#[test]
fn recorded_moments_and_standard_errors_are_met() {
    let folder = reference("batch_variance");
    let gradients: Vec<f64> = csv::Reader::from_path(folder.join("population.csv"))
        .unwrap()
        .deserialize::<f64>()
        .map(Result::unwrap)
        .collect();
    let text = std::fs::read_to_string(folder.join("reference.json")).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let (mean, central) = Central::of(&gradients);
    let number = |of: &serde_json::Value, key: &str| of[key].as_f64().unwrap();
    assert_near("mean", mean, number(&document["population"], "mean"), 1e-12);
    let sizes = document["batch_sizes"].as_array().unwrap();
    assert_eq!(sizes.len(), 5);
    for size in sizes {
        let batch = size["batch_size"].as_u64().unwrap() as usize;
        let both = [
            ("with_replacement", WITH, central.with_replacement(batch)),
            ("without_replacement", WITHOUT, central.without_replacement(batch, gradients.len())),
        ];
        for (key, sampler, found) in both {
            let (recorded, what) = (&size[key], format!("{key}, m = {batch}"));
            let relative =
                |name: &str, a: f64| assert_near(&format!("{what}: {name}"), a / number(recorded, name), 1.0, 1e-10);
            relative("variance", found.second);
            relative("variance", law(sampler, gradients.len(), batch).factor(0, 0).unwrap() * central.second);
            relative("fourth_central_moment", found.fourth);
            relative("standard_error_of_empirical_variance", found.error_of_variance(1000));
            relative("standard_error_of_empirical_mean", (found.second / 1000.0).sqrt());
        }
    }
}

#[test]
fn all_claims_hold() {
    let outcome = SOURCE.run(&Setting { quick: true, key: Key::new("sgdlab") });
    for finding in &outcome.findings {
        assert!(finding.holds(), "{}, {}: {:?}", finding.claim.name, finding.quantity, finding.measured);
    }
}

/// What would be measured if a claim were false, with the standard errors of a quick run, and how.
#[test]
fn every_claim_can_fail() {
    let of = |value: f64, expected: f64, error: f64| Measured::of(value).beside(expected).give_or_take(error);
    each_claim_can_fail(
        ALL,
        &[
            ("unbiased", of(1.9, 2.0, 0.002), "the mean of the first 900 terms"),
            ("variance-with-replacement", of(0.00284, 0.0038, 0.00017), "the script's batches"),
            ("slope", of(-0.95, -1.0, 0.009), "a batch that repeats a twentieth of its terms"),
            ("variance-without-replacement", of(0.0038, 0.00284, 0.000127), "independent draws"),
            ("text-and-code-differ", Measured::of(0.3), "independent draws in the script"),
            ("batches-of-an-epoch", of(0.0, -1.0 / 3.0, 0.02), "independent batches"),
            ("epoch-is-exact", Measured::of(0.02), "an epoch that drops its last terms"),
            ("noise-scale-and-diversity", Measured::of(28.0).beside(29.0), "the noise scale without the 1"),
            ("two-batches", of(0.451, 0.419, 0.003), "independent draws under the other's law"),
            ("two-batches-are-biased", Measured::of(-0.5), "independent draws"),
            ("gain-of-a-step", of(0.5, 0.91, 0.01), "a batch of the critical size instead of 256"),
            ("best-rate", of(0.4, 0.3, 0.01), "twice the critical batch size, whose best rate is larger"),
            ("noise-leaves-saddles", of(149.0, 183.6, 1.8), "noise that batches do not average"),
            ("noise-leaves-minima", of(54.1, 66.3, 2.3), "Kramers' formula, which counts too little"),
            ("shallow-before-deep", of(1.0, 2.7, 0.17), "wells of the same depth"),
        ],
    );
}

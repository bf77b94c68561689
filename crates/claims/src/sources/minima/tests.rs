//! The recorded losses, and claims that are made false on purpose.

use super::POINTS;
use super::claims::ALL;
use super::family::{Family, P};
use crate::Measured;
use crate::testing::{assert_near, each_claim_can_fail, reference};
use crate::tools::grid::positions;

/// Numbers of a file without a header.
fn bare(file: &str) -> Vec<Vec<f64>> {
    let text = std::fs::read_to_string(reference("minima_variance").join(file)).unwrap();
    text.lines().map(|line| line.split(',').map(|x| x.parse().unwrap()).collect()).collect()
}

/// At the tolerance of the records.
#[test]
fn the_recorded_losses_are_met() {
    for (file, p) in [("f.csv", 1.0), ("g.csv", P)] {
        let (rows, family) = (bare(file), Family::recorded(p));
        assert_eq!((rows.len(), rows[0].len()), (POINTS, 100));
        for (x, row) in positions([-10.0, 10.0], POINTS).into_iter().zip(rows) {
            let place = family.at(x);
            place.losses.iter().zip(&row).for_each(|(a, b)| assert_near(&format!("{file}, {x}"), *a, *b, 1e-12));
            assert_near("mean", place.mean, row.iter().sum::<f64>() / 100.0, 1e-12);
        }
    }
}

/// What would be measured if a claim were false, and how.
#[test]
fn every_claim_can_fail() {
    each_claim_can_fail(
        ALL,
        &[
            ("same-mean", Measured::of(0.7), "the means of 10 and of 100 losses"),
            ("variance-ratio", Measured::of(0.23).beside(0.0529), "deviations instead of variances"),
            ("panels-differ", Measured::of(0.0), "the same mean twice"),
            ("descent-is-blind", Measured::of(0.3), "stochastic gradient descent"),
            ("spread-follows-variance", Measured::of(1.0), "the same family twice"),
            ("reshuffling-spreads-less", Measured::of(1.0), "the same sampler twice"),
            ("where-starts-end", Measured::of(0.0), "the same family twice"),
            ("quiet-well", Measured::of(0.5), "gradient descent"),
            ("two-mechanisms", Measured::of(0.95), "independent draws"),
            ("descent-has-no-preference", Measured::of(0.95), "independent draws"),
        ],
    );
}

//! The family that is recorded.

use std::sync::Arc;

use sgdlab_core::Entry;

use super::Family;
use super::drawn::P;
use super::paths::{Paths, factor, solve_lower, solve_upper};
use crate::parameters::{SPREAD, start};

/// How the catalogue describes it.
pub(crate) const ENTRY: Entry = Entry {
    name: "recorded-bowls",
    summary: "The hundred minibatch losses of a published notebook, as it drew them.",
    formula: "f(x) = 1/100 Σ p C_i(x) + (1 - p) C(x),  C = 1/100 Σ C_i,  C_i(x) = h(x - o_i; δ_i) + u_i + 0.8 g_i(x),  \
              h(r; δ) = r²/2 if |r| < δ, otherwise δ (|r| - δ/2)",
    conventions: "Centers, radii and heights are the recorded ones. The paths g_i go through the 100 recorded values on \
                  [-10, 10], as sums of kernels exp(-(x - y)²/(2 2.5²)) with 1e-10 on the diagonal, which miss the values by \
                  less than 5e-6; beyond, they fade. The high-variance panel has p = 1, the low-variance one p = 0.23.",
    hyperparameters: &[P, start(&[8.0]), SPREAD],
    dialects: &[],
    cost: "A bowl a term and, with p below 1, 100 more; a product for each term and center, and 100 exponentials.",
    reference: "Murphy (2022), Probabilistic machine learning, notebook sgd_minima_variance; its draws are in data/reference.",
};

/// A line for each grid point, a column for each term.
const PATHS: &str = include_str!("../../../../data/reference/minima_variance/gp.csv");
/// Offset, radius and height of each term.
const TERMS: &str = include_str!("../../../../data/reference/minima_variance/batches.csv");

/// The factor of the paths.
const BUMPS: f64 = 0.8;
const LENGTH_SCALE: f64 = 2.5;
/// Added to the diagonal of the kernel of 100 close points: with less, weights grow beyond 1e5 and so does their rounding,
/// with more, paths miss more of their values (3e-5 with 1e-8).
const JITTER: f64 = 1e-10;

fn numbers(line: &str) -> impl Iterator<Item = f64> {
    line.split(',').map(|field| field.parse().expect("the recorded files hold numbers"))
}

pub(super) fn family(mix: f64) -> Family {
    let rows: Vec<Vec<f64>> = PATHS.lines().map(|line| numbers(line).collect()).collect();
    let terms: Vec<Vec<f64>> = TERMS.lines().skip(1).map(|line| numbers(line).collect()).collect();
    let last = rows.len() as f64 - 1.0;
    let grid: Vec<f64> = (0..rows.len()).map(|i| -10.0 + 20.0 * i as f64 / last).collect();
    let lower = factor((1, LENGTH_SCALE), &grid, JITTER);
    let weights: Vec<Vec<f64>> = (0..terms.len())
        .map(|term| {
            let mut weights: Vec<f64> = rows.iter().map(|row| row[term]).collect();
            solve_lower(&lower, &mut weights);
            solve_upper(&lower, &mut weights);
            weights
        })
        .collect();
    let column = |k: usize| terms.iter().map(|term| term[k]).collect();
    Family {
        dimension: 1,
        offsets: column(0),
        deltas: column(1),
        heights: column(2),
        paths: Arc::new(Paths::new((1, LENGTH_SCALE), grid, &weights, BUMPS)),
        mix,
    }
}

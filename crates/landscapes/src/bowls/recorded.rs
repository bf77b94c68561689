//! The family that is recorded.

use std::sync::Arc;

use sgdlab_core::Entry;

use super::Family;
use super::drawn::P;
use super::paths::{Part, Paths, cholesky, factor, kernel, solve};
use crate::parameters::{SPREAD, start};

/// How the catalogue describes it.
pub(crate) const ENTRY: Entry = Entry {
    name: "recorded-bowls",
    summary: "The hundred minibatch losses of a published notebook, as it drew them.",
    formula: "f(x) = 1/100 Σ p C_i(x) + (1 - p) C(x),  C = 1/100 Σ C_i,  C_i(x) = h(x - o_i; δ_i) + u_i + 0.8 g_i(x),  \
              h(r; δ) = r²/2 if |r| < δ, otherwise δ (|r| - δ/2)",
    conventions: "Centers, radii and heights are the recorded ones. The paths g_i go through the 100 recorded values on \
                  [-10, 10], to 1e-12: they are sums of 33 kernels exp(-(x - y)²/2.5²), of which paths with the covariance \
                  exp(-(x - y)²/(2 2.5²)) are made, with weights of about 1, and of 100 narrow ones, as wide as the grid is \
                  fine, with weights below 1e-6 for what is left of the draws' own rounding. Beyond the grid they fade. The high-variance panel has p = 1, the low-variance one p = 0.23.",
    hyperparameters: &[P, start(&[8.0]), SPREAD],
    dialects: &[],
    cost: "A bowl a term and, with p below 1, 100 more; a product for each term and center, and 133 exponentials.",
    reference: "Murphy (2022), Probabilistic machine learning, notebook sgd_minima_variance; its draws are in data/reference.",
};

/// A line for each grid point, a column for each term.
const PATHS: &str = include_str!("../../../../data/reference/minima_variance/gp.csv");
/// Offset, radius and height of each term.
const TERMS: &str = include_str!("../../../../data/reference/minima_variance/batches.csv");

/// The factor of the paths.
const BUMPS: f64 = 0.8;
const LENGTH_SCALE: f64 = 2.5;
/// Wide kernels stand at all whole numbers from −16 to 16, beyond which their weights do not reach the grid.
const WIDE: i32 = 16;
/// Added to the diagonal where weights of wide kernels are solved for: recorded values are rounded to about 1e-8, and with
/// less, weights fit that instead of the paths.
const JITTER: f64 = 1e-12;

fn numbers(line: &str) -> impl Iterator<Item = f64> {
    line.split(',').map(|field| field.parse().expect("the recorded files hold numbers"))
}

pub(super) fn family(mix: f64) -> Family {
    let rows: Vec<Vec<f64>> = PATHS.lines().map(|line| numbers(line).collect()).collect();
    let terms: Vec<Vec<f64>> = TERMS.lines().skip(1).map(|line| numbers(line).collect()).collect();
    let last = rows.len() as f64 - 1.0;
    let grid: Vec<f64> = (0..rows.len()).map(|i| -10.0 + 20.0 * i as f64 / last).collect();
    let values: Vec<Vec<f64>> = (0..terms.len()).map(|term| rows.iter().map(|row| row[term]).collect()).collect();
    let column = |k: usize| terms.iter().map(|term| term[k]).collect();
    Family {
        dimension: 1,
        offsets: column(0),
        deltas: column(1),
        heights: column(2),
        paths: Arc::new(Paths::new(1, &through(&grid, values), BUMPS)),
        mix,
    }
}

/// Paths through values on a grid, as sums of wide kernels and of narrow ones.
///
/// White noise under kernels of the width ℓ/√2 is a process with the kernel of width ℓ: so the weights of the wide ones
/// are as small as those of noise, w = Φᵀ (Φ Φᵀ + jitter)⁻¹ y, and sums do not cancel.
/// They leave 2e-7 of the values; the narrow kernels, whose matrix is well conditioned, carry that exactly.
fn through(grid: &[f64], values: Vec<Vec<f64>>) -> [Part; 2] {
    let (wide, narrow) = (LENGTH_SCALE / 2f64.sqrt(), grid[1] - grid[0]);
    let centers: Vec<f64> = (-WIDE..=WIDE).map(f64::from).collect();
    let design: Vec<Vec<f64>> =
        grid.iter().map(|&x| centers.iter().map(|&center| kernel(wide, &[x], &[center])).collect()).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let entry = |i: usize, j: usize| dot(&design[i], &design[j]) + if i == j { JITTER } else { 0.0 };
    let (of_wide, of_narrow) = (cholesky(grid.len(), entry), factor((1, narrow), grid, 0.0));
    let weights = |values: Vec<f64>| {
        let solved = solve(&of_wide, values.clone());
        let weights: Vec<f64> =
            (0..centers.len()).map(|k| design.iter().zip(&solved).map(|(row, x)| row[k] * x).sum()).collect();
        let left = values.iter().zip(&design).map(|(value, row)| value - dot(row, &weights)).collect();
        (weights, solve(&of_narrow, left))
    };
    let (of_wide, of_narrow) = values.into_iter().map(weights).unzip();
    [
        Part { length_scale: wide, centers, weights: of_wide },
        Part { length_scale: narrow, centers: grid.to_vec(), weights: of_narrow },
    ]
}

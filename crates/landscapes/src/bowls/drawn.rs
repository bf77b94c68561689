//! Families that are drawn.

use std::sync::Arc;

use rand::distr::Distribution;
use sgdlab_core::streams::{Key, Normal, Uniform};
use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Settings};

use super::Family;
use super::paths::{Part, Paths, factor, solve_upper};
use crate::parameters::{SPREAD, number, start};

pub(crate) const P: Hyperparameter = number(
    "p",
    1.0,
    Range::closed(0.0, 1.0),
    "each term is p of itself and 1 - p of the mean: gradients vary p² as much around the same mean",
);

/// How the catalogue describes them.
pub(crate) const ENTRY: Entry = Entry {
    name: "bumpy-bowls",
    summary: "Bowls at random places with random paths on them: minibatch losses of the same mean and chosen variance.",
    formula: "f(x) = 1/n Σ p C_i(x) + (1 - p) C(x),  C = 1/n Σ C_i,  C_i(x) = h(‖x - o_i‖; δ_i) + u_i + bumps · g_i(x),  \
              h(r; δ) = r²/2 if r < δ, otherwise δ (r - δ/2),  o_i ~ offsets · N(0, 1),  δ_i ~ U(delta, delta + deltas),  \
              u_i ~ U(0, heights)",
    conventions: "g_i is a path of the Gaussian process with the kernel exp(-‖x - y‖²/(2 length-scale²)), given by its values \
                  on a grid of 3/4 length-scale that covers [-width, width] and a length more: between them it is what they \
                  make expected, whose variance is 1 up to 4e-4, and beyond it fades. The low-variance form of the source has \
                  p = 0.23. In one dimension the minimum is searched for, in two it is not known.",
    hyperparameters: &[
        Hyperparameter {
            name: "dimension",
            meaning: "the number of parameters, 1 or 2",
            domain: Domain::Integer { default: 1, least: 1 },
        },
        P,
        number("offsets", 7.0, Range::at_least(0.0), "standard deviation of each coordinate of the centers"),
        number("delta", 0.5, Range::above(0.0), "least radius at which a bowl becomes a cone"),
        number("deltas", 2.0, Range::at_least(0.0), "how much these radii differ"),
        number("heights", 5.0, Range::at_least(0.0), "how much the heights of terms differ"),
        number("bumps", 0.8, Range::at_least(0.0), "standard deviation of the paths"),
        number("length-scale", 2.5, Range::above(0.0), "how far bumps reach"),
        number("width", 10.0, Range::above(0.0), "how far from 0 there are bumps"),
        start(&[8.0]),
        SPREAD,
        Hyperparameter { name: "terms", meaning: "n", domain: Domain::Integer { default: 100, least: 1 } },
        Hyperparameter {
            name: "draw",
            meaning: "which of the families",
            domain: Domain::Integer { default: 0, least: 0 },
        },
    ],
    dialects: &[],
    cost: "A bowl a term and, with p below 1, n more; a product for each term and center, and an exponential for each center.",
    reference: "Huszár (2021), Notes on the origin of implicit regularization in SGD; Murphy (2022), Probabilistic machine \
                learning, notebook sgd_minima_variance.",
};

/// Most centers of paths.
const MOST_CENTERS: usize = 1024;

/// Refuses what would take too long to draw.
pub(super) fn check(settings: &Settings) -> Result<(), Invalid> {
    let dimension = settings.integer("dimension");
    if dimension > 2 {
        return Err(Invalid::new("dimension", dimension, "1 or 2"));
    }
    let along = along(settings);
    if along.powi(dimension as i32) > MOST_CENTERS as f64 {
        let least =
            format!("a number that makes at most {MOST_CENTERS} centers of the paths, and not {along}^{dimension}");
        return Err(Invalid::new("length-scale", settings.number("length-scale"), least));
    }
    let (terms, most) = (settings.integer("terms"), 1 << 17);
    if terms > most {
        return Err(Invalid::new("terms", terms, format!("at most {most}")));
    }
    Ok(())
}

/// Centers along one axis.
fn along(settings: &Settings) -> f64 {
    let (width, length) = (settings.number("width"), settings.number("length-scale"));
    2.0 * ((width + length) / (0.75 * length)).ceil() + 1.0
}

pub(super) fn family(settings: &Settings) -> Family {
    let (dimension, terms) = (settings.integer("dimension") as usize, settings.integer("terms") as usize);
    let length = settings.number("length-scale");
    let key = Key::new("bumpy bowls").child(&format!("{terms} terms of {dimension}"));
    let stream = |of: &str| key.child(of).stream(settings.integer("draw"));
    let uniform = |of: &str, low: f64, width: f64| -> Vec<f64> {
        Uniform { low, high: low + width }.sample_iter(stream(of)).take(terms).collect()
    };
    let offsets = settings.number("offsets");
    let half = (along(settings) as i64 - 1) / 2;
    let axis: Vec<f64> = (-half..=half).map(|k| 0.75 * length * k as f64).collect();
    let centers: Vec<f64> = match dimension {
        1 => axis,
        _ => axis.iter().flat_map(|&x| axis.iter().flat_map(move |&y| [x, y])).collect(),
    };
    // Values L z at the centers have the covariance of the process, and L⁻ᵀ z are their weights.
    let lower = factor((dimension, length), &centers, 1e-10);
    let mut numbers = Normal.sample_iter(stream("paths"));
    let weights: Vec<Vec<f64>> = (0..terms)
        .map(|_| {
            let mut weights: Vec<f64> = numbers.by_ref().take(centers.len() / dimension).collect();
            solve_upper(&lower, &mut weights);
            weights
        })
        .collect();
    let part = Part { length_scale: length, centers, weights };
    let paths = Paths::new(dimension, &[part], settings.number("bumps"));
    Family {
        dimension,
        offsets: Normal.sample_iter(stream("offsets")).take(terms * dimension).map(|x| offsets * x).collect(),
        deltas: uniform("deltas", settings.number("delta"), settings.number("deltas")),
        heights: uniform("heights", 0.0, settings.number("heights")),
        paths: Arc::new(paths),
        mix: settings.number("p"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::paths::{kernel, solve_lower};
    use super::*;

    /// The variance of a path is k(x)ᵀ K⁻¹ k(x), and its covariance k(x)ᵀ K⁻¹ k(y).
    #[test]
    fn the_covariance_of_paths_is_the_kernel() {
        for dimension in [1, 2] {
            let settings =
                Settings::defaults(&ENTRY).with("dimension", sgdlab_core::Value::Number(f64::from(dimension))).unwrap();
            let family = family(&settings);
            let dimension = dimension as usize;
            let centers = family.paths.centers();
            let lower = factor((dimension, 2.5), centers, 1e-10);
            let whitened = |x: &[f64]| {
                let mut row: Vec<f64> = centers.chunks_exact(dimension).map(|c| kernel(2.5, x, c)).collect();
                solve_lower(&lower, &mut row);
                row
            };
            for k in 0..60 {
                let x: Vec<f64> = (0..dimension).map(|j| -10.0 + (0.307 + 0.03 * j as f64) * f64::from(k)).collect();
                let y: Vec<f64> = x.iter().map(|x| 0.8 * x + 0.3).collect();
                let (of_x, of_y) = (whitened(&x), whitened(&y));
                let covariance = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
                assert!((covariance(&of_x, &of_x) - 1.0).abs() < 4e-4 * dimension as f64, "{x:?}");
                assert!((covariance(&of_x, &of_y) - kernel(2.5, &x, &y)).abs() < 4e-4 * dimension as f64, "{x:?}");
            }
        }
    }
}

//! Random data sets: functions of their sizes and key alone.

use ndarray::{Array1, Array2};
use ndarray_rand::RandomExt;
use sgdlab_core::reduce;
use sgdlab_core::streams::{Key, Normal};

use super::input::checksum;
use super::{Dataset, Targets};

/// Random data and the weights behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Synthetic {
    /// The data.
    pub dataset: Dataset,
    /// w*, the weights that made the targets.
    pub weights: Array1<f64>,
}

/// y = X w* + `noise` ε, where X (`n` × `d`), w* and ε are standard normal.
///
/// ```
/// use sgdlab_core::streams::Key;
/// use sgdlab_objectives::data::synthetic::gaussian_regression;
/// let made = gaussian_regression(100, 5, 0.1, Key::new("example"));
/// assert_eq!(made.dataset.features.dim(), (100, 5));
/// assert_eq!(made, gaussian_regression(100, 5, 0.1, Key::new("example")));
/// ```
#[must_use]
pub fn gaussian_regression(n: usize, d: usize, noise: f64, key: Key) -> Synthetic {
    let (features, weights, responses) = gaussian(n, d, noise, key);
    synthetic("gaussian-regression", [n, d], noise, features, weights, Targets::Numbers(responses))
}

/// Class 1 where X w* + `noise` ε > 0, else class 0; X (`n` × `d`), w* and ε are standard normal.
///
/// Without noise the classes are linearly separable.
/// With few rows one of the two classes may not occur.
#[must_use]
pub fn gaussian_classification(n: usize, d: usize, noise: f64, key: Key) -> Synthetic {
    let (features, weights, responses) = gaussian(n, d, noise, key);
    let labels = responses.iter().map(|&y| u32::from(y > 0.0)).collect();
    let targets = Targets::Classes { labels, names: vec!["0".to_owned(), "1".to_owned()] };
    synthetic("gaussian-classification", [n, d], noise, features, weights, targets)
}

/// y = X w* without noise, where X (`n` × `d`) is standard normal and w* has `sparsity` entries that are not 0.
///
/// The first `sparsity` entries of w* are |N(0, 1)|, divided by their norm; each is the square of a floating point
/// number, so that w* is u ∘ v without rounding.
///
/// ```
/// use sgdlab_core::streams::Key;
/// use sgdlab_objectives::data::synthetic::sparse_regression;
/// let made = sparse_regression(80, 200, 20, Key::new("example"));
/// assert!((made.weights.dot(&made.weights) - 1.0).abs() < 1e-14);
/// assert_eq!(made.weights.iter().filter(|&&w| w > 0.0).count(), 20);
/// ```
///
/// # Panics
/// If `sparsity` is above `d`.
#[must_use]
pub fn sparse_regression(n: usize, d: usize, sparsity: usize, key: Key) -> Synthetic {
    let features = Array2::random_using((n, d), Normal, &mut key.child("features").stream(0));
    let mut weights = Array1::random_using(d, Normal, &mut key.child("weights").stream(0));
    assert!(sparsity <= d, "no more weights than there are");
    weights.iter_mut().skip(sparsity).for_each(|w| *w = 0.0);
    let norm = reduce::sum_of(d, |j| [weights[j] * weights[j]])[0].sqrt();
    weights.mapv_inplace(|w| {
        let root = (w.abs() / norm).sqrt();
        root * root
    });
    let predict = |i: usize| reduce::sum_of(d, |j| [features[(i, j)] * weights[j]])[0];
    let targets = Targets::Numbers((0..n).map(predict).collect());
    synthetic(&format!("sparse-regression of {sparsity}"), [n, d], 0.0, features, weights, targets)
}

/// X, w* and X w* + `noise` ε.
fn gaussian(n: usize, d: usize, noise: f64, key: Key) -> (Array2<f64>, Array1<f64>, Vec<f64>) {
    let features = Array2::random_using((n, d), Normal, &mut key.child("features").stream(0));
    let weights = Array1::random_using(d, Normal, &mut key.child("weights").stream(0));
    let errors = Array1::random_using(n, Normal, &mut key.child("noise").stream(0));
    // ndarray's products choose their kernel by the processor; a canonical sum has the same bits everywhere.
    let predict = |i: usize| reduce::sum_of(d, |j| [features[(i, j)] * weights[j]])[0];
    let responses = (0..n).map(|i| predict(i) + noise * errors[i]).collect();
    (features, weights, responses)
}

fn synthetic(
    recipe: &str,
    [n, d]: [usize; 2],
    noise: f64,
    features: Array2<f64>,
    weights: Array1<f64>,
    targets: Targets,
) -> Synthetic {
    let name = format!("{recipe}(n={n}, d={d}, noise={noise:?})");
    let numbers: Vec<u8> = features.iter().copied().chain(targets.to_numbers()).flat_map(f64::to_le_bytes).collect();
    let checksum = checksum(&[name.as_bytes(), &numbers]);
    let feature_names = (1..=d).map(|j| format!("x{j}")).collect();
    Synthetic { dataset: Dataset { name, features, feature_names, targets, checksum }, weights }
}

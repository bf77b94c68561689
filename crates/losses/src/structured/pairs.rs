//! Losses of pairs and triplets, and of a mean with a variance.

use sgdlab_core::Real;

use super::Derivatives;

/// Margin ranking loss: max(0, −y (a − b) + margin), for y = `target` = 1 (a is to rank higher) or
/// −1; the value and the slopes in a and b.
///
/// It is piecewise linear.
/// The mean over terms divides by their number.
#[must_use]
pub fn margin_ranking(a: f64, b: f64, target: f64, margin: f64) -> (f64, [f64; 2]) {
    let short = margin - target * (a - b);
    // Not `short > 0`: NaN is to stay NaN.
    if short <= 0.0 { (0.0, [0.0; 2]) } else { (short, [0.0 - target, target]) }
}

/// Cosine embedding loss: 1 − cos(a, b) for `target` = 1, max(0, cos(a, b) − margin) for −1, with
/// cos(a, b) = aᵀb/√((‖a‖² + e)(‖b‖² + e)), e = 10⁻¹².
///
/// torch adds e: the cosine of parallel vectors is slightly below 1, and 0 of zero vectors.
/// The mean over terms divides by their number.
/// `out` becomes the derivatives in a and in b.
///
/// # Panics
/// If lengths differ.
pub fn cosine_embedding([a, b]: [&[f64]; 2], target: f64, margin: f64, out: [Derivatives<'_>; 2]) -> f64 {
    assert_eq!(b.len(), a.len(), "vectors of one length");
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (of_a, of_b) = (dot(a, a) + 1e-12, dot(b, b) + 1e-12);
    let length = (of_a * of_b).sqrt();
    let cosine = dot(a, b) / length;
    let (value, sign) = match target > 0.0 {
        true => (1.0 - cosine, -1.0),
        false if cosine <= margin => (0.0, 0.0),
        false => (cosine - margin, 1.0),
    };
    for (mut out, (x, other, square)) in out.into_iter().zip([(a, b, of_a), (b, a, of_b)]) {
        out.check(x.len());
        for i in 0..x.len() {
            let slope = other[i] / length - cosine * x[i] / square;
            let turn = other[i] * x[i] / (length * square) + slope * x[i] / square;
            let curvature = 2.0 * cosine * (x[i] / square) * (x[i] / square) - cosine / square - turn;
            out.set(i, sign * slope, sign * curvature);
        }
    }
    value
}

/// How [`triplet_margin`] measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Triplet {
    /// How much farther the negative is to be than the positive.
    pub margin: f64,
    /// The exponent of the norm, at least 1.
    pub p: f64,
    /// Added to each difference of coordinates before the norm, as torch does.
    pub eps: f64,
    /// Whether the negative's distance is the smaller of those to anchor and positive.
    pub swap: bool,
}

impl Triplet {
    /// The distance of a and b.
    fn distance(&self, a: &[f64], b: &[f64]) -> Distance {
        let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b + self.eps).collect();
        let length = match self.p {
            1.0 => differences.iter().map(|d| d.abs()).sum::<f64>(),
            2.0 => differences.iter().map(|d| d * d).sum::<f64>().sqrt(),
            p => power(differences.iter().map(|d| power(d.abs(), p)).sum::<f64>(), 1.0 / p),
        };
        let slope = |d: f64| match self.p {
            _ if length == 0.0 => 0.0,
            1.0 => Real::sign(d),
            2.0 => d / length,
            p => Real::sign(d) * power(d.abs() / length, p - 1.0),
        };
        let curvature = |d: f64| match self.p {
            _ if length == 0.0 => 0.0,
            1.0 => 0.0,
            2.0 => (1.0 - (d / length) * (d / length)) / length,
            p => {
                let share = d.abs() / length;
                (p - 1.0) * power(share, p - 2.0) * (1.0 - power(share, p)) / length
            }
        };
        let slopes = differences.iter().map(|&d| slope(d)).collect();
        Distance { length, slopes, curvatures: differences.iter().map(|&d| curvature(d)).collect() }
    }
}

/// ‖a − b + ε‖_p, its gradient in a, of which that in b is the opposite, and the diagonal of its Hessian in either.
/// All derivatives are 0 at distance 0.
struct Distance {
    length: f64,
    slopes: Vec<f64>,
    curvatures: Vec<f64>,
}

/// xᵖ for x ≥ 0.
fn power(x: f64, p: f64) -> f64 {
    if p == 0.0 { 1.0 } else { Real::exp(p * Real::ln(x)) }
}

/// Triplet margin loss: max(0, ‖a − p‖ − ‖a − n‖ + margin) of an anchor a, a positive p and a
/// negative n, with ‖·‖ as [`Triplet`] says; with its `swap`, ‖p − n‖ instead of ‖a − n‖ if smaller.
///
/// The mean over terms divides by their number.
/// `out` becomes the derivatives in anchor, positive and negative.
///
/// # Panics
/// If lengths differ.
///
/// Reference: V. Balntas, E. Riba, D. Ponsa and K. Mikolajczyk, Learning local feature descriptors
/// with triplets and shallow convolutional neural networks, BMVC 2016 (swap).
pub fn triplet_margin([anchor, positive, negative]: [&[f64]; 3], how: Triplet, out: [Derivatives<'_>; 3]) -> f64 {
    let n = anchor.len();
    assert!(positive.len() == n && negative.len() == n, "vectors of one length");
    out.iter().for_each(|out| out.check(n));
    let near = how.distance(anchor, positive);
    let far = how.distance(anchor, negative);
    let other = how.distance(positive, negative);
    let swapped = how.swap && other.length < far.length;
    let apart = if swapped { &other } else { &far };
    let value = near.length - apart.length + how.margin;
    let active = if value <= 0.0 { 0.0 } else { 1.0 };
    let [mut in_anchor, mut in_positive, mut in_negative] = out;
    for i in 0..n {
        let (pull, push) = (active * near.slopes[i], active * apart.slopes[i]);
        let (bend, unbend) = (active * near.curvatures[i], active * apart.curvatures[i]);
        let (of_anchor, of_positive) = if swapped { (0.0, 1.0) } else { (1.0, 0.0) };
        in_anchor.set(i, pull - of_anchor * push, bend - of_anchor * unbend);
        in_positive.set(i, -pull - of_positive * push, bend - of_positive * unbend);
        in_negative.set(i, push, -unbend);
    }
    Real::max(value, 0.0)
}

/// Gaussian negative log-likelihood: ½ (ln v + (x − y)²/v), with the mean x = `mean`, y = `target`
/// and v = max(`variance`, `eps`), plus ½ ln 2π if `full`; the value, the slopes in mean and
/// variance, and the second derivatives in each.
///
/// As in torch the bound passes derivatives in v on to the variance as if it were not there.
/// The mean over terms divides by their number.
///
/// Reference: D. A. Nix and A. S. Weigend, Estimating the mean and variance of the target
/// probability distribution, ICNN 1994.
#[must_use]
pub fn gaussian_nll(mean: f64, variance: f64, target: f64, eps: f64, full: bool) -> (f64, [f64; 2], [f64; 2]) {
    let v = Real::max(variance, eps);
    let r = mean - target;
    let value = 0.5 * (Real::ln(v) + r * r / v);
    let constant = if full { 0.5 * Real::ln(std::f64::consts::TAU) } else { 0.0 };
    let slopes = [r / v, 0.5 * (1.0 - r * r / v) / v];
    (value + constant, slopes, [1.0 / v, (r * r / v - 0.5) / (v * v)])
}

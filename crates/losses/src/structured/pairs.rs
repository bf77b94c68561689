//! Losses of pairs and triplets, and of a mean with a variance.

use sgdlab_core::Real;

/// Margin ranking loss: max(0, −y (a − b) + margin), for y = `target` = 1 (a is to rank higher) or
/// −1; the value and the slopes in a and b.
///
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
/// `in_a` and `in_b` become the gradients.
///
/// # Panics
/// If lengths differ.
pub fn cosine_embedding(a: &[f64], b: &[f64], target: f64, margin: f64, in_a: &mut [f64], in_b: &mut [f64]) -> f64 {
    assert_eq!((b.len(), in_a.len(), in_b.len()), (a.len(), a.len(), a.len()), "vectors of one length");
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (of_a, of_b) = (dot(a, a) + 1e-12, dot(b, b) + 1e-12);
    let length = (of_a * of_b).sqrt();
    let cosine = dot(a, b) / length;
    let (value, sign) = match target > 0.0 {
        true => (1.0 - cosine, -1.0),
        false if cosine > margin => (cosine - margin, 1.0),
        false => (0.0, 0.0),
    };
    for i in 0..a.len() {
        in_a[i] = sign * (b[i] / length - cosine * a[i] / of_a);
        in_b[i] = sign * (a[i] / length - cosine * b[i] / of_b);
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
    /// ‖a − b + ε‖_p and its gradient in a; that in b is the opposite. At distance 0 it is 0.
    fn distance(&self, a: &[f64], b: &[f64]) -> (f64, Vec<f64>) {
        let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b + self.eps).collect();
        let power = |x: f64, p: f64| if p == 0.0 { 1.0 } else { Real::exp(p * Real::ln(x)) };
        let norm = match self.p {
            1.0 => differences.iter().map(|d| d.abs()).sum::<f64>(),
            2.0 => differences.iter().map(|d| d * d).sum::<f64>().sqrt(),
            p => power(differences.iter().map(|d| power(d.abs(), p)).sum::<f64>(), 1.0 / p),
        };
        let slope = |d: f64| match self.p {
            _ if norm == 0.0 => 0.0,
            1.0 => Real::sign(d),
            2.0 => d / norm,
            p => Real::sign(d) * power(d.abs() / norm, p - 1.0),
        };
        (norm, differences.into_iter().map(slope).collect())
    }
}

/// Triplet margin loss: max(0, ‖a − p‖ − ‖a − n‖ + margin) of an anchor a, a positive p and a
/// negative n, with ‖·‖ as [`Triplet`] says; with its `swap`, ‖p − n‖ instead of ‖a − n‖ if smaller.
///
/// The mean over terms divides by their number.
/// `gradients` become those in anchor, positive and negative.
///
/// # Panics
/// If lengths differ.
///
/// Reference: V. Balntas, E. Riba, D. Ponsa and K. Mikolajczyk, Learning local feature descriptors
/// with triplets and shallow convolutional neural networks, BMVC 2016 (swap).
pub fn triplet_margin([anchor, positive, negative]: [&[f64]; 3], how: Triplet, gradients: [&mut [f64]; 3]) -> f64 {
    let n = anchor.len();
    assert!(positive.len() == n && negative.len() == n, "vectors of one length");
    assert!(gradients.iter().all(|gradient| gradient.len() == n), "gradients of the vectors' length");
    let (near, toward) = how.distance(anchor, positive);
    let (far, away) = how.distance(anchor, negative);
    let (other, apart) = how.distance(positive, negative);
    let swapped = how.swap && other < far;
    let value = near - if swapped { other } else { far } + how.margin;
    let active = if value > 0.0 { 1.0 } else { 0.0 };
    let [in_anchor, in_positive, in_negative] = gradients;
    for i in 0..n {
        let (from_anchor, from_positive) = if swapped { (0.0, apart[i]) } else { (away[i], 0.0) };
        in_anchor[i] = active * (toward[i] - from_anchor);
        in_positive[i] = active * (-toward[i] - from_positive);
        in_negative[i] = active * (from_anchor + from_positive);
    }
    Real::max(value, 0.0)
}

/// Gaussian negative log-likelihood: ½ (ln v + (x − y)²/v), with the mean x = `mean`, y = `target`
/// and v = max(`variance`, `eps`), plus ½ ln 2π if `full`; the value and the slopes in mean and
/// variance.
///
/// As in torch the bound passes the slope in v on to the variance as if it were not there.
/// The mean over terms divides by their number.
///
/// Reference: D. A. Nix and A. S. Weigend, Estimating the mean and variance of the target
/// probability distribution, ICNN 1994.
#[must_use]
pub fn gaussian_nll(mean: f64, variance: f64, target: f64, eps: f64, full: bool) -> (f64, [f64; 2]) {
    let v = Real::max(variance, eps);
    let r = mean - target;
    let value = 0.5 * (Real::ln(v) + r * r / v);
    let constant = if full { 0.5 * Real::ln(std::f64::consts::TAU) } else { 0.0 };
    (value + constant, [r / v, 0.5 * (1.0 / v - r * r / (v * v))])
}

//! Softmax cross-entropy: the negative log-likelihood of one of several classes.
//!
//! ℓ(z, y) = ln Σ_c e^(z_c) − z_y, with the logits z and the class y = `label`.
//! The slopes are p − e_y and the diagonal of the Hessian p (1 − p), with p = softmax(z); the
//! whole Hessian is diag(p) − p pᵀ, whose largest eigenvalue is at most [`SMOOTHNESS`].
//!
//! Conventions: natural logarithm; the largest logit is subtracted first, so nothing overflows.
//! A logit of −∞ is a class of probability 0; +∞ or NaN makes everything NaN.
//! Sums over classes are in the canonical order of [`sgdlab_core::reduce`].
//! The functions are those of one class that weighs 1; [`CrossEntropy`] has label smoothing and the weights of classes
//! as well. The mean over terms is the objective's.
//!
//! Cost: C exponentials, one logarithm and one division, each per lane.
//!
//! Reference: J. S. Bridle, Probabilistic interpretation of feedforward classification network
//! outputs, with relationships to statistical pattern recognition, Neurocomputing, 1990.
//!
//! ```
//! use sgdlab_losses::cross_entropy;
//! let mut logits = [[0.0], [0.0], [0.0], [0.0]];
//! assert_eq!(cross_entropy::value_and_slopes(&mut logits, 1), [4.0_f64.ln()]);
//! assert_eq!(logits, [[0.25], [-0.75], [0.25], [0.25]]);
//! ```

use sgdlab_core::reduce::{ACCUMULATORS, sum_of};
use sgdlab_core::{
    Domain, Entry, Hyperparameter, Invalid, Lanes, NARROW, Range, Real, Settings, Value, WIDTH, update_lanes,
};

use crate::multiclass::{CLASS_WEIGHTS, slopes_by_term, values_by_term};
use crate::{Divisor, Label, Labels, MulticlassFacts, MulticlassLoss};

/// How the catalogue describes [`CrossEntropy`].
pub const ENTRY: Entry = Entry {
    name: "cross-entropy",
    summary: "The negative log-likelihood of one of several classes, given their logits.",
    formula: "(1 − label-smoothing) w_y (−ln p_y) + label-smoothing/C Σ_c w_c (−ln p_c), where p = softmax(z), \
              y = label, w = class-weights",
    conventions: "Natural logarithm; the target is a class, not a distribution. The mean over terms divides by the sum \
                  of the weights of the terms' classes, with smoothing too: torch's CrossEntropyLoss.",
    hyperparameters: &[
        Hyperparameter {
            name: "label-smoothing",
            meaning: "the share of the target that all classes get alike",
            domain: Domain::Number { default: 0.0, range: Range::closed(0.0, 1.0) },
        },
        CLASS_WEIGHTS,
    ],
    dialects: &[],
    cost: "C exponentials, 1 logarithm and 1 division a term, for C classes",
    reference: "J. S. Bridle, Probabilistic interpretation of feedforward classification network outputs, with \
                relationships to statistical pattern recognition, Neurocomputing, 1990; C. Szegedy et al., Rethinking \
                the Inception architecture for computer vision, CVPR 2016, for label smoothing",
};

/// Softmax cross-entropy: (1 − s) w_y (−ln p_y) + (s/C) Σ_c w_c (−ln p_c), with p = softmax(z), C classes, the class y,
/// s = `label-smoothing` and the weights w of classes.
///
/// Without smoothing and weights it has the bits of the functions of this module.
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `label-smoothing` | 0.0 | 0 to 1 | 1 |
/// | `class-weights` | equal | ≥ 0 | 1 |
///
/// ```
/// use sgdlab_losses::{CrossEntropy, Label, MulticlassLoss};
/// let loss = CrossEntropy::new(0.5)?;
/// let mut logits = [[0.0], [0.0]];
/// loss.slopes(&mut logits, Label { class: 1, weights: &[] });
/// assert_eq!(logits, [[0.25], [-0.25]]);
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
///
/// Reference: J. S. Bridle, 1990; C. Szegedy et al., Rethinking the Inception architecture for computer vision, CVPR
/// 2016.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CrossEntropy {
    smoothing: f64,
}

impl CrossEntropy {
    /// The loss with this share of smoothing.
    ///
    /// # Errors
    /// If it is not between 0 and 1.
    pub fn new(smoothing: f64) -> Result<Self, Invalid> {
        Settings::new(&ENTRY, [("label-smoothing", Value::Number(smoothing))])
            .map(|settings| Self::from_settings(&settings))
    }

    pub(crate) fn from_settings(settings: &Settings) -> Self {
        Self { smoothing: settings.number("label-smoothing") }
    }

    /// Whether it is −ln p_y whatever the class.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.smoothing == 0.0
    }

    /// The factor of −ln p_c.
    #[inline(always)]
    fn mass<R: Real>(&self, (c, classes): (usize, usize), label: Label<'_, R>) -> R {
        let share = self.smoothing / classes as f64;
        label.weight_of(c) * R::of(share + if c == label.class { 1.0 - self.smoothing } else { 0.0 })
    }

    /// The sum of all these factors.
    #[inline(always)]
    fn mass_of_all<R: Real>(&self, classes: usize, label: Label<'_, R>) -> R {
        sum_of(classes, |c| [self.mass((c, classes), label)])[0]
    }
}

impl MulticlassLoss for CrossEntropy {
    #[inline(always)]
    fn value<R: Real, const N: usize>(&self, logits: &mut [Lanes<R, N>], label: Label<'_, R>) -> Lanes<R, N> {
        if self.is_plain() && label.weights.is_empty() {
            return value(logits, label.class);
        }
        let classes = logits.len();
        let total = self.mass_of_all(classes, label);
        if total == R::ZERO {
            return [R::ZERO; N];
        }
        let largest = largest(logits);
        // A class without mass costs 0 at any logit.
        let below = sum_of(classes, |c| {
            let (mass, mut below) = (self.mass((c, classes), label), [R::ZERO; N]);
            for l in 0..N {
                below[l] = if mass == R::ZERO { R::ZERO } else { mass * (largest[l] - logits[c][l]) };
            }
            below
        });
        let mut value = exponentials(logits, &largest);
        for l in 0..N {
            value[l] = below[l] + total * value[l].ln();
        }
        value
    }

    #[inline(always)]
    fn slopes<R: Real, const N: usize>(&self, logits: &mut [Lanes<R, N>], label: Label<'_, R>) {
        if self.is_plain() && label.weights.is_empty() {
            value_and_slopes(logits, label.class);
            return;
        }
        let total = self.mass_of_all(logits.len(), label);
        if total == R::ZERO {
            return logits.fill([R::ZERO; N]);
        }
        let largest = largest(logits);
        softmax(logits, &largest);
        self.slopes_of(logits, total, label);
    }

    #[inline(always)]
    fn values<R: Real, const N: usize>(
        &self,
        of: Labels<'_, R>,
        logits: &mut [Lanes<R, N>],
        values: &mut [Lanes<R, N>],
    ) {
        if self.is_plain() && of.weights.is_empty() {
            plain_values(of, logits, values);
        } else {
            values_by_term(self, of, logits, values);
        }
    }

    #[inline(always)]
    fn batch_slopes<R: Real, const N: usize>(&self, of: Labels<'_, R>, batch: &[u32], logits: &mut [Lanes<R, N>]) {
        if self.is_plain() && of.weights.is_empty() {
            plain_slopes(of, batch, logits);
        } else {
            slopes_by_term(self, of, batch, logits);
        }
    }

    #[inline(always)]
    fn move_slopes<R: Real, const N: usize>(
        &self,
        logits: &mut [Lanes<R, N>],
        vector: &mut [Lanes<R, N>],
        label: Label<'_, R>,
    ) {
        if self.is_plain() && label.weights.is_empty() {
            curvature_times(logits, vector);
            for l in 0..N {
                logits[label.class][l] -= R::ONE;
            }
            return;
        }
        let total = self.mass_of_all(logits.len(), label);
        if total == R::ZERO {
            logits.fill([R::ZERO; N]);
            return vector.fill([R::ZERO; N]);
        }
        curvature_times(logits, vector);
        vector.as_flattened_mut().iter_mut().for_each(|u| *u *= total);
        self.slopes_of(logits, total, label);
    }

    fn facts(&self) -> MulticlassFacts {
        MulticlassFacts { convex: true, divisor: Divisor::Weights }
    }

    fn smoothness(&self, classes: usize, label: Label<'_, f64>) -> Option<f64> {
        Some(SMOOTHNESS * self.mass_of_all(classes, label))
    }
}

impl CrossEntropy {
    /// p ← p Σ m − m.
    #[inline(always)]
    fn slopes_of<R: Real, const N: usize>(&self, p: &mut [Lanes<R, N>], total: R, label: Label<'_, R>) {
        let classes = p.len();
        for (c, p) in p.iter_mut().enumerate() {
            let mass = self.mass((c, classes), label);
            for l in 0..N {
                p[l] = total * p[l] - mass;
            }
        }
    }
}

/// [`value_and_slopes`] of a batch without the values, pass by pass: all exponentials are one loop.
#[inline(always)]
fn plain_slopes<R: Real, const N: usize>(of: Labels<'_, R>, batch: &[u32], logits: &mut [Lanes<R, N>]) {
    for z in logits.chunks_exact_mut(of.classes) {
        subtract_largest(z);
    }
    for z in logits.as_flattened_mut() {
        *z = z.exp();
    }
    for (p, &term) in logits.chunks_exact_mut(of.classes).zip(batch) {
        let inverse = total(p).map(|sum| R::ONE / sum);
        by_lane(p, &inverse, |p, inverse| p * inverse);
        for p in &mut p[of.labels[term as usize] as usize] {
            *p -= R::ONE;
        }
    }
}

/// [`value`] of all terms, pass by pass: exponentials and logarithms are one loop each.
#[inline(always)]
fn plain_values<R: Real, const N: usize>(of: Labels<'_, R>, logits: &mut [Lanes<R, N>], values: &mut [Lanes<R, N>]) {
    for ((z, value), &label) in logits.chunks_exact_mut(of.classes).zip(values.iter_mut()).zip(of.labels) {
        *value = z[label as usize];
        let largest = subtract_largest(z);
        for l in 0..N {
            value[l] = largest[l] - value[l];
        }
    }
    for z in logits.as_flattened_mut() {
        *z = z.exp();
    }
    // The sum of a term goes where nobody reads any more.
    for term in 0..values.len() {
        let z = &logits[term * of.classes..][..of.classes];
        logits[term] = total(z);
    }
    for (value, sum) in values.as_flattened_mut().iter_mut().zip(logits.as_flattened()) {
        *value += sum.ln();
    }
}

/// √2, the supremum of the Euclidean norm of the slopes: approached when a class that is not the
/// label has all the probability.
pub const LIPSCHITZ: f64 = std::f64::consts::SQRT_2;

/// ½, the supremum of the largest eigenvalue of the Hessian in the logits: attained when two
/// classes share all the probability.
pub const SMOOTHNESS: f64 = 0.5;

/// The value, and in place of the logits the slopes softmax(z) − e_label.
///
/// # Panics
/// If `label` is not below `logits.len()`.
#[inline(always)]
pub fn value_and_slopes<R: Real, const N: usize>(logits: &mut [Lanes<R, N>], label: usize) -> Lanes<R, N> {
    let largest = largest(logits);
    let mut value = logits[label];
    let sum = softmax(logits, &largest);
    for l in 0..N {
        value[l] = (largest[l] - value[l]) + sum[l].ln();
        logits[label][l] -= R::ONE;
    }
    value
}

/// The value alone; in place of the logits it leaves e^(z − largest).
///
/// It has the bits of [`value_and_slopes`].
///
/// # Panics
/// If `label` is not below `logits.len()`.
#[inline(always)]
pub fn value<R: Real, const N: usize>(logits: &mut [Lanes<R, N>], label: usize) -> Lanes<R, N> {
    let largest = largest(logits);
    let mut value = logits[label];
    let sum = exponentials(logits, &largest);
    for l in 0..N {
        value[l] = (largest[l] - value[l]) + sum[l].ln();
    }
    value
}

/// In place of the logits the diagonal of the Hessian, p (1 − p) with p = softmax(z).
///
/// It does not depend on the label.
#[inline(always)]
pub fn curvatures<R: Real, const N: usize>(logits: &mut [Lanes<R, N>]) {
    let largest = largest(logits);
    softmax(logits, &largest);
    for p in logits {
        for l in 0..N {
            p[l] = p[l] * (R::ONE - p[l]);
        }
    }
}

/// In place of the logits p = softmax(z), and in place of the vector u the Hessian times it: p (u − p·u).
///
/// It does not depend on the label.
///
/// # Panics
/// If the vector is not as long as the logits.
#[inline(always)]
pub fn curvature_times<R: Real, const N: usize>(logits: &mut [Lanes<R, N>], vector: &mut [Lanes<R, N>]) {
    assert_eq!(logits.len(), vector.len(), "one number a logit");
    let largest = largest(logits);
    softmax(logits, &largest);
    let mean = sum_of(logits.len(), |c| {
        let mut product = [R::ZERO; N];
        for l in 0..N {
            product[l] = logits[c][l] * vector[c][l];
        }
        product
    });
    for (u, p) in vector.iter_mut().zip(logits) {
        for l in 0..N {
            u[l] = p[l] * (u[l] - mean[l]);
        }
    }
}

/// The largest logit, lane by lane, or −∞: one that is NaN is passed over, since it makes the sum of the exponentials
/// NaN, and with it everything.
#[inline(always)]
pub(crate) fn largest<R: Real, const N: usize>(logits: &[Lanes<R, N>]) -> Lanes<R, N> {
    let mut largest = [R::of(f64::NEG_INFINITY); N];
    for z in logits {
        for l in 0..N {
            largest[l] = if z[l] > largest[l] { z[l] } else { largest[l] };
        }
    }
    largest
}

/// z ← e^(z − largest); returns the sum.
///
/// The exponentials are one flat loop over classes and lanes, so that it is vectorized.
#[inline(always)]
pub(crate) fn exponentials<R: Real, const N: usize>(z: &mut [Lanes<R, N>], largest: &Lanes<R, N>) -> Lanes<R, N> {
    subtract(z, largest);
    for z in z.as_flattened_mut() {
        *z = z.exp();
    }
    total(z)
}

/// Σ z of numbers that are not negative, in the canonical order.
///
/// Few of them are their own accumulators, and those that are not there hold 0, which changes nothing; sums stay in
/// registers so.
#[inline(always)]
fn total<R: Real, const N: usize>(z: &[Lanes<R, N>]) -> Lanes<R, N> {
    const HALF: usize = ACCUMULATORS / 2;
    if z.len() > ACCUMULATORS {
        return sum_of(z.len(), |c| z[c]);
    }
    let mut sums = [[R::ZERO; N]; HALF];
    for k in 0..HALF {
        if k < z.len() {
            sums[k] = z[k];
        }
        if k + HALF < z.len() {
            add(&mut sums[k], &z[k + HALF]);
        }
    }
    for apart in [4, 2, 1] {
        for k in 0..apart {
            let other = sums[k + apart];
            add(&mut sums[k], &other);
        }
    }
    sums[0]
}

#[inline(always)]
fn add<R: Real, const N: usize>(sum: &mut Lanes<R, N>, x: &Lanes<R, N>) {
    for l in 0..N {
        sum[l] += x[l];
    }
}

/// z ← z − largest logit, which it returns.
#[inline(always)]
fn subtract_largest<R: Real, const N: usize>(z: &mut [Lanes<R, N>]) -> Lanes<R, N> {
    let largest = largest(z);
    subtract(z, &largest);
    largest
}

#[inline(always)]
fn subtract<R: Real, const N: usize>(z: &mut [Lanes<R, N>], of_each: &Lanes<R, N>) {
    by_lane(z, of_each, |z, x| z - x);
}

/// z ← f(z, x) with the x of its lane.
///
/// Classes of narrow packs go several at a time: else the compiler does so, and gathers them number by number.
#[inline(always)]
fn by_lane<R: Real, const N: usize>(z: &mut [Lanes<R, N>], x: &Lanes<R, N>, f: impl Fn(R, R) -> R) {
    if N != NARROW {
        for z in z {
            for l in 0..N {
                z[l] = f(z[l], x[l]);
            }
        }
        return;
    }
    let mut repeated = [R::ZERO; WIDTH];
    for k in 0..WIDTH {
        repeated[k] = x[k % N];
    }
    let (blocks, rest) = z.as_flattened_mut().as_chunks_mut::<WIDTH>();
    for block in blocks {
        update_lanes(block, |z, k| f(z, repeated[k]));
    }
    for z in rest.as_chunks_mut::<N>().0 {
        update_lanes(z, |z, l| f(z, x[l]));
    }
}

/// z ← softmax(z); returns Σ e^(z − largest).
#[inline(always)]
fn softmax<R: Real, const N: usize>(z: &mut [Lanes<R, N>], largest: &Lanes<R, N>) -> Lanes<R, N> {
    let sum = exponentials(z, largest);
    let inverse = sum.map(|sum| R::ONE / sum);
    by_lane(z, &inverse, |z, inverse| z * inverse);
    sum
}

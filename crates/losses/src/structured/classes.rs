//! Losses of several logits, log-probabilities or labels.

use sgdlab_core::Real;

use super::Derivatives;
use crate::{BinaryCrossEntropy, Loss};

/// What the losses of one class of several know of the classes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClassWeights<'a> {
    /// A weight for each class; 1 if there are none.
    pub weights: Option<&'a [f64]>,
    /// The class whose terms cost nothing and weigh nothing.
    pub ignored: Option<usize>,
}

impl ClassWeights<'_> {
    fn of(&self, class: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[class])
    }

    /// The weight of a term of class `label` in a mean: that of its class, 0 if it is ignored.
    ///
    /// # Panics
    /// If there are weights, but not for `label`.
    #[must_use]
    pub fn term(&self, label: usize) -> f64 {
        if self.ignored == Some(label) { 0.0 } else { self.of(label) }
    }
}

/// The softmax of some logits, by its logarithm.
struct Softmax<'a> {
    logits: &'a [f64],
    largest: f64,
    /// ln Σ e^(z − largest), to the last digit where it is small; NaN where the largest logit is not finite.
    rest: f64,
}

impl<'a> Softmax<'a> {
    fn of(logits: &'a [f64]) -> Self {
        let largest = logits.iter().fold(f64::NEG_INFINITY, |a, &b| Real::max(a, b));
        let first = logits.iter().position(|&z| z == largest);
        let others = logits.iter().enumerate().filter(|(c, _)| Some(*c) != first);
        let sum = others.map(|(_, &z)| Real::exp(z - largest)).sum::<f64>();
        Self { logits, largest, rest: Real::ln_1p(sum) + (largest - largest) }
    }

    /// −ln p_c.
    fn cost(&self, class: usize) -> f64 {
        (self.largest - self.logits[class]) + self.rest
    }

    /// p_c.
    fn probability(&self, class: usize) -> f64 {
        Real::exp(-self.cost(class))
    }

    /// 1 − p_c, without cancellation.
    fn complement(&self, class: usize) -> f64 {
        (0..self.logits.len()).filter(|&c| c != class).map(|c| self.probability(c)).sum()
    }
}

/// Softmax cross-entropy of one class: (1 − s) w_y (−ln p_y) + (s/C) Σ_c w_c (−ln p_c), with
/// p = softmax(`logits`), C classes, y = `label`, s = `smoothing` in \[0, 1\] and the weights w.
///
/// An ignored label costs nothing.
/// The mean over terms divides by the sum of [`ClassWeights::term`], with smoothing too.
///
/// ```
/// use sgdlab_losses::structured::{ClassWeights, Derivatives, cross_entropy};
/// let (mut gradient, mut curvature) = ([0.0; 2], [0.0; 2]);
/// let out = Derivatives { gradient: &mut gradient, curvature: &mut curvature };
/// let value = cross_entropy(&[0.0, 0.0], 1, ClassWeights::default(), 0.0, out);
/// assert_eq!((value, gradient, curvature), (std::f64::consts::LN_2, [0.5, -0.5], [0.25, 0.25]));
/// ```
///
/// # Panics
/// If `label` is no class, or lengths differ.
///
/// Reference: C. Szegedy et al., Rethinking the Inception architecture for computer vision, CVPR
/// 2016 (label smoothing).
pub fn cross_entropy(
    logits: &[f64],
    label: usize,
    classes: ClassWeights<'_>,
    smoothing: f64,
    out: Derivatives<'_>,
) -> f64 {
    assert!(label < logits.len(), "{label} is none of {} classes", logits.len());
    let kept = if classes.ignored == Some(label) { 0.0 } else { 1.0 };
    let share = smoothing / logits.len() as f64;
    let mass = |c: usize| kept * classes.of(c) * (share + if c == label { 1.0 - smoothing } else { 0.0 });
    of_masses(logits, mass, out)
}

/// Softmax cross-entropy of a distribution: Σ_c w_c t_c (−ln p_c), with p = softmax(`logits`) and
/// t = `target`, smoothed to (1 − s) t_c + s/C with s = `smoothing`.
///
/// The mean over terms divides by their number, with weights too.
/// `in_target` becomes the gradient in the target, in which the loss is linear.
///
/// # Panics
/// If lengths differ.
pub fn cross_entropy_soft(
    logits: &[f64],
    target: &[f64],
    (weights, smoothing): (Option<&[f64]>, f64),
    out: Derivatives<'_>,
    in_target: &mut [f64],
) -> f64 {
    assert_eq!((target.len(), in_target.len()), (logits.len(), logits.len()), "one number a class");
    let classes = ClassWeights { weights, ignored: None };
    let softmax = Softmax::of(logits);
    for (c, slope) in in_target.iter_mut().enumerate() {
        *slope = (1.0 - smoothing) * classes.of(c) * softmax.cost(c);
    }
    let share = smoothing / logits.len() as f64;
    of_masses(logits, |c| classes.of(c) * ((1.0 - smoothing) * target[c] + share), out)
}

/// Σ_c m_c (−ln p_c), its gradient p_c Σ m − m_c and its curvature p_c (1 − p_c) Σ m; a class without mass costs 0
/// at any logit.
fn of_masses(logits: &[f64], mass: impl Fn(usize) -> f64, mut out: Derivatives<'_>) -> f64 {
    out.check(logits.len());
    let softmax = Softmax::of(logits);
    let total: f64 = (0..logits.len()).map(&mass).sum();
    for c in 0..logits.len() {
        let (p, q) = (softmax.probability(c), softmax.complement(c));
        // (Σ m − m_c) p_c − m_c (1 − p_c): it does not cancel where all mass is at c.
        let others: f64 = (0..logits.len()).filter(|&k| k != c).map(&mass).sum();
        out.set(c, others * p - mass(c) * q, total * p * q);
    }
    (0..logits.len()).filter(|&c| mass(c) != 0.0).map(|c| mass(c) * softmax.cost(c)).sum()
}

/// Focal loss of one class: w_y (1 − p_y)^γ (−ln p_y), with p = softmax(`logits`), y = `label`, γ = `gamma` ≥ 0 and
/// the weights w.
///
/// γ = 0 is the cross-entropy. An ignored label costs nothing.
/// With two classes, γ and weights α and 1 − α this is [`SigmoidFocal`](crate::SigmoidFocal) of the difference of
/// the logits.
/// The mean over terms divides by their number, or by the sum of [`ClassWeights::term`].
///
/// # Panics
/// If `label` is no class, or lengths differ.
///
/// Reference: T.-Y. Lin, P. Goyal, R. Girshick, K. He and P. Dollár, Focal loss for dense object detection, ICCV
/// 2017.
pub fn focal(logits: &[f64], label: usize, classes: ClassWeights<'_>, gamma: f64, mut out: Derivatives<'_>) -> f64 {
    assert!(label < logits.len(), "{label} is none of {} classes", logits.len());
    out.check(logits.len());
    let (softmax, weight) = (Softmax::of(logits), classes.term(label));
    let (p, q, cost) = (softmax.probability(label), softmax.complement(label), softmax.cost(label));
    let power = if gamma == 0.0 { 1.0 } else { Real::exp(gamma * Real::ln(q)) };
    // −ln(1 − q)/q, which is 1 at q = 0.
    let ratio = if q == 0.0 { 1.0 } else { cost / q };
    let steepness = power * (1.0 + gamma * p * ratio);
    let change = power * q * p * gamma * (2.0 - cost + (gamma - 1.0) * p * ratio);
    for c in 0..logits.len() {
        let of_class = softmax.probability(c);
        let slope = if c == label { -q } else { of_class };
        let share = if q == 0.0 { 0.0 } else { slope / q };
        let curvature = of_class * softmax.complement(c) * steepness + share * share * change;
        // A weight of 0 silences infinite logits too.
        let scaled = |x: f64| if weight == 0.0 { 0.0 } else { weight * x };
        out.set(c, scaled(slope * steepness), scaled(curvature));
    }
    if weight == 0.0 { 0.0 } else { weight * power * cost }
}

/// Negative log-likelihood of one class: −w_y l_y, with l = `log_probabilities` and y = `label`.
///
/// An ignored label costs nothing.
/// The mean over terms divides by the sum of [`ClassWeights::term`].
/// `gradient` becomes the gradient; the loss is linear.
///
/// # Panics
/// If `label` is no class, or lengths differ.
pub fn negative_log_likelihood(
    log_probabilities: &[f64],
    label: usize,
    classes: ClassWeights<'_>,
    gradient: &mut [f64],
) -> f64 {
    assert_eq!(gradient.len(), log_probabilities.len(), "one number a class");
    gradient.fill(0.0);
    let weight = classes.term(label);
    gradient[label] = 0.0 - weight;
    if weight == 0.0 { 0.0 } else { -weight * log_probabilities[label] }
}

/// Kullback-Leibler divergence, elementwise: t (ln t − l), with l = `log_probability` and
/// t = `target`, which is its own logarithm if `log_target`; the value and the slope in l, in which it is linear.
///
/// 0 at t = 0. The sum over a distribution is its divergence; torch's `batchmean` divides the sum by
/// the number of distributions, its `mean` by that of entries, which is not the divergence.
#[must_use]
pub fn kl_divergence(log_probability: f64, target: f64, log_target: bool) -> (f64, f64) {
    let (t, log) = if log_target { (Real::exp(target), target) } else { (target, Real::ln(target)) };
    let value = if t == 0.0 { 0.0 } else { t * (log - log_probability) };
    (value, 0.0 - t)
}

/// Multilabel soft margin loss: the mean over classes of the binary cross-entropy of the logits x
/// and the targets y in \[0, 1\], times a weight for each class.
///
/// The mean over terms divides by their number.
///
/// # Panics
/// If lengths differ.
pub fn multilabel_soft_margin(
    logits: &[f64],
    target: &[f64],
    weights: Option<&[f64]>,
    mut out: Derivatives<'_>,
) -> f64 {
    assert_eq!(target.len(), logits.len(), "one number a class");
    out.check(logits.len());
    let scale = |c: usize| weights.map_or(1.0, |weights| weights[c]) / logits.len() as f64;
    let loss = BinaryCrossEntropy;
    for c in 0..logits.len() {
        let (x, y) = (logits[c], target[c]);
        out.set(c, scale(c) * loss.slope(x, y), scale(c) * loss.curvature(x, y));
    }
    (0..logits.len()).map(|c| scale(c) * loss.value(logits[c], target[c])).sum()
}

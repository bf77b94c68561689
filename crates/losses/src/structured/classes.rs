//! Losses of several logits, log-probabilities or labels.

use sgdlab_core::Real;

/// What cross-entropy and the negative log-likelihood know of the classes.
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

/// ln Σ eᶻ, without overflow.
fn log_sum_exp(logits: &[f64]) -> f64 {
    let largest = logits.iter().fold(f64::NEG_INFINITY, |a, &b| Real::max(a, b));
    largest + Real::ln(logits.iter().map(|&z| Real::exp(z - largest)).sum::<f64>())
}

/// Softmax cross-entropy of one class: (1 − s) w_y (−ln p_y) + (s/C) Σ_c w_c (−ln p_c), with
/// p = softmax(`logits`), C classes, y = `label`, s = `smoothing` in \[0, 1\] and the weights w.
///
/// An ignored label costs nothing.
/// The mean over terms divides by the sum of [`ClassWeights::term`], with smoothing too.
/// `gradient` becomes the gradient in the logits.
///
/// ```
/// use sgdlab_losses::structured::{ClassWeights, cross_entropy};
/// let mut gradient = [0.0; 2];
/// let value = cross_entropy(&[0.0, 0.0], 1, ClassWeights::default(), 0.0, &mut gradient);
/// assert_eq!((value, gradient), (std::f64::consts::LN_2, [0.5, -0.5]));
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
    gradient: &mut [f64],
) -> f64 {
    assert!(label < logits.len(), "{label} is none of {} classes", logits.len());
    let kept = if classes.ignored == Some(label) { 0.0 } else { 1.0 };
    let share = smoothing / logits.len() as f64;
    let mass = |c: usize| kept * classes.of(c) * (share + if c == label { 1.0 - smoothing } else { 0.0 });
    of_masses(logits, mass, gradient)
}

/// Softmax cross-entropy of a distribution: Σ_c w_c t_c (−ln p_c), with p = softmax(`logits`) and
/// t = `target`.
///
/// The mean over terms divides by their number, with weights too.
/// `gradient` becomes the gradient in the logits, `in_target` that in the target.
///
/// # Panics
/// If lengths differ.
pub fn cross_entropy_soft(
    logits: &[f64],
    target: &[f64],
    weights: Option<&[f64]>,
    gradient: &mut [f64],
    in_target: &mut [f64],
) -> f64 {
    assert_eq!((target.len(), in_target.len()), (logits.len(), logits.len()), "one number a class");
    let classes = ClassWeights { weights, ignored: None };
    let log = log_sum_exp(logits);
    for (c, slope) in in_target.iter_mut().enumerate() {
        *slope = classes.of(c) * (log - logits[c]);
    }
    of_masses(logits, |c| classes.of(c) * target[c], gradient)
}

/// Σ_c m_c (−ln p_c) and its gradient p_c Σ m − m_c; a class without mass costs 0 at any logit.
fn of_masses(logits: &[f64], mass: impl Fn(usize) -> f64, gradient: &mut [f64]) -> f64 {
    assert_eq!(gradient.len(), logits.len(), "one number a class");
    let log = log_sum_exp(logits);
    let total: f64 = (0..logits.len()).map(&mass).sum();
    for (c, slope) in gradient.iter_mut().enumerate() {
        *slope = total * Real::exp(logits[c] - log) - mass(c);
    }
    (0..logits.len()).filter(|&c| mass(c) != 0.0).map(|c| mass(c) * (log - logits[c])).sum()
}

/// Negative log-likelihood of one class: −w_y l_y, with l = `log_probabilities` and y = `label`.
///
/// An ignored label costs nothing.
/// The mean over terms divides by the sum of [`ClassWeights::term`].
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
/// t = `target`, which is its own logarithm if `log_target`; the value and the slope in l.
///
/// 0 at t = 0. The sum over a distribution is its divergence; torch's `batchmean` divides the sum by
/// the number of distributions, its `mean` by that of entries, which is not the divergence.
#[must_use]
pub fn kl_divergence(log_probability: f64, target: f64, log_target: bool) -> (f64, f64) {
    let (t, log) = if log_target { (Real::exp(target), target) } else { (target, Real::ln(target)) };
    let value = if t == 0.0 { 0.0 } else { t * (log - log_probability) };
    (value, 0.0 - t)
}

/// Multiclass margin loss: (w_y/C) Σ_{c ≠ y} max(0, m − x_y + x_c)^p, with x = `scores`,
/// y = `label`, m = `margin`, C classes and p = 2 if `squared`, otherwise 1.
///
/// The weight is not raised to p.
/// The mean over terms divides by their number.
///
/// # Panics
/// If `label` is no class, or lengths differ.
///
/// Reference: K. Crammer and Y. Singer, On the algorithmic implementation of multiclass
/// kernel-based vector machines, Journal of Machine Learning Research 2, 2001.
pub fn multi_margin(
    scores: &[f64],
    label: usize,
    margin: f64,
    squared: bool,
    weights: Option<&[f64]>,
    gradient: &mut [f64],
) -> f64 {
    assert_eq!(gradient.len(), scores.len(), "one number a class");
    let scale = weights.map_or(1.0, |weights| weights[label]) / scores.len() as f64;
    let (mut sum, mut pull) = (0.0, 0.0);
    for (c, slope) in gradient.iter_mut().enumerate() {
        let short = margin - scores[label] + scores[c];
        let active = c != label && short > 0.0;
        let (value, rate) = if squared { (short * short, 2.0 * short) } else { (short, 1.0) };
        sum += if active { value } else { 0.0 };
        *slope = if active { scale * rate } else { 0.0 };
        pull += *slope;
    }
    gradient[label] = 0.0 - pull;
    scale * sum
}

/// Multilabel margin loss: (1/C) Σ_{y ∈ `labels`} Σ_{c ∉ `labels`} max(0, 1 − x_y + x_c), with
/// x = `scores` and C classes.
///
/// The mean over terms divides by their number.
///
/// # Panics
/// If a label is no class, or lengths differ.
pub fn multilabel_margin(scores: &[f64], labels: &[usize], gradient: &mut [f64]) -> f64 {
    assert_eq!(gradient.len(), scores.len(), "one number a class");
    gradient.fill(0.0);
    let scale = 1.0 / scores.len() as f64;
    let mut sum = 0.0;
    for &label in labels {
        for c in (0..scores.len()).filter(|c| !labels.contains(c)) {
            let short = 1.0 - scores[label] + scores[c];
            if short > 0.0 {
                sum += short;
                gradient[label] -= scale;
                gradient[c] += scale;
            }
        }
    }
    scale * sum
}

/// Multilabel soft margin loss: the mean over classes of the binary cross-entropy of the logits x
/// and the targets y in \[0, 1\], times a weight for each class.
///
/// The mean over terms divides by their number.
///
/// # Panics
/// If lengths differ.
pub fn multilabel_soft_margin(logits: &[f64], target: &[f64], weights: Option<&[f64]>, gradient: &mut [f64]) -> f64 {
    use crate::{BinaryCrossEntropy, Loss};
    assert_eq!((target.len(), gradient.len()), (logits.len(), logits.len()), "one number a class");
    let scale = |c: usize| weights.map_or(1.0, |weights| weights[c]) / logits.len() as f64;
    for (c, slope) in gradient.iter_mut().enumerate() {
        *slope = scale(c) * BinaryCrossEntropy.slope(logits[c], target[c]);
    }
    (0..logits.len()).map(|c| scale(c) * BinaryCrossEntropy.value(logits[c], target[c])).sum()
}

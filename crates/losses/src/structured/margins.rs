//! Hinge losses of several classes.

use super::Derivatives;

/// Against which other classes [`multi_margin`] measures the score of the label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rivals {
    /// All of them, summed and divided by the number of classes: torch's `MultiMarginLoss`, after Weston and Watkins,
    /// who do not divide.
    Mean,
    /// All of them, summed: Weston and Watkins.
    Sum,
    /// The one with the largest score, the first of them in a tie: Crammer and Singer.
    Largest,
}

/// How [`multi_margin`] measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Margin<'a> {
    /// How much larger the score of the label is to be.
    pub margin: f64,
    /// Whether what is missing is squared.
    pub squared: bool,
    /// Against which classes.
    pub rivals: Rivals,
    /// A weight for each class, that of the label counts; 1 if there are none.
    pub weights: Option<&'a [f64]>,
}

/// Multiclass hinge loss: w_y Σ_c max(0, m − x_y + x_c)^p over the rivals c of the label y, with x = `scores`,
/// m = [`Margin::margin`] and p = 2 if squared, otherwise 1.
///
/// The weight is not raised to p.
/// The mean over terms divides by their number.
/// Not-a-number scores make the value NaN.
///
/// ```
/// use sgdlab_losses::structured::{Derivatives, Margin, Rivals, multi_margin};
/// let how = Margin { margin: 1.0, squared: false, rivals: Rivals::Largest, weights: None };
/// let (mut gradient, mut curvature) = ([0.0; 3], [0.0; 3]);
/// let out = Derivatives { gradient: &mut gradient, curvature: &mut curvature };
/// assert_eq!(multi_margin(&[0.5, 1.0, 0.75], 0, how, out), 1.5);
/// assert_eq!(gradient, [-1.0, 1.0, 0.0]);
/// ```
///
/// # Panics
/// If `label` is no class, or lengths differ.
///
/// Reference: J. Weston and C. Watkins, Support vector machines for multi-class pattern recognition, ESANN 1999;
/// K. Crammer and Y. Singer, On the algorithmic implementation of multiclass kernel-based vector machines, Journal
/// of Machine Learning Research 2, 2001.
pub fn multi_margin(scores: &[f64], label: usize, how: Margin<'_>, mut out: Derivatives<'_>) -> f64 {
    assert!(label < scores.len(), "{label} is none of {} classes", scores.len());
    out.check(scores.len());
    let share = if how.rivals == Rivals::Mean { 1.0 / scores.len() as f64 } else { 1.0 };
    let scale = how.weights.map_or(1.0, |weights| weights[label]) * share;
    let largest = (how.rivals == Rivals::Largest).then(|| largest_rival(scores, label));
    let (mut sum, mut pull, mut stiffness) = (0.0, 0.0, 0.0);
    for c in 0..scores.len() {
        let short = how.margin - scores[label] + scores[c];
        let rival = c != label && largest.is_none_or(|largest| largest == c);
        let active = rival && (short > 0.0 || short.is_nan());
        let [value, slope, curvature] = match how.squared {
            _ if !active => [0.0; 3],
            true => [short * short, 2.0 * short, 2.0],
            false => [short, 1.0, 0.0],
        };
        sum += value;
        pull += scale * slope;
        stiffness += scale * curvature;
        out.set(c, scale * slope, scale * curvature);
    }
    out.set(label, 0.0 - pull, stiffness);
    scale * sum
}

/// The first other class with the largest score, one that is NaN before all.
fn largest_rival(scores: &[f64], label: usize) -> usize {
    let mut best = usize::from(label == 0);
    for c in (0..scores.len()).filter(|&c| c != label) {
        if scores[c] > scores[best] || (scores[c].is_nan() && !scores[best].is_nan()) {
            best = c;
        }
    }
    best
}

/// Multilabel margin loss: (1/C) Σ_{y ∈ `labels`} Σ_{c ∉ `labels`} max(0, 1 − x_y + x_c), with
/// x = `scores` and C classes.
///
/// The mean over terms divides by their number.
/// `gradient` becomes the gradient; the loss is piecewise linear.
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
            if short > 0.0 || short.is_nan() {
                sum += short;
                gradient[label] -= scale;
                gradient[c] += scale;
            }
        }
    }
    scale * sum
}

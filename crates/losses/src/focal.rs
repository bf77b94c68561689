//! Focal loss of several classes.

use sgdlab_core::reduce::sum_of;
use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Lanes, Range, Real, Settings, Value};

use crate::cross_entropy::{exponentials, largest};
use crate::multiclass::CLASS_WEIGHTS;
use crate::sigmoid_focal::{curvature_of_negative, of_negative, slope_of_negative};
use crate::{Divisor, Label, MulticlassFacts, MulticlassLoss};

/// How the catalogue describes [`Focal`].
pub const ENTRY: Entry = Entry {
    name: "focal",
    summary: "Cross-entropy of several classes that gives terms already predicted well less weight.",
    formula: "w_y (1 − p_y)^gamma (−ln p_y), where p = softmax(z), y = label, w = class-weights",
    conventions: "Natural logarithm; gamma = 0 is the cross-entropy, whose mean over terms it has: that divides by the \
                  sum of the weights of the terms' classes. Not convex unless gamma = 0.",
    hyperparameters: &[
        Hyperparameter {
            name: "gamma",
            meaning: "how strongly well-predicted terms are discounted",
            domain: Domain::Number { default: 2.0, range: Range::at_least(0.0) },
        },
        CLASS_WEIGHTS,
    ],
    dialects: &[],
    cost: "C + 3 exponentials and 3 logarithms a term, for C classes",
    reference: "T.-Y. Lin, P. Goyal, R. Girshick, K. He and P. Dollár, Focal loss for dense object detection, ICCV \
                2017",
};

/// Focal loss: w_y (1 − p_y)^γ (−ln p_y), with p = softmax(z), the class y, γ = `gamma` and the weights w of classes.
///
/// It is a function of t = ln Σ_(c ≠ y) e^(z_c) − z_y, the logarithm of the odds against the class: 1 − p_y = σ(t) and
/// −ln p_y = softplus(t), so that nothing cancels.
/// The slope of t in z is the softmax of the other classes, and −1 for the class itself.
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `gamma` | 2.0 | ≥ 0 | 1 |
/// | `class-weights` | equal | ≥ 0 | 1 |
///
/// ```
/// use sgdlab_losses::{Focal, Label, MulticlassLoss};
/// let loss = Focal::new(2.0)?;
/// let [value] = loss.value(&mut [[0.0_f64], [0.0]], Label { class: 1, weights: &[] });
/// assert!((value - 0.25 * std::f64::consts::LN_2).abs() < 1e-16);
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
///
/// Reference: T.-Y. Lin, P. Goyal, R. Girshick, K. He and P. Dollár, Focal loss for dense object detection, ICCV 2017.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Focal {
    gamma: f64,
}

/// The odds against a class, by their logarithm.
struct Odds<R, const N: usize> {
    /// t.
    log: Lanes<R, N>,
    /// What makes probabilities among the other classes of the exponentials.
    inverse: Lanes<R, N>,
}

/// In place of the logits multiples of their exponentials, 0 for the class itself; returns the odds against it.
#[inline(always)]
fn odds<R: Real, const N: usize>(logits: &mut [Lanes<R, N>], class: usize) -> Odds<R, N> {
    let (infinity, own) = (R::of(f64::INFINITY), logits[class]);
    logits[class] = [-infinity; N];
    // Without any other class of probability above 0 the odds are 0.
    let shift = largest(logits).map(|z| if z == -infinity { R::ZERO } else { z });
    let sum = exponentials(logits, &shift);
    let mut log = [R::ZERO; N];
    for l in 0..N {
        let own = if own[l] == infinity { R::of(f64::NAN) } else { own[l] };
        log[l] = (shift[l] - own) + sum[l].ln();
    }
    Odds { log, inverse: sum.map(|sum| if sum == R::ZERO { R::ZERO } else { R::ONE / sum }) }
}

impl Focal {
    /// The loss with this γ.
    ///
    /// # Errors
    /// If it is negative or not finite.
    pub fn new(gamma: f64) -> Result<Self, Invalid> {
        Settings::new(&ENTRY, [("gamma", Value::Number(gamma))]).map(|settings| Self::from_settings(&settings))
    }

    pub(crate) fn from_settings(settings: &Settings) -> Self {
        Self { gamma: settings.number("gamma") }
    }
}

impl MulticlassLoss for Focal {
    #[inline(always)]
    fn value<R: Real, const N: usize>(&self, logits: &mut [Lanes<R, N>], label: Label<'_, R>) -> Lanes<R, N> {
        let weight = label.weight();
        if weight == R::ZERO {
            return [R::ZERO; N];
        }
        // 0 of any smaller odds, whose logarithm may be −∞.
        let least = R::of(-1e10);
        odds(logits, label.class).log.map(|t| weight * of_negative(self.gamma, t.max(least)))
    }

    #[inline(always)]
    fn slopes<R: Real, const N: usize>(&self, logits: &mut [Lanes<R, N>], label: Label<'_, R>) {
        let weight = label.weight();
        if weight == R::ZERO {
            return logits.fill([R::ZERO; N]);
        }
        let Odds { log, inverse } = odds(logits, label.class);
        let slope = log.map(|t| weight * slope_of_negative(self.gamma, t));
        for z in logits.iter_mut() {
            for l in 0..N {
                z[l] = z[l] * inverse[l] * slope[l];
            }
        }
        logits[label.class] = slope.map(|slope| -slope);
    }

    #[inline(always)]
    fn move_slopes<R: Real, const N: usize>(
        &self,
        logits: &mut [Lanes<R, N>],
        vector: &mut [Lanes<R, N>],
        label: Label<'_, R>,
    ) {
        let weight = label.weight();
        if weight == R::ZERO {
            logits.fill([R::ZERO; N]);
            return vector.fill([R::ZERO; N]);
        }
        let Odds { log, inverse } = odds(logits, label.class);
        let slope = log.map(|t| weight * slope_of_negative(self.gamma, t));
        let curvature = log.map(|t| weight * curvature_of_negative(self.gamma, t));
        for z in logits.iter_mut() {
            for l in 0..N {
                z[l] *= inverse[l];
            }
        }
        let mean: Lanes<R, N> = sum_of(logits.len(), |c| std::array::from_fn(|l| logits[c][l] * vector[c][l]));
        let mut bend = [R::ZERO; N];
        for l in 0..N {
            bend[l] = curvature[l] * (mean[l] - vector[label.class][l]);
        }
        for (z, u) in logits.iter_mut().zip(vector.iter_mut()) {
            for l in 0..N {
                u[l] = z[l] * (bend[l] + slope[l] * (u[l] - mean[l]));
                z[l] *= slope[l];
            }
        }
        for l in 0..N {
            vector[label.class][l] = -bend[l];
            logits[label.class][l] = -slope[l];
        }
    }

    fn facts(&self) -> MulticlassFacts {
        MulticlassFacts { convex: self.gamma == 0.0, divisor: Divisor::Weights }
    }

    fn smoothness(&self, _: usize, label: Label<'_, f64>) -> Option<f64> {
        (self.gamma == 0.0).then(|| crate::cross_entropy::SMOOTHNESS * label.weight())
    }
}

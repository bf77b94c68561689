//! The multiclass hinge loss against all rivals.

use sgdlab_core::reduce::sum_of;
use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Lanes, Real, Settings, Value};

use crate::multiclass::CLASS_WEIGHTS;
use crate::shortfall::{MARGIN, SQUARED, Shortfall};
use crate::{Divisor, Label, MulticlassFacts, MulticlassLoss};

/// How the catalogue describes [`WestonWatkins`].
pub const ENTRY: Entry = Entry {
    name: "weston-watkins",
    summary: "The multiclass hinge loss against all rivals.",
    formula: "w_y Σ_(c ≠ y) max(0, margin − x_y + x_c)^p, where x are the scores, y = label, w = class-weights, p = 2 \
              if squared, otherwise 1; divided by the number of classes if mean",
    conventions: "With mean it is torch's MultiMarginLoss. The slope is 0 where nothing is missing. The weight is not \
                  raised to p; the mean over terms divides by their number.",
    hyperparameters: &[
        MARGIN,
        SQUARED,
        Hyperparameter {
            name: "mean",
            meaning: "whether the sum over rivals is divided by the number of classes",
            domain: Domain::Flag { default: false },
        },
        CLASS_WEIGHTS,
    ],
    dialects: &[],
    cost: "C comparisons a term, for C classes",
    reference: "J. Weston and C. Watkins, Support vector machines for multi-class pattern recognition, ESANN 1999",
};

/// Multiclass hinge loss of Weston and Watkins: w_y Σ_(c ≠ y) max(0, m − x_y + x_c)^p, with the scores x, the class y,
/// the weights w of classes, m = `margin` and p = 2 if `squared`, otherwise 1; divided by the number of classes if
/// `mean`.
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `margin` | 1.0 | > 0 | that of scores |
/// | `squared` | false | | |
/// | `mean` | false | | |
/// | `class-weights` | equal | ≥ 0 | 1 |
///
/// ```
/// use sgdlab_losses::{Label, MulticlassLoss, WestonWatkins};
/// let loss = WestonWatkins::new(1.0, false, false)?;
/// let mut scores = [[0.5], [1.0], [0.75]];
/// loss.slopes(&mut scores, Label { class: 0, weights: &[] });
/// assert_eq!(scores, [[-2.0], [1.0], [1.0]]);
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
///
/// Reference: J. Weston and C. Watkins, Support vector machines for multi-class pattern recognition, ESANN 1999.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WestonWatkins {
    shortfall: Shortfall,
    mean: bool,
}

impl WestonWatkins {
    /// The loss with these hyperparameters.
    ///
    /// # Errors
    /// If the margin is not positive and finite.
    pub fn new(margin: f64, squared: bool, mean: bool) -> Result<Self, Invalid> {
        let given = [("margin", Value::Number(margin)), ("squared", Value::Flag(squared)), ("mean", Value::Flag(mean))];
        Settings::new(&ENTRY, given).map(|settings| Self::from_settings(&settings))
    }

    pub(crate) fn from_settings(settings: &Settings) -> Self {
        Self { shortfall: Shortfall::from_settings(settings), mean: settings.flag("mean") }
    }

    /// The factor of each rival.
    #[inline(always)]
    fn scale<R: Real>(&self, classes: usize, label: Label<'_, R>) -> R {
        let share = if self.mean { R::of(1.0 / classes as f64) } else { R::ONE };
        label.weight() * share
    }
}

/// Makes the numbers add up to 0 by that of the class.
#[inline(always)]
fn balance<R: Real, const N: usize>(numbers: &mut [Lanes<R, N>], class: usize) {
    numbers[class] = [R::ZERO; N];
    numbers[class] = sum_of(numbers.len(), |c| numbers[c]).map(|sum| R::ZERO - sum);
}

impl MulticlassLoss for WestonWatkins {
    #[inline(always)]
    fn value<R: Real, const N: usize>(&self, logits: &mut [Lanes<R, N>], label: Label<'_, R>) -> Lanes<R, N> {
        let scale = self.scale(logits.len(), label);
        if scale == R::ZERO {
            return [R::ZERO; N];
        }
        let own = logits[label.class];
        for z in logits.iter_mut() {
            for l in 0..N {
                z[l] = self.shortfall.value(self.shortfall.missing(own[l], z[l]));
            }
        }
        logits[label.class] = [R::ZERO; N];
        sum_of(logits.len(), |c| logits[c]).map(|sum| scale * sum)
    }

    #[inline(always)]
    fn slopes<R: Real, const N: usize>(&self, logits: &mut [Lanes<R, N>], label: Label<'_, R>) {
        let scale = self.scale(logits.len(), label);
        if scale == R::ZERO {
            return logits.fill([R::ZERO; N]);
        }
        let own = logits[label.class];
        for z in logits.iter_mut() {
            for l in 0..N {
                z[l] = scale * self.shortfall.slope(self.shortfall.missing(own[l], z[l]));
            }
        }
        balance(logits, label.class);
    }

    #[inline(always)]
    fn move_slopes<R: Real, const N: usize>(
        &self,
        logits: &mut [Lanes<R, N>],
        vector: &mut [Lanes<R, N>],
        label: Label<'_, R>,
    ) {
        let scale = self.scale(logits.len(), label);
        if scale == R::ZERO {
            logits.fill([R::ZERO; N]);
            return vector.fill([R::ZERO; N]);
        }
        let (own, own_move) = (logits[label.class], vector[label.class]);
        for (z, u) in logits.iter_mut().zip(vector.iter_mut()) {
            for l in 0..N {
                let missing = self.shortfall.missing(own[l], z[l]);
                u[l] = scale * self.shortfall.curvature(missing) * (u[l] - own_move[l]);
                z[l] = scale * self.shortfall.slope(missing);
            }
        }
        balance(vector, label.class);
        balance(logits, label.class);
    }

    fn facts(&self) -> MulticlassFacts {
        MulticlassFacts { convex: true, divisor: Divisor::Terms }
    }

    /// 2 C times the factor if squared: with all C − 1 rivals too near, the Hessian is twice the Laplacian of a star.
    fn smoothness(&self, classes: usize, label: Label<'_, f64>) -> Option<f64> {
        self.shortfall.squared.then(|| 2.0 * classes as f64 * self.scale(classes, label))
    }
}

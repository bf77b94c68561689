//! Log-cosh loss.

use sgdlab_core::{Entry, Real, Settings};

use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`LogCosh`].
pub const ENTRY: Entry = Entry {
    name: "log-cosh",
    summary: "A smooth absolute error: r²/2 near 0, |r| − ln 2 far away.",
    formula: "ln cosh r, where r = prediction − target",
    conventions: "Accurate to the last digits near 0 and without overflow far away, where ln(cosh(r)) as written \
                  loses all digits or overflows.",
    hyperparameters: &[],
    dialects: &[],
    cost: "value: 1 exponential, 1 logarithm and 1 division a term; slope: 1 exponential and 1 division",
    reference: "P. J. Green, Bayesian reconstructions from emission tomography data using a modified EM algorithm, \
                IEEE Transactions on Medical Imaging 9, 1990",
};

/// Log-cosh loss: ln cosh r; r = prediction − target.
///
/// Conventions: the slope is tanh r and the curvature 1 − tanh² r, computed as
/// 4u/(1 + u)² with u = e^(−2|r|), which does not cancel.
///
/// ```
/// use sgdlab_losses::{LogCosh, Loss};
/// assert_eq!(LogCosh.value(1e-9, 0.0), 5e-19);
/// assert_eq!(LogCosh.value(1000.0, 0.0), 1000.0 - std::f64::consts::LN_2);
/// assert_eq!(LogCosh.slope(-1000.0, 0.0), -1.0);
/// ```
///
/// Reference: P. J. Green, Bayesian reconstructions from emission tomography data using a modified
/// EM algorithm, IEEE Transactions on Medical Imaging 9, 1990.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LogCosh;

impl LogCosh {
    pub(crate) fn from_settings(_settings: &Settings) -> Self {
        Self
    }
}

impl Loss for LogCosh {
    /// −½ ln(1 − tanh² r) below 1, where it does not cancel, and |r| − ln(1 + tanh |r|) above.
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        let size = (prediction - target).abs();
        let near = size < R::ONE;
        let t = size.tanh();
        let minus_square = -(t * t);
        // Selected before the logarithm: a second `if` after it becomes a branch around two logarithms
        // (28 ns against 2.5 ns a number in `f32`).
        let argument = if near { minus_square } else { t };
        let start = if near { R::ZERO } else { size };
        let factor = if near { R::of(-0.5) } else { -R::ONE };
        start + factor * argument.ln_1p()
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        (prediction - target).tanh()
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, prediction: R, target: R) -> R {
        let u = (R::of(-2.0) * (prediction - target).abs()).exp();
        let sum = R::ONE + u;
        R::of(4.0) * u / (sum * sum)
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Numbers,
            convex: true,
            lipschitz: Some(1.0),
            smoothness: Some(1.0),
            strong_convexity: 0.0,
            kinks: vec![],
        }
    }
}

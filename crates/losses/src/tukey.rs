//! Tukey's biweight loss.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Real, Settings, Value};

use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`Tukey`].
pub const ENTRY: Entry = Entry {
    name: "tukey",
    summary: "A robust loss that is constant beyond a residual: gross outliers have no influence at all.",
    formula: "(c²/6) (1 − (1 − (r/c)²)³) if |r| ≤ c, otherwise c²/6, where r = prediction − target",
    conventions: "Curvature 1 at 0. Twice continuously differentiable. c = 4.685 standard deviations of the noise is \
                  95 % efficient for normal noise. Also called bisquare.",
    hyperparameters: &[Hyperparameter {
        name: "c",
        meaning: "the residual from which the loss is constant, in units of the target",
        domain: Domain::Number { default: 4.685, range: Range::above(0.0) },
    }],
    dialects: &[],
    cost: "1 division and 5 multiplications a term",
    reference: "A. E. Beaton and J. W. Tukey, The fitting of power series, meaning polynomials, illustrated on band- \
                spectroscopic data, Technometrics 16, 1974",
};

/// Tukey's biweight loss: (c²/6) (1 − (1 − (r/c)²)³) if |r| ≤ c, otherwise c²/6, with
/// r = prediction − target.
///
/// Twice continuously differentiable; not convex beyond |r| = c/√5, where the slope is steepest.
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `c` | 4.685 | > 0 | of the target |
///
/// ```
/// use sgdlab_losses::{Loss, Tukey};
/// let loss = Tukey::new(2.0)?;
/// assert_eq!(loss.value(5.0, 0.0), 4.0 / 6.0);
/// assert_eq!(loss.slope(1.0, 0.0), 0.5625);
/// assert_eq!(loss.curvature(0.0, 0.0), 1.0);
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
///
/// Reference: A. E. Beaton and J. W. Tukey, The fitting of power series, meaning polynomials,
/// illustrated on band-spectroscopic data, Technometrics 16, 1974.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tukey {
    c: f64,
}

impl Tukey {
    /// The loss with these hyperparameters.
    ///
    /// # Errors
    /// If one is outside its range.
    pub fn new(c: f64) -> Result<Self, Invalid> {
        Settings::new(&ENTRY, [("c", Value::Number(c))]).map(|settings| Self::from_settings(&settings))
    }

    pub(crate) fn from_settings(settings: &Settings) -> Self {
        Self { c: settings.number("c") }
    }
}

/// min(1, q²).
#[inline(always)]
fn capped_square<R: Real>(q: R) -> R {
    (q * q).min(R::ONE)
}

impl Loss for Tukey {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        let u = capped_square((prediction - target) / R::of(self.c));
        R::of(self.c * self.c / 6.0) * (u * (R::of(3.0) - u * (R::of(3.0) - u)))
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        let q = (prediction - target) / R::of(self.c);
        let rest = R::ONE - capped_square(q);
        R::of(self.c) * (q.max(-R::ONE).min(R::ONE) * rest * rest)
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, prediction: R, target: R) -> R {
        let u = capped_square((prediction - target) / R::of(self.c));
        (R::ONE - u) * (R::ONE - R::of(5.0) * u)
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Numbers,
            convex: false,
            lipschitz: Some(self.c * 16.0 / (25.0 * 5f64.sqrt())),
            smoothness: Some(1.0),
            strong_convexity: -0.8,
            kinks: vec![],
        }
    }
}

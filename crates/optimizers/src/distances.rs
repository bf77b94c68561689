//! What rules share that estimate the distance from the starting point to a solution.

use sgdlab_core::{Domain, Hyperparameter, Range, Real, Settings};

use crate::kept::kept;
use crate::vocabulary::number;

/// The first estimate of the distance.
pub(crate) const D0: Hyperparameter = number("d0", "first estimate of the distance", 1e-6, Range::above(0.0));

/// How fast the estimate may grow.
pub(crate) const GROWTH_RATE: Hyperparameter = Hyperparameter {
    name: "growth-rate",
    meaning: "largest factor by which the estimate of the distance grows in a step",
    domain: Domain::Optional { absent: "inf", range: Range::at_least(1.0) },
};

/// The value of [`GROWTH_RATE`].
pub(crate) fn growth_rate(settings: &Settings) -> f64 {
    settings.optional("growth-rate").unwrap_or(f64::INFINITY)
}

/// The larger of two estimates of the distance, as far as growth is allowed; the old one where the new one is 0/0.
pub(crate) fn grown(d: f64, estimate: f64, growth_rate: f64) -> f64 {
    if estimate.is_nan() { d } else { d.max(estimate.min(d * growth_rate)) }
}

/// The point at which a run was before its first step.
pub(crate) struct Start<R> {
    point: Vec<R>,
    known: bool,
}

kept!(<R> Start<R>: point, known);

impl<R: Real> Start<R> {
    /// Of a run with so many parameters that has not started.
    pub(crate) fn of(parameters: usize) -> Self {
        Self { point: vec![R::ZERO; parameters], known: false }
    }

    /// The point, which is `at` in the first call.
    #[inline(always)]
    pub(crate) fn known(&mut self, at: &[R]) -> &[R] {
        if !self.known {
            self.point.copy_from_slice(at);
            self.known = true;
        }
        &self.point
    }
}

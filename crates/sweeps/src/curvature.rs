//! How the objective curves where a run is, measured at logged steps.

use sgdlab_core::Objective;
use sgdlab_core::streams::Key;
use sgdlab_landscapes::curvature::{Hessian, Probe, Until, hutchinson, largest, noise_curvature};

use crate::plan::Metric;

/// When the search for the greatest eigenvalue ends.
const SHARPNESS: Until = Until { bound: 1e-6, products: 64 };

/// Random vectors of an estimated trace.
const PROBES: usize = 32;

/// A measured number and how wrong it can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Measured {
    pub(crate) value: f64,
    /// A bound of the error, or the standard error of an estimate.
    pub(crate) error: f64,
}

impl Measured {
    /// What is not measured.
    pub(crate) const UNKNOWN: Self = Self { value: f64::NAN, error: f64::NAN };
}

/// The metrics that take products with the Hessian of the whole objective.
///
/// They are measured beside the oracle, run by run and in double precision, so that they are a function of the point and
/// of the key alone, and not of the runs in a pack.
pub(crate) struct Curvatures<'a> {
    pub(crate) objective: &'a dyn Objective<f64, 1>,
    pub(crate) metrics: &'a [Metric],
    /// What random vectors are drawn from; each step has its own.
    pub(crate) key: Key,
}

impl Curvatures<'_> {
    /// A metric at a point that was reached after `step` steps.
    pub(crate) fn measure(&self, metric: Metric, step: u64, at: Vec<f64>) -> Measured {
        let key = self.key.child(&format!("{} after {step}", metric.name()));
        let mut hessian = Hessian::new(self.objective, &at);
        let estimate = match metric {
            Metric::Sharpness => {
                let found = largest(&mut hessian, key, SHARPNESS);
                return Measured { value: found.value, error: found.residual };
            }
            Metric::HessianTrace => hutchinson(&mut hessian, Probe::Signs, key, PROBES),
            _ => noise_curvature(self.objective, &at, key, PROBES),
        };
        Measured { value: estimate.mean, error: estimate.standard_error() }
    }
}

/// About how many products, and whole gradients, a metric takes.
pub(crate) fn products(metric: Metric) -> u64 {
    match metric {
        Metric::Sharpness => 24,
        Metric::HessianTrace => PROBES as u64,
        Metric::NoiseCurvature => 2 * PROBES as u64,
        _ => 0,
    }
}

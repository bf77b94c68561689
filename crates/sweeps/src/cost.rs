//! How long runs are, and roughly how long they take.

use sgdlab_estimators::{Cost, Epoch, EstimatorSpec};

use crate::pack::lanes_of;
use crate::plan::Budget;

/// The length of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Length {
    /// Updates; for a budget of evaluations the most that fit.
    pub(crate) steps: u64,
    /// Updates of an epoch.
    pub(crate) steps_per_epoch: u64,
    /// No step is taken once this many evaluations are spent.
    pub(crate) evaluations: u64,
    /// Term gradients of a step, full gradients spread over the steps; those of the start are left out.
    pub(crate) terms_per_step: u64,
}

/// How many steps a budget allows.
///
/// The rule spends `rule` evaluations for each term of a batch beside what the estimator spends.
/// An epoch has so many steps, one a batch, which take so many terms.
/// For a budget of evaluations the number is an estimate from the cost of a whole epoch; schedules
/// that refer to the end of the run see it, and the run ends when the oracle's count reaches the
/// budget.
pub(crate) fn length(
    budget: &Budget,
    (estimator, rule): (&EstimatorSpec, f64),
    terms: u64,
    (steps_per_epoch, terms_per_epoch): (u64, u64),
) -> Length {
    let batch = terms_per_epoch as f64 / steps_per_epoch as f64;
    let cost = estimator.cost(&Epoch { terms, batch, steps: steps_per_epoch });
    let cost = Cost { step: cost.step + batch * rule, ..cost };
    let (steps, evaluations) = match *budget {
        Budget::Epochs(epochs) => ((epochs * steps_per_epoch as f64).round().max(1.0) as u64, u64::MAX),
        Budget::Steps(steps) => (steps, u64::MAX),
        Budget::Evaluations(evaluations) => (cost.steps(evaluations as f64), evaluations),
    };
    Length { steps, steps_per_epoch, evaluations, terms_per_step: cost.mean().ceil() as u64 }
}

/// What a pack has to do.
pub(crate) struct Work {
    pub(crate) length: Length,
    pub(crate) logged: u64,
    pub(crate) terms: u64,
    pub(crate) held_out: u64,
    /// Products with the whole Hessian, and whole gradients, at each logged step of each run.
    pub(crate) products: u64,
    pub(crate) parameters: u64,
    /// Multiplications with additions that the rule takes on matrices in a step of one run.
    pub(crate) matrices: f64,
    pub(crate) lanes: u64,
    /// Whether numbers have 64 bits.
    pub(crate) double: bool,
}

/// Seconds that do not depend on sizes: dispatch of one step's stages.
const PER_STEP: f64 = 100e-9;
/// Seconds per term and lane of what is done once a term: the loss.
const PER_TERM: f64 = 4e-9;
/// Seconds per parameter, term and lane of a 32-bit multiplication and addition, forward and backward.
const PER_PRODUCT: f64 = 0.04e-9;
/// The same two in a single run, whose loops are shorter.
const ALONE: (f64, f64) = (30e-9, 0.1e-9);
/// Seconds per parameter and lane of an update.
const PER_PARAMETER: f64 = 0.6e-9;
/// Seconds of a multiplication with an addition on a rule's matrices, which are of 64 bits.
const PER_MATRIX_PRODUCT: f64 = 0.2e-9;
/// Seconds of rendering a row.
const PER_ROW: f64 = 120e-9;

/// A rough estimate of a pack's time on one thread, for the order of packs and for `--dry-run`.
pub(crate) fn pack_seconds(work: &Work) -> f64 {
    let [steps, logged, parameters, lanes] =
        [work.length.steps, work.logged, work.parameters, work.lanes].map(|x| x as f64);
    // A pack always computes all of its lanes.
    let computed = lanes_of(work.lanes as usize) as f64;
    let (term, product) = if work.lanes == 1 { ALONE } else { (PER_TERM, PER_PRODUCT) };
    // A single run waits for memory and latency, a pack for its arithmetic.
    let product = if work.double && work.lanes > 1 { 2.0 * product } else { product };
    let gradients = steps * work.length.terms_per_step as f64;
    let measurements = logged * (work.terms + work.held_out) as f64;
    // These are computed run by run; a product is about two gradients.
    let products = logged * lanes * (work.products * work.terms) as f64 * (ALONE.0 + 4.0 * parameters * ALONE.1);
    steps * (PER_STEP + parameters * computed * PER_PARAMETER)
        + (gradients * (term + 2.0 * parameters * product) + measurements * (term + parameters * product)) * computed
        + steps * work.matrices * computed * PER_MATRIX_PRODUCT
        + logged * lanes * PER_ROW
        + products
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_every_run_and_matrices_of_the_rule_are_in_the_estimate() {
        let length = Length { steps: 100, steps_per_epoch: 10, evaluations: u64::MAX, terms_per_step: 20 };
        let seconds = |(products, matrices), lanes| {
            let sizes = Work {
                length,
                logged: 50,
                terms: 200,
                held_out: 0,
                products,
                parameters: 300,
                matrices,
                lanes,
                double: true,
            };
            pack_seconds(&sizes)
        };
        let more = |lanes| seconds((24, 0.0), lanes) - seconds((0, 0.0), lanes);
        // 50 times 24 products with 200 terms and 300 parameters each.
        assert!((more(1) - 50.0 * 24.0 * 200.0 * (30e-9 + 1200.0 * 0.1e-9)).abs() < 1e-12);
        assert!((more(16) - 16.0 * more(1)).abs() < 1e-9);
        // A pack computes all of its lanes, for 3 runs 4.
        let rule = seconds((0, 1e6), 3) - seconds((0, 0.0), 3);
        assert!((rule - 100.0 * 4.0 * 1e6 * PER_MATRIX_PRODUCT).abs() < 1e-9);
    }
}

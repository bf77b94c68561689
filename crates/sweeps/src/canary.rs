//! A few fixed runs, by which machines that compute differently are told apart.

use crate::catalogues;
use crate::drive::Progress;
use crate::error::SweepError;
use crate::pack::Packing;
use crate::plan::Plan;
use crate::sweep::Sweep;

/// Both number types, exponentials and logarithms, roots, matrix products, lanes and single runs.
const PLAN: &str = r#"
name = "canary"
question = "Does this machine compute as others do?"
problems = ["line", { name = "softmax", data = "iris" }, { name = "mlp", data = "iris", hidden = [5] }]
rules = ["sgd", "adam", "muon"]
rates = [0.01, 0.02, 0.03, 0.04, 0.05, 0.06]
batch-sizes = 10
replicates = 1
precision = ["f32", "f64"]
budget = { steps = 12 }
log = { every-steps = 6 }
"#;

/// A hash of the rows of the canary's runs.
///
/// # Errors
/// If its threads cannot be started.
///
/// # Panics
/// If its own plan is not accepted.
pub fn canary() -> Result<String, SweepError> {
    let plan = Plan::parse(PLAN, "canary", &[], &catalogues()).unwrap_or_else(|errors| panic!("{errors}"));
    let sweep = Sweep::new(plan, Packing::Automatic)?;
    let mut hash = blake3::Hasher::new();
    sweep.execute(1, &Progress::default(), |finished| {
        hash.update(finished.rows.as_bytes());
        Ok::<(), SweepError>(())
    })?;
    Ok(hash.finalize().to_hex()[..32].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canary_sings_the_same_everywhere() {
        assert_eq!(canary().unwrap(), "17cfa1ecdfa5db8e8a243489bc59db30");
    }
}

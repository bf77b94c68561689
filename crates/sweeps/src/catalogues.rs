//! The catalogues of this workspace, as plans see them.

use sgdlab_core::{Invalid, Settings};

use crate::plan::{Catalogues, Kind};
use crate::problem;

/// Every catalogue a plan can choose from, with the checks of combinations.
#[must_use]
pub fn catalogues() -> Catalogues {
    Catalogues {
        objectives: problem::objectives(),
        rules: sgdlab_optimizers::entries(),
        samplers: sgdlab_samplers::entries(),
        schedules: sgdlab_optimizers::schedules::entries(),
        estimators: sgdlab_estimators::entries(),
        check,
    }
}

/// Refuses settings that are accepted one by one but do not go together.
fn check(kind: Kind, settings: &Settings) -> Result<(), Invalid> {
    match kind {
        Kind::Objective => problem::check(settings),
        Kind::Rule => sgdlab_optimizers::RuleSpec::new(settings).map(drop),
        Kind::Sampler => sgdlab_samplers::SamplerSpec::new(settings).map(drop),
        Kind::Schedule => sgdlab_optimizers::ScheduleSpec::new(settings).map(drop),
        Kind::Estimator => sgdlab_estimators::EstimatorSpec::new(settings).map(drop),
    }
}

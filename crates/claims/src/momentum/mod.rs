//! Momentum, Nesterov's method and adaptive rules.

mod accelerated_rates;
mod adam_does_not_converge;
mod adaptive_identities;
mod least_squares_stability;
mod nesterov_forms;
mod stability_thresholds;
mod stationary_noise;
mod transfer;

use crate::Chapter;

pub(crate) static CHAPTER: Chapter = Chapter {
    title: "Momentum, Nesterov and adaptive rules",
    introduction: "On a quadratic everything about momentum can be computed: how fast it converges, where it diverges, and how \
                   much noise it leaves. The rules of the catalogue are held against these formulas. Then what adaptive \
                   rules do exactly, and the sequences on which Adam goes the wrong way.",
    experiments: &[
        &accelerated_rates::EXPERIMENT,
        &stability_thresholds::EXPERIMENT,
        &stationary_noise::EXPERIMENT,
        &least_squares_stability::EXPERIMENT,
        &nesterov_forms::EXPERIMENT,
        &adaptive_identities::EXPERIMENT,
        &adam_does_not_converge::EXPERIMENT,
    ],
};

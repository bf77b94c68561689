//! Statistics as pure functions of numbers; smaller numbers are better wherever better has a meaning.
//!
//! # Conventions
//!
//! +∞ is the result of a run that diverged, or the cost of a target that a run did not reach.
//! Medians, quantiles, ranks, tests and profiles take it as the worst value there is.
//! Means that contain it are infinite.
//! The difference of two +∞ is 0 ([`difference`]): neither run is better.
//!
//! NaN is no result.
//! Summaries of numbers with a NaN among them are NaN, and so are summaries of no numbers; all other
//! functions return `None` if a number is NaN or there are too few numbers for an answer.
//!
//! Nothing here depends on a clock, a thread or the system: what is drawn is drawn from a
//! [`Key`](sgdlab_core::streams::Key), draw `b` from its stream number `b`.

mod bootstrap;
mod coco;
mod distributions;
mod effect;
mod friedman;
mod holm;
mod improvement;
mod inversion;
mod location;
mod noncentral_t;
mod paired;
mod power;
mod profiles;
mod ranks;
mod ratio;
mod sign_flip;
mod signed_rank;
mod steps;
mod studentized_range;
mod tuning;
mod wilcoxon;

pub use bootstrap::{Bootstrap, Interval, Options, Pull, bca, percentile};
pub use coco::{Attempt, art, simulated_restarts, success_rate};
pub use effect::{cliff_delta, standardized_difference};
pub use friedman::{Friedman, friedman, nemenyi, nemenyi_critical_difference};
pub use holm::holm;
pub use improvement::{probability_of_improvement, probability_of_smaller, share_improved};
pub use inversion::{sign_flip_detectable_difference, sign_flip_interval};
pub use location::{Spread, iqm, iqr, mean, median, quantile, standard_deviation, trimmed_mean};
pub use paired::{Method, PairedTest, difference, differences};
pub use power::{Design, minimum_detectable_difference, paired_t_power, pairs_needed, smallest_p_value};
pub use profiles::{
    Profile, algoperf_score, data_profiles, leader, performance_profiles, profiles_without_leader, score_distribution,
};
pub use ranks::{ranks, tie_correction};
pub use ratio::{geometric_mean_ratio, log_ratios};
pub use sign_flip::{Flips, sign_flip};
pub use signed_rank::{Location, median_difference, pseudo_median, signed_rank};
pub use steps::{Steps, ecdf};
pub use studentized_range::{studentized_range_p_value, studentized_range_quantile};
pub use tuning::{Draw, GoodRange, WinnersCurse, expected_best, good_range, quantile_of_best, winners_curse};
pub use wilcoxon::wilcoxon;

//! Plan → cells → packs → runs → rows.
//!
//! A [`plan`] is checked TOML; a [`Sweep`] is a plan with its data and its runs laid out;
//! [`Sweep::execute`] runs them and hands out table lines in the plan's order.
//! The lines are a function of the configuration alone: not of the number of threads, the packs,
//! the order of completion or the clock.

#[cfg(test)]
mod allocations;
#[cfg(test)]
mod batches;
mod canary;
mod catalogues;
pub mod columns;
mod cost;
mod curvature;
mod diagonal;
mod disk;
mod drawn;
mod drive;
mod error;
mod execute;
#[cfg(test)]
mod faults;
mod folder;
mod formats;
mod grid;
pub mod journal;
mod limits;
mod manifest;
mod memory;
mod pack;
pub mod plan;
mod problem;
mod provenance;
mod render;
mod results;
mod run;
mod shard;
mod status;
mod survey;
mod sweep;
mod syncer;
mod table_file;
mod tables;
mod trail;

pub use canary::canary;
pub use catalogues::catalogues;
pub use drive::{DIVERGENCE, Progress};
pub use error::{SweepError, Unmeasured};
pub use execute::{Finished, THREAD};
pub use folder::{program, write_aside};
pub use formats::Format;
pub use grid::logged_steps;
pub use pack::{PackList, Packing};
pub use problem::{Problem, objectives};
pub use provenance::{Manifest, ManifestError, OtherData};
pub use results::{Outcome, Request, ResultsError, forget, merge, missing_shards, write_results};
pub use run::{Run, RunId, RunKey, RunList, SCHEMA};
pub use shard::{MOST_SHARDS, Shard, ranges};
pub use status::Status;
pub use survey::{AttemptSurvey, Survey, survey};
pub use sweep::Sweep;
pub use trail::{Course, Move, Trail, TrailError, start};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}

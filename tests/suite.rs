//! The workspace tests: the command line as people use it, published numbers through plans, and
//! tidiness.

#[path = "suite/batches.rs"]
mod batches;
#[path = "suite/bench.rs"]
mod bench;
#[path = "suite/bits.rs"]
mod bits;
// The tests of the page of `reports` use the rest of it.
#[allow(dead_code)]
#[path = "suite/browser.rs"]
mod browser;
#[path = "suite/catalogue.rs"]
mod catalogue;
#[path = "suite/claims.rs"]
mod claims;
#[cfg(target_os = "linux")]
#[path = "suite/cluster.rs"]
mod cluster;
#[path = "suite/compare.rs"]
mod compare;
#[path = "suite/estimators.rs"]
mod estimators;
#[path = "suite/explain.rs"]
mod explain;
#[path = "suite/folder.rs"]
mod folder;
#[path = "suite/formats.rs"]
mod formats;
#[path = "suite/hostile_data.rs"]
mod hostile_data;
#[path = "suite/hostile_plans.rs"]
mod hostile_plans;
#[path = "suite/interrupt.rs"]
mod interrupt;
#[path = "suite/journals.rs"]
mod journals;
#[path = "suite/line_fit.rs"]
mod line_fit;
#[path = "suite/plot.rs"]
mod plot;
#[path = "suite/provenance.rs"]
mod provenance;
#[path = "suite/replay.rs"]
mod replay;
#[path = "suite/report.rs"]
mod report;
#[path = "suite/slurm.rs"]
mod slurm;
#[path = "suite/soak.rs"]
mod soak;
#[path = "suite/ssh.rs"]
mod ssh;
#[cfg(unix)]
#[path = "suite/submit.rs"]
mod submit;
#[path = "suite/support.rs"]
mod support;
#[path = "suite/surface.rs"]
mod surface;
#[path = "suite/tables.rs"]
mod tables;
#[path = "suite/tidy.rs"]
mod tidy;
#[path = "suite/verify.rs"]
mod verify;

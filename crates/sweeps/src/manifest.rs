//! What is written beside the tables, so that a result can be explained and repeated.

use std::fmt::Write;
use std::time::SystemTime;

use crate::journal::{Attempt, Header, Store};
use crate::memory;
use crate::results::{Outcome, Request};
use crate::run::SCHEMA;
use crate::sweep::Sweep;

/// How a sweep was executed.
pub(crate) struct Circumstances<'a> {
    pub(crate) request: &'a Request<'a>,
    pub(crate) store: &'a Store,
    pub(crate) started: SystemTime,
}

/// The manifest as TOML.
pub(crate) fn text(sweep: &Sweep, outcome: &Outcome, circumstances: &Circumstances<'_>) -> String {
    let plan = sweep.plan().resolved_toml();
    let mut text = String::from("# How this result was made. The plan at the end has every default written out.\n");
    let seconds = outcome.elapsed.as_secs_f64();
    let lines = [
        ("sgdlab", quoted(env!("CARGO_PKG_VERSION"))),
        ("schema", SCHEMA.to_string()),
        ("command", quoted(circumstances.request.command)),
        ("started", quoted(&humantime::format_rfc3339_seconds(circumstances.started).to_string())),
        ("seconds", format!("{seconds:.3}")),
        ("threads", circumstances.request.threads.to_string()),
        ("complete", outcome.is_complete().to_string()),
        ("runs", outcome.runs.to_string()),
        ("diverged", outcome.diverged.to_string()),
        ("failed", outcome.failed.to_string()),
        ("updates", outcome.updates.to_string()),
        ("plan-hash", quoted(blake3::hash(plan.as_bytes()).to_hex().as_ref())),
    ];
    for (key, value) in lines {
        let _ = writeln!(text, "{key} = {value}");
    }
    host(&mut text);
    memory_of(&mut text, sweep);
    attempts(&mut text, circumstances.store);
    text.push_str("\n# BLAKE3 of the data of each problem.\n[data]\n");
    for (choice, problem) in sweep.plan().problems.iter().zip(sweep.problems()) {
        let _ = writeln!(text, "{} = {}", quoted(&choice.label), quoted(problem.checksum()));
    }
    text.push_str("\n# BLAKE3 of each table; summary.csv is made of the table of runs. All but that of timings are the same on every execution.\n[tables]\n");
    for (name, _, hash) in &outcome.tables {
        let _ = writeln!(text, "{} = {}", quoted(name), quoted(hash));
    }
    let _ = write!(text, "\n[plan]\n{}", nested(&plan));
    text
}

/// Who has executed the runs.
fn attempts(text: &mut String, store: &Store) {
    text.push_str("\n# The journals that the runs are from; the program is a hash of its file.\n");
    for (number, Attempt { path, header, runs, .. }) in store.attempts.iter().enumerate() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let Header { program, cpu, started, .. } = header;
        let _ = write!(
            text,
            "[[attempts]]\nnumber = {number}\njournal = {}\nruns = {runs}\nstarted = {}\nprogram = {}\ncpu = {}\n",
            quoted(&name),
            quoted(started),
            quoted(program),
            quoted(cpu),
        );
    }
}

/// The machine: bits do not depend on it, times do.
fn host(text: &mut String) {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let _ = write!(
        text,
        "\n[host]\nsystem = {}\narchitecture = {}\ninstructions = {}\ncores = {cores}\nprofile = {}\n",
        quoted(std::env::consts::OS),
        quoted(std::env::consts::ARCH),
        quoted(instructions()),
        quoted(if cfg!(debug_assertions) { "debug" } else { "release" }),
    );
}

/// The memory of this process, where the system says what it is.
fn memory_of(text: &mut String, sweep: &Sweep) {
    let (Some(peak), Some(loaded)) = (memory::peak(), sweep.loaded()) else { return };
    let per_run = peak.saturating_sub(loaded) / sweep.runs().len().max(1) as u64;
    let _ = write!(
        text,
        "\n# Bytes of the process that wrote the tables: the most that were in memory at one time, and how many more \
         than once\n# the data was loaded, for each run of the plan.\n[memory]\npeak = {peak}\nper-run = {per_run}\n"
    );
}

/// The widest instruction set that run-time dispatch can choose.
#[cfg(target_arch = "x86_64")]
pub(crate) fn instructions() -> &'static str {
    if std::is_x86_feature_detected!("avx512f") {
        "avx512"
    } else if std::is_x86_feature_detected!("avx2") {
        "avx2"
    } else {
        "sse2"
    }
}

#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn instructions() -> &'static str {
    "baseline"
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The plan's own tables, moved under `[plan]`.
fn nested(plan: &str) -> String {
    let rename = |line: &str| match line.strip_prefix("[[") {
        Some(rest) => format!("[[plan.{rest}\n"),
        None => match line.strip_prefix('[') {
            Some(rest) => format!("[plan.{rest}\n"),
            None => format!("{line}\n"),
        },
    };
    plan.lines().map(rename).collect()
}

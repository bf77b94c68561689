//! What tests with several machines share: plan, processes, and waiting for states.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::Lab;

/// About 20 seconds of work on one core in the development profile, in many small runs.
pub const PLAN: &str = "\
name = \"many\"
question = \"Does every run arrive?\"
problems = \"line\"
rules = [\"sgd\", { name = \"sgd\", label = \"momentum\", momentum = 0.9 }]
rates = { log = [0.001, 0.1], count = 5 }
batch-sizes = [5, 10]
replicates = 200
budget = { steps = 20000 }
log = { per-decade = 2 }
";

/// The tables that do not depend on how they were made.
pub const TABLES: [&str; 3] = ["rows.csv", "runs.csv", "summary.csv"];

/// Sweeps in one process, into `out`; that takes as long as it takes.
#[track_caller]
pub fn sweep_alone(lab: &Lab) {
    let mut command = lab.command(&["sweep", "plan.toml", "--out", "out", "--threads", "2", "--quiet"]);
    assert!(command.status().expect("the program starts").success());
}

/// Expects the tables of two folders to be the same, byte by byte.
#[track_caller]
pub fn assert_same_tables(lab: &Lab, one: &str, other: &str) {
    for name in TABLES {
        let (one, other) = (lab.read(&format!("{one}/{name}")), lab.read(&format!("{other}/{name}")));
        assert!(one == other, "{name} differs");
    }
}

/// Says loudly that a test cannot run here; where everything has to run (`CI`), that is a failure.
pub fn skip(what: &str, allowed: &str) {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    assert!(!set("CI") || set(allowed), "{what}; {allowed}=1 does without this test");
    // Not through the macros, whose text the harness keeps to itself.
    let _ = writeln!(std::io::stderr(), "\nSKIPPED: {what}\n");
    if set("GITHUB_ACTIONS") {
        let _ = writeln!(std::io::stdout(), "\n::warning title=Skipped test::{what}");
    }
}

/// Waits until there is an answer; a state that does not come within two minutes has failed.
#[track_caller]
pub fn wait_for<T>(what: &str, mut answer: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = answer() {
            return answer;
        }
        assert!(started.elapsed() < Duration::from_secs(120), "waited for two minutes: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The processes that there are.
fn processes() -> Vec<u32> {
    let entries = fs::read_dir("/proc").expect("Linux");
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}

/// A file of a process as text, with spaces for zeros; empty if the process has gone.
fn about(process: u32, file: &str) -> String {
    let bytes = fs::read(format!("/proc/{process}/{file}")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).replace('\0', " ")
}

/// The processes whose command line has all of these texts.
pub fn running(texts: &[&str]) -> Vec<u32> {
    let has_all = |process: &u32| {
        let line = about(*process, "cmdline");
        texts.iter().all(|text| line.contains(text))
    };
    processes().into_iter().filter(has_all).collect()
}

/// The processes that have to do with a folder, and their command lines; zombies have not.
pub fn left_over(folder: &str) -> Vec<String> {
    let own = std::process::id();
    let has = |process: &u32| {
        *process != own && ["cmdline", "environ"].iter().any(|file| about(*process, file).contains(folder))
    };
    processes().into_iter().filter(has).map(|process| format!("{process}: {}", about(process, "cmdline"))).collect()
}

/// What the system says about a process, from its state on; empty if it has gone.
fn status(process: u32) -> String {
    // Before that is its name in parentheses, which may hold anything.
    about(process, "stat").rsplit_once(") ").map_or_else(String::new, |(_, rest)| rest.to_owned())
}

fn state(process: u32) -> Option<char> {
    status(process).chars().next()
}

/// The process that has started another one; 0 if that has gone.
pub fn parent(process: u32) -> u32 {
    status(process).split(' ').nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// A process and all that it has started.
pub fn family(process: u32) -> Vec<u32> {
    let mut family = vec![process];
    let parents: Vec<(u32, u32)> = processes().into_iter().map(|id| (id, parent(id))).collect();
    let mut next = 0;
    while let Some(&older) = family.get(next) {
        family.extend(parents.iter().filter(|(_, parent)| *parent == older).map(|(id, _)| id));
        next += 1;
    }
    family
}

/// Sends a signal; processes that have gone are no error.
pub fn signal(name: &str, processes: &[u32]) {
    let mut command = Command::new("kill");
    command.arg(format!("-{name}")).args(processes.iter().map(u32::to_string)).stderr(Stdio::null());
    command.status().expect("kill");
}

/// A shard that is under way, stopped so that it stays so.
pub struct Held {
    pub shard: u32,
    /// The process of the program.
    pub process: u32,
}

/// Stops a shard of `of` that has finished runs in its journal and is none of `not`.
pub fn hold(lab: &Lab, of: u32, not: &[u32], process_is_meant: impl Fn(u32) -> bool) -> Held {
    wait_for("a shard that is under way", || {
        (0..of).filter(|shard| !not.contains(shard)).find_map(|shard| {
            let folder = lab.path("run");
            let process =
                *running(&[&format!("{}/bin/xtask sweep", folder.display()), &format!("--shard {shard}/{of} ")])
                    .iter()
                    .find(|&&process| about(process, "comm").trim() == "xtask" && process_is_meant(process))?;
            signal("STOP", &[process]);
            let stopped = wait_for("a process that stops or ends", || match state(process) {
                Some('T') => Some(true),
                None | Some('Z') => Some(false),
                _ => None,
            });
            if stopped && lab.has_runs("run", &format!("-shard-{shard:05}-of-{of:05}-")) {
                return Some(Held { shard, process });
            }
            signal("CONT", &[process]);
            None
        })
    })
}

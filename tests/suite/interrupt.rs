//! Ctrl-C, termination, and readers that go away.

#![cfg(unix)]

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Lab, SMALL};

/// Waits; whoever takes longer than 20 seconds is killed and has failed.
fn wait(mut child: Child) -> (Option<i32>, Duration) {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            return (status.code(), started.elapsed());
        }
        if started.elapsed() > Duration::from_secs(20) {
            child.kill().expect("a child");
            child.wait().expect("a child");
            panic!("the program did not stop");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Starts a sweep, sends a signal once something is finished (or at once), and returns what it says.
fn stopped(lab: &Lab, signal: &str, arguments: &[&str], after_a_run: bool) -> String {
    let mut child = lab.start(&[&["sweep", "plan.toml", "--out", "out"], arguments].concat());
    let mut stderr = child.stderr.take().expect("a pipe");
    if after_a_run {
        lab.wait_for_runs("out");
    } else {
        std::thread::sleep(Duration::from_secs(1));
    }
    let sent = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.expect("kill").success());
    let (code, took) = wait(child);
    let mut said = String::new();
    std::io::Read::read_to_string(&mut stderr, &mut said).expect("output is UTF-8");
    assert_eq!(code, Some(75), "{said}");
    assert!(took < Duration::from_secs(5), "it took {took:?}");
    said
}

/// Seconds of work in runs of a few milliseconds.
const LONG: [&str; 6] = ["--replicates", "400", "--set", "budget.steps=20000", "--set", "log.every-steps=2000"];

#[test]
fn a_stopped_sweep_keeps_what_is_finished_and_goes_on_from_there() {
    let undisturbed = Lab::with_plan(SMALL);
    undisturbed.sweep(&LONG);
    for signal in ["-INT", "-TERM"] {
        let lab = Lab::with_plan(SMALL);
        let said = stopped(&lab, signal, &LONG, true);
        assert!(!lab.names("out").contains(&"rows.csv".to_owned()), "tables are written at the end");
        let merged = lab.run(&["merge", "out", "--partial", "--quiet"]);
        assert_eq!((merged.code, &*merged.stdout, &*merged.stderr), (Some(0), "", ""));
        let finished = lab.table("out/runs.csv").rows;
        assert!((1..400).contains(&finished.len()), "{} runs", finished.len());
        assert!(finished.iter().all(|run| run["status"] == "done" && run["steps"] == "20000"));
        let manifest: toml::Table = lab.read("out/manifest.toml").parse().expect("the manifest is TOML");
        assert_eq!(manifest["complete"].as_bool(), Some(false));
        assert_eq!(manifest["runs"].as_integer(), Some(finished.len() as i64));
        let head = format!("stopped: {} of 400 runs are finished and kept in out; go on with\n", finished.len());
        assert!(said.starts_with(&head) && said.contains("  cargo xtask sweep plan.toml --out out"), "{said}");

        let again = lab.run(&[&["sweep", "plan.toml", "--out", "out"], &LONG[..]].concat());
        assert_eq!((again.code, &*again.stderr), (Some(0), ""));
        let kept = format!("400 runs ({} finished before), 0 diverged", finished.len());
        assert!(again.stdout.contains(&kept), "{}", again.stdout);
        for name in ["rows.csv", "runs.csv", "summary.csv"] {
            assert_eq!(lab.read(&format!("out/{name}")), undisturbed.read(&format!("out/{name}")), "{name}");
        }
    }
}

#[test]
fn a_run_between_two_measurements_is_stopped_too() {
    let lab = Lab::with_plan(SMALL);
    let endless = ["--set", "budget.steps=1000000000000", "--set", "log.per-decade=1"];
    let said = stopped(&lab, "-INT", &endless, false);
    assert!(said.starts_with("stopped: 0 of 1 runs are finished and kept in out; go on with\n"), "{said}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let lab = Lab::with_plan(SMALL);
    for arguments in [&["schema"][..], &["list"], &["--help"], &["sweep", "plan.toml"], &["show", "plans", "digits"]] {
        let mut child =
            lab.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        drop(child.stdout.take());
        let mut stderr = child.stderr.take().expect("a pipe");
        let (code, _) = wait(child);
        let mut said = String::new();
        std::io::Read::read_to_string(&mut stderr, &mut said).expect("output is UTF-8");
        assert_eq!((code, &*said), (Some(0), ""), "{arguments:?}");
    }
}

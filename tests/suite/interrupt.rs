//! Ctrl-C, and readers that go away.

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

/// Starts a sweep and sends the signal of Ctrl-C after a second.
fn interrupted(lab: &Lab, arguments: &[&str]) -> String {
    let mut command = lab.command(&[&["sweep", "plan.toml", "--out", "out", "--threads", "2"], arguments].concat());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let mut stderr = child.stderr.take().expect("a pipe");
    std::thread::sleep(Duration::from_secs(1));
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("kill").success());
    let (code, took) = wait(child);
    let mut said = String::new();
    std::io::Read::read_to_string(&mut stderr, &mut said).expect("output is UTF-8");
    assert_eq!(code, Some(130), "{said}");
    assert!(took < Duration::from_secs(5), "it took {took:?}");
    said
}

#[test]
fn an_interrupted_sweep_keeps_the_runs_that_were_finished() {
    let lab = Lab::with_plan(SMALL);
    // Ten seconds of work or more, in runs of a few milliseconds.
    let said = interrupted(
        &lab,
        &["--replicates", "20000", "--set", "budget.steps=20000", "--set", "log.every-steps=2000", "--quiet"],
    );
    let runs = lab.table("out/runs.csv").rows;
    assert!((1..20_000).contains(&runs.len()), "{} runs", runs.len());
    assert!(runs.iter().all(|run| run["status"] == "done" && run["steps"] == "20000"));
    assert_eq!(lab.table("out/rows.csv").rows.len(), 11 * runs.len());
    assert_eq!(lab.table("out/summary.csv").rows[0]["runs"], runs.len().to_string());
    assert_eq!(said, format!("interrupted: {} of 20000 runs were finished and are in out\n", runs.len()));
    let manifest: toml::Table = lab.read("out/manifest.toml").parse().expect("the manifest is TOML");
    assert_eq!(manifest["complete"].as_bool(), Some(false));
    assert_eq!(manifest["runs"].as_integer(), Some(runs.len() as i64));
}

#[test]
fn a_run_between_two_measurements_is_interrupted_too() {
    let lab = Lab::with_plan(SMALL);
    let said = interrupted(&lab, &["--set", "budget.steps=1000000000000", "--set", "log.per-decade=1"]);
    assert_eq!(said, "interrupted: 0 of 1 runs were finished and are in out\n");
    assert_eq!(lab.table("out/runs.csv").rows.len(), 0);
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

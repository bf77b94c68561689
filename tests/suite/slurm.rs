//! A sweep on a local Slurm that loses a machine, takes one task back and is told to end another.
//!
//! Every event is brought about while a shard is held in the middle of its work, so that nothing depends on time.

#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::cluster::{self, Held, PLAN, hold, signal, wait_for};
use crate::support::{Lab, root};

fn script(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(root().join("tests/slurm").join(name));
    command.arg(folder).env("LOCAL_SLURM_NO_INSTALL", "1");
    command
}

/// A cluster of two machines with one core each.
struct Slurm(TempDir);

impl Slurm {
    /// Starts one; `None` where Slurm is not installed.
    fn start() -> Option<Self> {
        // Its sockets need a short path.
        let folder = tempfile::Builder::new().prefix("slurm-").tempdir_in("/tmp").expect("a temporary folder");
        let output = script("start-local-slurm.sh", folder.path()).output().expect("bash");
        if output.status.code() == Some(69) {
            return None;
        }
        // From here on it is stopped, whatever happens.
        let slurm = Self(folder);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(slurm)
    }

    fn script(&self, name: &str) -> Command {
        script(name, self.0.path())
    }

    fn ask(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        let output = command.args(arguments).env("SLURM_CONF", self.configuration()).output().expect("Slurm");
        assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn configuration(&self) -> PathBuf {
        self.0.path().join("slurm.conf")
    }

    /// Loses a machine with everything on it.
    fn lose(&self, node: &str) {
        let daemon = std::fs::read_to_string(self.0.path().join(format!("pid/slurmd-{node}"))).expect("its number");
        // What runs a job is no child of the daemon, and says where it works.
        let of_node = |process: &u32| {
            let line = std::fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(&format!("SLURMD_NODENAME={node}\0"))
        };
        let mut lost = vec![daemon.trim().parse().expect("a number")];
        for process in cluster::running(&["slurmstepd"]) {
            let family = cluster::family(process);
            if family.iter().any(of_node) {
                lost.extend(family);
            }
        }
        signal("KILL", &lost);
        self.ask("scontrol", &["update", &format!("nodename={node}"), "state=down", "reason=lost"]);
    }

    /// Brings back what was lost.
    fn repair(&self) {
        let output = self.script("start-local-slurm.sh").output().expect("bash");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Waits until jobs have ended, however.
    fn wait(&self, jobs: &[&str]) {
        let jobs = jobs.join(",");
        let states = "pending,running,suspended,completing";
        wait_for("the end of jobs", || {
            self.ask("squeue", &["-h", "-j", &jobs, "-t", states, "-o", "%A"]).is_empty().then_some(())
        });
    }

    fn restarts(&self, task: &str) -> u32 {
        let job = self.ask("scontrol", &["show", "job", task]);
        let word =
            job.split_whitespace().find_map(|word| word.strip_prefix("Restarts=")).expect("a number of restarts");
        word.parse().expect("a number")
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        let stopped = self.script("stop-local-slurm.sh").arg("--keep").status();
        if !std::thread::panicking() {
            assert!(stopped.expect("bash").success());
        }
    }
}

/// Job and merge of the last submission.
fn submitted(lab: &Lab) -> (String, String, String) {
    let record: toml::Table = lab.read("run/submit.toml").parse().expect("a record");
    let last = record["submissions"].as_array().and_then(|all| all.last()).expect("a submission");
    let text = |key: &str| last[key].as_str().expect("a text").to_owned();
    (text("job"), text("merge"), text("array"))
}

/// Runs the program with this Slurm.
#[track_caller]
fn submit(lab: &Lab, slurm: &Slurm, arguments: &[&str]) -> String {
    let mut command = lab.command(&[&["submit"], arguments].concat());
    let output = command.env("SLURM_CONF", slurm.configuration()).output().expect("the program starts");
    assert_eq!((output.status.code(), &*String::from_utf8_lossy(&output.stderr)), (Some(0), ""));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Lets a shard go when its script was told to stop.
fn release(lab: &Lab, job: &str, held: &Held, heard: &str) {
    let line = format!("shard {} of 8: is told to stop: {heard}", held.shard);
    let log = format!("run/log/{job}_{}.log", held.shard);
    wait_for("a shard that is told to stop", || lab.read(&log).contains(&line).then_some(()));
    signal("CONT", &[held.process]);
}

#[test]
fn a_sweep_survives_what_happens_on_clusters() {
    let Some(slurm) = Slurm::start() else {
        return cluster::skip("Slurm is not installed, and no sweep was tried on it", "SGDLAB_NO_SLURM");
    };
    let lab = Lab::with_plan(PLAN);
    cluster::sweep_alone(&lab);
    let said =
        submit(&lab, &slurm, &["plan.toml", "--engine", "slurm", "--out", "run", "--shards", "8", "--time", "5"]);
    let (job, merge, array) = submitted(&lab);
    assert_eq!(array, "0-7");
    assert!(said.contains(&format!("scancel {job} {merge}\n")), "{said}");

    // A machine is lost: its task is done again by the other one.
    let on_second = |process: u32| {
        std::fs::read(format!("/proc/{process}/environ")).is_ok_and(|environment| {
            environment.split(|&byte| byte == 0).any(|variable| variable == b"SLURMD_NODENAME=n2")
        })
    };
    let lost = hold(&lab, 8, &[], on_second).shard;
    slurm.lose("n2");
    wait_for("a requeued task", || (slurm.restarts(&format!("{job}_{lost}")) == 1).then_some(()));
    slurm.repair();

    // The time of another one is nearly up: it stops and asks for another turn.
    // Not by scancel, which signals again and again as long as a process of the job does not move.
    let held = hold(&lab, 8, &[lost], |_| true);
    let slow = held.shard;
    signal("USR1", &[cluster::parent(held.process)]);
    release(&lab, &job, &held, "its time is nearly up");
    wait_for("another turn", || (slurm.restarts(&format!("{job}_{slow}")) == 1).then_some(()));

    // A third one is canceled, so that runs are missing when all have ended.
    let held = hold(&lab, 8, &[lost, slow], |_| true);
    let canceled = held.shard;
    slurm.ask("scancel", &[&format!("{job}_{canceled}")]);
    release(&lab, &job, &held, "preempted, requeued or canceled");
    slurm.wait(&[&job, &merge]);
    let log = lab.read(&format!("run/log/merge-{merge}.log"));
    assert!(log.starts_with(&format!("missing shards of 8: {canceled}\n")), "{log}");
    assert!(!lab.path("run/rows.csv").exists());

    let said = submit(&lab, &slurm, &["--resume", "run"]);
    assert!(said.starts_with(&format!("runs are missing in shards {canceled} of 8\n")), "{said}");
    let (job, merge, array) = submitted(&lab);
    assert_eq!(array, canceled.to_string());
    slurm.wait(&[&job, &merge]);
    cluster::assert_same_tables(&lab, "run", "out");
    assert!(submit(&lab, &slurm, &["--resume", "run"]).starts_with("nothing is missing in run"));

    let folders = [slurm.0.path().to_owned(), lab.path(".")].map(|path| path.display().to_string());
    drop(slurm);
    for folder in folders {
        wait_for("no process to be left over", || {
            cluster::left_over(folder.trim_end_matches("/.")).is_empty().then_some(())
        });
    }
}

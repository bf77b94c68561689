//! Handing a sweep to a cluster: what is refused, what is written, and what the scripts do.
//!
//! No cluster is needed: programs of a few lines stand in for those of Slurm and for the sweep itself.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::support::{Lab, SMALL, Said, width};

/// A name with everything that shells and schedulers make something of.
const ODD: &str = "it's a \"$run\", 100 % & more";

/// Writes a program.
fn program(lab: &Lab, name: &str, script: &str) {
    let path = lab.path(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is writable");
    fs::write(&path, format!("#!/usr/bin/env bash\n{script}\n")).expect("the folder is writable");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("the file is ours");
}

/// Runs a command with the programs in `tools` before all others.
fn with_tools(lab: &Lab, command: &mut Command) -> Said {
    let path = format!("{}:{}", lab.path("tools").display(), std::env::var("PATH").unwrap_or_default());
    let output = command.env("PATH", path).output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    Said { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn submit(lab: &Lab, arguments: &[&str]) -> Said {
    with_tools(lab, &mut lab.command(&[&["submit"], arguments].concat()))
}

/// Expects that nothing is written and this is said.
#[track_caller]
fn refused(arguments: &[&str], stderr: &str) {
    let lab = Lab::with_plan(SMALL);
    program(&lab, "tools/scontrol", "echo 'MaxArraySize            = 1001'");
    let said = submit(&lab, arguments);
    assert_eq!((said.code, &*said.stdout), (Some(2), ""), "{}", said.stderr);
    assert_eq!(said.stderr, format!("error: {stderr}\n"));
    assert_eq!(lab.names("."), ["plan.toml", "tools"]);
}

#[test]
fn what_does_not_go_together_is_refused() {
    let print = ["plan.toml", "--engine", "print"];
    let slurm = ["plan.toml", "--engine", "slurm"];
    let plus = |first: [&'static str; 3], more: &[&'static str]| [&first[..], more].concat();
    refused(&plus(slurm, &["--for", "ssh"]), "--for goes with --engine print only");
    refused(&plus(print, &["--hosts", "a"]), "--hosts goes with ssh, and these scripts are for Slurm");
    refused(&plus(print, &["--for", "ssh", "--mem", "1G"]), "--mem goes with Slurm, and these scripts are for ssh");
    refused(
        &plus(print, &["--for", "ssh"]),
        "--hosts is missing: ssh needs the names of hosts, e.g. --hosts\n  node1,node2",
    );
    refused(
        &plus(print, &["--time", "1h"]),
        "--time is \"1h\", and accepted are minutes, minutes:seconds,\n  hours:minutes:seconds, days-hours, \
         days-hours:minutes,\n  days-hours:minutes:seconds, and unlimited",
    );
    refused(
        &plus(print, &["--sbatch", "qos=low"]),
        "--sbatch is \"qos=low\", and accepted is an option of sbatch, e.g.\n  --sbatch=--qos=low",
    );
    refused(
        &plus(print, &["--mem", "1G\n#SBATCH --wrap=x"]),
        "--mem would be \"1G\\n#SBATCH --wrap=x\", and sbatch takes neither control\n  characters nor backslashes",
    );
    refused(
        &plus(slurm, &["--shards", "1002"]),
        "--shards is 1002, and an array of this Slurm has at most 1001 tasks\n  (MaxArraySize): take fewer shards, with \
         more --cpus-per-task or --time for\n  each",
    );
    refused(&["--resume", "none"], "none was not submitted: it has no submit.toml");
}

#[test]
fn runs_that_the_time_limit_would_cut_off_are_refused() {
    let lab = Lab::with_plan(SMALL);
    let set = ["--set", "budget.steps=10000000000", "--set", "log.per-decade=1"];
    let said = submit(&lab, &[&["plan.toml", "--engine", "print", "--time", "10"], &set[..]].concat());
    assert_eq!((said.code, &*said.stdout), (Some(2), ""));
    let start = "error: the longest run of \"small\" takes about ";
    assert!(said.stderr.starts_with(start), "{}", said.stderr);
    let enough = said.stderr.lines().last().and_then(|line| line.strip_prefix("--time ")?.strip_suffix(" is enough"));
    let enough = enough.expect("a way out");
    assert_eq!(lab.names("."), ["plan.toml"]);
    let said =
        submit(&lab, &[&["plan.toml", "--engine", "print", "--out", "out", "--time", enough], &set[..]].concat());
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    // The whole sweep is that run, which is a quarter of the limit.
    assert!(said.stdout.contains("1 run in 1 shard of about "), "{}", said.stdout);
}

/// Runs the script of an array as Slurm does.
fn task(lab: &Lab, script: &str) -> Said {
    let variables = [
        ("SLURM_ARRAY_JOB_ID", "7"),
        ("SLURM_ARRAY_TASK_ID", "2"),
        ("SLURM_ARRAY_TASK_COUNT", "1"),
        ("SLURM_JOB_ID", "7"),
        ("SLURM_CPUS_PER_TASK", "3"),
    ];
    with_tools(lab, Command::new("bash").arg(script).current_dir(lab.path(".")).envs(variables))
}

#[test]
fn scripts_are_right_in_a_folder_with_an_odd_name() {
    let lab = Lab::with_plan(SMALL);
    let options =
        ["--shards", "4", "--cpus-per-task", "3", "--partition", "p q", "--sbatch=--qos=low", "--concurrent", "2"];
    let said =
        submit(&lab, &[&["plan.toml", "--engine", "print", "--out", ODD, "--replicates", "8"], &options[..]].concat());
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    assert!(width(&said.stdout) <= 80, "{}", said.stdout);
    assert_eq!(lab.names(ODD), ["bin", "log", "merge.sbatch", "plan.toml", "submit.toml", "sweep.sbatch"]);
    assert_eq!(fs::read(lab.path(&format!("{ODD}/bin/xtask"))).unwrap(), fs::read(crate::support::program()).unwrap());
    let script = lab.read(&format!("{ODD}/sweep.sbatch"));
    for line in [
        "#SBATCH --job-name=small",
        "#SBATCH --array=0-3%2",
        "#SBATCH --partition=\"p q\"",
        "#SBATCH --time=01:00:00",
        "#SBATCH --signal=B:USR1@180",
        "#SBATCH --requeue",
        "#SBATCH --qos=low",
    ] {
        assert!(script.lines().any(|found| found == line), "{line} is not in\n{script}");
    }
    let log = "it's a \\\"$run\\\", 100 %% & more/log/%A_%a.log\"";
    assert!(script.lines().any(|line| line.starts_with("#SBATCH --output=\"") && line.ends_with(log)), "{script}");
    // The program says what it is told and where it runs.
    program(&lab, &format!("{ODD}/bin/xtask"), "printf '<%s>' \"$@\"; echo; exit 6");
    let said = task(&lab, &format!("{ODD}/sweep.sbatch"));
    let run = lab.path(ODD).display().to_string();
    let told = format!("<sweep><{run}/plan.toml><--out><{run}><--shard><2/4><--threads><3><--quiet>");
    assert_eq!(said.stdout.lines().nth(1), Some(&*told));
    assert!(said.stdout.ends_with("shard 2 of 4: ends with status 6\n"), "{}", said.stdout);
    assert_eq!(said.code, Some(6));
    assert_eq!(task(&lab, &format!("{ODD}/merge.sbatch")).stdout, format!("<merge><{run}>\n"));
}

#[test]
fn a_task_that_is_told_to_stop_keeps_the_status_of_the_program() {
    let lab = Lab::with_plan(SMALL);
    submit(&lab, &["plan.toml", "--engine", "print", "--out", "run", "--shards", "4", "--replicates", "8"]);
    // The scheduler would end the script when it is requeued; this one says no.
    program(&lab, "tools/scontrol", "echo \"scontrol $*\"; exit 1");
    for (signal, requeued) in [("TERM", false), ("USR1", true)] {
        // It signals the script, and ends when it is told to; the first signal to reach the script ends its wait early.
        let told = "trap 'sleep 0.2; exit 75' TERM; kill -SIGNAL $PPID; while :; do sleep 0.05; done";
        program(&lab, "run/bin/xtask", &told.replace("SIGNAL", signal));
        let said = task(&lab, "run/sweep.sbatch");
        assert_eq!((said.code, &*said.stderr), (Some(75), ""), "{signal}");
        assert!(said.stdout.contains("shard 2 of 4: is told to stop: "), "{}", said.stdout);
        assert!(said.stdout.contains("shard 2 of 4: ends with status 75\n"), "{}", said.stdout);
        // One task of the array, and not the job, whose number one task shares with the array.
        assert_eq!(said.stdout.contains("scontrol requeue 7_2\n"), requeued, "{}", said.stdout);
    }
}

#[test]
fn jobs_are_recorded_and_what_is_missing_is_submitted_again() {
    let lab = Lab::with_plan(SMALL);
    program(&lab, "tools/scontrol", "echo 'MaxArraySize            = 1001'");
    program(&lab, "tools/sbatch", "echo \"sbatch ${*//$PWD\\//}\" >> calls; echo \"$((10 + $(wc -l < calls)));here\"");
    program(&lab, "tools/squeue", "[ ! -e busy ] || echo busy");
    let first = ["plan.toml", "--engine", "slurm", "--out", "run", "--shards", "4", "--replicates", "8", "--mem", "1G"];
    let said = submit(&lab, &first);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    assert!(said.stdout.contains("submitted as job 11;here; job 12;here writes"), "{}", said.stdout);
    let calls = "sbatch --parsable run/sweep.sbatch\nsbatch --parsable --dependency=afterany:11 run/merge.sbatch\n";
    assert_eq!(lab.read("calls"), calls);
    let record: toml::Table = lab.read("run/submit.toml").parse().expect("a record");
    assert_eq!(record["options"]["mem"].as_str(), Some("1G"));
    assert_eq!(record["submissions"][0]["job"].as_str(), Some("11;here"));
    assert_eq!(record["submissions"][0]["merge"].as_str(), Some("12;here"));

    let lab = lab.file("busy", "");
    let said = submit(&lab, &first);
    assert_eq!(said.code, Some(2));
    assert!(said.stderr.ends_with("or end them with\nscancel 11 12\n"), "{}", said.stderr);
    fs::remove_file(lab.path("busy")).expect("it is there");

    // All shards but one are done, by the program that was put there.
    for shard in ["0/4", "1/4", "3/4"] {
        let mut command = Command::new(lab.path("run/bin/xtask"));
        command.args(["sweep", "run/plan.toml", "--out", "run", "--quiet", "--shard", shard]);
        assert!(command.current_dir(lab.path(".")).status().expect("the program").success());
    }
    let said = submit(&lab, &["--resume", "run"]);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    assert!(said.stdout.starts_with("runs are missing in shards 2 of 4\n"), "{}", said.stdout);
    let script = lab.read("run/sweep.sbatch");
    assert!(script.contains("\n#SBATCH --array=2\n") && script.contains("\n#SBATCH --mem=1G\n"), "{script}");
    assert!(script.contains("\nshards=4\n"), "not 1, which is how many are submitted now: {script}");

    // In other parts, one of which has nothing to do.
    let said = submit(&lab, &["--resume", "run", "--shards", "2", "--engine", "print"]);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    assert_eq!(lab.read("calls").lines().count(), 4);

    let mut command = Command::new(lab.path("run/bin/xtask"));
    command.args(["sweep", "run/plan.toml", "--out", "run", "--quiet", "--shard", "2/4"]).current_dir(lab.path("."));
    assert!(command.status().expect("the program").success());
    let said = submit(&lab, &["--resume", "run"]);
    assert_eq!(said.stdout, "nothing is missing in run; this writes the tables:\n  cargo xtask merge run\n");
    assert_eq!(lab.read("calls").lines().count(), 4);
}

#[test]
fn runs_of_another_build_are_refused_unless_they_are_meant_or_forgotten() {
    let lab = Lab::with_plan(SMALL);
    let print = ["plan.toml", "--engine", "print", "--out", "run"];
    submit(&lab, &print);
    // Bytes behind its end make a program another one that does the same.
    let mut bytes = fs::read(lab.path("run/bin/xtask")).expect("the program");
    bytes.push(0);
    program(&lab, "run/bin/other", "");
    fs::write(lab.path("run/bin/other"), bytes).expect("the file is ours");
    let mut command = Command::new(lab.path("run/bin/other"));
    command.args(["sweep", "run/plan.toml", "--out", "run", "--quiet", "--shard", "0/1"]);
    assert!(command.current_dir(lab.path(".")).status().expect("the program").success());
    let said = submit(&lab, &print);
    assert_eq!((said.code, &*said.stdout), (Some(2), ""));
    assert!(said.stderr.contains("holds 1 runs that another build of the program"), "{}", said.stderr);
    let said = submit(&lab, &[&print[..], &["--replicates", "2", "--any-program"]].concat());
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    assert!(lab.read("run/sweep.sbatch").contains("\nany_program=--any-program\n"));
    let said = submit(&lab, &[&print[..], &["--fresh", "--yes"]].concat());
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    assert_eq!(lab.names("run/journal"), ["lock"]);
}

#[test]
fn a_scheduler_that_refuses_is_quoted_and_nothing_is_recorded_as_submitted() {
    let lab = Lab::with_plan(SMALL);
    program(&lab, "tools/scontrol", "echo 'MaxArraySize            = 1001'");
    program(&lab, "tools/sbatch", "echo 'sbatch: error: invalid partition' >&2; exit 1");
    let said = submit(&lab, &["plan.toml", "--engine", "slurm", "--out", "run"]);
    assert_eq!(said.code, Some(2));
    assert_eq!(said.stderr, "error: sbatch has failed:\nsbatch: error: invalid partition\n");
    assert!(lab.read("run/submit.toml").contains("submissions = []"));
}

#[test]
fn hosts_are_given_all_shards_and_the_merge_has_the_last_word() {
    let lab = Lab::with_plan(SMALL);
    let more = ["--for", "ssh", "--hosts", "a,b", "--replicates", "8", "--shards", "4"];
    let said = submit(&lab, &[&["plan.toml", "--engine", "print", "--out", "it's"], &more[..]].concat());
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    assert!(said.stdout.ends_with("this does it:\n  'it'\\''s/sweep.sh'\n"), "{}", said.stdout);
    // A stand-in that does the same on this machine; its last argument is the command.
    program(
        &lab,
        "tools/parallel",
        "printf '%s\\n' \"${@:1:$#-1}\"; while read -r i; do sh -c \"${!#//\\{\\}/$i}\"; done",
    );
    program(&lab, "it's/bin/xtask", "echo \"$PWD: ${*//$PWD\\//}\"; [ \"$1\" != merge ] || exit 4");
    let said = with_tools(&lab, &mut Command::new(lab.path("it's/sweep.sh")));
    let at = lab.path(".").display().to_string();
    let at = at.trim_end_matches("/.");
    let shard = |i| format!("{at}: sweep it's/plan.toml --out it's --shard {i}/4 --quiet");
    let log = lab.path("it's/log/hosts.log").display().to_string();
    let options = ["--sshlogin", "1/a,1/b", "--retries", "5", "--joblog", &log].map(str::to_owned);
    let shards: Vec<String> = (0..4).map(shard).collect();
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(lines[..10], [&options[..], &shards[..]].concat());
    assert!(lines[10].contains(": merge "), "{}", said.stdout);
    assert_eq!(said.code, Some(4));
}

#[test]
fn a_folder_of_another_plan_is_left_alone() {
    let lab = Lab::with_plan(SMALL);
    lab.sweep(&[]);
    let plan = lab.read("out/plan.toml");
    let said = lab.run(&["submit", "plan.toml", "--engine", "print", "--out", "out", "--set", "budget.steps=9"]);
    assert_eq!((said.code, &*said.stdout), (Some(2), ""));
    assert!(said.stderr.contains("plan.toml is another plan"), "{}", said.stderr);
    assert_eq!(lab.read("out/plan.toml"), plan);
}

#[test]
fn what_is_no_host_is_refused() {
    let lab = Lab::with_plan(SMALL);
    for hosts in ["a b", "touch x", "a;touch x", ":", "1/:", "@x", "$(id)", "", ",,", "-a", "a@b@c"] {
        let said = lab.run(&["submit", "plan.toml", "--engine", "print", "--for", "ssh", &format!("--hosts={hosts}")]);
        assert_eq!((said.code, &*said.stdout), (Some(2), ""), "{hosts}");
        assert!(said.stderr.contains("accepted: names or addresses"), "{hosts}: {}", said.stderr);
    }
    assert_eq!(lab.names("."), ["plan.toml"]);
}

//! What a sweep leaves in its folder, and what it does where it cannot write.
//!
//! Permissions are not tested: they do not stop an administrator, as whom tests often run.

use crate::support::{Lab, SMALL};

const TABLES: [&str; 7] =
    ["journal", "manifest.toml", "plan.toml", "rows.csv", "runs.csv", "summary.csv", "timings.csv"];

/// Expects that sweeping into `out` fails with this message.
#[track_caller]
fn refused(lab: &Lab, out: &str, stderr: &str) {
    let said = lab.run(&["sweep", "plan.toml", "--out", out]);
    assert_eq!((said.code, &*said.stdout, &*said.stderr), (Some(2), "", stderr));
}

#[test]
fn the_tables_go_to_a_folder_named_like_the_plan() {
    let lab = Lab::with_plan(SMALL);
    let said = lab.run(&["sweep", "plan.toml"]);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    assert!(said.stdout.contains("files in results/small\n"), "{}", said.stdout);
    assert_eq!(lab.names("."), ["plan.toml", "results"]);
    assert_eq!(lab.names("results/small"), TABLES);
}

#[test]
fn the_tables_go_where_they_are_told_to() {
    let lab = Lab::with_plan(SMALL);
    let said = lab.run(&["sweep", "plan.toml", "--out", "a/new folder"]);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    assert_eq!(lab.names("."), ["a", "plan.toml"]);
    assert_eq!(lab.names("a/new folder"), TABLES);
    assert!(lab.read("a/new folder/manifest.toml").contains("--out 'a/new folder'"));
}

#[test]
fn a_quiet_sweep_says_nothing() {
    // `sweep` expects both outputs to be empty.
    let lab = Lab::with_plan(SMALL);
    lab.sweep(&[]);
    assert_eq!(lab.names("out"), TABLES);
}

#[test]
fn a_dry_run_writes_nothing() {
    let lab = Lab::with_plan(SMALL);
    let said = lab.run(&["sweep", "plan.toml", "--dry-run", "--out", "out"]);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    for line in ["small: Does it run?", "  runs     1 (1 replicate)", "  updates  10"] {
        assert!(said.stdout.lines().any(|found| found == line), "{}", said.stdout);
    }
    assert_eq!(lab.names("."), ["plan.toml"]);
}

#[test]
fn a_second_sweep_replaces_the_tables_of_the_first() {
    let lab = Lab::with_plan(SMALL);
    lab.sweep(&["--set", "parameters=true", "--replicates", "2"]);
    assert_eq!(lab.table("out/runs.csv").rows.len(), 2);
    assert!(lab.names("out").contains(&"parameters.csv".to_owned()));
    lab.sweep(&["--replicates", "3"]);
    assert_eq!(lab.table("out/runs.csv").rows.len(), 3);
    assert_eq!(lab.table("out/summary.csv").rows[0]["runs"], "3");
    assert_eq!(lab.names("out"), TABLES, "parameters of the first sweep do not stay beside the second");
}

#[test]
fn the_manifest_describes_the_tables_and_repeats_the_plan() {
    let lab = Lab::with_plan(SMALL);
    lab.sweep(&["--replicates", "2"]);
    let manifest: toml::Table = lab.read("out/manifest.toml").parse().expect("the manifest is TOML");
    assert_eq!(manifest["complete"].as_bool(), Some(true));
    assert_eq!(manifest["runs"].as_integer(), Some(2));
    assert_eq!(manifest["updates"].as_integer(), Some(20));
    for name in ["rows.csv", "runs.csv", "timings.csv"] {
        let hash = blake3::hash(lab.read(&format!("out/{name}")).as_bytes()).to_hex();
        assert_eq!(manifest["tables"][name].as_str(), Some(&*hash), "{name}");
    }
    let plan = toml::to_string(&manifest["plan"]).expect("a table");
    let again = Lab::with_plan(&plan);
    again.sweep(&[]);
    for name in ["rows.csv", "runs.csv", "summary.csv"] {
        assert_eq!(lab.read(&format!("out/{name}")), again.read(&format!("out/{name}")), "{name}");
    }
}

#[test]
fn a_file_in_the_place_of_the_folder_is_left_alone() {
    let lab = Lab::with_plan(SMALL).file("out", "mine");
    refused(&lab, "out", "error: failed to create the folder out: File exists (os error 17)\n");
    refused(&lab, "out/below", "error: failed to create the folder out/below: Not a directory (os error 20)\n");
    assert_eq!(lab.read("out"), "mine");
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_system_that_takes_no_files_is_reported() {
    let message = "error: failed to create the folder /proc/sweep: No such file or directory (os\n  error 2)\n";
    refused(&Lab::with_plan(SMALL), "/proc/sweep", message);
}

#[test]
fn a_folder_in_the_place_of_a_table_is_reported() {
    for (name, action) in [("rows.csv", "replace"), ("summary.csv", "remove"), ("manifest.toml", "replace")] {
        let lab = Lab::with_plan(SMALL);
        std::fs::create_dir_all(lab.path(&format!("out/{name}"))).unwrap();
        refused(&lab, "out", &format!("error: failed to {action} out/{name}: Is a directory (os error 21)\n"));
        let left: Vec<_> = lab.names("out").into_iter().filter(|name| name.starts_with('.')).collect();
        assert_eq!(left, [""; 0], "no temporary files are left");
    }
}

/// A limit on the size of files stands in for a full disk: writing fails halfway in the same way.
#[test]
#[cfg(target_os = "linux")]
fn what_cannot_be_written_to_the_end_leaves_earlier_results_alone() {
    let lab = Lab::with_plan(SMALL);
    lab.sweep(&[]);
    let before = lab.read("out/rows.csv");
    let script = "trap '' XFSZ; ulimit -f 8; exec \"$0\" sweep plan.toml --out out --set budget.steps=2000 --set log.every-steps=1";
    let mut command = std::process::Command::new("sh");
    command.arg("-c").arg(script).arg(crate::support::program()).current_dir(lab.path("."));
    let output = command.output().expect("a shell");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let stderr = stderr.replace("\n  ", " ");
    assert!(stderr.starts_with("error: failed to write out/journal/"), "{stderr}");
    assert!(stderr.ends_with(".journal: File too large (os error 27)\n"), "{stderr}");
    assert_eq!(lab.read("out/rows.csv"), before);
    assert_eq!(lab.names("out"), TABLES, "no temporary files are left");
}

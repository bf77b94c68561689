//! `verify`: plans that are computed in many ways, and results that are checked.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sgdlab_sweeps::plan::{Plan, Precision};
use sgdlab_sweeps::{Packing, Sweep, catalogues};

use crate::support::{Lab, SMALL, root, width};

/// Four runs on a file, with every table.
const PLAN: &str = "\
name = \"mine\"
question = \"Is it the same?\"
problems = { name = \"ridge\", label = \"points\", data = \"points.csv\", target = \"y\" }
rules = [\"sgd\", \"adam\"]
rates = 0.01
batch-sizes = 2
replicates = 2
budget = { epochs = 20 }
parameters = true
";

const DATA: &str = "x,y\n0,1\n1,3\n2,2\n3,5\n4,4\n5,7\n";

const WAYS: [&str; 7] = ["1 thread", "2 threads", "8 threads", "no packs", "1 shard", "3 shards", "8 shards"];

fn lab() -> Lab {
    let lab = Lab::with_plan(PLAN).file("points.csv", DATA);
    fs::create_dir(lab.path("temporary")).expect("a folder");
    lab
}

/// `verify plan.toml` with a folder for temporary files below the lab.
fn proving(lab: &Lab) -> Command {
    let mut command = lab.command(&["verify", "plan.toml"]);
    command.env("TMPDIR", lab.path("temporary"));
    command
}

/// Starts a proof, and changes something once the first way is done.
fn disturbed(lab: &Lab, disturb: impl Fn(&mut Child)) -> (Option<i32>, String, String) {
    let mut command = proving(lab);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let first = || {
        let folders = fs::read_dir(lab.path("temporary")).expect("a folder");
        folders.flatten().any(|folder| folder.path().join("1-thread/manifest.toml").exists())
    };
    for _ in 0..6000 {
        if first() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(first(), "no sweep was done in half a minute");
    disturb(&mut child);
    let [mut stdout, mut stderr] = [String::new(), String::new()];
    child.stdout.take().expect("a pipe").read_to_string(&mut stdout).expect("UTF-8");
    child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("UTF-8");
    assert!(width(&stdout) <= 80, "{stdout}");
    (child.wait().expect("a child").code(), stdout, stderr)
}

/// Replaces a file at one moment.
fn replace(path: &Path, text: &str) {
    let aside = path.with_extension("aside");
    fs::write(&aside, text).and_then(|()| fs::rename(&aside, path)).expect("writable");
}

#[test]
fn a_plan_is_the_same_in_every_way() {
    let lab = lab();
    let output = proving(&lab).output().expect("the program starts");
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
    assert_eq!((output.status.code(), &*stderr), (Some(0), ""), "{stdout}");
    assert!(width(&stdout) <= 80 && !stdout.contains('\u{1b}'), "{stdout}");
    for (way, result) in WAYS.iter().zip(["the first", "same", "same", "same", "same", "same", "same"]) {
        let line = stdout.lines().find(|line| line.starts_with(&format!("  {way} "))).expect(way);
        assert!(line.ends_with(&format!("  {result}")), "{line}");
    }
    let kills = stdout.lines().filter(|line| line.contains(" killed after "));
    let of_line = |line: &str| line.split_whitespace().next().and_then(|n| n.parse::<u32>().ok()).expect("a number");
    assert!(kills.clone().all(|line| line.ends_with("  same")) && kills.map(of_line).sum::<u32>() == 5, "{stdout}");
    lab.sweep(&[]);
    for name in ["parameters.csv", "rows.csv", "runs.csv", "summary.csv"] {
        let hash = blake3::hash(lab.read(&format!("out/{name}")).as_bytes()).to_hex();
        assert!(stdout.contains(&format!("\n{name:14} {hash}\n")), "{stdout}");
    }
    assert_eq!(lab.names("temporary"), [""; 0], "nothing is left");
}

#[test]
fn what_differs_is_named_and_kept() {
    let lab = lab();
    let other = |_: &mut Child| replace(&lab.path("points.csv"), &DATA.replace("5,7", "5,8"));
    let (code, stdout, stderr) = disturbed(&lab, other);
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    assert!(stdout.lines().any(|line| line.starts_with("  8 shards ") && line.ends_with("  DIFFERENT")), "{stdout}");
    let first = lab.names("temporary").into_iter().next().expect("a folder that is kept");
    let [one, other] = ["1-thread", "8-shards"].map(|way| {
        let table = lab.read(&format!("temporary/{first}/{way}/parameters.csv"));
        table.lines().nth(1).expect("a line").to_owned()
    });
    // The second line is the first that has a run's name in it.
    let said = format!("parameters.csv, line 2\n  1 thread        {one}\n  8 shards        {other}\n");
    assert!(stderr.contains(&said), "{stderr}");
    let kept = lab.path("temporary").join(first);
    let joined = stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(joined.ends_with(&format!("the folders are kept in {}", kept.display())), "{stderr}");
}

#[test]
fn a_child_that_fails_is_heard() {
    let lab = lab();
    let (code, _, stderr) = disturbed(&lab, |_| fs::remove_file(lab.path("points.csv")).expect("it is there"));
    assert_eq!(code, Some(2), "{stderr}");
    let joined = stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(joined.starts_with("error: a process ended with exit status: 2 cargo xtask sweep "), "{stderr}");
    assert!(joined.contains("and said error: problem \"points\": points.csv: no such file"), "{stderr}");
    assert_eq!(lab.names("temporary"), [""; 0], "nothing is left");
}

#[test]
#[cfg(unix)]
fn a_proof_that_is_stopped_leaves_nothing() {
    let lab = lab();
    let (code, _, stderr) = disturbed(&lab, |child| {
        let sent = Command::new("kill").arg(child.id().to_string()).status();
        assert!(sent.expect("kill").success());
    });
    assert_eq!((code, &*stderr), (Some(75), "stopped: what was compared is removed\n"));
    assert_eq!(lab.names("temporary"), [""; 0], "nothing is left");
}

/// The bundled plan is worth verifying with.
#[test]
fn the_bundled_plan_has_what_could_make_a_difference() {
    let text = fs::read_to_string(root().join("data/plans/verify.toml")).expect("the plan");
    let plan = Plan::parse(&text, "verify", &[], &catalogues()).unwrap_or_else(|errors| panic!("{errors}"));
    let sweep = Sweep::new(plan, Packing::Automatic).expect("a sweep");
    for precision in [Precision::F32, Precision::F64] {
        let of = |pack: &Vec<usize>| sweep.runs().get(pack[0]).cell.precision == precision;
        assert!(sweep.packs().iter().filter(of).any(|pack| pack.len() > 1), "packs in {}", precision.name());
        assert!(sweep.packs().iter().filter(of).any(|pack| pack.len() == 1), "single runs in {}", precision.name());
    }
    let plan = sweep.plan();
    assert!(plan.parameters && plan.estimators.len() > 1 && plan.rules.iter().any(|rule| rule.label == "armijo"));
    assert!(sweep.packs().len() >= 32, "every one of 8 shards has packs of its own");
}

/// A lab with a result in `out`.
fn with_result() -> Lab {
    let lab = lab();
    lab.sweep(&[]);
    lab
}

/// Checks `out`: exit status, standard output and error.
#[track_caller]
fn checked(lab: &Lab, arguments: &[&str]) -> (Option<i32>, String, String) {
    let said = lab.run(&[&["verify", "out"], arguments].concat());
    assert!(width(&said.stdout) <= 80 && width(&said.stderr) <= 80, "{}{}", said.stdout, said.stderr);
    (said.code, said.stdout, said.stderr)
}

/// Replaces text in a table; with `honest`, also the hash of the table in the manifest.
#[track_caller]
fn edit(lab: &Lab, table: &str, change: impl Fn(&str) -> String, honest: bool) {
    let path = lab.path(&format!("out/{table}"));
    let old = fs::read_to_string(&path).expect("a table");
    let new = change(&old);
    assert_ne!(old, new);
    fs::write(&path, &new).expect("writable");
    if honest {
        let [old, new] = [old, new].map(|text| blake3::hash(text.as_bytes()).to_hex().to_string());
        let manifest = lab.read("out/manifest.toml").replace(&old, &new);
        fs::write(lab.path("out/manifest.toml"), manifest).expect("writable");
    }
}

/// The first field of a line changed in its last digit.
fn nudged(line: &str) -> String {
    let (head, last) = line.split_at(line.len() - 1);
    format!("{head}{}", if last == "1" { "2" } else { "1" })
}

#[test]
fn a_result_is_as_it_was_written() {
    let lab = lab();
    lab.sweep(&["--set", "rates=[0.01,0.02,0.03,0.04,0.05,0.06]"]);
    assert!(lab.table("out/timings.csv").rows.iter().all(|run| run["lanes"] == "6"), "all runs are in packs");
    // Few of them run alone.
    for (sample, runs) in [("100%", "24 runs"), ("2", "2 runs")] {
        let (code, stdout, stderr) = checked(&lab, &["--sample", sample]);
        assert_eq!((code, &*stderr), (Some(0), ""), "{stdout}");
        assert!(!stdout.contains("DIFFERENT"), "{stdout}");
        for name in ["parameters.csv", "rows.csv", "runs.csv", "timings.csv", "summary.csv", "data", runs] {
            let found = stdout.lines().any(|line| line.starts_with(&format!("  {name} ")) && line.ends_with("  same"));
            assert!(found, "{name}: {stdout}");
        }
        assert!(stdout.ends_with("\nall is as it was written, and comes out the same again\n"), "{stdout}");
    }
}

#[test]
fn compressed_tables_are_compared_too() {
    let lab = lab();
    lab.sweep(&["--format", "csv.gz"]);
    let (code, stdout, stderr) = checked(&lab, &["--sample", "100%"]);
    assert_eq!((code, &*stderr), (Some(0), ""), "{stdout}");
    assert!(stdout.contains("  summary.csv     made again of runs.csv.gz "), "{stdout}");
    assert!(stdout.contains("  4 runs          executed again, of 4 "), "{stdout}");
    lab.sweep(&["--format", "parquet"]);
    let (code, stdout, _) = checked(&lab, &[]);
    assert!(code == Some(0) && stdout.contains("  runs            not executed, as no table is CSV "), "{stdout}");
}

#[test]
fn a_changed_table_has_another_hash() {
    for table in ["rows.csv", "runs.csv", "parameters.csv", "timings.csv"] {
        let lab = with_result();
        let old = blake3::hash(lab.read(&format!("out/{table}")).as_bytes()).to_hex();
        edit(&lab, table, |text| format!("{text}\n"), false);
        let new = blake3::hash(lab.read(&format!("out/{table}")).as_bytes()).to_hex();
        let (code, stdout, stderr) = checked(&lab, &[]);
        assert_eq!(code, Some(1), "{stdout}{stderr}");
        let said = format!("{table} is not the file that was written; BLAKE3\n  here      {new}\n  manifest  {old}\n");
        assert!(stderr.contains(&said), "{stderr}");
    }
    let lab = with_result();
    fs::remove_file(lab.path("out/rows.csv")).expect("it is there");
    let (code, stdout, _) = checked(&lab, &[]);
    assert!(code == Some(1) && stdout.contains("  rows.csv        no such file "), "{stdout}");
    let lab = with_result();
    edit(&lab, "summary.csv", |text| text.replace("adam", "adamw"), false);
    let (code, _, stderr) = checked(&lab, &[]);
    assert_eq!((code, &*stderr), (Some(1), "1 of 7 differ\nsummary.csv is not what runs.csv gives\n"));
}

/// Whoever changes a number and its hash is found out by executing the run again.
#[test]
fn a_changed_line_is_found_by_executing_its_run() {
    for table in ["rows.csv", "runs.csv", "parameters.csv"] {
        let lab = with_result();
        let line = lab.read(&format!("out/{table}")).lines().nth(2).expect("a line").to_owned();
        edit(&lab, table, |text| text.replace(&line, &nudged(&line)), true);
        let (code, stdout, stderr) = checked(&lab, &["--sample", "4"]);
        assert_eq!(code, Some(1), "{stdout}{stderr}");
        let place = format!("run {}, {table} line 3\n  in the table    ", &line[..16]);
        assert!(stderr.contains(&place), "{stderr}");
        assert!(stdout.lines().any(|line| line.starts_with("  4 runs ") && line.ends_with("  DIFFERENT")), "{stdout}");
    }
}

#[test]
fn another_plan_beside_the_tables_is_found() {
    let lab = with_result();
    std::fs::write(lab.path("out/plan.toml"), lab.read("out/plan.toml") + "# mine\n").unwrap();
    let (code, stdout, stderr) = checked(&lab, &[]);
    assert_eq!(code, Some(1), "{stdout}");
    assert!(stderr.contains("plan.toml is not the plan of the manifest"), "{stderr}");
}

#[test]
fn missing_and_additional_lines_are_found() {
    let lab = with_result();
    let last = lab.read("out/rows.csv").lines().last().expect("a line").to_owned();
    edit(&lab, "rows.csv", |text| text.replace(&format!("{last}\n"), ""), true);
    let (code, _, stderr) = checked(&lab, &["--sample", "100%"]);
    let head = format!("1 of 7 differ\nrun {}, rows.csv\n  in the table    (no line)\n  computed now    ", &last[..16]);
    assert!(code == Some(1) && stderr.starts_with(&head), "{stderr}");
    let lab = with_result();
    let count = lab.read("out/rows.csv").lines().count();
    edit(&lab, "rows.csv", |text| format!("{text}{last}\n"), true);
    let (code, _, stderr) = checked(&lab, &["--sample", "100%"]);
    let place = format!("run {}, rows.csv line {}\n", &last[..16], count + 1);
    assert!(code == Some(1) && stderr.contains(&place) && stderr.contains("computed now    (no line)"), "{stderr}");
}

#[test]
fn a_sample_is_a_function_of_its_key() {
    let lab = with_result();
    let line = lab.read("out/rows.csv").lines().nth(1).expect("a line").to_owned();
    edit(&lab, "rows.csv", |text| text.replace(&line, &nudged(&line)), true);
    let verdicts =
        || ["a", "b", "c", "d", "e", "f", "g", "h"].map(|key| checked(&lab, &["--sample", "1", "--key", key]).0);
    let found = verdicts();
    assert!(found.contains(&Some(0)) && found.contains(&Some(1)), "{found:?}");
    assert_eq!(found, verdicts());
    // A share is rounded up, and there is always a run.
    for (sample, name) in [("1%", "1 run "), ("26%", "2 runs "), ("9", "4 runs ")] {
        let (_, stdout, _) = checked(&lab, &["--sample", sample]);
        assert!(stdout.lines().any(|line| line.starts_with(&format!("  {name}"))), "{sample}: {stdout}");
    }
}

#[test]
fn other_data_is_named_and_nothing_is_executed() {
    let lab = with_result().file("points.csv", DATA.replace("5,7", "5,8"));
    let (code, stdout, stderr) = checked(&lab, &[]);
    assert_eq!(code, Some(1));
    assert!(stdout.contains("  runs            not executed, as the data is another"), "{stdout}");
    let said = "1 of 7 differ\nproblem \"points\": points.csv is not the data that the result was made of; BLAKE3\n";
    assert!(stderr.starts_with(said), "{stderr}");
}

#[test]
fn a_partial_result_is_checked_as_far_as_it_goes() {
    let lab = lab();
    lab.sweep(&["--shard", "1/2"]);
    let said = lab.run(&["verify", "out"]);
    let reason = "error: out has no manifest.toml, which is written with the tables, when all runs\n  are finished\n";
    assert_eq!((said.code, &*said.stdout, &*said.stderr), (Some(2), "", reason));
    lab.run(&["merge", "out", "--partial", "--quiet"]);
    let (code, stdout, stderr) = checked(&lab, &["--sample", "100%"]);
    assert_eq!((code, &*stderr), (Some(0), ""), "{stdout}");
    assert!(stdout.contains("  2 runs          executed again, of 2 "), "{stdout}");
}

#[test]
fn what_cannot_be_verified_is_refused() {
    let lab = Lab::with_plan(SMALL);
    fs::create_dir(lab.path("empty")).expect("a folder");
    for (arguments, words) in [
        (&["verify", "empty"][..], "empty is neither a plan nor a result folder: it has no plan.toml and no"),
        (
            &["verify", "plan.toml", "--key", "a"],
            "--sample and --key choose runs of a result folder, which plan.toml is",
        ),
        (&["verify", "--sample", "1"], "--sample and --key choose runs of a result folder, which a plan is not"),
        (&["verify", ".", "--sample", "0"], "takes 1, 2, …, or P% up to 100%"),
        (&["verify", ".", "--sample", "101%"], "takes 1, 2, …, or P% up to 100%"),
        (&["verify", "none"], "failed to read the plan none: No such file"),
    ] {
        let said = lab.run(arguments);
        assert_eq!((said.code, &*said.stdout), (Some(2), ""), "{arguments:?}");
        assert!(said.stderr.contains(words), "{arguments:?}: {}", said.stderr);
    }
}

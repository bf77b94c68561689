//! Results that are repeated from their manifest alone.

use crate::support::{Lab, SMALL, width};

const DATA: &str = "x,y\n0,1\n1,3\n2,2\n3,5\n4,4\n5,7\n";

/// A plan on a file, a rule with variants, and a combination to leave out.
const PLAN: &str = "\
name = \"mine\"
question = \"Does it come out the same again?\"
problems = { name = \"ridge\", label = \"points\", data = \"points.csv\", target = \"y\", l2 = 0.125 }
rules = [{ name = \"sgd\", momentum = [0.0, 0.9] }, \"adam\"]
rates = [0.01, 0.1]
batch-sizes = 2
replicates = 3
budget = { epochs = 4 }
parameters = true
[[exclude]]
rule = \"adam\"
rate = { min = 0.05 }
";

const TABLES: [&str; 4] = ["rows.csv", "runs.csv", "parameters.csv", "summary.csv"];

/// A lab with a result in `out`, and without its plan.
fn with_result() -> Lab {
    let lab = Lab::with_plan(PLAN).file("points.csv", DATA);
    lab.sweep(&[]);
    std::fs::remove_file(lab.path("plan.toml")).expect("the plan is there");
    lab
}

/// Changes the manifest of `out`.
#[track_caller]
fn edit(lab: &Lab, from: &str, to: &str) {
    let manifest = lab.read("out/manifest.toml");
    assert!(manifest.contains(from), "{manifest}");
    std::fs::write(lab.path("out/manifest.toml"), manifest.replace(from, to)).expect("writable");
}

/// Expects that a repetition is refused with these words.
#[track_caller]
fn refused(lab: &Lab, words: &[&str]) {
    let said = lab.run(&["sweep", "--from", "out/manifest.toml", "--out", "again"]);
    assert_eq!((said.code, &*said.stdout), (Some(2), ""), "{}", said.stderr);
    assert!(width(&said.stderr) <= 80, "{}", said.stderr);
    let joined = said.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in words {
        assert!(joined.contains(words), "{words}:\n{}", said.stderr);
    }
    assert!(!lab.path("again").exists(), "nothing was begun");
}

#[test]
fn a_manifest_is_enough_to_repeat_a_result() {
    let lab = with_result();
    for (from, out) in [("out/manifest.toml", "again"), ("out", "once more")] {
        let said = lab.run(&["sweep", "--from", from, "--out", out]);
        assert_eq!((said.code, &*said.stderr), (Some(0), ""));
        let last = said.stdout.lines().last();
        assert_eq!(last, Some("rows.csv, runs.csv, parameters.csv: the same bytes as out"), "{}", said.stdout);
        for name in TABLES {
            assert_eq!(lab.read(&format!("{out}/{name}")), lab.read(&format!("out/{name}")), "{name}");
        }
    }
    let said = lab.run(&["sweep", "--from", "out", "--quiet"]);
    assert_eq!((said.code, &*said.stdout, &*said.stderr), (Some(0), "", ""));
    assert_eq!(lab.read("results/mine/rows.csv"), lab.read("out/rows.csv"));
}

#[test]
fn a_repetition_that_only_reads_journals_says_so() {
    let lab = with_result();
    let said = lab.run(&["sweep", "--from", "out", "--out", "out"]);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    let text = said.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.ends_with("but all runs were finished before; --fresh computes them again"), "{text}");
    let said = lab.run(&["sweep", "--from", "out", "--out", "out", "--fresh", "--yes"]);
    assert!(said.stdout.ends_with(": the same bytes as out\n"), "{}", said.stdout);
}

#[test]
fn values_of_a_manifest_can_be_replaced() {
    let lab = with_result();
    let said = lab.run(&["sweep", "--from", "out", "--out", "again", "--replicates", "2", "--set", "rates=0.01"]);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    assert!(!said.stdout.contains("the same bytes"), "there is nothing to compare with: {}", said.stdout);
    let (all, some) = (lab.read("out/rows.csv"), lab.read("again/rows.csv"));
    assert_eq!(lab.table("again/runs.csv").rows.len(), 10, "each rule has its own rates in a resolved plan");
    assert!(some.lines().all(|line| all.contains(line)));
}

#[test]
fn other_bytes_are_an_error_that_names_the_tables() {
    let lab = with_result();
    let hash = blake3::hash(lab.read("out/rows.csv").as_bytes()).to_hex().to_string();
    edit(&lab, &hash, &"0".repeat(64));
    let said = lab.run(&["sweep", "--from", "out", "--out", "again", "--quiet"]);
    let expected = "NOT the same bytes as out: rows.csv\ncargo xtask verify out says more\n";
    assert_eq!((said.code, &*said.stdout, &*said.stderr), (Some(1), "", expected));
}

#[test]
fn a_manifest_of_another_schema_is_refused() {
    let lab = with_result();
    let own = format!("schema = {}", sgdlab_sweeps::SCHEMA);
    edit(&lab, &own, "schema = 2000");
    let ours = format!("this program computes the numbers of schema {}", sgdlab_sweeps::SCHEMA);
    refused(&lab, &["out/manifest.toml has schema = 2000", &ours]);
}

#[test]
fn a_plan_that_was_changed_in_a_manifest_is_refused() {
    let lab = with_result();
    edit(&lab, "replicates = 3", "replicates = 4");
    refused(&lab, &["out/manifest.toml: the plan behind [plan] was changed after the result was made"]);
}

#[test]
fn what_is_no_manifest_is_refused() {
    let lab = with_result();
    edit(&lab, "complete = true", "complete = maybe");
    let line = 1 + lab.read("out/manifest.toml").lines().position(|line| line.starts_with("complete")).expect("a line");
    refused(&lab, &[&format!("out/manifest.toml is no manifest of a result: line {line}: ")]);
    std::fs::write(lab.path("out/manifest.toml"), "a = 1\n").expect("writable");
    refused(&lab, &["out/manifest.toml is no manifest of a result", "missing field `schema`"]);
    std::fs::remove_file(lab.path("out/manifest.toml")).expect("it is there");
    refused(&lab, &["out has no manifest.toml, which is written with the tables, when all runs are finished"]);
    std::fs::remove_file(lab.path("out/plan.toml")).expect("it is there");
    refused(&lab, &["failed to read out/manifest.toml: No such file or directory"]);
}

#[test]
fn other_data_is_refused_with_both_hashes() {
    let lab = with_result().file("points.csv", DATA.replace("5,7", "5,8"));
    let hash = |text: &str| blake3::hash(text.as_bytes()).to_hex().to_string();
    let [old, new] = [hash(DATA), hash(&lab.read("points.csv"))];
    let words = "problem \"points\": points.csv is not the data that the result was made of; BLAKE3";
    refused(&lab, &[words, &format!("here {new} manifest {old}")]);
    // Whoever asks for other problems gets them.
    let problem = "problems={ name = \"ridge\", label = \"points\", data = \"points.csv\", target = \"y\" }";
    let said = lab.run(&["sweep", "--from", "out", "--out", "again", "--quiet", "--set", problem]);
    assert_eq!((said.code, &*said.stdout, &*said.stderr), (Some(0), "", ""));
}

#[test]
fn data_is_looked_for_from_the_current_folder() {
    let lab = with_result();
    std::fs::create_dir(lab.path("below")).expect("a folder");
    let mut command = lab.command(&["sweep", "--from", "../out/manifest.toml"]);
    let output = command.current_dir(lab.path("below")).output().expect("the program starts");
    let stderr = String::from_utf8(output.stderr).expect("output is UTF-8");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let place = format!("current folder, {};", lab.path("below").canonicalize().expect("a folder").display());
    let command = "\n  cargo xtask sweep plan.toml --quiet --out out\n";
    let joined = stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(joined.contains("problem \"points\": points.csv: no such file"), "{stderr}");
    assert!(joined.contains(&place) && stderr.contains(command), "{stderr}");
}

#[test]
fn a_plan_beside_a_manifest_is_refused() {
    let said = Lab::with_plan(SMALL).run(&["sweep", "plan.toml", "--from", "out/manifest.toml"]);
    assert_eq!((said.code, &*said.stdout), (Some(2), ""));
    assert!(said.stderr.contains("cannot be used with"), "{}", said.stderr);
}

//! The tables: their columns, diverged runs, and the summary by hand.

use std::collections::HashMap;

use sgdlab_sweeps::columns::{self, PARAMETERS, ROWS, RUNS, SUMMARY, TIMINGS};

use crate::support::{Lab, Table, number};

/// A rate that works and one that does not.
const DIVERGES: &str = "\
name = \"diverges\"
question = \"What happens to a run that diverges?\"
problems = \"line\"
rules = [\"sgd\", { name = \"sgd\", label = \"momentum\", momentum = 0.9 }]
rates = [0.05, 1e3]
batch-sizes = 10
replicates = 3
budget = { steps = 100 }
log = { every-steps = 10 }
targets = [1.0, 1e-9]
parameters = true
";

fn names(table: &columns::Table) -> Vec<String> {
    table.columns.iter().map(|column| column.name.to_owned()).collect()
}

fn swept() -> Lab {
    let lab = Lab::with_plan(DIVERGES);
    lab.sweep(&[]);
    lab
}

#[test]
fn the_headers_are_the_documented_columns() {
    let lab = swept();
    for table in [TIMINGS, PARAMETERS] {
        assert_eq!(lab.table(&format!("out/{}", table.file)).header, names(&table), "{}", table.file);
    }
    let curvature = names(&ROWS).iter().position(|name| name == "sharpness").expect("a column");
    assert_eq!(lab.table("out/rows.csv").header, names(&ROWS)[..curvature], "nothing asks for the others");
    lab.sweep(&["--set", "metrics=[\"sharpness\", \"noise-curvature\", \"hessian-trace\"]", "--fresh", "--yes"]);
    assert_eq!(lab.table("out/rows.csv").header, names(&ROWS));
    let mut runs = names(&RUNS);
    let targets = runs.split_off(runs.len() - 2);
    assert_eq!(targets, ["steps_to_<target>", "evaluations_to_<target>"]);
    for target in ["1", "1e-9"] {
        runs.extend(targets.iter().map(|name| name.replace("<target>", target)));
    }
    assert_eq!(lab.table("out/runs.csv").header, runs);
    let combination = ["problem", "precision", "sampler", "batch_size", "estimator", "schedule", "rule", "rate"];
    let mut summary: Vec<String> = combination.map(str::to_owned).to_vec();
    assert_eq!(names(&SUMMARY)[..4], ["problem … rate", "runs", "diverged", "failed"]);
    summary.extend(["runs", "diverged", "failed"].map(str::to_owned));
    let words = ["run", "replicate", "status", "diverged_at", "message"];
    let numeric = runs.iter().filter(|name| !words.contains(&name.as_str()) && !combination.contains(&name.as_str()));
    for name in numeric {
        summary.extend(["median", "q25", "q75"].map(|part| format!("{name}_{part}")));
    }
    assert_eq!(lab.table("out/summary.csv").header, summary);
}

#[test]
fn what_a_diverged_run_has_measured_is_written_as_it_is() {
    let plan = |problem: &str, metrics: &str| {
        format!(
            "name = \"leaves\"\nquestion = \"What do runs write that leave?\"\nproblems = {problem}\nrules = \"sgd\"\n\
             rates = 1e308\nreplicates = 1\nbudget = {{ steps = 3 }}\nlog = {{ every-steps = 1 }}\nmetrics = {metrics}\n"
        )
    };
    let held_out = "{ name = \"softmax\", data = \"iris\", test = 0.2 }";
    // The distance overflows.
    for (problem, metrics, written, ends) in [
        (held_out, "[\"test-value\", \"test-error\"]", [("test_value", "NaN"), ("gap", "")], ["inf", "1.0", ""]),
        ("\"line\"", "[\"gap\", \"distance\"]", [("gap", "NaN"), ("distance", "inf")], ["", "", "inf"]),
    ] {
        let lab = Lab::with_plan(&plan(problem, metrics));
        lab.sweep(&[]);
        let (runs, rows) = (lab.table("out/runs.csv").rows, lab.table("out/rows.csv").rows);
        let last = rows.last().expect("a row");
        assert!(number(last, "value").is_nan() && runs[0]["status"] == "diverged", "{last:?}");
        for (column, written) in written {
            assert_eq!(last[column], written, "{column} of {last:?}");
        }
        assert_eq!(["final_test_value", "final_test_error", "final_gap"].map(|column| &*runs[0][column]), ends);
    }
}

#[test]
fn a_diverged_run_is_a_row_and_the_sweep_goes_on() {
    let lab = swept();
    let (runs, rows) = (lab.table("out/runs.csv").rows, lab.table("out/rows.csv").rows);
    assert_eq!(runs.len(), 2 * 2 * 3);
    for run in &runs {
        let own: Vec<&HashMap<String, String>> = rows.iter().filter(|row| row["run"] == run["run"]).collect();
        let last = own.last().expect("every run has rows");
        assert_eq!(run["steps"], last["step"]);
        assert_eq!(run["evaluations"], last["evaluations"]);
        let values: Vec<f64> = own.iter().map(|row| number(row, "value")).collect();
        let limit = 1e10 * values[0].max(1.0);
        if run["rate"] == "1000.0" {
            assert_eq!((&*run["status"], &run["diverged_at"]), ("diverged", &last["step"]));
            assert!(run["diverged_at"] == "10" && own.len() == 2 && values[1].is_nan() | (values[1] > limit));
            assert_eq!((&*run["final_value"], &*run["final_gap"]), ("inf", ""));
        } else {
            assert_eq!((&*run["status"], &*run["diverged_at"]), ("done", ""));
            assert!(own.len() == 11 && values.iter().all(|value| *value <= limit));
            assert_eq!(number(run, "final_value"), values[10]);
        }
        assert_eq!(number(run, "first_value"), values[0]);
        assert_eq!(number(run, "best_value"), values.iter().copied().fold(f64::INFINITY, f64::min));
        let reached = own.iter().zip(&values).find(|(_, value)| **value <= 1.0);
        assert_eq!(run["steps_to_1"], reached.map_or("inf", |(row, _)| &*row["step"]));
        assert_eq!(run["steps_to_1e-9"], "inf");
    }
    let parameters = lab.table("out/parameters.csv").rows;
    assert_eq!(parameters.len(), 2 * rows.len(), "weight and bias at every logged step");
}

/// The three values of a column for the runs of a row of the summary, diverged ones as +∞, sorted.
fn replicates(runs: &Table, cell: &HashMap<String, String>, column: &str) -> Vec<f64> {
    let same = |run: &&HashMap<String, String>| ["rule", "rate"].iter().all(|axis| run[*axis] == cell[*axis]);
    let outcome = column.starts_with("best_") || column.starts_with("final_") || column.contains("_to_");
    let value = |run: &HashMap<String, String>| {
        if outcome && run["status"] == "diverged" { f64::INFINITY } else { number(run, column) }
    };
    let mut values: Vec<f64> = runs.rows.iter().filter(same).map(value).collect();
    values.sort_by(f64::total_cmp);
    values
}

#[test]
fn the_summary_is_what_a_person_computes() {
    let lab = swept();
    let (runs, summary) = (lab.table("out/runs.csv"), lab.table("out/summary.csv"));
    assert_eq!(summary.rows.len(), 4);
    for cell in &summary.rows {
        assert_eq!(cell["runs"], "3");
        assert_eq!(cell["failed"], "0");
        assert_eq!(cell["diverged"], if cell["rate"] == "1000.0" { "1" } else { "0" });
        for column in ["steps", "evaluations", "first_value", "best_value", "final_value", "steps_to_1"] {
            let [low, middle, high] = replicates(&runs, cell, column)[..] else { panic!("three replicates") };
            // The quartiles of three numbers lie halfway between the middle and the outer ones.
            for (part, expected) in
                [("median", middle), ("q25", 0.5 * low + 0.5 * middle), ("q75", 0.5 * middle + 0.5 * high)]
            {
                let found = number(cell, &format!("{column}_{part}"));
                let equal = found == expected || (found - expected).abs() <= 1e-15 * expected.abs();
                assert!(equal, "{column}_{part} of {cell:?}: {found} instead of {expected}");
            }
        }
        assert_eq!(cell["final_error_median"], "", "the line has no classes");
    }
}

#[test]
fn labels_with_commas_and_quotes_survive() {
    let label = "a, \"b\"";
    let plan = DIVERGES.replace("\"line\"", "{ name = \"line\", label = \"a, \\\"b\\\"\" }");
    let lab = Lab::with_plan(&plan);
    lab.sweep(&[]);
    for table in ["out/runs.csv", "out/summary.csv"] {
        assert!(lab.table(table).rows.iter().all(|row| row["problem"] == label), "{table}");
    }
}

//! `compare`: what it says and writes, and how it refuses.

use std::fs;

use crate::support::{Lab, Said, number, root, width};

/// Two rules of which one is better, and one rate that diverges.
const PLAN: &str = "\
name = \"pair\"
question = \"Is momentum faster?\"
problems = \"line\"
rules = [\"sgd\", { name = \"sgd\", label = \"momentum\", momentum = 0.9 }]
rates = [0.01, 0.1, 1e3]
batch-sizes = 10
replicates = 12
budget = { steps = 200 }
log = { per-decade = 24 }
targets = { metric = \"gap\", values = [0.1, 0.01] }
";

fn swept() -> Lab {
    let lab = Lab::with_plan(PLAN);
    lab.sweep(&[]);
    lab
}

#[track_caller]
fn compared(lab: &Lab, arguments: &[&str]) -> Said {
    let said = lab.run(&[&["compare"], arguments].concat());
    assert_eq!((said.code, &*said.stderr), (Some(0), ""), "{}", said.stdout);
    assert!(width(&said.stdout) <= 80, "{}", said.stdout);
    said
}

/// Text as if it was one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn refused(lab: &Lab, arguments: &[&str], message: &str) {
    let said = lab.run(&[&["compare"], arguments].concat());
    assert_eq!((said.code, &*said.stdout), (Some(2), ""), "{}", said.stderr);
    assert!(one_line(&said.stderr).contains(message), "{}", said.stderr);
}

#[test]
fn the_verdict_comes_first_and_every_table_is_named() {
    let lab = swept();
    let said = compared(&lab, &["out"]).stdout;
    assert!(said.starts_with("On line, "), "{said}");
    assert!(
        said.contains("settings chosen on replicates 0–5, scored on") && said.contains("replicates 6–11"),
        "{said}"
    );
    let named: Vec<&str> =
        said.lines().filter_map(|line| line.trim().split_once(".csv ").map(|(name, _)| name)).collect();
    let written: Vec<String> = lab.names("out/compare");
    assert_eq!(named.len(), written.len(), "{said}");
    assert!(named.iter().all(|name| written.contains(&format!("{name}.csv"))), "{written:?}");
    let ranking = lab.table("out/compare/ranking.csv").rows;
    assert_eq!(ranking.len(), 2);
    for row in &ranking {
        assert_eq!((number(row, "runs"), number(row, "tuning_runs")), (6.0, 6.0));
        assert_eq!((number(row, "all_runs"), number(row, "all_diverged")), (36.0, 12.0));
        // What the table of runs says about the fresh replicates at the chosen rate.
        let runs = lab.table("out/runs.csv").rows;
        let target = row["score"].rsplit(' ').next().expect("a target");
        let column = format!("evaluations_to_{target}");
        let fresh = runs
            .iter()
            .filter(|run| run["rule"] == row["rule"] && run["rate"] == row["rate"] && number(run, "replicate") >= 6.0);
        let mut costs: Vec<f64> = fresh.map(|run| number(run, &column)).collect();
        costs.sort_by(f64::total_cmp);
        assert_eq!(number(row, "median"), (costs[2] + costs[3]) / 2.0, "{costs:?}");
    }
    let pairs = lab.table("out/compare/pairs.csv").rows;
    assert!(pairs.iter().all(|pair| pair["shared_batches"] == "true" && number(pair, "pairs") == 6.0));
}

#[test]
fn every_format_and_every_time_says_the_same() {
    let lab = swept();
    let tables = |folder: &str| {
        let names = lab.names(&format!("{folder}/compare"));
        names.iter().map(|name| (name.clone(), lab.read(&format!("{folder}/compare/{name}")))).collect::<Vec<_>>()
    };
    let first = compared(&lab, &["out"]).stdout;
    let expected = tables("out");
    assert_eq!(compared(&lab, &["out"]).stdout, first);
    for format in ["csv.gz", "parquet"] {
        let said = lab.run(&["sweep", "plan.toml", "--quiet", "--out", format, "--format", format]);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        let said = compared(&lab, &[format]).stdout;
        assert_eq!(said.replace(&format!("tables in {format}"), "tables in out"), first);
        // Seconds are measured anew.
        let without = |tables: &[(String, String)]| {
            tables.iter().filter(|(name, _)| name != "ranking.csv").cloned().collect::<Vec<_>>()
        };
        assert_eq!(without(&tables(format)), without(&expected), "{format}");
    }
    let other = compared(&lab, &["out", "--key", "another", "--out", "elsewhere"]).stdout;
    assert!(other.contains("tables in elsewhere"), "{other}");
}

#[test]
fn targets_metrics_budgets_and_splits_are_taken_as_asked() {
    let lab = swept();
    let said = compared(&lab, &["out", "--target", "0.5"]).stdout;
    assert!(said.contains("term gradients until gap ≤ 0.5"), "{said}");
    let said = compared(&lab, &["out", "--metric", "value"]).stdout;
    assert!(said.contains("final value"), "{said}");
    let said = compared(&lab, &["out", "--budget", "20", "--target", "1e-30"]).stdout;
    assert!(said.starts_with("No rule reached any target in the median."), "{said}");
    let said = compared(&lab, &["out", "--tune", "2"]).stdout;
    assert!(said.contains("chosen on replicates 0–1"), "{said}");
    let said = compared(&lab, &["out", "--tune", "all"]).stdout;
    assert!(said.contains("chosen and scored on replicates 0–11"), "{said}");
    let said = compared(&lab, &["out", "--default", "sgd=0.01"]).stdout;
    assert!(said.contains("at sgd 0.01"), "{said}");
    refused(&lab, &["out", "--metric", "gab"], "no metric \"gab\"; did you mean \"gap\"?");
    refused(
        &lab,
        &["out", "--default", "momentun=0.1"],
        "no rule \"momentun\" to have a default rate; did you mean \"momentum\"?",
    );
    let said = lab.run(&["compare", "out", "--default", "sgd=0.5"]);
    assert!(one_line(&said.stderr).contains("sgd was not tried at its default rate 0.5, only at 0.01, 0.1, 1000"));
    for wish in ["12", "99", "1%"] {
        let message = format!(
            "tune = {wish} leaves no replicates to choose settings on or none to score them on, of 12; accepted is from 1 to 11"
        );
        refused(&lab, &["out", "--tune", wish], &message);
    }
    refused(&lab, &["out", "--budget", "-5"], "not a finite number above 0");
    refused(&lab, &[&"x".repeat(300)], "it cannot be read");
    refused(&lab, &["out", "--tune", "half"], "neither a number of replicates");
    refused(&lab, &["out", "--target", "small"], "not a finite number");
    refused(&lab, &["nowhere"], "nowhere: there is no such folder or file");
    refused(&lab, &["plan.toml"], "say with --map FILE.toml what its columns are");
}

#[test]
fn a_table_that_was_cut_off_is_no_result() {
    let lab = swept();
    let (rows, runs) = (lab.read("out/rows.csv"), lab.read("out/runs.csv"));
    let lines = |text: &str, count: usize| text.split_inclusive('\n').take(count).collect::<String>();
    let write = |name: &str, text: &str| fs::write(lab.path("out").join(name), text).expect("the folder is writable");
    write("runs.csv", &lines(&runs, 40));
    refused(&lab, &["out"], "39 runs, where manifest.toml says 72");
    write("runs.csv", &runs[..runs.len() - 7]);
    refused(&lab, &["out"], "the file was cut off");
    write("runs.csv", &runs);
    write("rows.csv", &lines(&rows, rows.lines().count() / 2));
    refused(&lab, &["out"], "it was cut off");
    write("rows.csv", "");
    refused(&lab, &["out"], "the file is empty, without even a header");
    write("rows.csv", &rows);
    write("manifest.toml", &lab.read("out/manifest.toml").replace("\nschema = ", "\nschema = 9"));
    refused(&lab, &["out"], "use a newer program");
}

#[test]
fn the_newest_schema_is_understood() {
    assert_eq!(sgdlab_reports::reading::SCHEMA, sgdlab_sweeps::SCHEMA);
}

#[test]
fn results_side_by_side_say_what_changed_and_whether_it_is_real() {
    let lab = swept();
    lab.run(&["sweep", "plan.toml", "--quiet", "--out", "again"]);
    let said = compared(&lab, &["out", "again"]).stdout;
    assert!(said.starts_with("Nothing changed: all 72 runs that both have end with the same scores."), "{said}");
    assert!(said.contains("plan, data and programs are the same"), "{said}");
    let plan = PLAN.replace("momentum = 0.9", "momentum = 0.5").replace("0.1, 1e3", "0.1, 0.2");
    fs::write(lab.path("other.toml"), plan).expect("the folder is writable");
    lab.run(&["sweep", "other.toml", "--quiet", "--out", "other"]);
    let said = compared(&lab, &["out", "other", "--out", "changes"]).stdout;
    assert!(said.contains("first   momentum = 0.9, rates = 1000\n    second  momentum = 0.5, rates = 0.2"), "{said}");
    assert!(said.contains("4 combinations are in both, 2 only in the first, 2 only in the second"), "{said}");
    assert!(
        one_line(&said).contains("paired by the random numbers")
            && one_line(&said).contains("beyond chance for momentum."),
        "{said}"
    );
    let shifts = lab.table("changes/shifts.csv").rows;
    let of = |rule: &str| shifts.iter().find(|row| row["rule"] == rule).expect("a row for the rule");
    assert_eq!((&*of("sgd")["same"], &*of("sgd")["runs"], &*of("sgd")["p"]), ("24", "24", "1"));
    assert!(number(of("momentum"), "holm_p") < 0.01 && number(of("momentum"), "median_effect") > 1.0);
}

#[test]
fn a_few_runs_that_reach_the_target_at_last_are_no_change_in_the_median() {
    let lab = swept();
    lab.run(&["sweep", "plan.toml", "--quiet", "--out", "again"]);
    let table = lab.read("out/runs.csv");
    let names: Vec<&str> = table.lines().next().expect("a header").split(',').collect();
    let at = |name: &str| names.iter().position(|known| *known == name).expect("a column");
    // In eight of the twelve replicates one of six runs is the only one that differs.
    let write = |folder: &str, cost: &str| {
        let line = |line: &str| {
            let mut fields: Vec<&str> = line.split(',').collect();
            let early = fields[at("replicate")].parse::<u32>().is_ok_and(|replicate| replicate < 8);
            if fields[at("rule")] == "sgd" && fields[at("rate")] == "0.1" && early {
                let costs = (0..names.len()).filter(|column| names[*column].contains("_to_"));
                costs.for_each(|column| fields[column] = cost);
            }
            fields.join(",") + "\n"
        };
        let text: String = table.lines().map(line).collect();
        fs::write(lab.path(folder).join("runs.csv"), text).expect("the folder is writable");
    };
    write("out", "inf");
    write("again", "50");
    let said = one_line(&compared(&lab, &["out", "again"]).stdout);
    let verdict = "The second result has in the median the scores of the first: no change (p = 1, paired by the random \
                   numbers that they share, 12 units)";
    assert!(said.starts_with(verdict), "{said}");
    let counts = "Of 72 runs 64 have the same score, 8 a smaller and 0 a larger one: 8 went from no finite score to one, 0 \
                  the other way.";
    assert!(said.contains(counts), "{said}");
    let shifts = lab.table("out/compare/shifts.csv").rows;
    let all = shifts.iter().find(|row| row["rule"] == "all").expect("everything together");
    assert_eq!((&*all["effect"], &*all["low"], &*all["high"], &*all["p"], &*all["gained"]), ("1", "1", "1", "1", "8"));
}

#[test]
fn a_log_of_another_program_goes_through_its_mapping() {
    let lab = Lab::new();
    let data = |name: &str| root().join("data/tables").join(name).display().to_string();
    let said = compared(&lab, &[&data("optuna.csv"), "--map", &data("optuna.toml"), "--out", "tables"]).stdout;
    assert!(said.starts_with("On cifar10, adam needs the fewest samples until validation loss ≤ 0.5:"), "{said}");
    assert!(said.contains("vision: Which optimizer needs the fewest samples"), "{said}");
    assert!(said.contains("at the default rate the score is"), "{said}");
    refused(&lab, &[&data("optuna.csv")], "say with --map FILE.toml what its columns are");
}

#[test]
fn rows_of_several_runs_are_not_taken_for_one() {
    const MAP: &str = "targets = [0.5]\n[columns]\nrule = \"rule\"\nstep = \"step\"\nvalue = \"loss\"\n";
    // Seeds one after the other, and rates side by side.
    let seeds = "rule,seed,step,loss\nsgd,0,0,1\nsgd,0,1,0.4\nsgd,1,0,1\nsgd,1,1,0.6\n";
    let rates = "rule,lr,note,step,loss\nsgd,0.1,x,0,1\nsgd,0.2,x,0,1\nsgd,0.1,x,1,0.4\nsgd,0.2,x,1,0.3\n";
    let twice = "rule,step,loss\nsgd,0,1\nsgd,1,0.4\nsgd,1,0.4\n";
    let lab = Lab::new().file("map.toml", MAP).file("seeds.csv", seeds).file("rates.csv", rates);
    let lab = lab.file("twice.csv", twice);
    let lab = lab.file("full.toml", MAP.replace("[columns]\n", "[columns]\nreplicate = \"seed\"\n"));
    let lab = lab.file("wandb.csv", "rule,step,loss\nsgd,0,1\nsgd,0,\nsgd,1,0.4\nsgd,1,\n");
    let first = "seeds.csv, line 4: the run with rule = sgd has another row with step = 0, line 2; they differ in seed, which \
                 [columns] does not name: probably one of these is the replicate, the rate, or another `run`";
    refused(&lab, &["seeds.csv", "--map", "map.toml"], first);
    let second =
        "rates.csv, line 3: the run with rule = sgd has another row with step = 0, line 2; they differ in lr, which";
    refused(&lab, &["rates.csv", "--map", "map.toml"], second);
    refused(
        &lab,
        &["twice.csv", "--map", "map.toml"],
        "line 4: the run with rule = sgd has another row with step = 1, line 3; \
                                                      the table has this row twice",
    );
    for (table, map) in [("seeds.csv", "full.toml"), ("wandb.csv", "map.toml")] {
        let said = lab.run(&["compare", table, "--map", map]);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
    }
}

#[test]
fn tables_that_say_nothing_or_seem_to_have_one_column_are_refused() {
    const MAP: &str = "[columns]\nrule = \"rule\"\nvalue = \"loss\"\n";
    let lab = Lab::new().file("map.toml", MAP).file("empty.csv", "rule,loss\n").file("semi.csv", "rule;loss\nsgd;1\n");
    refused(&lab, &["empty.csv", "--map", "map.toml"], "empty.csv: the table has no rows");
    let message =
        "semi.csv: its only column is \"rule;loss\": say in the mapping what is between two fields, delimiter = ';'";
    refused(&lab, &["semi.csv", "--map", "map.toml"], message);
}

#[test]
fn nothing_of_a_label_reaches_the_terminal_raw() {
    const MAP: &str = "[columns]\nrule = \"rule\"\nvalue = \"loss\"\n";
    let lab = Lab::new()
        .file("map.toml", MAP)
        .file("t.csv", "rule,loss\na\u{1b}[31m,1\na\u{1b}[31m,1\nb\u{202e},2\nb\u{202e},2\n");
    let said = compared(&lab, &["t.csv", "--map", "map.toml"]).stdout;
    assert!(
        !said.contains(['\u{1b}', '\u{202e}']) && said.contains("\\u{1b}[31m") && said.contains("\\u{202e}"),
        "{said}"
    );
}

#[test]
fn rules_that_all_tie_are_said_to() {
    const MAP: &str = "[columns]\nproblem = \"p\"\nrule = \"rule\"\nreplicate = \"seed\"\nvalue = \"loss\"\n";
    let mut table = "p,rule,seed,loss\n".to_owned();
    for (p, rule) in [("x", "a"), ("x", "b"), ("y", "a"), ("y", "b")] {
        (0..12).for_each(|seed| table += &format!("{p},{rule},{seed},{}\n", 1 + seed));
    }
    let lab = Lab::new().file("map.toml", MAP).file("t.csv", &table);
    let said = one_line(&compared(&lab, &["t.csv", "--map", "map.toml"]).stdout);
    assert!(
        said.starts_with(
            "Over 2 problems all 2 rules tie: each has the mean place 1.50 of 2; a cannot be told apart from b."
        ),
        "{said}"
    );
    let outlook = lab.table("t.compare/outlook.csv").rows;
    assert!(!outlook.is_empty() && outlook.iter().all(|row| row["place"] == "1.5"));
}

#[test]
fn a_single_replicate_is_said_to_be_too_few() {
    let lab = Lab::with_plan(&PLAN.replace("replicates = 12", "replicates = 1"));
    lab.sweep(&[]);
    let said = compared(&lab, &["out"]).stdout;
    let one_line = one_line(&said);
    assert!(one_line.contains("not enough replicates to say whether that is chance"), "{said}");
    assert!(one_line.contains("there is one replicate only"), "{said}");
}

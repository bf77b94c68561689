//! Every estimator in sweeps: with rules that ask for more than a gradient, in budgets, and in memory.

use std::collections::{HashMap, HashSet};

use sgdlab_estimators::entries;

use crate::support::{Lab, Table, number};

/// Batches of 10 of 50 terms: 5 steps an epoch.
const PLAN: &str = "\
name = \"estimators\"
question = \"Does every estimator go with every rule?\"
problems = \"line\"
rules = [\"sgd\", \"adam\", \"nag\", \"polyak-sgd\"]
rates = [0.01, 0.02]
batch-sizes = 10
replicates = 2
budget = { evaluations = 1000 }
log = { every-steps = 1 }
";

/// Evaluations after t steps, from the entry's cost; for coins a part that they cannot change.
fn expected(estimator: &str, t: u64) -> u64 {
    match estimator {
        _ if t == 0 => 0,
        "plain" | "sag" => 10 * t,
        "saga" => 50 + 10 * t,
        "svrg" => 50 * t.div_ceil(10) + 20 * t,
        "sarah" => 50 * t.div_ceil(5) + 20 * (t - t.div_ceil(5)),
        "storm" => 20 * t - 10,
        "sam" | "extragradient" => 20 * t,
        "l-svrg" => 50 + 20 * t,
        "page" => 50 + 20 * (t - 1),
        other => panic!("what does {other} cost?"),
    }
}

/// What a full gradient costs more than the rest of a step, if coins decide about it.
fn worth(estimator: &str) -> u64 {
    match estimator {
        "l-svrg" => 50,
        "page" => 30,
        _ => 0,
    }
}

fn swept(axes: &str) -> (Table, Table) {
    let lab = Lab::with_plan(&format!("{PLAN}{axes}"));
    lab.sweep(&[]);
    (lab.table("out/runs.csv"), lab.table("out/rows.csv"))
}

fn all() -> String {
    format!("estimators = {:?}\n", entries().iter().map(|entry| entry.name).collect::<Vec<_>>())
}

/// The logged evaluations of every run.
fn paths(rows: &Table) -> HashMap<&str, Vec<u64>> {
    let mut paths: HashMap<&str, Vec<u64>> = HashMap::new();
    for row in &rows.rows {
        paths.entry(&row["run"]).or_default().push(number(row, "evaluations") as u64);
    }
    paths
}

#[test]
fn every_estimator_pays_what_it_says_with_every_rule() {
    let (runs, rows) = swept(&all());
    assert_eq!(runs.rows.len(), entries().len() * 4 * 2 * 2);
    let paths = paths(&rows);
    let mut coins: HashMap<(&str, &str), HashSet<&[u64]>> = HashMap::new();
    for run in &runs.rows {
        let (estimator, path) = (&*run["estimator"], &paths[&*run["run"]]);
        assert_eq!(run["status"], "done", "{run:?}");
        for (t, &found) in path.iter().enumerate() {
            let (least, worth) = (expected(estimator, t as u64), worth(estimator));
            let fits = if worth == 0 { found == least } else { found >= least && (found - least) % worth == 0 };
            assert!(fits, "{estimator}, step {t}: {found} evaluations");
        }
        let before = path[path.len() - 2];
        if worth(estimator) == 0 {
            assert!(before < 1000 && path[path.len() - 1] >= 1000, "{estimator}: {path:?}");
        } else {
            coins.entry((estimator, &run["replicate"])).or_default().insert(path);
        }
    }
    // All runs of a replicate see the same coins, another replicate sees others.
    assert!(coins.len() == 4 && coins.values().all(|paths| paths.len() == 1), "{coins:?}");
    for estimator in ["l-svrg", "page"] {
        assert_ne!(coins[&(estimator, "0")], coins[&(estimator, "1")], "{estimator}");
    }
}

/// No two estimators lead a rule to the same value.
#[test]
fn every_estimator_matters_to_every_rule() {
    let (runs, _) = swept(&all());
    let mut values: HashMap<_, HashSet<&str>> = HashMap::new();
    for run in &runs.rows {
        let rest = ["rule", "rate", "replicate"].map(|axis| &*run[axis]);
        assert!(values.entry(rest).or_default().insert(&run["final_value"]), "{run:?}");
    }
    assert!(values.values().all(|values| values.len() == entries().len()));
}

/// The plan format knows the hyperparameters; short batches are rescaled.
#[test]
fn estimators_have_hyperparameters_in_plans() {
    let (runs, _) = swept(
        "estimators = [\"plain\", { name = \"saga\" }, { name = \"sag\", initial = \"gradients\" },\n\
         { name = \"storm\", a = [0.1, 0.5] }, { name = \"page\", probability = 0.5 },\n\
         { name = \"extragradient\", step = 0.5, sample = \"independent\" }]\n\
         samplers = { name = \"reshuffle\", remainder = \"rescale\" }\n",
    );
    let found: HashSet<&str> = runs.rows.iter().map(|run| &*run["estimator"]).collect();
    assert_eq!((runs.rows.len(), found.len()), (7 * 4 * 2 * 2, 7), "{found:?}");
}

/// 1 797 images in a network of 150 010 parameters: 2.16 GB in double precision.
#[test]
fn a_table_that_would_not_fit_is_refused() {
    let plan = |estimator: &str, precision: &str| {
        Lab::with_plan(&format!(
            "name = \"large\"\nquestion = \"Does it fit?\"\nrules = \"sgd\"\nrates = 0.1\nbudget = {{ steps = 10 }}\n\
             problems = {{ name = \"mlp\", data = \"digits\", hidden = [2000] }}\nestimators = \"{estimator}\"\n\
             precision = \"{precision}\"\n"
        ))
        .run(&["sweep", "plan.toml", "--dry-run"])
    };
    for estimator in ["saga", "sag"] {
        let said = plan(estimator, "f64");
        assert_eq!((said.code, &*said.stdout), (Some(2), ""));
        let message = "error: problem \"mlp\": 2156543760 bytes for the estimator's table of a gradient per term, \
                       where at most 2147483648 are accepted";
        assert_eq!(said.stderr.split_whitespace().collect::<Vec<_>>().join(" "), message);
        assert_eq!(plan(estimator, "f32").code, Some(0));
    }
    assert_eq!(plan("svrg", "f64").code, Some(0));
}

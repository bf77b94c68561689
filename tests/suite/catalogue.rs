//! `list`, `show`, `schema`, help, and the bundled plans.

use sgdlab_core::Entry;
use sgdlab_sweeps::columns::TABLES;

use crate::support::{Lab, root, width};

const PLANS: [&str; 5] = ["digits", "iris", "line", "toy-sweep", "verify"];

/// Every kind in plural and singular, with its entries.
fn kinds() -> [(&'static str, &'static str, Vec<&'static Entry>); 6] {
    [
        ("rules", "rule", sgdlab_optimizers::entries()),
        ("losses", "loss", [sgdlab_losses::entries(), sgdlab_losses::multiclass_entries()].concat()),
        ("samplers", "sampler", sgdlab_samplers::entries()),
        ("objectives", "objective", sgdlab_sweeps::objectives()),
        ("schedules", "schedule", sgdlab_optimizers::schedules::entries()),
        ("estimators", "estimator", sgdlab_estimators::entries()),
    ]
}

/// What a command prints, which fits a terminal.
#[track_caller]
fn printed(arguments: &[&str]) -> String {
    let said = Lab::new().run(arguments);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""), "{arguments:?}");
    assert!(width(&said.stdout) <= 80, "{arguments:?} is {} wide:\n{}", width(&said.stdout), said.stdout);
    said.stdout
}

/// The text with every run of white space as one space.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_entry_is_listed_and_shown_with_its_formula() {
    let everything = printed(&["list"]);
    for (kind, singular, entries) in kinds() {
        assert!(!entries.is_empty());
        let list = printed(&["list", kind]);
        assert!(everything.contains(&list), "{kind}");
        for entry in entries {
            assert!(list.contains(&format!("  {}  ", entry.name)), "{}", entry.name);
            assert!(joined(&list).contains(&joined(entry.summary)), "{}", entry.name);
            let page = printed(&["show", kind, entry.name]);
            for part in [entry.summary, entry.formula, entry.conventions, entry.cost, entry.reference] {
                assert!(!part.is_empty() && joined(&page).contains(&joined(part)), "{}: {part}", entry.name);
            }
            for name in entry.hyperparameters.iter().map(|h| h.name).chain(entry.dialects.iter().map(|d| d.name)) {
                assert!(page.contains(name), "{}: {name}", entry.name);
            }
            assert_eq!(page, printed(&["show", singular, entry.name]));
        }
    }
}

#[test]
fn every_column_is_listed_and_shown() {
    let list = printed(&["list", "columns"]);
    for column in TABLES.iter().flat_map(|table| table.columns) {
        assert!(list.contains(column.name));
        assert!(joined(&printed(&["show", "columns", column.name])).contains(&joined(column.meaning)));
    }
}

#[test]
fn every_bundled_plan_is_listed_shown_and_accepted() {
    let list = printed(&["list", "plans"]);
    for plan in PLANS {
        assert!(list.contains(&format!("  {plan}  ")), "{plan}");
        assert!(printed(&["sweep", plan, "--dry-run"]).starts_with(&format!("{plan}: ")));
        // A plan is shown as it is in its file, however wide that is.
        let shown = Lab::new().run(&["show", "plans", plan]);
        let file = std::fs::read_to_string(root().join(format!("data/plans/{plan}.toml"))).unwrap();
        assert_eq!((shown.code, shown.stdout), (Some(0), file));
    }
    let files = std::fs::read_dir(root().join("data/plans")).unwrap();
    let toml = files.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|end| end == "toml"));
    assert_eq!(toml.count(), PLANS.len(), "every plan in data/plans is bundled");
}

#[test]
fn an_unknown_name_gets_the_known_ones() {
    for (kind, _, entries) in kinds() {
        let said = Lab::new().run(&["show", kind, "nonsense"]);
        assert_eq!((said.code, &*said.stdout), (Some(2), ""));
        let names: Vec<&str> = entries.iter().map(|entry| entry.name).collect();
        let message = format!("error: there is no \"nonsense\" among the {kind}: {}", names.join(", "));
        assert_eq!(joined(&said.stderr), message);
        assert!(width(&said.stderr) <= 80);
    }
    let said = Lab::new().run(&["show", "plans", "nonsense"]);
    assert_eq!(joined(&said.stderr), format!("error: there is no \"nonsense\" among the plans: {}", PLANS.join(", ")));
}

#[test]
fn an_unknown_kind_gets_the_known_ones() {
    let said = Lab::new().run(&["show", "nonsense", "sgd"]);
    assert_eq!((said.code, &*said.stdout), (Some(2), ""));
    for (kind, _, _) in kinds() {
        assert!(said.stderr.contains(kind), "{}", said.stderr);
    }
}

#[test]
fn help_fits_a_terminal() {
    for arguments in [
        &["--help"][..],
        &["-h"],
        &["sweep", "--help"],
        &["sweep", "-h"],
        &["list", "--help"],
        &["show", "--help"],
        &["schema", "--help"],
        &["help", "sweep"],
    ] {
        assert!(printed(arguments).contains("Usage: cargo xtask"), "{arguments:?}");
    }
}

#[test]
fn the_schema_in_the_repository_is_the_printed_one() {
    let said = Lab::new().run(&["schema"]);
    let file = std::fs::read_to_string(root().join("data/plans/plan.schema.json")).unwrap();
    assert!(said.code == Some(0) && said.stdout == file, "write it anew: cargo xtask schema");
}

#[test]
fn the_toy_sweep_is_the_work_it_is_compared_by() {
    let text = printed(&["sweep", "toy-sweep", "--dry-run"]);
    for line in ["  cells    640", "  runs     6 400 (10 replicates)", "  updates  10 880 000"] {
        assert!(text.lines().any(|found| found == line), "{text}");
    }
}

#[test]
fn a_command_that_does_not_exist_is_refused() {
    let said = Lab::new().run(&["swep"]);
    assert_eq!((said.code, &*said.stdout), (Some(2), ""));
    assert!(said.stderr.contains("a similar subcommand exists: 'sweep'"), "{}", said.stderr);
}

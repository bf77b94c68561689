//! `explain`, and the catalogue in Markdown.

use crate::support::{Lab, root, width};

/// What a command prints, which fits a terminal.
#[track_caller]
fn printed(lab: &Lab, arguments: &[&str]) -> String {
    let said = lab.run(arguments);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""), "{arguments:?}");
    assert!(width(&said.stdout) <= 80, "{arguments:?} is {} wide:\n{}", width(&said.stdout), said.stdout);
    said.stdout
}

#[track_caller]
fn check_refused(arguments: &[&str], parts: &[&str]) {
    let said = Lab::new().run(&[&["explain"], arguments].concat());
    assert_eq!((said.code, &*said.stdout), (Some(2), ""), "{arguments:?}");
    let error = said.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in parts {
        assert!(error.contains(part), "{arguments:?}: {error} lacks {part}");
    }
}

#[test]
fn every_rule_is_explained_in_every_dialect() {
    let lab = Lab::new();
    let list = printed(&lab, &["explain"]);
    for entry in sgdlab_optimizers::entries() {
        assert!(list.contains(entry.name), "{}", entry.name);
        let names = entry.dialects.iter().map(|dialect| format!("{}/{}", entry.name, dialect.name));
        for name in if entry.dialects.is_empty() { vec![entry.name.to_owned()] } else { names.collect() } {
            let page = printed(&lab, &["explain", &name]);
            assert!(page.starts_with(&format!("{name}:")), "{page}");
            for part in ["  first step", "  impulse fades", "  translation of x", "  constant", "at the rate 0.01"] {
                assert!(page.split_whitespace().collect::<Vec<_>>().join(" ").contains(part.trim()), "{name}: {part}");
            }
        }
    }
}

#[test]
fn every_pair_of_dialects_is_compared() {
    let lab = Lab::new();
    for entry in sgdlab_optimizers::entries() {
        for pair in entry.dialects.windows(2) {
            let name = format!("{}/{}", entry.name, pair[0].name);
            let page = printed(&lab, &["explain", &name, "--against", pair[1].name]);
            assert!(page.starts_with(&format!("{name} against {}/{}\n", entry.name, pair[1].name)), "{page}");
            assert!(page.contains("formula") || page.contains("lines that read differently"), "{page}");
        }
    }
}

#[test]
fn figures_and_tables_are_written_and_the_same_each_time() {
    let lab = Lab::new();
    let mut figures = Vec::new();
    for name in ["one.svg", "two.svg"] {
        printed(&lab, &["explain", "sgd", "momentum=0.9", "--rate", "0.1", "--figure", name, "--csv", "table.csv"]);
        figures.push(lab.read(name));
    }
    assert_eq!(figures[0], figures[1]);
    for part in
        ["<svg", "sgd/torch", "at the rate 0.1", "impulse", "sign flip", "scaled: × 1000", "rotated: new", "step"]
    {
        assert!(figures[0].contains(part), "{part}");
    }
    assert!(figures[0].len() < 50_000, "{} bytes", figures[0].len());
    let table = lab.table("table.csv");
    assert_eq!(table.header, ["rule", "stimulus", "series", "step", "update_per_rate"]);
    assert_eq!(table.rows.len(), 8 * 30);
    let of = |stimulus: &str, step: &str| {
        let row = table.rows.iter().find(|row| row["stimulus"] == stimulus && row["step"] == step).expect("a row");
        row["update_per_rate"].parse::<f64>().expect("a number")
    };
    assert!((of("constant", "3") - 2.71).abs() < 1e-12 && (of("impulse", "3") - 0.81).abs() < 1e-12);
    printed(&lab, &["explain", "adam", "--against", "amsgrad", "--figure", "both.svg"]);
    assert!(lab.read("both.svg").contains("adam/torch and amsgrad/optax"));
}

#[test]
fn what_is_wrong_is_named_with_what_is_right() {
    check_refused(&["adm"], &["no rule is called \"adm\"", "did you mean \"adam\"?"]);
    check_refused(&["adam/tourch"], &["no dialect \"tourch\"", "torch, optax, paper", "did you mean \"torch\"?"]);
    check_refused(&["adam", "bet2=0.9"], &["no hyperparameter \"bet2\"", "beta1, beta2", "did you mean \"beta"]);
    check_refused(&["adam", "--set", "beta2=1"], &["beta2 = 1.0 is not accepted: it takes a number in [0, 1)"]);
    check_refused(&["adam", "beta2=high"], &["beta2 = high is not accepted: it takes a number in [0, 1)"]);
    check_refused(&["adam", "beta2"], &["\"beta2\" is not KEY=VALUE"]);
    check_refused(&["adam/optax", "maximize=true"], &["maximize = true is not accepted", "lacks it"]);
    check_refused(&["adam", "--against", "optix"], &["no rule is called \"optix\"", "torch, optax, paper"]);
    check_refused(&["adam", "--rate", "0"], &["--rate 0 is not accepted: it takes a number > 0"]);
    check_refused(&["--against", "adam"], &["a rule is needed"]);
    check_refused(&["adam", "--figure", "/dev/null/a.svg"], &["failed to make /dev/null"]);
}

#[test]
fn a_key_of_one_of_two_rules_is_set_there() {
    let page = printed(&Lab::new(), &["explain", "adam", "--against", "amsgrad", "amsgrad=true"]);
    assert!(page.contains("only adam/torch has") && page.contains("they part at step 2"), "{page}");
}

#[test]
fn the_catalogue_in_the_repository_is_the_printed_one() {
    let said = Lab::new().run(&["list", "--markdown"]);
    let file = std::fs::read_to_string(root().join("crates/optimizers/CATALOGUE.md")).unwrap();
    let write = "write it anew: cargo xtask list --markdown > crates/optimizers/CATALOGUE.md";
    assert!(said.code == Some(0) && said.stdout == file, "{write}");
}

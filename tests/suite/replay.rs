//! `replay`: records that are met, that are not, and that cannot be replayed.

use crate::support::{Lab, width};

/// One record of two steps of gradient descent; `change` is made to its text.
fn document(change: impl Fn(&str) -> String) -> String {
    let record = r#"{"id": "mine", "rule": "sgd", "variant": "torch", "hyperparameters": {"lr": 0.5},
        "shapes": [[2]], "initial": [1.0, -1.0], "gradients": [[1.0, -2.0], [0.5, "inf"]],
        "steps": 2, "trajectory": [[0.5, 0.0], [0.25, "-inf"]], "tol": 1e-12}"#;
    format!(r#"{{"rule": "sgd", "records": [{}]}}"#, change(record))
}

/// Replays a document and expects this exit code and this text in the output.
#[track_caller]
fn check(text: &str, code: i32, expected: &str) {
    let lab = Lab::new().file("my.json", text);
    let said = lab.run(&["replay", "my.json"]);
    let joined = (said.stdout.clone() + &said.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(said.code, Some(code), "{joined}");
    assert!(joined.contains(expected), "{joined}");
    assert!(width(&said.stdout) <= 80 && width(&said.stderr) <= 80, "{joined}");
}

#[test]
fn the_recorded_numbers_of_other_libraries_are_met() {
    let reference = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/reference");
    let said = Lab::new().run(&["replay", reference]);
    assert_eq!(said.code, Some(0), "{}", said.stdout);
    let lines =
        ["\nrule lion ", "\nloss huber ", "\nschedule cosine_decay ", ": all met\n", " other files are no documents\n"];
    assert!(lines.iter().all(|line| said.stdout.contains(line)), "{}", said.stdout);
}

#[test]
fn a_record_is_met_to_the_last_infinity() {
    check(&document(str::to_owned), 0, "sgd 1 of 1");
}

#[test]
fn the_first_number_apart_is_named() {
    let wrong = document(|record| record.replace("[0.5, 0.0]", "[0.5, 0.125]"));
    check(&wrong, 1, "mine: step 1, entry 1: 0.0 instead of 0.125; the largest error is 1.25e11 tolerances");
}

#[test]
fn what_cannot_be_replayed_is_a_failure_with_its_reason() {
    for (from, to, expected) in [
        ("\"sgd\"", "\"sgdd\"", "mine: no rule is called sgdd"),
        ("\"torch\"", "\"keras\"", "mine: dialect = keras is not accepted: it takes torch"),
        ("\"lr\": 0.5", "\"lr\": 0.5, \"momentun\": 0.9", "momentun = 0.9 is not accepted: it takes no such key"),
        ("\"lr\": 0.5", "\"lr\": 0.5, \"momentum\": 1.5", "momentum = 1.5 is not accepted"),
        ("\"lr\": 0.5", "\"lr\": \"fast\"", "lr = \"fast\" is not a number"),
        ("[[2]]", "[[3]]", "initial has 2 numbers, and shapes ask for 3"),
        ("\"steps\": 2", "\"steps\": 3", "trajectory has 2 rows, and steps is 3"),
        ("\"gradients\"", "\"slopes\"", "gradients or a problem is needed"),
        ("[0.5, \"inf\"]", "[0.5]", "must have 2 numbers for each of 2 steps"),
        ("\"-inf\"", "\"minus\"", "invalid value"),
        ("\"trajectory\"", "\"path\"", "missing field `trajectory`"),
        ("1e-12", "-1", "tol = -1 is not accepted"),
    ] {
        check(&document(|record| record.replacen(from, to, 1)), 1, expected);
    }
}

#[test]
fn what_is_no_document_is_an_error() {
    check("", 2, "my.json: not JSON");
    check("[1, 2]", 2, "my.json: no document");
    check("{\"rule\": \"sgd\"}", 2, "my.json: no document");
    check("{\"rule\": \"sgd\", \"records\": []}", 1, "the document has no record");
    let lab = Lab::new().file("other.json", "{}");
    for (arguments, expected) in [
        (&["replay", "none.json"][..], "failed to read none.json"),
        (&["replay", "."], "no documents in ."),
        (&["replay"], "required arguments were not provided"),
    ] {
        let said = lab.run(arguments);
        assert!(said.code == Some(2) && said.stderr.contains(expected), "{}", said.stderr);
    }
}

#[test]
fn losses_and_schedules_are_replayed_too() {
    let loss = r#"{"loss": "mse", "records": [{"id": "mine", "loss": "mse", "parameters": {"reduction": "mean"},
        "inputs": {"input": {"shape": [2], "data": [1.0, 3.0]}, "target": {"shape": [2], "data": [0.0, 0.0]}},
        "value": {"shape": [], "data": [5.0]}, "grad": {"input": {"shape": [2], "data": [1.0, 3.0]}}}]}"#;
    check(loss, 0, "loss mse 1 of 1");
    check(&loss.replace("5.0", "4.5"), 1, "mine: value, entry 0: 5.0 instead of 4.5");
    check(&loss.replace("\"mse\"", "\"msee\""), 1, "mine: no loss is called msee");
    let schedule = r#"{"schedule": "step", "records": [{"id": "mine", "schedule": "step", "variant": "torch",
        "base_lr": 1.0, "parameters": {"step_size": 1, "gamma": 0.5}, "steps": 2, "lr": [1.0, 0.5]}]}"#;
    check(schedule, 0, "schedule step 1 of 1");
    check(&schedule.replace("[1.0, 0.5]", "[1.0, 0.25]"), 1, "mine: lr, step 1: 0.5 instead of 0.25");
}

#[test]
fn folders_pass_over_what_is_no_document_and_count_it() {
    let lab = Lab::new().file("my.json", document(str::to_owned)).file("notes.md", "# Notes");
    let lab = lab.file("facts.json", r#"{"records": [{"optimum": 1.0}], "about": "optima"}"#);
    let said = lab.run(&["replay", "."]);
    assert_eq!(
        (said.code, said.stdout.ends_with("2 other files are no documents\n")),
        (Some(0), true),
        "{}",
        said.stdout
    );
    // What names a rule is to be one.
    let lab = lab.file("broken.json", r#"{"rule": "sgd", "record": []}"#);
    let said = lab.run(&["replay", "."]);
    assert_eq!(said.code, Some(1), "{}", said.stdout);
    assert!(said.stdout.contains("the document has no list \"records\""), "{}", said.stdout);
    let said = lab.file("torn.json", "{").run(&["replay", "."]);
    assert_eq!(said.code, Some(1), "{}", said.stdout);
    assert!(said.stdout.contains("torn: not JSON"), "{}", said.stdout);
}

#[test]
fn a_table_has_a_row_for_each_record() {
    let lab = Lab::new().file("my.json", document(str::to_owned));
    let said = lab.run(&["replay", "my.json", "--rule", "sgd", "--csv", "out.csv"]);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    let rows = lab.table("out.csv").rows;
    assert_eq!((rows.len(), &*rows[0]["record"], &*rows[0]["met"], &*rows[0]["numbers"]), (1, "mine", "true", "4"));
    let said = lab.run(&["replay", "my.json", "--rule", "lion"]);
    let expected = "error: no document is of the rule, loss or schedule \"lion\"\n";
    assert_eq!((said.code, &*said.stderr), (Some(2), expected));
}

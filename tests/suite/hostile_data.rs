//! Data that must be refused, or survived, when it comes through a plan.

use crate::support::{Lab, SMALL, width};

/// A plan of one run on `x.csv`.
fn plan(objective: &str) -> String {
    let problem = format!("{{ name = \"{objective}\", data = \"x.csv\" }}");
    SMALL.replace("\"line\"", &problem).replace("batch-sizes = 10", "batch-sizes = 1")
}

/// Expects that `x.csv` is refused with this text, whose lines may be broken anywhere.
#[track_caller]
fn refused(objective: &str, data: impl AsRef<[u8]>, stderr: &str) {
    let lab = Lab::with_plan(&plan(objective)).file("x.csv", data);
    let said = lab.run(&["sweep", "plan.toml", "--out", "out"]);
    let message = said.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!((said.code, &*said.stdout, &*message), (Some(2), "", stderr));
    assert!(width(&said.stderr) <= 80);
    assert_eq!(lab.names("."), ["plan.toml", "x.csv"]);
}

#[test]
fn an_empty_file_is_refused() {
    refused("linear", "", "error: problem \"linear\": x.csv is empty");
}

#[test]
fn a_header_alone_is_refused() {
    refused("linear", "a,b\n", "error: problem \"linear\": x.csv has no rows of data");
}

#[test]
fn a_ragged_row_is_refused_with_its_line() {
    let message = "error: problem \"linear\": x.csv, line 3: 1 fields, where the header has 2";
    refused("linear", "a,b\n1,2\n3\n4,5\n", message);
}

#[test]
fn what_is_no_number_is_refused_with_its_place() {
    for (row, column, value) in
        [("NaN,4", "a", "NaN"), ("inf,4", "a", "inf"), ("x,4", "a", "x"), ("1e309,4", "a", "1e309"), ("3,", "b", "")]
    {
        let place = format!("x.csv, line 3, column \"{column}\"");
        let message = format!("error: problem \"linear\": {place}: \"{value}\" is not a finite number");
        refused("linear", format!("a,b\n1,2\n{row}\n"), &message);
    }
}

#[test]
fn one_class_is_refused() {
    for objective in ["softmax", "logistic", "mlp"] {
        let message = format!(
            "error: problem \"{objective}\": x.csv: every row has the class \"yes\"; classification needs two classes"
        );
        refused(objective, "a,b\n1,yes\n2,yes\n", &message);
    }
}

#[test]
fn a_missing_file_names_the_bundled_sets() {
    let lab = Lab::with_plan(&plan("linear"));
    let said = lab.run(&["sweep", "plan.toml"]);
    assert_eq!((said.code, &*said.stdout), (Some(2), ""));
    let expected = "\
error: problem \"linear\": x.csv: no such file, and no bundled data set of that
  name (breast-cancer, diabetes, digits, iris, line-50, neuron-2, neuron-8,
  wine, zigzag-12)
";
    assert_eq!(said.stderr, expected);
}

#[test]
fn control_characters_of_a_path_do_not_reach_the_terminal() {
    // `run` refuses escape codes in either output.
    let lab = Lab::with_plan(&plan("linear").replace("x.csv", "\\u001b[31mx.csv"));
    let said = lab.run(&["sweep", "plan.toml"]);
    assert_eq!((said.code, &*said.stdout), (Some(2), ""));
    assert!(said.stderr.contains(" \u{fffd}[31mx.csv: "), "{}", said.stderr);
}

#[test]
fn a_folder_is_no_data() {
    let lab = Lab::with_plan(&plan("linear"));
    std::fs::create_dir(lab.path("x.csv")).unwrap();
    let said = lab.run(&["sweep", "plan.toml"]);
    assert_eq!((said.code, &*said.stdout), (Some(2), ""));
    assert!(said.stderr.starts_with("error: problem \"linear\": x.csv "), "{}", said.stderr);
}

#[test]
fn a_gzip_file_that_is_cut_off_is_refused() {
    // The beginning of a gzipped "a,b\n1,2\n3,4\n5,6\n".
    let bytes = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b, 0xd4, 0x49, 0xe2, 0x32, 0xd4];
    let message = "error: problem \"linear\": x.csv is a damaged or truncated gzip file: ";
    let lab = Lab::with_plan(&plan("linear")).file("x.csv", bytes);
    let said = lab.run(&["sweep", "plan.toml"]);
    assert_eq!((said.code, &*said.stdout), (Some(2), ""));
    assert!(said.stderr.split_whitespace().collect::<Vec<_>>().join(" ").starts_with(message.trim_end()));
}

#[test]
fn numbers_whose_squares_overflow_are_refused() {
    let data = "a,b\n1,2\n1e308,1e308\n-1e308,-1e308\n";
    let message = "x.csv, row 2, column \"a\": 1e308 is too large; numbers\n  up to 1e60 are accepted";
    let lab = Lab::with_plan(&plan("linear")).file("x.csv", data);
    let said = lab.run(&["sweep", "plan.toml"]);
    assert_eq!((said.code, &*said.stdout), (Some(2), ""));
    assert_eq!(said.stderr, format!("error: problem \"linear\": {message}\n"));
}

#[test]
fn every_problem_with_wrong_data_is_named() {
    let plan = plan("linear")
        .replace("problems = ", "problems = [\"ridge\", ")
        .replace("x.csv\" }", "x.csv\" }, { name = \"softmax\", data = \"digit\" }]");
    let lab = Lab::with_plan(&plan);
    let said = lab.run(&["sweep", "plan.toml"]);
    let lines: Vec<&str> = said.stderr.lines().filter(|line| line.contains("no such file")).collect();
    assert!(lines.len() == 2 && said.stderr.contains("did you mean \"digits\"?"), "{}", said.stderr);
}

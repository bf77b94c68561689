//! `plot`.

use crate::support::{Lab, width};

/// A plan with two rules that differ, and a rate that diverges.
const PLAN: &str = "\
name = \"small\"
question = \"Does it draw?\"
problems = \"line\"
rules = [\"sgd\", \"adam\"]
rates = [0.1, 0.3, 1e6]
batch-sizes = 10
replicates = 3
budget = { steps = 40 }
";

/// A folder with a result.
fn lab() -> Lab {
    let lab = Lab::with_plan(PLAN);
    lab.sweep(&[]);
    lab
}

/// Where the figure is that a command drew.
#[track_caller]
fn drawn(lab: &Lab, arguments: &[&str]) -> String {
    let said = lab.run(&[&["plot"], arguments].concat());
    assert_eq!((said.code, &*said.stderr), (Some(0), ""), "{arguments:?}");
    said.stdout.trim_end().to_owned()
}

#[track_caller]
fn check_refused(lab: &Lab, arguments: &[&str], parts: &[&str]) {
    let said = lab.run(&[&["plot"], arguments].concat());
    assert_eq!((said.code, &*said.stdout), (Some(2), ""), "{arguments:?}");
    assert!(width(&said.stderr) <= 80, "{}", said.stderr);
    let error = said.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    parts.iter().for_each(|part| assert!(error.contains(part), "{arguments:?}: {error} lacks {part}"));
}

#[test]
fn a_result_folder_is_drawn_without_any_option() {
    let lab = lab();
    let path = drawn(&lab, &["out"]);
    assert!(path.starts_with("out") && path.ends_with("-evaluations.svg"), "{path}");
    let svg = lab.read(&path);
    for part in ["<svg ", "small: ", "(term gradients)", ">sgd", ">adam", "Medians over 3 replicates"] {
        assert!(svg.contains(part), "{part}");
    }
    std::fs::remove_file(lab.path(&path)).unwrap();
    drawn(&lab, &["out"]);
    assert_eq!(lab.read(&path), svg, "the same bytes");
}

#[test]
fn runs_that_diverged_are_at_infinity() {
    let lab = lab();
    let path = drawn(&lab, &["out", "--where", "rate=1e6", "--where", "rule=sgd"]);
    let svg = lab.read(&path);
    for part in [">∞</text>", ">diverged or not reached</text>", "of which 3 diverged or failed"] {
        assert!(svg.contains(part), "{part}");
    }
}

#[test]
fn every_format_holds_the_figure() {
    let lab = lab();
    for (name, start) in
        [("a.png", &b"\x89PNG"[..]), ("a.html", b"<!"), ("a.csv", b"chart,series,mark"), ("a.SVG", b"<svg")]
    {
        assert_eq!(drawn(&lab, &["out", "--out", name, "--title", "Anything <you> like"]), name);
        let bytes = std::fs::read(lab.path(name)).unwrap();
        assert!(bytes.starts_with(start), "{name}: {:?}", &bytes[..20]);
    }
    assert!(lab.read("a.SVG").contains("Anything &lt;you&gt; like"));
    assert!(lab.read("a.html").contains("Anything &lt;you&gt; like"));
}

#[test]
fn every_kind_is_drawn() {
    let lab = lab();
    for (arguments, name) in [
        (&["--x", "rate"][..], "out/final_value-rate.svg"),
        (&["--x", "rule", "--y", "final_value"], "out/final_value-by-rule.svg"),
        (&["--kind", "ecdf", "--y", "final_value"], "out/final_value-ecdf.svg"),
        (&["--x", "seconds", "--y", "final_value", "--kind", "points"], "out/final_value-seconds-points.svg"),
        (&["--x", "rate", "--y", "rule", "--z", "final_value"], "out/final_value-rule-rate.svg"),
        (&["--y", "lr", "--x", "step", "--by", "rule,rate", "--log-y=false"], "out/lr-step-by-rule-rate.svg"),
    ] {
        let path = drawn(&lab, &[&["out"], arguments].concat());
        assert!(path.starts_with(name), "{path} instead of {name}");
        assert!(lab.read(&path).contains("</svg>"));
    }
    let list = drawn(&lab, &["--kind", "list"]);
    assert!(["curves", "settings", "boxes", "points", "ecdf", "heat"].iter().all(|kind| list.contains(kind)), "{list}");
}

#[test]
fn compressed_tables_and_parquet_are_the_same_figure() {
    let lab = lab();
    let expected = lab.read(&drawn(&lab, &["out"]));
    for format in ["csv.gz", "parquet"] {
        let said = lab.run(&["merge", "out", "--quiet", "--format", format]);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        assert_eq!(lab.read(&drawn(&lab, &["out"])), expected, "{format}");
    }
}

#[test]
fn a_table_of_another_program_is_drawn() {
    let lab = Lab::new().file("measured.csv", "method,epoch,loss\na,1,3\na,2,2\nb,1,4\nb,2,inf\n");
    let path = drawn(&lab, &["measured.csv", "--x", "epoch", "--y", "loss", "--by", "method"]);
    assert_eq!(path, "measured-loss-epoch-by-method.svg");
    assert!(lab.read(&path).contains("measured.csv: loss against epoch"));
}

#[test]
fn what_is_wrong_is_named_with_what_is_right() {
    let lab = lab();
    check_refused(&lab, &[], &["DIR|FILE"]);
    check_refused(&lab, &["nowhere"], &["nowhere: there is no such folder or file"]);
    check_refused(
        &lab,
        &["out", "--y", "vaule"],
        &["has no column \"vaule\"", "did you mean \"value\"?", "columns: step, evaluations"],
    );
    check_refused(&lab, &["out", "--where", "rule=adm"], &["no row has rule = adm", "did you mean \"adam\"?"]);
    check_refused(&lab, &["out", "--where", "rule"], &["it takes COLUMN=VALUE"]);
    check_refused(&lab, &["out", "--kind", "pie"], &["--kind pie is not accepted", "curves, settings, boxes"]);
    check_refused(&lab, &["out", "--out", "a.gif"], &["a.gif is not accepted", ".svg, .png, .html or .csv"]);
    check_refused(&lab, &["out", "--out", "/dev/null/a.svg"], &["failed to make /dev/null"]);
    std::os::unix::fs::symlink("out/rows.csv", lab.path("link.csv")).unwrap();
    for (out, what) in [
        ("out/runs.csv", "it is the table runs.csv of a result"),
        ("link.csv", "it is the table rows.csv of a result"),
        ("out", "out is not accepted"),
    ] {
        check_refused(&lab, &["out", "--out", out], &[out, what]);
    }
    assert!(lab.read("out/runs.csv").starts_with("run,"));
    check_refused(&lab, &["out", "--x", "seconds", "--y", "value"], &["no table has all columns"]);
}

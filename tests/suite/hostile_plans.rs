//! Plans that must be refused, with what is said about them.

use crate::support::{Lab, SMALL, width};

/// Runs `plan.toml` and expects exactly this refusal, and no output folder.
#[track_caller]
fn refused(plan: impl AsRef<[u8]>, arguments: &[&str], stderr: &str) {
    let lab = Lab::new().file("plan.toml", plan);
    let said = lab.run(&[&["sweep", "plan.toml", "--out", "out"], arguments].concat());
    assert_eq!((said.code, &*said.stdout, &*said.stderr), (Some(2), "", stderr));
    assert!(width(&said.stderr) <= 80);
    assert_eq!(lab.names("."), ["plan.toml"]);
}

/// The small plan with one line replaced.
fn with(line: &str, replacement: &str) -> String {
    assert!(SMALL.contains(line), "the plan has no line {line}");
    SMALL.replace(line, replacement)
}

#[test]
fn an_unknown_key_gets_a_suggestion() {
    refused(
        with("replicates", "replicats"),
        &[],
        "\
error: the plan has an error:

plan.toml:7:1: unknown key \"replicats\": did you mean \"replicates\"?
7 | replicats = 1
  | ^^^^^^^^^
",
    );
}

#[test]
fn a_wrong_type_is_named_with_what_is_accepted() {
    refused(
        with("rates = 0.1", "rates = \"fast\""),
        &[],
        "\
error: the plan has an error:

plan.toml:5:9: rates = \"fast\" is not accepted: a number > 0
5 | rates = \"fast\"
  |         ^^^^^^
",
    );
}

#[test]
fn a_negative_rate_is_refused() {
    refused(
        with("rates = 0.1", "rates = [0.1, -0.1]"),
        &[],
        "\
error: the plan has an error:

plan.toml:5:15: rates[1] = -0.1 is not accepted: a number > 0
5 | rates = [0.1, -0.1]
  |               ^^^^
",
    );
}

#[test]
fn a_momentum_of_one_is_refused() {
    refused(
        with("rules = \"sgd\"", "rules = { name = \"sgd\", momentum = 1.0 }"),
        &[],
        "\
error: the plan has an error:

plan.toml:4:36: rules.momentum = 1.0 is not accepted: a number in [0, 1)
4 | rules = { name = \"sgd\", momentum = 1.0 }
  |                                    ^^^
",
    );
}

#[test]
fn a_batch_larger_than_the_data_is_refused() {
    refused(
        with("batch-sizes = 10", "batch-sizes = 51"),
        &[],
        "\
error: batch-sizes with sampler \"reshuffle\" on problem \"line\": reshuffle does
  not repeat terms within a batch: it cannot draw 51 of 50
",
    );
}

#[test]
fn all_errors_are_reported_at_once() {
    let plan = "name = 1\nquestion = \"q\"\nproblems = \"lin\"\nrules = \"sgd\"\nrates = 0\nbudget = { steps = 0.5 }\n";
    refused(
        plan,
        &["--set", "log.per-decade=x"],
        "\
error: the plan has 5 errors:

plan.toml:1:8: name = 1 is not accepted: a text of a-z, 0-9, _ and -, beginning
    with a letter or digit
1 | name = 1
  |        ^

plan.toml:3:12: problems = \"lin\" is not accepted: did you mean \"line\"?
3 | problems = \"lin\"
  |            ^^^^^

plan.toml:5:9: rates = 0 is not accepted: a number > 0
5 | rates = 0
  |         ^

plan.toml:6:20: budget.steps = 0.5 is not accepted: a whole number from 1 to
    2^53
6 | budget = { steps = 0.5 }
  |                    ^^^

--set log.per-decade=x: log.per-decade = x is not accepted: a whole number from
    1 to 4294967295
",
    );
}

#[test]
fn a_text_that_is_not_toml_is_shown() {
    refused(
        "name = \"small\"\nthis is not toml {{\n",
        &[],
        "\
error: the plan has an error:

plan.toml:2:6: not TOML: key with no value, expected `=`
2 | this is not toml {{
  |      ^
",
    );
}

#[test]
fn an_empty_plan_lacks_every_mandatory_key() {
    let lab = Lab::with_plan("");
    let said = lab.run(&["sweep", "plan.toml"]);
    assert_eq!((said.code, &*said.stdout), (Some(2), ""));
    assert!(said.stderr.starts_with("error: the plan has 6 errors:\n"), "{}", said.stderr);
    for key in ["name", "question", "problems", "rules", "rates", "budget"] {
        assert!(said.stderr.contains(&format!("plan.toml:1:1: missing key \"{key}\": ")), "{}", said.stderr);
    }
}

#[test]
fn a_binary_plan_is_refused() {
    let bytes = [0x7f, b'E', b'L', b'F', 0xff, 0xfe, 0x00, 0x80];
    refused(bytes, &[], "error: failed to read the plan plan.toml: it is not UTF-8 text\n");
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    // `run` refuses escape codes in either output.
    let lab = Lab::with_plan("name = \"\u{1b}[31mred\"\n");
    assert_eq!(lab.run(&["sweep", "plan.toml"]).code, Some(2));
    for (line, key) in [("question = \"Does it run?\"", "question"), ("problems = \"line\"", "problems.label")] {
        let value = "\"\\u001b[31mred\"";
        let replacement = match key {
            "question" => format!("question = {value}"),
            _ => format!("problems = {{ name = \"line\", label = {value} }}"),
        };
        let said = Lab::with_plan(&with(line, &replacement)).run(&["sweep", "plan.toml", "--dry-run"]);
        assert_eq!((said.code, &*said.stdout), (Some(2), ""));
        assert!(said.stderr.contains(&format!("{key} = {value} is not accepted")), "{}", said.stderr);
    }
}

#[test]
fn a_missing_plan_names_the_bundled_ones() {
    for plan in ["none.toml", "digit"] {
        let said = Lab::new().run(&["sweep", plan]);
        let hint = if plan == "digit" { "; did you mean \"digits\"?" } else { "" };
        let expected = format!(
            "error: failed to read the plan {plan}: No such file or directory (os error 2)\n\
             Bundled plans: digits, iris, line, toy-sweep, verify{hint}\n"
        );
        assert_eq!((said.code, &*said.stdout, said.stderr), (Some(2), "", expected));
    }
}

#[test]
fn a_folder_is_no_plan() {
    let said = Lab::new().run(&["sweep", "."]);
    assert_eq!((said.code, &*said.stdout), (Some(2), ""));
    assert!(said.stderr.starts_with("error: failed to read the plan .: "), "{}", said.stderr);
}

#[test]
fn a_thousand_million_cells_are_counted_and_refused_at_once() {
    let grid = "rates = { log = [1e-5, 1], count = 10000 }\nbatch-sizes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]";
    let plan = with("rates = 0.1\nbatch-sizes = 10", grid);
    let started = std::time::Instant::now();
    refused(
        plan,
        &["--replicates", "10000"],
        "\
error: the plan has an error:

plan.toml:4:9: the plan has 100 000 cells × 10000 replicates = 1 000 000 000
    runs: at most 10 000 000 are accepted
4 | rules = \"sgd\"
  |         ^^^^^
",
    );
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}

#[test]
fn sizes_beyond_all_memory_are_refused_at_once() {
    let cases = [
        (
            "budget.steps=9007199254740992 log.every-steps=1",
            "error: problem \"line\": 18014398509481988 numbers to log per run, where at most\n  10000000 are accepted\n",
        ),
        (
            "log.per-decade=4294967295",
            "error: problem \"line\": 8589934596 numbers to log per run, where at most 10000000\n  are accepted\n",
        ),
        (
            "samplers=with-replacement batch-sizes=4294967295",
            "error: problem \"line\": 4294967295 terms per batch, where at most 16777216 are\n  accepted\n",
        ),
    ];
    for (sets, stderr) in cases {
        let sets: Vec<&str> = sets.split(' ').flat_map(|set| ["--set", set]).collect();
        refused(SMALL, &sets, stderr);
    }
    let largest = "9007199254740992";
    for (problem, field) in [
        (format!("{{ name = \"noisy-quadratic\", terms = {largest}, dimension = {largest} }}"), "problems.terms"),
        (format!("{{ name = \"rosenbrock\", dimension = {largest} }}"), "problems.dimension"),
        (format!("{{ name = \"ill-conditioned-quadratic\", dimension = {largest} }}"), "problems.dimension"),
        (format!("{{ name = \"bumpy-bowls\", terms = {largest} }}"), "problems.terms"),
        (format!("{{ name = \"mlp\", hidden = [32, {largest}] }}"), "problems.hidden"),
    ] {
        let said = Lab::with_plan(&with("\"line\"", &problem)).run(&["sweep", "plan.toml", "--dry-run"]);
        assert_eq!((said.code, &*said.stdout), (Some(2), ""));
        assert!(said.stderr.contains(&format!("{field} = {largest} is not accepted")), "{}", said.stderr);
    }
}

#[test]
fn measuring_more_often_than_every_step_is_measuring_every_step() {
    let lab = Lab::with_plan(SMALL);
    lab.sweep(&["--set", "log.every-epochs=1e-300"]);
    let steps: Vec<String> = lab.table("out/rows.csv").rows.iter().map(|row| row["step"].clone()).collect();
    assert_eq!(steps, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
}

#[test]
fn overrides_that_are_none_are_refused() {
    let cases = [
        ("nonsense", "expected key=value, with a dotted path as key"),
        ("=3", "expected key=value, with a dotted path as key"),
        ("a..b=1", "expected key=value, with a dotted path as key"),
        ("rates=[", "not TOML: unclosed array, expected `]`"),
        ("rates=abc", "rates = abc is not accepted: a number > 0"),
        ("ruls=sgd", "unknown key \"ruls\": did you mean \"rules\"?"),
    ];
    for (set, message) in cases {
        refused(SMALL, &["--set", set], &format!("error: the plan has an error:\n\n--set {set}: {message}\n"));
    }
}

#[test]
fn no_replicates_are_refused() {
    refused(
        SMALL,
        &["--replicates", "0"],
        "\
error: the plan has an error:

--set replicates=0: replicates = 0 is not accepted: a whole number from 1 to
    4294967295
",
    );
}

#[test]
fn no_threads_are_refused() {
    let message = "error: invalid value '0' for '--threads <N>': 0 is not in 1..=1024\n";
    refused(SMALL, &["--threads", "0"], &format!("{message}\nFor more information, try '--help'.\n"));
}

#[test]
fn one_combination_under_two_labels_is_refused() {
    let lab = Lab::with_plan(&with("\"line\"", "[\"line\", { name = \"line\", label = \"again\" }]"));
    let said = lab.run(&["sweep", "plan.toml"]);
    assert_eq!((said.code, &*said.stdout), (Some(2), ""));
    let expected = "\
error: the plan lists the same combination twice: \"line f64 reshuffle 10 plain
  constant sgd 0.1\", and \"again f64 reshuffle 10 plain constant sgd 0.1\"
";
    assert_eq!(said.stderr, expected);
}

#[test]
fn a_metric_that_a_problem_lacks_is_refused() {
    let cases = [
        ("error", "it has no classes"),
        ("test-value", "it holds no data out, as problems with data do by `test = 0.25`, say"),
    ];
    for (metric, reason) in cases {
        let message = format!("error: metric \"{metric}\" cannot be measured on problem \"line\": {reason}");
        let said = Lab::with_plan(SMALL).run(&["sweep", "plan.toml", "--set", &format!("metrics={metric}")]);
        assert_eq!(said.code, Some(2));
        assert_eq!(said.stderr.split_whitespace().collect::<Vec<_>>().join(" "), message);
    }
}

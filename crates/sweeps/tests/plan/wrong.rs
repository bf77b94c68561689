//! Wrong plans and exactly what is said about them.

use sgdlab_sweeps::plan::Plan;

use crate::support::{FULL, catalogues, errors, small};

/// The lines that `more` adds to [`small`] start at a position that depends on what it replaces, so
/// the expectation starts after the file name and line.
#[track_caller]
fn check(more: &str, expected: &str) {
    let text = small(more);
    let found = errors(&text, &[]);
    let (place, message) = found.split_once(": ").expect("a place");
    let line: usize = place.split(':').nth(1).and_then(|line| line.parse().ok()).expect("a line");
    let first = text.lines().count() - more.lines().count();
    let relative = line.saturating_sub(first);
    let column = place.rsplit(':').next().expect("a column");
    assert_eq!(format!("{relative}:{column}: {message}"), expected);
}

#[test]
fn ranges() {
    check("rates = [0.1, -1]", "1:15: rates[1] = -1 is not accepted: a number > 0");
    check("rates = inf", "1:9: rates = inf is not accepted: a number > 0");
    check("rates = nan", "1:9: rates = nan is not accepted: a number > 0");
    check("rates = \"fast\"", "1:9: rates = \"fast\" is not accepted: a number > 0");
    check("rates = []", "1:9: rates = [] is not accepted: at least one value");
    check("rates = [0.1, 0.2, 0.1]", "1:20: rates[2] = 0.1 is not accepted: rates[0] is the same");
    check("batch-sizes = 0", "1:15: batch-sizes = 0 is not accepted: a whole number from 1 to 4294967295");
    check("batch-sizes = 1.5", "1:15: batch-sizes = 1.5 is not accepted: a whole number from 1 to 4294967295");
    check("replicates = 0", "1:14: replicates = 0 is not accepted: a whole number from 1 to 4294967295");
    check("parameters = 1", "1:14: parameters = 1 is not accepted: true or false");
    check("precision = \"f23\"", "1:13: precision = \"f23\" is not accepted: did you mean \"f32\"?");
    check("precision = \"half\"", "1:13: precision = \"half\" is not accepted: one of \"f32\", \"f64\"");
    check("targets = [0.1, 1979-05-27]", "1:17: targets[1] = 1979-05-27 is not accepted: any finite number");
    check(
        "targets = { metric = \"gap\" }",
        "1:11: missing key \"targets.values\": a finite number or a list of finite numbers",
    );
    check("metrics = [\"eror\"]", "1:12: metrics[0] = \"eror\" is not accepted: did you mean \"error\"?");
}

#[test]
fn grids() {
    check("rates = { log = [0, 1], count = 3 }", "1:18: rates.log[0] = 0 is not accepted: a number > 0");
    check(
        "rates = { log = [1, 0.1], count = 3 }",
        "1:17: rates.log = [1, 0.1] is not accepted: two numbers [a, b] with a < b",
    );
    check(
        "targets = { log = [-1, 1], count = 3 }",
        "1:19: targets.log = [-1, 1] is not accepted: two numbers [a, b] with 0 < a < b",
    );
    check("rates = { lin = [1], count = 3 }", "1:17: rates.lin = [1] is not accepted: two numbers [a, b] with a < b");
    check(
        "rates = { log = [1, 2], count = 10001 }",
        "1:33: rates.count = 10001 is not accepted: a whole number from 1 to 10000",
    );
    check("rates = { log = [1, 2] }", "1:9: missing key \"rates.count\": a whole number from 1 to 10000");
    check("rates = { count = 3 }", "1:9: rates = { count = 3 } is not accepted: a grid has either log or lin");
    check(
        "rates = { log = [1, 2], cuont = 3, count = 3 }",
        "1:25: rates: unknown key \"cuont\": did you mean \"count\"?",
    );
    check(
        "rates = { lin = [1, 1.0000000000000002], count = 3 }",
        "1:9: rates = { lin = [1, 1.0000000000000002], coun... is not accepted: ends far enough apart for distinct points",
    );
}

#[test]
fn names_and_keys() {
    check("rules = \"smd\"", "1:9: rules = \"smd\" is not accepted: did you mean \"sgd\"?");
    check("rules = [\"sgd\", 3]", "1:17: rules[1] = 3 is not accepted: one of \"sgd\", \"adam\"");
    check("rules = [\"sgd\", { label = \"x\" }]", "1:17: missing key \"rules[1].name\": one of \"sgd\", \"adam\"");
    check("rules = { name = \"sdg\" }", "1:18: rules.name = \"sdg\" is not accepted: did you mean \"sgd\"?");
    check(
        "rules = { name = \"sgd\", momentm = 0.9 }",
        "1:25: rules: unknown key \"momentm\": did you mean \"momentum\"?",
    );
    check(
        "rules = { name = \"sgd\", x = 0.9 }",
        "1:25: rules: unknown key \"x\": accepted keys are name, label, rates, momentum, nesterov",
    );
    check("relpicates = 3", "1:1: unknown key \"relpicates\": did you mean \"replicates\"?");
    check(
        "seed = 3",
        "1:1: unknown key \"seed\": accepted keys are name, question, problems, rules, rates, batch-sizes, samplers, \
         schedules, estimators, replicates, precision, budget, targets, metrics, log, parameters, exclude",
    );
    check(
        "rules = { name = \"adam\", dialect = \"jax\" }",
        "1:36: rules.dialect = \"jax\" is not accepted: one of \"torch\", \"optax\"",
    );
    check(
        "rules = { name = \"sgd\", label = \" \" }",
        "1:33: rules.label = \" \" is not accepted: a text of one line that is not blank",
    );
}

#[test]
fn hyperparameters() {
    check(
        "rules = { name = \"sgd\", momentum = 1.0 }",
        "1:36: rules.momentum = 1.0 is not accepted: a number in [0, 1)",
    );
    check(
        "rules = [{ name = \"sgd\", momentum = [0.5, 2] }]",
        "1:43: rules[0].momentum[1] = 2 is not accepted: a number in [0, 1)",
    );
    check("rules = { name = \"sgd\", nesterov = 1 }", "1:36: rules.nesterov = 1 is not accepted: true or false");
    check("rules = { name = \"adam\", warm = 1.5 }", "1:33: rules.warm = 1.5 is not accepted: a whole number ≥ 0");
    check(
        "rules = { name = \"adam\", warm = 9007199254740993 }",
        "1:33: rules.warm = 9007199254740993 is not accepted: a whole number ≥ 0",
    );
    check(
        "rules = { name = \"adam\", warm = { lin = [0, 3], count = 3 } }",
        "1:33: rules.warm = { lin = [0, 3], count = 3 } is not accepted: a whole number ≥ 0, and one point is 1.5",
    );
    check(
        "samplers = { name = \"reshuffle\", remainder = \"kep\" }",
        "1:46: samplers.remainder = \"kep\" is not accepted: did you mean \"keep\"?",
    );
    check(
        "problems = { name = \"softmax\", hidden = [4, 0] }",
        "1:41: problems.hidden = [4, 0] is not accepted: a list of whole numbers ≥ 1",
    );
    check(
        "problems = { name = \"linear\", loss = { name = \"huber\", delta = 0 } }",
        "1:64: problems.loss.delta = 0 is not accepted: a number > 0",
    );
    check(
        "problems = { name = \"linear\", loss = { name = \"huber\", label = \"h\" } }",
        "1:56: problems.loss: unknown key \"label\": accepted keys are name, delta",
    );
    check("rules = { name = \"sgd\", nesterov = true }", "1:9: rules.nesterov = true is not accepted: momentum > 0");
}

#[test]
fn exactly_one() {
    let message = "a table with exactly one of epochs, steps, evaluations";
    check("budget = {}", &format!("1:10: budget = {{}} is not accepted: {message}"));
    check("budget = 3", &format!("1:10: budget = 3 is not accepted: {message}"));
    check(
        "budget = { epochs = 1, steps = 2 }",
        &format!("1:10: budget = {{ epochs = 1, steps = 2 }} is not accepted: {message}"),
    );
    check("budget = { epochs = 0 }", "1:21: budget.epochs = 0 is not accepted: a number > 0");
    check("budget = { steps = 0.5 }", "1:20: budget.steps = 0.5 is not accepted: a whole number from 1 to 2^53");
    check("budget = { steps = 1e18 }", "1:20: budget.steps = 1e18 is not accepted: a whole number from 1 to 2^53");
    check("log = { per-decade = 0 }", "1:22: log.per-decade = 0 is not accepted: a whole number from 1 to 4294967295");
}

#[test]
fn labels_are_unique() {
    check(
        "rules = [\"sgd\", { name = \"sgd\", momentum = 0.9 }]",
        "1:17: rules[1]: the label \"sgd\" is already that of rules[0] at x.toml:6:10: give one of them another label",
    );
    check(
        "rules = { name = \"sgd\", momentum = [0.9, 0.9] }",
        "1:9: rules: the label \"sgd momentum=0.9\" is already that of rules at x.toml:6:9: give one of them another label",
    );
}

#[test]
fn excludes() {
    let keys = "problem, rule, rate, batch-size, sampler, schedule, estimator, precision";
    check(
        "[[exclude]]",
        &format!("1:1: exclude[0] = [[exclude]] is not accepted: a table with at least one of {keys}"),
    );
    check("exclude = 3", &format!("1:11: exclude = 3 is not accepted: a table with at least one of {keys}"));
    check("[[exclude]]\nruel = \"sgd\"", "2:1: exclude[0]: unknown key \"ruel\": did you mean \"rule\"?");
    check("[[exclude]]\nrule = [\"sgd\", 1]", "2:16: exclude[0].rule[1] = 1 is not accepted: a label or a name");
    check(
        "[[exclude]]\nrate = { min = 1, max = 0 }",
        "2:8: exclude[0].rate = { min = 1, max = 0 } is not accepted: min ≤ max",
    );
    check("[[exclude]]\nrule = \"sgd\"", "1:1: exclude leaves out every cell of the plan");
}

#[test]
fn too_many_runs() {
    check(
        "replicates = 10000001",
        "-4:1: the plan has 1 cells × 10000001 replicates = 10 000 001 runs: at most 10 000 000 are accepted"
            .replace("-4:1", "0:12")
            .as_str(),
    );
    let rates = "rates = { log = [1e-9, 1], count = 10000 }\nbatch-sizes = [1, 2]\nreplicates = 1000";
    check(rates, "0:9: the plan has 20 000 cells × 1000 replicates = 20 000 000 runs: at most 10 000 000 are accepted");
}

#[test]
fn huge_items_are_counted_and_not_expanded() {
    let grid = "{ lin = [0.1, 0.2], count = 10000 }";
    let rule = format!("rules = {{ name = \"adam\", beta1 = {grid}, eps = {grid}, warm = [1, 2, 3] }}");
    let found = errors(&small(&rule), &[]);
    assert_eq!(
        found,
        "x.toml:6:9: rules has 300 000 000 variants: at most 100 000 are accepted\n\
         x.toml:6:9: the plan has 300 000 000 cells × 5 replicates = 1 500 000 000 runs: at most 10 000 000 are accepted"
    );
}

#[test]
fn missing_keys() {
    assert_eq!(
        errors("", &[]),
        "x.toml:1:1: missing key \"name\": a text of a-z, 0-9, _ and -, beginning with a letter or digit\n\
         x.toml:1:1: missing key \"question\": a text that says what the plan is to find out\n\
         x.toml:1:1: missing key \"problems\": an item (a name or a table with a name) or a list of items\n\
         x.toml:1:1: missing key \"rules\": an item (a name or a table with a name) or a list of items\n\
         x.toml:1:1: missing key \"rates\": a number > 0, a list, or { log = [a, b], count = n }\n\
         x.toml:1:1: missing key \"budget\": a table with exactly one of epochs, steps, evaluations"
    );
}

#[test]
fn all_errors_in_order_of_position() {
    let text = "budget = { epochs = -1 }\nname = \"A\"\nrules = [\"sgd\", { name = \"sgd\", momentum = 1.0 }]\n\
                question = \" \"\nproblems = \"softmax\"\nrates = 1\nfoo = 1\n";
    assert_eq!(
        errors(text, &["replicates=x"]),
        "x.toml:1:21: budget.epochs = -1 is not accepted: a number > 0\n\
         x.toml:2:8: name = \"A\" is not accepted: a text of a-z, 0-9, _ and -, beginning with a letter or digit\n\
         x.toml:3:44: rules[1].momentum = 1.0 is not accepted: a number in [0, 1)\n\
         x.toml:4:12: question = \" \" is not accepted: a text that says what the plan is to find out\n\
         x.toml:7:1: unknown key \"foo\": accepted keys are name, question, problems, rules, rates, batch-sizes, samplers, \
         schedules, estimators, replicates, precision, budget, targets, metrics, log, parameters, exclude\n\
         --set replicates=x: replicates = x is not accepted: a whole number from 1 to 4294967295"
    );
}

#[test]
fn syntax() {
    assert_eq!(
        errors("name = \nrates = ]\n", &[]),
        "x.toml:1:8: not TOML: string values must be quoted, expected literal string\n\
         x.toml:2:9: not TOML: missing array opening, expected `[`"
    );
    assert_eq!(errors("rates = 1\nrates = 2\n", &[]), "x.toml:2:1: not TOML: duplicate key");
}

/// Broken text can have an error for each of its bytes.
#[test]
fn thousands_of_errors_are_counted_and_the_first_are_kept() {
    let keys: String = (0..1000).map(|i| format!("key-{i} = 1\n")).collect();
    let found = errors(&keys, &[]);
    assert_eq!(found.lines().count(), 101);
    assert!(found.lines().nth(99).unwrap().starts_with("x.toml:100:1: unknown key \"key-99\""), "{found}");
    // The missing keys are among those that are counted.
    assert!(found.ends_with("\nand 906 more"), "{found}");

    let found = errors(&"= = =\n".repeat(1000), &[]);
    let lines: Vec<&str> = found.lines().collect();
    assert!(
        lines[..5].iter().zip(1..).all(|(line, n)| line.starts_with(&format!("x.toml:{n}:1: not TOML"))),
        "{found}"
    );
    assert!(lines[5].starts_with("and ") && lines.len() == 6, "{found}");
}

#[test]
fn overrides() {
    let check = |set: &str, expected: &str| assert_eq!(errors(FULL, &[set]), expected);
    check("relpicates=3", "--set relpicates=3: unknown key \"relpicates\": did you mean \"replicates\"?");
    check("budget.epoch=3", "--set budget.epoch=3: budget: unknown key \"epoch\": did you mean \"epochs\"?");
    check("replicates", "--set replicates: expected key=value, with a dotted path as key");
    check("a..b=1", "--set a..b=1: expected key=value, with a dotted path as key");
    check("rates=[1", "--set rates=[1: not TOML: unclosed array, expected `]`");
    check("rules.momentum=0.5", "--set rules.momentum=0.5: rules is a list: give all of it");
    check(
        "rules=[\"sgd\", \"sgd\"]",
        "--set rules=[\"sgd\", \"sgd\"]: rules[1]: the label \"sgd\" is already that of rules[0] at --set rules=[\"sgd\", \"sgd\"]: give one of them another label",
    );
}

#[test]
fn rendering() {
    let render = |text: &str| Plan::parse(text, "x.toml", &[], &catalogues()).unwrap_err().render();
    assert_eq!(
        render(&small("rules = [ \"sgd\", { name = \"sgd\", momentum = 1.0 } ]\n")),
        r#"x.toml:6:45: rules[1].momentum = 1.0 is not accepted: a number in [0, 1)
6 | rules = [ "sgd", { name = "sgd", momentum = 1.0 } ]
  |                                             ^^^
"#
    );
    let long = format!("samplers = [{}\"nope\"{}]\n", " ".repeat(100), " ".repeat(100));
    assert_eq!(
        render(&small(&long)),
        format!(
            "x.toml:7:113: samplers[0] = \"nope\" is not accepted: \"reshuffle\"\n\
             7 | ...{}\"nope\"{}...\n  | {}^^^^^^\n",
            " ".repeat(23),
            " ".repeat(41),
            " ".repeat(26)
        )
    );
    assert_eq!(
        render(&small("seed = 3")).lines().next(),
        Some("x.toml:7:1: unknown key \"seed\": accepted keys are name, question, problems,")
    );
}

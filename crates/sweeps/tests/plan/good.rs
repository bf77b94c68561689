//! Good plans and what they mean.

use sgdlab_core::Value;
use sgdlab_sweeps::plan::{Budget, Cell, Log, Metric, Plan, Precision, Targets, schema};

use crate::support::{FULL, catalogues, parse, small};

fn labels(list: &[sgdlab_sweeps::plan::Choice]) -> Vec<&str> {
    list.iter().map(|choice| choice.label.as_str()).collect()
}

fn rules(plan: &Plan) -> Vec<&str> {
    plan.rules.iter().map(|rule| rule.label.as_str()).collect()
}

#[test]
fn defaults() {
    let plan = parse(&small(""), &[]);
    assert_eq!(plan.batch_sizes, [32]);
    assert_eq!((labels(&plan.samplers), labels(&plan.schedules)), (vec!["reshuffle"], vec!["constant"]));
    assert_eq!((labels(&plan.estimators), plan.precisions.as_slice()), (vec!["plain"], &[Precision::F64][..]));
    assert_eq!((plan.replicates, plan.parameters), (5, false));
    assert_eq!((plan.log, plan.budget), (Log::PerDecade(8), Budget::Steps(9)));
    assert_eq!(plan.targets, Targets { metric: Metric::Value, values: vec![] });
    assert_eq!((plan.metrics, plan.excludes, plan.warnings), (vec![], vec![], vec![]));
}

#[test]
fn items_expand_in_order() {
    let plan = parse(FULL, &[]);
    assert_eq!(
        labels(&plan.problems),
        [
            "softmax",
            "ridge hidden=[16]",
            "ridge hidden=[32, 32]",
            "linear loss=squared",
            "linear loss=huber",
            "linear loss=huber(delta=2)"
        ]
    );
    assert_eq!(plan.problems[2].settings.integers("hidden"), [32, 32]);
    assert_eq!(plan.problems[5].settings.item("loss").number("delta"), 2.0);
    assert_eq!(rules(&plan), ["sgd", "momentum momentum=0.9", "momentum momentum=0.99", "adam/optax"]);
    assert_eq!(plan.rules[3].rates, [1e-4, 1e-3, 1e-2, 1e-1]);
    assert_eq!(plan.rules[3].settings.values()[1], ("eps", Value::Number(1e-7)));
    assert_eq!(plan.rules[0].rates.len(), 7);
    assert_eq!(labels(&plan.samplers), ["reshuffle", "both remainder=drop", "both remainder=keep"]);
    assert_eq!(plan.metrics, [Metric::Error, Metric::TestValue, Metric::Gap]);
    let plan = parse(&small("rules = { name = \"adam\", warm = [1, 2], eps = [1e-8, 1] }"), &[]);
    assert_eq!(
        rules(&plan),
        ["adam warm=1 eps=1e-8", "adam warm=1 eps=1", "adam warm=2 eps=1e-8", "adam warm=2 eps=1"]
    );
}

#[test]
fn cells_are_ordered_with_the_rate_innermost() {
    let plan = parse(
        &small("rules = [\"sgd\", \"adam\"]\nrates = [1, 2]\nbatch-sizes = [4, 8]\nestimators = [\"plain\", \"svrg\"]"),
        &[],
    );
    let cells = plan.cells();
    let brief = |cell: Cell| (cell.batch_size, cell.estimator, cell.rule, cell.rate);
    assert_eq!(cells.len(), 16);
    assert_eq!(
        cells.iter().take(6).map(brief).collect::<Vec<_>>(),
        [(4, 0, 0, 1.0), (4, 0, 0, 2.0), (4, 0, 1, 1.0), (4, 0, 1, 2.0), (4, 1, 0, 1.0), (4, 1, 0, 2.0)]
    );
    assert_eq!(brief(cells.get(8)), (8, 0, 0, 1.0));
    let plan = parse(&small("precision = [\"f32\", \"f64\"]\nproblems = [\"softmax\", \"linear\"]"), &[]);
    let outer: Vec<_> = plan.cells().iter().map(|cell| (cell.problem, cell.precision)).collect();
    let (single, double) = (Precision::F32, Precision::F64);
    assert_eq!(outer, [(0, single), (0, double), (1, single), (1, double)]);
}

/// The cells are those of the product that no exclude matches, checked against the definition.
#[test]
fn excludes_leave_out_what_matches_all_keys() {
    let plan = parse(FULL, &[]);
    let cells = plan.cells();
    let product = 6 * 3 * 2 * 2 * 2 * (3 * 7 + 4);
    // adam/optax at 0.1 and batch size 16: problems × samplers × estimators × precisions.
    let first = 6 * 3 * 2 * 2;
    // ridge and linear (5 variants) in f32 with one sampler: estimators × batch sizes × (rules × rates).
    let second = 5 * 2 * 2 * (3 * 7 + 4);
    let both = 5 * 2;
    assert_eq!(cells.len(), product - (first + second - both));
    for cell in cells.iter() {
        assert!(!(plan.rules[cell.rule].label == "adam/optax" && cell.rate >= 0.05 && cell.batch_size == 16));
        let f32 = cell.precision == Precision::F32;
        assert!(!(f32 && cell.problem > 0 && plan.samplers[cell.sampler].label == "both remainder=drop"));
    }
    assert_eq!(plan.warnings, Vec::<String>::new());
}

#[test]
fn words_of_excludes_are_labels_before_names() {
    let left = |rule: &str| {
        let rules = "[\"sgd\", { name = \"sgd\", label = \"m\", momentum = [0.5, 0.9] }, \"adam\"]";
        let text = small(&format!("rules = {rules}\n[[exclude]]\nrule = {rule}"));
        parse(&text, &[]).cells().iter().map(|cell| cell.rule).collect::<Vec<_>>()
    };
    assert_eq!(left("\"sgd\""), [1, 2, 3]);
    assert_eq!(left("\"m\""), [0, 3]);
    assert_eq!(left("[\"m momentum=0.5\", \"adam\"]"), [0, 2]);
    let named = small("rules = [{ name = \"sgd\", label = \"x\" }, \"adam\"]\n[[exclude]]\nrule = \"sgd\"");
    assert_eq!(parse(&named, &[]).cells().get(0).rule, 1);
}

#[test]
fn excludes_that_match_nothing_warn() {
    let warnings = |exclude: &str| parse(&small(&format!("[[exclude]]\n{exclude}")), &[]).warnings;
    assert_eq!(warnings("rule = \"sdg\""), ["exclude[0]: no rule is called \"sdg\"; did you mean \"sgd\"?"]);
    assert_eq!(warnings("problem = \"x\""), ["exclude[0]: no problem is called \"x\""]);
    let nothing = ["exclude[0] leaves out nothing: no combination matches all of its keys"];
    assert_eq!(warnings("rate = { min = 0.2 }"), nothing);
    assert_eq!(warnings("batch-size = 16"), nothing);
}

#[test]
fn overrides_replace_values() {
    let plan = parse(FULL, &["budget.steps=100", "rates.lin=[1,3]", "rates.count=3", "targets=0.5", "name=other"]);
    assert_eq!((plan.budget, plan.name.as_str()), (Budget::Steps(100), "other"));
    assert_eq!(plan.rules[0].rates, [1.0, 2.0, 3.0]);
    assert_eq!(plan.targets, Targets { metric: Metric::Value, values: vec![0.5] });
    let plan =
        parse(&small("targets = [1, 2]"), &["targets.metric=error", "problems.l2=[0,1]", "exclude.rate={max=0}"]);
    assert_eq!((plan.targets.metric, plan.targets.values.as_slice()), (Metric::Error, &[1.0, 2.0][..]));
    assert_eq!(labels(&plan.problems), ["softmax l2=0", "softmax l2=1"]);
    assert_eq!(plan.warnings.len(), 1);
}

#[test]
fn single_values_stand_for_lists() {
    let one = "batch-sizes = 8\nprecision = \"f32\"\nmetrics = \"gap\"\ntargets = 1\nproblems = { name = \"softmax\", hidden = 3 }";
    let many = "batch-sizes = [8]\nprecision = [\"f32\"]\nmetrics = [\"gap\"]\ntargets = [1]\nproblems = [{ name = \"softmax\", hidden = [3] }]";
    assert_eq!(parse(&small(one), &[]), parse(&small(many), &[]));
    let headers = "[[rules]]\nname = \"sgd\"\n[[rules]]\nname = \"adam\"\n";
    let text = small("").replace("rules = \"sgd\"\n", "") + headers;
    assert_eq!(rules(&parse(&text, &[])), ["sgd", "adam"]);
}

#[test]
fn the_resolved_plan_is_the_plan() {
    for text in [FULL.to_owned(), small(""), small("[[exclude]]\nrate = 3\nrule = \"nobody \\\"x\\\"\"")] {
        let plan = parse(&text, &[]);
        assert_eq!(parse(&plan.resolved_toml(), &[]), plan);
    }
    assert_eq!(
        parse(&small("rules = { name = \"adam\", dialect = \"optax\", rates = [1, 1e-3] }"), &[]).resolved_toml(),
        r#"name = "a"
question = "b"
problems = [
    { name = "softmax", label = "softmax", data = "digits", l2 = 0, hidden = [8] },
]
rules = [
    { name = "adam", label = "adam/optax", dialect = "optax", beta1 = 0.9, eps = 1e-7, warm = 0, rates = [1, 0.001] },
]
batch-sizes = [32]
samplers = [
    { name = "reshuffle", label = "reshuffle", remainder = "keep" },
]
schedules = [
    { name = "constant", label = "constant" },
]
estimators = [
    { name = "plain", label = "plain" },
]
replicates = 5
precision = ["f64"]
budget = { steps = 9 }
metrics = []
log = { per-decade = 8 }
parameters = false
"#
    );
}

#[test]
fn the_schema_knows_keys_ranges_and_defaults() {
    let schema = schema(&catalogues());
    let rules = schema["$defs"]["rules"]["anyOf"].as_array().expect("choices");
    assert_eq!((rules.len(), &rules[0]["const"]), (4, &serde_json::json!("sgd")));
    let momentum = &rules[2]["properties"]["momentum"];
    let of = |property: &serde_json::Value| {
        let reference = property["allOf"][0]["$ref"].as_str().expect("a reference");
        schema.pointer(reference.trim_start_matches('#')).expect("it leads somewhere").clone()
    };
    let range = serde_json::json!({ "type": "number", "minimum": 0.0, "exclusiveMaximum": 1.0 });
    assert_eq!(of(momentum)["anyOf"][0], range);
    assert_eq!(
        (&momentum["default"], &momentum["description"]),
        (&serde_json::json!(0), &serde_json::json!("A number."))
    );
    assert_eq!(rules[3]["properties"]["dialect"]["default"], "torch");
    let loss = &schema["$defs"]["problems"]["anyOf"][3]["properties"]["loss"];
    assert_eq!(of(loss)["anyOf"][0]["$ref"], "#/$defs/loss");
    // Every reference leads somewhere, and no table takes unknown keys.
    let mut references = Vec::new();
    walk(&schema, &mut references);
    assert!(references.len() >= 12);
    for reference in references {
        assert!(schema.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}

fn walk(value: &serde_json::Value, references: &mut Vec<String>) {
    if let Some(table) = value.as_object() {
        if table.get("type").is_some_and(|kind| kind == "object") {
            assert_eq!(table.get("additionalProperties"), Some(&serde_json::json!(false)), "{value}");
        }
        references.extend(table.get("$ref").and_then(|target| target.as_str()).map(ToOwned::to_owned));
        table.values().for_each(|inner| walk(inner, references));
    }
    value.as_array().into_iter().flatten().for_each(|inner| walk(inner, references));
}

#[test]
fn lists_of_schedules_are_expanded_and_written_back() {
    let text = r#"
        name = "joined"
        question = "Which?"
        problems = "least-squares"
        rules = "sgd"
        rates = 0.1
        budget = { epochs = 2 }
        schedules = [
            "sequence",
            { name = "sequence", label = "joined", boundaries = [5, 8], clock = "steps", schedules = [
                "constant", { name = "linear", final = [0.1, 0.2] }, { name = "step", every = 3, clock = "steps" }] },
            { name = "chained", schedules = [["constant"], ["constant", "cosine"]] },
        ]
    "#;
    let catalogues = sgdlab_sweeps::catalogues();
    let plan = Plan::parse(text, "plan.toml", &[], &catalogues).expect("a plan");
    let labels: Vec<&str> = plan.schedules.iter().map(|choice| choice.label.as_str()).collect();
    let expected = [
        "sequence",
        "joined schedules=constant+linear(final=0.1)+step(every=3, clock=steps)",
        "joined schedules=constant+linear(final=0.2)+step(every=3, clock=steps)",
        "chained schedules=constant",
        "chained schedules=constant+cosine",
    ];
    assert_eq!(labels, expected);
    assert_eq!(plan.schedules[2].settings.items("schedules")[1].number("final"), 0.2);
    let again = Plan::parse(&plan.resolved_toml(), "again.toml", &[], &catalogues).expect("a plan");
    assert_eq!(again.schedules, plan.schedules);
}

#[test]
fn losses_of_classes_are_expanded_and_written_back() {
    let text = r#"
        name = "classes"
        question = "Which?"
        problems = [
            { name = "softmax", loss = "cross-entropy" },
            { name = "softmax", label = "weighted", data = "iris", loss = ["crammer-singer", { name = "focal",
                gamma = [1, 2], class-weights = [1, 2, 0.5] }] },
            { name = "mlp", data = "iris", loss = { name = "cross-entropy", class-weights = ["balanced", [1, 2, 3]] } },
        ]
        rules = "sgd"
        rates = 0.1
        budget = { epochs = 2 }
    "#;
    let catalogues = sgdlab_sweeps::catalogues();
    let plan = Plan::parse(text, "plan.toml", &[], &catalogues).expect("a plan");
    let labels: Vec<&str> = plan.problems.iter().map(|choice| choice.label.as_str()).collect();
    let expected = [
        "softmax",
        "weighted loss=crammer-singer",
        "weighted loss=focal(gamma=1, class-weights=[1.0, 2.0, 0.5])",
        "weighted loss=focal(class-weights=[1.0, 2.0, 0.5])",
        "mlp loss=cross-entropy(class-weights=balanced)",
        "mlp loss=cross-entropy(class-weights=[1.0, 2.0, 3.0])",
    ];
    assert_eq!(labels, expected);
    assert_eq!(plan.problems[0].settings.tacit_item("loss"), None, "the default is not held");
    let again = Plan::parse(&plan.resolved_toml(), "again.toml", &[], &catalogues).expect("a plan");
    assert_eq!(again.problems, plan.problems);
    let refused = |loss: &str| {
        let text = text.replace(r#"loss = "cross-entropy""#, &format!("loss = {loss}"));
        Plan::parse(&text, "plan.toml", &[], &catalogues).expect_err("a refusal").to_string()
    };
    for (loss, message) in [
        (r#""huber""#, r#"one of "cross-entropy", "focal", "crammer-singer", "weston-watkins", "one-hot""#),
        (r#"{ name = "focal", class-weights = [1, -1] }"#, "\"equal\", \"balanced\", or a list, each a number ≥ 0"),
        (r#"{ name = "focal", class-weights = "even" }"#, "\"equal\", \"balanced\", or a list, each a number ≥ 0"),
        (r#"{ name = "focal", class-weights = 2 }"#, "\"equal\", \"balanced\", or a list, each a number ≥ 0"),
    ] {
        let found = refused(loss);
        assert!(found.contains(message), "{found}");
    }
}

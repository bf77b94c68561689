//! Small catalogues and a way to compare plans with expectations.

use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Range, Settings};
use sgdlab_sweeps::plan::{Catalogues, Kind, Plan};

const fn entry(name: &'static str, hyperparameters: &'static [Hyperparameter], dialects: &'static [Dialect]) -> Entry {
    Entry { name, summary: "One.", formula: "", conventions: "", hyperparameters, dialects, cost: "", reference: "" }
}

const fn number(name: &'static str, default: f64, range: Range) -> Hyperparameter {
    Hyperparameter { name, meaning: "A number.", domain: Domain::Number { default, range } }
}

static HUBER: Entry = entry("huber", &[number("delta", 1.0, Range::above(0.0))], &[]);
static SQUARED: Entry = entry("squared", &[], &[]);

fn losses() -> Vec<&'static Entry> {
    vec![&SQUARED, &HUBER]
}

static SOFTMAX: Entry = entry(
    "softmax",
    &[
        Hyperparameter { name: "data", meaning: "The data.", domain: Domain::Text { default: "digits" } },
        number("l2", 0.0, Range::at_least(0.0)),
        Hyperparameter { name: "hidden", meaning: "Widths.", domain: Domain::Integers { default: &[8] } },
    ],
    &[],
);
static LINEAR: Entry = entry(
    "linear",
    &[Hyperparameter {
        name: "loss",
        meaning: "The loss.",
        domain: Domain::Item { default: "squared", catalogue: losses },
    }],
    &[],
);
static SGD: Entry = entry(
    "sgd",
    &[
        number("momentum", 0.0, Range::from_to(0.0, 1.0)),
        Hyperparameter { name: "nesterov", meaning: "Look ahead.", domain: Domain::Flag { default: false } },
    ],
    &[],
);
static ADAM: Entry = entry(
    "adam",
    &[
        number("beta1", 0.9, Range::from_to(0.0, 1.0)),
        number("eps", 1e-8, Range::at_least(0.0)),
        Hyperparameter { name: "warm", meaning: "Steps.", domain: Domain::Integer { default: 0, least: 0 } },
    ],
    &[
        Dialect { name: "torch", conventions: "eps outside.", formula: &[], defaults: &[] },
        Dialect { name: "optax", conventions: "eps inside.", formula: &[], defaults: &[("eps", 1e-7)] },
    ],
);
static RESHUFFLE: Entry = entry(
    "reshuffle",
    &[Hyperparameter {
        name: "remainder",
        meaning: "Short last batch.",
        domain: Domain::Choice { default: "keep", accepts: &["drop", "keep"] },
    }],
    &[],
);
static CONSTANT: Entry = entry("constant", &[], &[]);
static PLAIN: Entry = entry("plain", &[], &[]);
static SVRG: Entry = entry("svrg", &[], &[]);

fn check(kind: Kind, settings: &Settings) -> Result<(), Invalid> {
    if kind == Kind::Rule && settings.name() == "sgd" && settings.flag("nesterov") && settings.number("momentum") == 0.0
    {
        return Err(Invalid::new("nesterov", true, "momentum > 0"));
    }
    Ok(())
}

/// The catalogues of all tests.
pub fn catalogues() -> Catalogues {
    Catalogues {
        objectives: vec![&SOFTMAX, &LINEAR],
        rules: vec![&SGD, &ADAM],
        samplers: vec![&RESHUFFLE],
        schedules: vec![&CONSTANT],
        estimators: vec![&PLAIN, &SVRG],
        check,
    }
}

/// A plan that uses every key.
pub const FULL: &str = r#"name = "digits"
question = "Which rule is fastest?"
problems = ["softmax", { name = "softmax", label = "ridge", l2 = 0.01, hidden = [[16], [32, 32]] },
            { name = "linear", loss = ["squared", { name = "huber", delta = { lin = [1, 2], count = 2 } }] }]
rules = ["sgd", { name = "sgd", label = "momentum", momentum = [0.9, 0.99] },
         { name = "adam", dialect = "optax", rates = { log = [1e-4, 1e-1], count = 4 } }]
rates = { log = [1e-3, 1.0], count = 7 }
batch-sizes = [16, 128]
samplers = ["reshuffle", { name = "reshuffle", label = "both", remainder = ["drop", "keep"] }]
schedules = "constant"
estimators = ["plain", "svrg"]
replicates = 3
precision = ["f32", "f64"]
budget = { epochs = 10 }
targets = { metric = "gap", values = [0.3, 0.1] }
metrics = ["error", "test-value"]
log = { every-steps = 50 }
parameters = true

[[exclude]]
rule = "adam"
rate = { min = 0.05 }
batch-size = 16

[[exclude]]
problem = ["ridge", "linear"]
precision = "f32"
sampler = "both remainder=drop"
"#;

/// A small plan with `{more}` lines after it.
pub fn small(more: &str) -> String {
    let mut text = String::from("name = \"a\"\nquestion = \"b\"\n");
    for (key, value) in
        [("problems", "\"softmax\""), ("rules", "\"sgd\""), ("rates", "0.1"), ("budget", "{ steps = 9 }")]
    {
        if !more.lines().any(|line| line.starts_with(key)) {
            text.push_str(&format!("{key} = {value}\n"));
        }
    }
    text + more
}

/// The plan, which must be good.
pub fn parse(text: &str, sets: &[&str]) -> Plan {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    Plan::parse(text, "x.toml", &sets, &catalogues()).unwrap_or_else(|errors| panic!("{}", errors.render()))
}

/// The error lines of a plan, which must be wrong.
pub fn errors(text: &str, sets: &[&str]) -> String {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    match Plan::parse(text, "x.toml", &sets, &catalogues()) {
        Ok(plan) => panic!("accepted: {plan:?}"),
        Err(errors) => errors.to_string(),
    }
}

//! A plan as TOML, with every default and every expanded item written out.

use std::fmt::Write as _;

use sgdlab_core::{Settings, Value};

use super::Plan;
use super::exclude::words;
use super::types::{Budget, Choice, Exclude, Kind, Log, Numbers};

impl Plan {
    /// The plan with every default and every variant written out.
    ///
    /// Parsing it again gives an equal plan.
    #[must_use]
    pub fn resolved_toml(&self) -> String {
        let mut out = String::new();
        let mut line = |key: &str, value: String| {
            let _ = writeln!(out, "{key} = {value}");
        };
        line("name", text(&self.name));
        line("question", text(&self.question));
        line("problems", items(self.problems.iter().map(choice)));
        let rule = |rule: &super::RuleChoice| item(&rule.label, &rule.settings, Some(&rule.rates));
        line("rules", items(self.rules.iter().map(rule)));
        line("batch-sizes", format!("{:?}", self.batch_sizes));
        line("samplers", items(self.samplers.iter().map(choice)));
        line("schedules", items(self.schedules.iter().map(choice)));
        line("estimators", items(self.estimators.iter().map(choice)));
        line("replicates", self.replicates.to_string());
        line("precision", list(self.precisions.iter().map(|p| text(p.name()))));
        line("budget", budget(self.budget));
        if !self.targets.values.is_empty() {
            let values = list(self.targets.values.iter().map(|x| number(*x)));
            line("targets", format!("{{ metric = {}, values = {values} }}", text(self.targets.metric.name())));
        }
        line("metrics", list(self.metrics.iter().map(|metric| text(metric.name()))));
        line("log", log(self.log));
        line("parameters", self.parameters.to_string());
        for one in &self.excludes {
            out.push_str(&exclude(one));
        }
        out
    }
}

fn choice(choice: &Choice) -> String {
    item(&choice.label, &choice.settings, None)
}

/// `{ name = …, label = …, … }`.
fn item(label: &str, settings: &Settings, rates: Option<&[f64]>) -> String {
    let mut fields = fields(settings);
    fields.insert(1, format!("label = {}", text(label)));
    fields.extend(rates.map(|rates| format!("rates = {}", list(rates.iter().map(|x| number(*x))))));
    format!("{{ {} }}", fields.join(", "))
}

fn fields(settings: &Settings) -> Vec<String> {
    let mut fields = vec![format!("name = {}", text(settings.name()))];
    fields.extend(settings.dialect().map(|dialect| format!("dialect = {}", text(dialect))));
    fields.extend(settings.values().iter().map(|(key, given)| format!("{key} = {}", value(given))));
    fields
}

fn value(value: &Value) -> String {
    match value {
        Value::Number(x) => number(*x),
        Value::Flag(flag) => flag.to_string(),
        Value::Word(word) => text(word),
        Value::Numbers(list) => self::list(list.iter().map(|x| number(*x))),
        Value::Integers(list) => format!("{list:?}"),
        Value::Item(settings) => nested(settings),
        Value::Items(items) => list(items.iter().map(nested)),
    }
}

fn nested(settings: &Settings) -> String {
    format!("{{ {} }}", fields(settings).join(", "))
}

/// The shortest digits that give the number back; whole numbers without a point.
fn number(x: f64) -> String {
    if x.fract() == 0.0 && x.abs() < 1e15 { format!("{x:.0}") } else { format!("{x:?}") }
}

fn list(values: impl Iterator<Item = String>) -> String {
    format!("[{}]", values.collect::<Vec<_>>().join(", "))
}

fn items(values: impl Iterator<Item = String>) -> String {
    let lines: String = values.map(|item| format!("    {item},\n")).collect();
    format!("[\n{lines}]")
}

/// A basic string.
fn text(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn budget(budget: Budget) -> String {
    match budget {
        Budget::Epochs(n) => format!("{{ epochs = {} }}", number(n)),
        Budget::Steps(n) => format!("{{ steps = {n} }}"),
        Budget::Evaluations(n) => format!("{{ evaluations = {n} }}"),
    }
}

fn log(log: Log) -> String {
    match log {
        Log::PerDecade(n) => format!("{{ per-decade = {n} }}"),
        Log::EverySteps(n) => format!("{{ every-steps = {n} }}"),
        Log::EveryEpochs(n) => format!("{{ every-epochs = {} }}", number(n)),
    }
}

fn exclude(exclude: &Exclude) -> String {
    let mut out = String::from("\n[[exclude]]\n");
    for kind in Kind::ALL {
        if let Some(words) = words(exclude, kind) {
            let key = kind.key().trim_end_matches('s');
            let _ = writeln!(out, "{key} = {}", list(words.iter().map(|word| text(word))));
        }
    }
    for (key, numbers) in [("rate", &exclude.rate), ("batch-size", &exclude.batch_size)] {
        if let Some(numbers) = numbers {
            let _ = writeln!(out, "{key} = {}", matched(numbers));
        }
    }
    if let Some(precisions) = &exclude.precision {
        let _ = writeln!(out, "precision = {}", list(precisions.iter().map(|p| text(p.name()))));
    }
    out
}

fn matched(numbers: &Numbers) -> String {
    match numbers {
        Numbers::OneOf(values) => list(values.iter().map(|x| number(*x))),
        Numbers::Between { min, max } => {
            let ends = [("min", min), ("max", max)].into_iter().filter(|(_, end)| end.is_finite());
            let ends: Vec<String> = ends.map(|(key, end)| format!("{key} = {}", number(*end))).collect();
            format!("{{ {} }}", ends.join(", "))
        }
    }
}

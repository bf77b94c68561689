//! Which hyperparameters and lines make two rules part, by switching them.

use sgdlab_core::{Domain, Value};

use crate::{Hunk, Parting, Rates, Subject, differing, parting};

/// Two rules on the same gradients.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Each with its own values.
    pub own: Parting,
    /// Both with equal values for what both have.
    pub equal: Parting,
    /// The two with equal values.
    pub subjects: [Subject; 2],
    /// Hyperparameters that both have, with values that the other one does not accept.
    pub unshared: Vec<&'static str>,
    /// Hyperparameters of which the two have different values, and what each of them does.
    pub defaults: Vec<Difference>,
    /// Settings of both under which the two agree, where they part with equal values.
    pub quenched: Vec<Quenched>,
    /// A setting of both, if it takes one, and rates under which the two part, where they agree with equal values.
    pub hidden: Option<(Option<Quenched>, Rates)>,
    /// Where the formulas differ.
    pub hunks: Vec<Hunk<'static>>,
}

/// A hyperparameter of which two rules have different values.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Its name.
    pub name: &'static str,
    /// Its values in both.
    pub values: [Value; 2],
    /// Where the two part if this alone differs.
    pub alone: Parting,
    /// Where they part if this alone is equal.
    pub without: Parting,
}

/// A hyperparameter with a value that both rules have been given.
#[derive(Clone, Debug, PartialEq)]
pub struct Quenched {
    /// Its name.
    pub name: &'static str,
    /// The value.
    pub value: Value,
}

/// The two with equal values for what both have, and the names of what cannot be equal.
///
/// Values are those of the first, or of the second where it does not accept them.
#[must_use]
pub fn equalized(first: &Subject, second: &Subject) -> ([Subject; 2], Vec<&'static str>) {
    let (mut first, mut second) = (first.clone(), second.clone());
    let mut unshared = Vec::new();
    for (name, [a, b]) in different(&first, &second) {
        match (second.with(name, &a), first.with(name, &b)) {
            (Ok(equal), _) => second = equal,
            (_, Ok(equal)) => first = equal,
            _ => unshared.push(name),
        }
    }
    ([first, second], unshared)
}

/// Hyperparameters of the same name with different values.
fn different(first: &Subject, second: &Subject) -> Vec<(&'static str, [Value; 2])> {
    let values = first.settings().values().iter();
    let pairs = values.filter_map(|(name, a)| Some((*name, [a.clone(), second.value(name)?.clone()])));
    pairs.filter(|(_, [a, b])| a != b).collect()
}

impl Comparison {
    /// Compares two rules at these rates.
    #[must_use]
    pub fn new(first: &Subject, second: &Subject, rates: Rates) -> Self {
        let (subjects, unshared) = equalized(first, second);
        let [a, b] = &subjects;
        let equal = parting(a, b, rates);
        let defaults = different(first, second).into_iter();
        let defaults = defaults.filter(|(name, _)| !unshared.contains(name));
        let defaults = defaults.map(|(name, values)| {
            let alone = [(a, &values[0]), (b, &values[1])].map(|(subject, value)| changed(subject, name, value));
            let without = [first, second].map(|subject| changed(subject, name, a.value(name).unwrap_or(&values[0])));
            Difference {
                name,
                alone: parting(&alone[0], &alone[1], rates),
                without: parting(&without[0], &without[1], rates),
                values,
            }
        });
        let hunks = differing(&first.lines(), &second.lines());
        let agree = equal.agrees();
        Self {
            own: parting(first, second, rates),
            defaults: defaults.collect(),
            quenched: if agree { Vec::new() } else { quenched(a, b, rates) },
            hidden: if agree && !hunks.is_empty() { Self::hidden(a, b, rates) } else { None },
            hunks,
            equal,
            unshared,
            subjects,
        }
    }

    /// A setting of both, and rates, under which two rules part that agree at `rates`.
    ///
    /// Hyperparameters that both have are changed one at a time, to every value of a short list; each is tried at
    /// `rates` and at falling ones.
    #[must_use]
    pub fn hidden(first: &Subject, second: &Subject, rates: Rates) -> Option<(Option<Quenched>, Rates)> {
        let (Rates::Constant(rate) | Rates::Falling(rate)) = rates;
        let all = [rates, Rates::Falling(rate)];
        let parts = |a: &Subject, b: &Subject| all.into_iter().find(|&rates| !parting(a, b, rates).agrees());
        parts(first, second).map(|rates| (None, rates)).or_else(|| {
            settings_of_both(first, second, candidates)
                .find_map(|(setting, [a, b])| parts(&a, &b).map(|rates| (Some(setting), rates)))
        })
    }
}

/// The rule with another value; the same rule if it does not accept it beside its others.
fn changed(subject: &Subject, name: &str, value: &Value) -> Subject {
    subject.with(name, value).unwrap_or_else(|_| subject.clone())
}

/// Every setting of one hyperparameter that both have and accept.
fn settings_of_both<'a>(
    first: &'a Subject,
    second: &'a Subject,
    candidates: impl Fn(&Domain) -> Vec<Value> + 'a,
) -> impl Iterator<Item = (Quenched, [Subject; 2])> + 'a {
    let values = move |name: &'static str| {
        let entry = first.entry();
        candidates(&entry.hyperparameters[entry.position(name).expect("a hyperparameter of its own")].domain)
    };
    let settings = first
        .settings()
        .values()
        .iter()
        .flat_map(move |(name, _)| values(name).into_iter().map(move |value| Quenched { name, value }));
    settings.filter_map(move |setting| {
        let both = [first, second].map(|subject| subject.with(setting.name, &setting.value).ok());
        let [Some(a), Some(b)] = both else { return None };
        Some((setting, [a, b]))
    })
}

/// What switches a part of a formula off: 0, false, none.
fn off(domain: &Domain) -> Vec<Value> {
    match domain {
        // A tiny number stands in for 0 where 0/0 would come of it.
        Domain::Number { .. } => vec![Value::Number(0.0), Value::Number(1e-30)],
        Domain::Integer { .. } => vec![Value::Number(0.0)],
        Domain::Flag { .. } => vec![Value::Flag(false), Value::Flag(true)],
        Domain::Choice { accepts, .. } => accepts.iter().map(|word| Value::Word((*word).to_owned())).collect(),
        Domain::Optional { absent, .. } => vec![Value::Word((*absent).to_owned())],
        _ => Vec::new(),
    }
}

/// Values that switch a part of a formula on.
fn candidates(domain: &Domain) -> Vec<Value> {
    let mut values = off(domain);
    let numbers: &[f64] = match domain {
        Domain::Number { .. } | Domain::Optional { .. } => &[0.9, 0.1, 1e-3, 2.0],
        Domain::Integer { .. } => &[1.0, 7.0],
        _ => &[],
    };
    values.extend(numbers.iter().map(|&x| Value::Number(x)));
    values
}

/// Settings of one hyperparameter of both, other than the present one, under which the two agree.
fn quenched(first: &Subject, second: &Subject, rates: Rates) -> Vec<Quenched> {
    let changed = |setting: &Quenched| first.value(setting.name) != Some(&setting.value);
    let agree = |[a, b]: &[Subject; 2]| {
        let found = parting(a, b, rates);
        found.agrees() && found.finite
    };
    settings_of_both(first, second, off)
        .filter(|(setting, subjects)| changed(setting) && agree(subjects))
        .map(|(setting, _)| setting)
        .collect()
}

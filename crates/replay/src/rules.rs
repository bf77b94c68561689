//! Trajectories of update rules.

use std::collections::HashMap;
use std::ops::Range;

use serde::Deserialize;
use serde_json::Value as Json;
use sgdlab_core::streams::Key;
use sgdlab_core::{Batch, Domain, Entry, Layout, Oracle, Real, Settings, Value};
use sgdlab_estimators::{Ask, Context, Estimator, EstimatorSpec, Plain};
use sgdlab_optimizers::{Packs, Rule, RuleSpec, Signal, rules};

use crate::function::{Function, OneTerm, wide};
use crate::number::{Number, plain, size};
use crate::report::Comparison;

/// A record of the format of the crate's documentation.
#[derive(Deserialize)]
struct Record {
    rule: String,
    variant: Option<String>,
    #[serde(default)]
    hyperparameters: serde_json::Map<String, Json>,
    #[serde(default)]
    dtype: Precision,
    shapes: Vec<Vec<usize>>,
    initial: Vec<Number>,
    gradients: Option<Gradients>,
    hessians: Option<Vec<Vec<Number>>>,
    tensors: Option<Vec<usize>>,
    problem: Option<Function>,
    steps: usize,
    trajectory: Vec<Vec<Number>>,
    #[serde(default)]
    extra: HashMap<String, Json>,
    #[serde(default = "default_tolerance")]
    tol: f64,
}

/// The number type of a record.
#[derive(Clone, Copy, Default, Deserialize)]
pub(crate) enum Precision {
    /// `float64`.
    #[default]
    #[serde(rename = "float64")]
    F64,
    /// `float32`.
    #[serde(rename = "float32")]
    F32,
}

fn default_tolerance() -> f64 {
    1e-12
}

/// Gradients of every step, or the name of a sequence.
#[derive(Deserialize)]
#[serde(untagged)]
enum Gradients {
    Named(String),
    Listed(Vec<Row>),
}

/// The gradient of a step: all its entries; or rows of the one tensor that there is, which are added where one is
/// listed twice.
#[derive(Deserialize)]
#[serde(untagged)]
enum Row {
    Dense(Vec<Number>),
    Sparse(Vec<usize>, Vec<Vec<Number>>),
}

/// The gradient of a step: its entries and, if it is sparse, which of them are listed.
struct Gradient {
    entries: Vec<f64>,
    present: Option<Vec<bool>>,
}

impl Row {
    /// All entries, 0 where a sparse gradient has none.
    fn fill(&self, shapes: &[Vec<usize>]) -> Result<Gradient, String> {
        let (rows, values) = match self {
            Self::Dense(entries) => return Ok(Gradient { entries: plain(entries), present: None }),
            Self::Sparse(rows, values) => (rows, values),
        };
        let [shape] = shapes else {
            return Err(format!("a sparse gradient is one of one tensor, not of {}", shapes.len()));
        };
        let (width, size) = (size(shape.get(1..).unwrap_or_default())?, size(shape)?);
        if rows.len() != values.len() || values.iter().any(|row| row.len() != width) {
            return Err(format!("a sparse gradient has {width} numbers for each row that it lists"));
        }
        let (mut entries, mut present) = (vec![0.0; size], vec![false; size]);
        for (&row, values) in rows.iter().zip(values) {
            let range = row.checked_mul(width).map(|start| start..start.saturating_add(width));
            let range = range.filter(|range| range.end <= size);
            let range = range.ok_or_else(|| format!("a sparse gradient lists row {row} of {shape:?}"))?;
            present[range.clone()].fill(true);
            entries[range].iter_mut().zip(values).for_each(|(entry, value)| *entry += value.0);
        }
        Ok(Gradient { entries, present: Some(present) })
    }
}

/// A named sequence of gradients.
#[derive(Deserialize)]
pub(crate) struct Sequence {
    shapes: Vec<Vec<usize>>,
    gradients: Vec<Row>,
    hessians: Option<Vec<Vec<Number>>>,
}

/// Gradients and Hessian diagonals of every step.
struct Recorded {
    gradients: Vec<Gradient>,
    hessians: Option<Vec<Vec<f64>>>,
}

/// Replays a record; the error says why that is not possible.
pub(crate) fn replay(
    record: &Json,
    sequences: &HashMap<String, Result<Sequence, String>>,
) -> Result<Comparison, String> {
    let record = Record::deserialize(record).map_err(|error| error.to_string())?;
    // Some rules keep as much as the square of an axis, even where another one is 0.
    if record.shapes.is_empty() || record.shapes.iter().any(|shape| shape.contains(&0)) {
        return Err("shapes must be those of tensors that have numbers".to_owned());
    }
    record.shapes.iter().try_for_each(|shape| size(shape).map(drop))?;
    let layout = Layout::new(record.shapes.iter().enumerate().map(|(i, shape)| (format!("tensor{i}"), shape.clone())));
    record.check(layout.size())?;
    match record.dtype {
        Precision::F64 => run::<f64>(&record, layout, sequences),
        Precision::F32 => run::<f32>(&record, layout, sequences),
    }
}

impl Record {
    /// Whether the lengths of its lists fit together.
    fn check(&self, size: usize) -> Result<(), String> {
        if self.initial.len() != size {
            return Err(format!("initial has {} numbers, and shapes ask for {size}", self.initial.len()));
        }
        if self.trajectory.len() != self.steps {
            return Err(format!("trajectory has {} rows, and steps is {}", self.trajectory.len(), self.steps));
        }
        match self.trajectory.iter().position(|row| row.len() != size) {
            Some(t) => Err(format!("row {} of trajectory has {} numbers for {size}", t + 1, self.trajectory[t].len())),
            None => Ok(()),
        }
    }

    /// The gradients that were recorded; `None` if there is a problem to compute them of.
    fn recorded(
        &self,
        size: usize,
        sequences: &HashMap<String, Result<Sequence, String>>,
    ) -> Result<Option<Recorded>, String> {
        let recorded = match (&self.gradients, &self.problem) {
            (None, Some(function)) => return function.refuse(size).map_or(Ok(None), Err),
            (Some(_), Some(_)) => return Err("either gradients or a problem is needed, not both".to_owned()),
            (None, None) => return Err("gradients or a problem is needed".to_owned()),
            (Some(Gradients::Listed(gradients)), None) => Recorded {
                gradients: gradients.iter().map(|row| row.fill(&self.shapes)).collect::<Result<_, _>>()?,
                hessians: self.hessians.as_ref().map(|h| h.iter().map(|h| plain(h)).collect()),
            },
            (Some(Gradients::Named(name)), None) => {
                let sequence = sequences.get(name).ok_or_else(|| format!("no sequence is called \"{name}\""))?;
                sequence.as_ref().map_err(Clone::clone)?.select(self.tensors.as_deref(), size)?
            }
        };
        let gradients = recorded.gradients.iter().map(|gradient| gradient.entries.len()).collect::<Vec<_>>();
        let hessians = recorded.hessians.as_ref().map(|rows| rows.iter().map(Vec::len).collect());
        for list in [Some(gradients), hessians].into_iter().flatten() {
            if list.len() < self.steps || list.iter().any(|&numbers| numbers != size) {
                return Err(format!(
                    "gradients (and hessians) must have {size} numbers for each of {} steps",
                    self.steps
                ));
            }
        }
        Ok(Some(recorded))
    }
}

impl Sequence {
    /// The part of the sequence that belongs to these tensors, which have `numbers` numbers.
    fn select(&self, tensors: Option<&[usize]>, numbers: usize) -> Result<Recorded, String> {
        let sizes = self.shapes.iter().map(|shape| size(shape)).collect::<Result<Vec<_>, _>>()?;
        let range = |tensor: usize| -> Result<Range<usize>, String> {
            let size = sizes.get(tensor).ok_or_else(|| format!("the sequence has no tensor {tensor}"))?;
            let start = sizes[..tensor].iter().sum::<usize>();
            Ok(start..start + size)
        };
        let all: Vec<usize> = (0..sizes.len()).collect();
        let ranges = tensors.unwrap_or(&all).iter().map(|&tensor| range(tensor)).collect::<Result<Vec<_>, _>>()?;
        // Before a sparse gradient is filled to the size that its sequence claims.
        let selected = ranges.iter().map(ExactSizeIterator::len).sum::<usize>();
        if selected != numbers {
            return Err(format!("the sequence has {selected} numbers for each step, and shapes ask for {numbers}"));
        }
        let gradient = |row: &Row| -> Result<Gradient, String> {
            let Gradient { entries, present } = row.fill(&self.shapes)?;
            let present = present.map(|present| cut(&present, &ranges)).transpose()?;
            Ok(Gradient { entries: cut(&entries, &ranges)?, present })
        };
        Ok(Recorded {
            gradients: self.gradients.iter().map(gradient).collect::<Result<_, _>>()?,
            hessians: match &self.hessians {
                Some(rows) => Some(rows.iter().map(|row| cut(&plain(row), &ranges)).collect::<Result<_, _>>()?),
                None => None,
            },
        })
    }
}

/// These parts of a row, one after the other.
fn cut<T: Clone>(row: &[T], ranges: &[Range<usize>]) -> Result<Vec<T>, String> {
    let part = |range: &Range<usize>| row.get(range.clone()).ok_or("a gradient is too short");
    Ok(ranges.iter().map(part).collect::<Result<Vec<_>, _>>()?.concat())
}

/// What a record runs: a rule, its rates, and how it comes to its gradients.
struct Method {
    rule: RuleSpec,
    rates: Rates,
    estimator: EstimatorSpec,
}

impl Method {
    fn of(record: &Record) -> Result<Self, String> {
        let method = Self::read(record)?;
        match &method.rates {
            Rates::Each(rates) if rates.len() < record.steps => {
                Err(format!("lr has {} numbers for {} steps", rates.len(), record.steps))
            }
            _ => Ok(method),
        }
    }

    fn read(record: &Record) -> Result<Self, String> {
        let given = &record.hyperparameters;
        if !["sam", "asam", "lookahead"].contains(&record.rule.as_str()) {
            let (settings, rates) = rule(&record.rule, record.variant.as_deref(), given)?;
            return Self::new(&settings, rates, Plain.into());
        }
        let (base, own): (Vec<_>, Vec<_>) = given.iter().partition(|(key, _)| key.starts_with("base"));
        let base: HashMap<&str, &Json> = base.into_iter().map(|(key, json)| (key.as_str(), json)).collect();
        let name = base.get("base").and_then(|name| name.as_str()).ok_or("base, the name of a rule, is needed")?;
        let hyperparameters = base.get("base_hyperparameters").and_then(|json| json.as_object());
        let variant = base.get("base_variant").and_then(|variant| variant.as_str());
        let (base, rates) = rule(name, variant, &hyperparameters.cloned().unwrap_or_default())?;
        if record.rule == "lookahead" {
            let entry = entry(&rules::entries(), "rule", "lookahead")?;
            let mut given = values(entry, own)?;
            given.push(("base".to_owned(), Value::Item(base)));
            return Self::new(&settings(entry, record.variant.as_deref(), &given)?, rates, Plain.into());
        }
        let entry = entry(&sgdlab_estimators::entries(), "estimator", "sam")?;
        let estimator = EstimatorSpec::new(&settings(entry, None, &values(entry, own)?)?);
        Self::new(&base, rates, estimator.map_err(|error| error.to_string())?)
    }

    fn new(rule: &Settings, rates: Rates, estimator: EstimatorSpec) -> Result<Self, String> {
        let rule = RuleSpec::new(rule).map_err(|error| error.to_string())?;
        let needs = rule.needs();
        if needs.asking && estimator != EstimatorSpec::from(Plain) {
            return Err("the rule asks for its gradients itself, and no estimator changes them".to_owned());
        }
        if needs.asking && needs.products {
            return Err("the rule needs products with curvature matrices, which no problem of a record has".to_owned());
        }
        Ok(Self { rule, rates, estimator })
    }
}

pub(crate) fn entry(catalogue: &[&'static Entry], kind: &str, name: &str) -> Result<&'static Entry, String> {
    let found = catalogue.iter().find(|entry| entry.name == name);
    found.copied().ok_or_else(|| format!("no {kind} is called {name}"))
}

/// The rate of all steps, or that of each.
#[derive(Deserialize)]
#[serde(untagged)]
enum Rates {
    All(f64),
    Each(Vec<f64>),
}

impl Rates {
    fn at(&self, t: usize) -> f64 {
        match self {
            Self::All(rate) => *rate,
            Self::Each(rates) => rates[t],
        }
    }
}

/// A rule's settings and its rates, from hyperparameters as records spell them.
fn rule(
    name: &str,
    variant: Option<&str>,
    hyperparameters: &serde_json::Map<String, Json>,
) -> Result<(Settings, Rates), String> {
    let entry = entry(&rules::entries(), "rule", &name.replace('_', "-"))?;
    let rates = match hyperparameters.get("lr") {
        None => Rates::All(1.0),
        Some(lr) => Rates::deserialize(lr).map_err(|_| format!("lr = {lr} is not a number or a list of numbers"))?,
    };
    let given = values(entry, hyperparameters.iter().filter(|(key, _)| *key != "lr"))?;
    Ok((settings(entry, variant, &given)?, rates))
}

/// Checked settings, in the dialect that a record calls its variant.
fn settings(entry: &'static Entry, variant: Option<&str>, given: &[(String, Value)]) -> Result<Settings, String> {
    let given = given.iter().map(|(key, value)| (key.as_str(), value.clone()));
    let settings = match variant {
        Some(variant) => Settings::in_dialect(entry, Some(&variant.replace('_', "-")), given),
        None => Settings::new(entry, given),
    };
    settings.map_err(|error| error.to_string())
}

/// Hyperparameters of a record as the entry takes them.
pub(crate) fn values<'a>(
    entry: &Entry,
    hyperparameters: impl IntoIterator<Item = (&'a String, &'a Json)>,
) -> Result<Vec<(String, Value)>, String> {
    let pair = |(key, json): (&String, &Json)| {
        let key = key.replace('_', "-");
        let value = value(entry, &key, json);
        value
            .map(|value| (key.clone(), value))
            .ok_or_else(|| format!("{key} = {json} is not accepted by {}", entry.name))
    };
    hyperparameters.into_iter().map(pair).collect()
}

/// A value of a record as the entry's hyperparameter takes it; unknown keys are refused later.
fn value(entry: &Entry, key: &str, json: &Json) -> Option<Value> {
    let domain = entry.position(key).map(|position| entry.hyperparameters[position].domain);
    match (json, domain) {
        (Json::Null, Some(Domain::Optional { absent, .. })) => Some(Value::Word(absent.to_owned())),
        (Json::Bool(flag), _) => Some(Value::Flag(*flag)),
        (Json::Number(_), _) => json.as_f64().map(Value::Number),
        (Json::String(word), Some(Domain::Number { .. })) => word.parse().ok().map(Value::Number),
        (Json::String(word), _) => Some(Value::Word(word.replace('_', "-"))),
        (Json::Array(list), Some(Domain::Integers { .. })) => {
            list.iter().map(Json::as_i64).collect::<Option<_>>().map(Value::Integers)
        }
        (Json::Array(list), Some(Domain::Items { catalogue, .. })) => {
            list.iter().map(|json| item(&catalogue(), json)).collect::<Option<_>>().map(Value::Items)
        }
        (Json::Array(list), _) => list.iter().map(Json::as_f64).collect::<Option<_>>().map(Value::Numbers),
        _ => None,
    }
}

/// An entry of another catalogue: its name, or a list of its name and its hyperparameters.
fn item(catalogue: &[&'static Entry], json: &Json) -> Option<Settings> {
    let (name, given) = match json {
        Json::Array(pair) if pair.len() == 2 => (pair[0].as_str()?, pair[1].as_object().cloned()?),
        name => (name.as_str()?, serde_json::Map::new()),
    };
    let entry = entry(catalogue, "item", &name.replace('_', "-")).ok()?;
    settings(entry, None, &values(entry, &given).ok()?).ok()
}

/// A run while it is replayed.
struct Run<'a, R: Real> {
    rule: Box<dyn Rule<R, 1>>,
    estimator: Box<dyn Estimator<R, 1>>,
    rates: Rates,
    at: Vec<[R; 1]>,
    gradient: Vec<[R; 1]>,
    recorded: Option<Recorded>,
    objective: Option<&'a OneTerm>,
}

fn run<R: Packs<1>>(
    record: &Record,
    layout: Layout,
    sequences: &HashMap<String, Result<Sequence, String>>,
) -> Result<Comparison, String> {
    let method = Method::of(record)?;
    let recorded = record.recorded(layout.size(), sequences)?;
    let objective = record.problem.clone().map(|function| OneTerm { function, layout: layout.clone() });
    let mut run = Run::<R> {
        rule: RuleSpec::bind(std::array::from_ref(&method.rule), &layout),
        estimator: method.estimator.bind(&one_term(layout.size())),
        rates: method.rates,
        at: record.initial.iter().map(|x| [R::of(x.0)]).collect(),
        gradient: vec![[R::ZERO]; layout.size()],
        recorded,
        objective: objective.as_ref(),
    };
    let mut oracle = run.objective.map(|objective| Oracle::new(objective, 1));
    let mut comparison = Comparison::default();
    for (t, row) in record.trajectory.iter().enumerate() {
        run.step(t, oracle.as_mut())?;
        let place = |entry: usize| format!("step {}, entry {entry}", t + 1);
        comparison.compare(&wide(&run.at), &plain(row), record.tol, place);
        for (name, rows) in &record.extra {
            let expected = extra(name, rows, t)?;
            let place = |entry: usize| format!("step {}, {name}, entry {entry}", t + 1);
            let output = match (name.as_str(), &oracle) {
                ("func_evals", Some(oracle)) => vec![oracle.evaluations() as f64],
                _ => run.output(name)?,
            };
            comparison.compare(&output, &expected, record.tol, place);
        }
    }
    Ok(comparison)
}

/// What an estimator of [`OneTerm`] is bound to.
fn one_term(parameters: usize) -> Context {
    Context { parameters, terms: 1, batches_per_epoch: 1, largest_batch: 1, key: Key::new("replay") }
}

/// Row `t` of an extra output.
fn extra(name: &str, rows: &Json, t: usize) -> Result<Vec<f64>, String> {
    let row = &rows[t];
    let list = if row.is_array() { Vec::deserialize(row) } else { Number::deserialize(row).map(|x| vec![x]) };
    list.map(|list: Vec<Number>| plain(&list)).map_err(|error| format!("extra {name}, row {}: {error}", t + 1))
}

impl<R: Real> Run<'_, R> {
    fn step(&mut self, t: usize, oracle: Option<&mut Oracle<'_, R, 1>>) -> Result<(), String> {
        if self.rule.asks() {
            let oracle = oracle.ok_or("the rule asks for its gradients itself: a problem is needed, not gradients")?;
            let batch = Batch::of(&[0]);
            self.rule.search(&mut self.at, &mut oracle.on(batch), &[self.rates.at(t)]);
            return Ok(());
        }
        let wants = self.rule.wants();
        let point = self.rule.probe(&self.at).unwrap_or(&self.at);
        let (mut value, mut curvature, mut present) = (None, None, None);
        if let (Some(objective), Some(oracle)) = (self.objective, oracle) {
            let batch = Batch::of(&[0]);
            let ask = Ask { step: t as u64, rates: &[self.rates.at(t)], batch };
            self.estimator.estimate(oracle, point, ask, &mut self.gradient);
            let expansion = objective.function.expand(&wide(point));
            value = Some([R::of(expansion.value)]);
            curvature = Some(narrow(&expansion.curvature));
        } else if let Some(recorded) = &self.recorded {
            let gradient = &recorded.gradients[t];
            self.gradient = narrow(&gradient.entries);
            present = gradient.present.as_deref();
            curvature = recorded.hessians.as_ref().map(|rows| narrow(&rows[t]));
        }
        if wants.value && value.is_none() {
            return Err("the rule needs values: a problem, not gradients".to_owned());
        }
        if wants.curvature && curvature.is_none() {
            return Err("the rule needs hessians".to_owned());
        }
        let signal =
            Signal { gradient: &self.gradient, value: value.as_ref(), curvature: curvature.as_deref(), present };
        self.rule.update(&mut self.at, signal, &[self.rates.at(t)]);
        Ok(())
    }

    /// An output beside the parameters.
    fn output(&mut self, name: &str) -> Result<Vec<f64>, String> {
        let lacks = || format!("the rule has no output \"{name}\"");
        match name {
            "ax" | "x" => self.rule.answer(&self.at).map(wide).ok_or_else(lacks),
            "n_iter" => self.rule.iterations().map(|n| vec![n as f64]).ok_or_else(lacks),
            "d" => self.rule.distance().map(|[d]| vec![d.to_f64()]).ok_or_else(lacks),
            _ => Err(lacks()),
        }
    }
}

fn narrow<R: Real>(numbers: &[f64]) -> Vec<[R; 1]> {
    numbers.iter().map(|&x| [R::of(x)]).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Replays three steps of a 3 × 2 tensor with these gradients.
    fn outcome(rule: &str, gradients: &Json, trajectory: &Json) -> Result<Comparison, String> {
        let record = json!({
            "rule": rule, "hyperparameters": {"lr": 0.5}, "shapes": [[3, 2]], "initial": [1, 2, 3, 4, 5, 6],
            "gradients": gradients, "steps": 3, "trajectory": trajectory,
        });
        replay(&record, &HashMap::new())
    }

    #[test]
    fn sparse_gradients_are_dense_ones_with_zeros() {
        // A repeated row, nothing, and a dense gradient among the sparse ones.
        let gradients = json!([[[2, 0, 2], [[1, 2], [4, 6], [3, -2]]], [[], []], [2, 0, 0, 0, 0, 2]]);
        let rows = json!([[-1, -1, 3, 4, 3, 6], [-1, -1, 3, 4, 3, 6], [-2, -1, 3, 4, 3, 5]]);
        let comparison = outcome("sgd", &gradients, &rows).expect("replayed");
        assert_eq!((comparison.worst, comparison.numbers), (0.0, 18), "{comparison:?}");
        let wrong = json!([[-1, -1, 3, 4, 3, 6], [-1, -1, 3, 4, 3, 6], [-2, -1, 3, 4, 3, 6]]);
        let difference = outcome("sgd", &gradients, &wrong).expect("replayed").first.expect("a difference");
        assert_eq!((difference.place.as_str(), difference.computed), ("step 3, entry 5", 5.0));
    }

    #[test]
    fn rates_may_change() {
        let outcome = |lr: Json| {
            let record = json!({
                "rule": "sgd", "hyperparameters": {"lr": lr}, "shapes": [[1]], "initial": [1],
                "gradients": [[1], [1]], "steps": 2, "trajectory": [[0.5], [0.25]],
            });
            replay(&record, &HashMap::new())
        };
        assert_eq!(outcome(json!([0.5, 0.25])).expect("replayed").worst, 0.0);
        assert!(outcome(json!(0.5)).expect("replayed").first.is_some());
        assert_eq!(outcome(json!([0.5])).expect_err("refused"), "lr has 1 numbers for 2 steps");
        assert_eq!(outcome(json!("fast")).expect_err("refused"), "lr = \"fast\" is not a number or a list of numbers");
    }

    #[test]
    fn sparse_gradients_that_do_not_fit_are_refused() {
        let rows = json!([[0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]]);
        let error = |first: Json| outcome("sgd", &json!([first, [[], []], [[], []]]), &rows).expect_err("refused");
        assert_eq!(error(json!([[3], [[1, 2]]])), "a sparse gradient lists row 3 of [3, 2]");
        assert_eq!(error(json!([[0], [[1]]])), "a sparse gradient has 2 numbers for each row that it lists");
        assert_eq!(error(json!([[0, 1], [[1, 2]]])), "a sparse gradient has 2 numbers for each row that it lists");
        let record = json!({
            "rule": "sgd", "shapes": [[1], [1]], "initial": [1, 2], "gradients": [[[0], [[1]]]],
            "steps": 1, "trajectory": [[0, 0]],
        });
        let error = replay(&record, &HashMap::new()).expect_err("refused");
        assert_eq!(error, "a sparse gradient is one of one tensor, not of 2");
    }

    #[test]
    fn sizes_that_are_only_claimed_are_refused() {
        let error = |shapes: Json, gradients: Json| {
            let record = json!({
                "rule": "shampoo", "shapes": shapes, "initial": [1], "gradients": gradients, "steps": 1, "trajectory": [[0]],
            });
            let claims = json!({"shapes": [[100_000_000_u64]], "gradients": [[[0], [[1]]]]});
            let sequence = Sequence::deserialize(&claims).map_err(|error| error.to_string());
            replay(&record, &HashMap::from([("s".to_owned(), sequence)])).expect_err("refused")
        };
        let none = "shapes must be those of tensors that have numbers";
        assert_eq!(error(json!([[0, 1_000_000_000], [1]]), json!([[1]])), none);
        assert_eq!(error(json!([]), json!([[]])), none);
        let most = "shape [4294967296, 4294967296] has more than 134217728 numbers";
        assert_eq!(error(json!([[4_294_967_296_u64, 4_294_967_296_u64]]), json!([[1]])), most);
        let claimed = "the sequence has 100000000 numbers for each step, and shapes ask for 1";
        assert_eq!(error(json!([[1]]), json!("s")), claimed);
    }

    #[test]
    fn a_step_without_an_end_and_a_memory_without_one_are_refused() {
        for (rule, key, most) in [("muon", "ns_steps", 1000), ("lbfgs", "history_size", 10_000)] {
            let record = json!({
                "rule": rule, "hyperparameters": {key: 4_294_967_296_u64}, "shapes": [[1, 1]], "initial": [1],
                "gradients": [[1]], "steps": 1, "trajectory": [[0]],
            });
            let error = replay(&record, &HashMap::new()).expect_err("refused");
            let key = key.replace('_', "-");
            assert_eq!(error, format!("{key} = 4294967296 is not accepted: it takes a whole number up to {most}"));
        }
    }
}

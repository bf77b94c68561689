//! Sequences of rates.

use serde::Deserialize;
use serde_json::{Map, Value as Json};
use sgdlab_core::{Settings, Value};
use sgdlab_optimizers::schedules::{self, ScheduleSpec};

use crate::number::{Number, plain};
use crate::report::Comparison;
use crate::{optax, rules, torch};

/// A record of the format of the crate's documentation.
#[derive(Deserialize)]
struct Record {
    schedule: String,
    variant: Option<String>,
    base_lr: Option<f64>,
    #[serde(default)]
    parameters: Map<String, Json>,
    steps: usize,
    lr: Vec<Number>,
    closed_form: Option<Vec<Number>>,
    momentum: Option<Vec<Number>>,
    metrics: Option<Vec<Number>>,
    #[serde(default = "default_tolerance")]
    tol: f64,
}

fn default_tolerance() -> f64 {
    1e-12
}

/// Replays a record; the error says why that is not possible.
pub(crate) fn replay(record: &Json) -> Result<Comparison, String> {
    let record = Record::deserialize(record).map_err(|error| error.to_string())?;
    let lists = [("closed_form", &record.closed_form), ("momentum", &record.momentum), ("metrics", &record.metrics)];
    let lists = lists.into_iter().filter_map(|(name, list)| Some((name, list.as_ref()?)));
    for (name, list) in lists.chain([("lr", &record.lr)]) {
        if list.len() != record.steps {
            return Err(format!("{name} has {} numbers, and steps is {}", list.len(), record.steps));
        }
    }
    let (rates, momenta, scale) = record.computed()?;
    // Errors are measured against the base rate, however small the rates become.
    let tolerance = record.tol * scale.abs() / scale.abs().max(1.0);
    let mut comparison = Comparison::default();
    comparison.compare(&rates, &plain(&record.lr), tolerance, |step| format!("lr, step {step}"));
    if let Some(recorded) = &record.closed_form {
        comparison.compare(&rates, &plain(recorded), tolerance, |step| format!("closed_form, step {step}"));
    }
    if let Some(recorded) = &record.momentum {
        let momenta = momenta.ok_or("the schedule does not cycle the momentum")?;
        comparison.compare(&momenta, &plain(recorded), record.tol, |step| format!("momentum, step {step}"));
    }
    Ok(comparison)
}

/// Rates and momenta of every step, and the base rate.
type Computed = (Vec<f64>, Option<Vec<f64>>, f64);

impl Record {
    fn computed(&self) -> Result<Computed, String> {
        let (name, parameters) = (self.schedule.as_str(), &Json::Object(self.parameters.clone()));
        let base = || self.base_lr.ok_or_else(|| "base_lr is needed".to_owned());
        let steps = self.steps as u64;
        if (name, self.variant.as_deref()) == ("reduce_on_plateau", Some("torch")) {
            let metrics = self.metrics.as_ref().ok_or("metrics are needed")?;
            return Ok((torch::plateau(parameters, base()?, &plain(metrics))?, None, base()?));
        }
        if self.metrics.is_some() {
            return Err(format!("{name} does not read metrics"));
        }
        let curve = match self.variant.as_deref() {
            None => catalogued(name, &self.parameters, base()?, steps)?,
            Some("torch") => torch::curve(name, parameters, base()?, steps)?,
            Some("optax") => optax::curve(name, parameters, steps)?,
            Some("pytorch_optimizer") => torch::stable(name, parameters, base()?)?,
            Some(variant) => return Err(format!("no variant is called {variant}")),
        };
        let momenta = (0..steps).map(|step| curve.momentum(step)).collect();
        let scale = self.base_lr.unwrap_or_else(|| curve.scale());
        Ok(((0..steps).map(|step| curve.rate(step)).collect(), momenta, scale))
    }
}

/// A schedule of the catalogue, under its own name.
fn catalogued(name: &str, parameters: &Map<String, Json>, base: f64, steps: u64) -> Result<Curve, String> {
    let entry = rules::entry(&schedules::entries(), "schedule", &name.replace('_', "-"))?;
    let given = rules::values(entry, parameters)?;
    let given: Vec<_> = given.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
    Curve::new(entry.name, &given, base, steps)
}

/// A schedule that does what another library's does.
pub(crate) enum Curve {
    /// One of the catalogue, with its base rate, in a run of so many steps.
    Entry { spec: ScheduleSpec, base: f64, total: u64, momenta: Option<[f64; 2]> },
    /// Several one after the other, each on a clock that starts when it does.
    Joined(Vec<(u64, Curve)>),
    /// The product of the factors of several, with their base rate.
    Product(Vec<Curve>, f64),
}

impl Curve {
    /// The schedule of this name in a run of `total` steps, which are its epochs as well.
    pub(crate) fn new(name: &str, given: &[(&str, Value)], base: f64, total: u64) -> Result<Self, String> {
        Self::in_dialect(name, None, given, base, total)
    }

    /// Likewise, as a library reads it.
    pub(crate) fn in_dialect(
        name: &str,
        dialect: Option<&str>,
        given: &[(&str, Value)],
        base: f64,
        total: u64,
    ) -> Result<Self, String> {
        let entry = rules::entry(&schedules::entries(), "schedule", name)?;
        let given = given.iter().cloned();
        let settings = match dialect {
            Some(_) => Settings::in_dialect(entry, dialect, given),
            None => Settings::new(entry, given),
        };
        let spec = settings.and_then(|settings| ScheduleSpec::new(&settings)).map_err(|error| error.to_string())?;
        Ok(Self::Entry { spec, base, total, momenta: None })
    }

    /// The same with a momentum between two numbers, if any.
    pub(crate) fn with_momentum(self, range: Option<[f64; 2]>) -> Self {
        match self {
            Self::Entry { spec, base, total, .. } => Self::Entry { spec, base, total, momenta: range },
            other => other,
        }
    }

    /// The same from `begin` on, after a constant rate.
    pub(crate) fn after(self, begin: u64, rate: f64) -> Result<Self, String> {
        if begin == 0 {
            return Ok(self);
        }
        Ok(Self::Joined(vec![(0, Self::new("constant", &[], rate, begin)?), (begin, self)]))
    }

    /// The rate of a step.
    pub(crate) fn rate(&self, step: u64) -> f64 {
        match self {
            Self::Entry { spec, base, total, .. } => base * spec.of_run(*total, 1, 1).factor(step),
            Self::Joined(parts) => {
                let part = parts.iter().rev().find(|(start, _)| *start <= step);
                part.map_or(f64::NAN, |(start, curve)| curve.rate(step - start))
            }
            Self::Product(parts, base) => parts.iter().fold(*base, |rate, part| rate * (part.rate(step) / base)),
        }
    }

    /// The momentum of a step, of schedules that cycle it.
    fn momentum(&self, step: u64) -> Option<f64> {
        match self {
            Self::Entry { spec, total, momenta: Some([low, high]), .. } => {
                spec.of_run(*total, 1, 1).momentum(step, *low, *high)
            }
            _ => None,
        }
    }

    /// The largest base rate.
    fn scale(&self) -> f64 {
        match self {
            Self::Entry { base, .. } | Self::Product(_, base) => *base,
            Self::Joined(parts) => parts.iter().map(|(_, curve)| curve.scale()).fold(0.0, f64::max),
        }
    }
}

/// The parameters of a record; those that the schedule does not have are an error.
pub(crate) fn parameters<'a, T: Deserialize<'a>>(json: &'a Json) -> Result<T, String> {
    T::deserialize(json).map_err(|error| format!("parameters: {error}"))
}

/// A schedule that is not known.
pub(crate) fn unknown(name: &str, variant: &str) -> Result<Curve, String> {
    Err(format!("no schedule of {variant} is called {name}"))
}

/// A number for a hyperparameter.
pub(crate) fn number(x: f64) -> Value {
    Value::Number(x)
}

/// A word for a hyperparameter.
pub(crate) fn word(word: &str) -> Value {
    Value::Word(word.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The record `base` with `change` put in its place.
    fn outcome(base: &Json, change: &Json) -> Result<Comparison, String> {
        let mut record = base.clone();
        for (key, value) in change.as_object().expect("an object") {
            record[key] = value.clone();
        }
        replay(&record)
    }

    fn step() -> Json {
        json!({"schedule": "step", "variant": "torch", "base_lr": 2.0, "parameters": {"step_size": 2, "gamma": 0.5},
               "steps": 3, "lr": [2.0, 2.0, 1.0]})
    }

    #[test]
    fn numbers_are_compared() {
        assert_eq!(outcome(&step(), &json!({})), Ok(Comparison { numbers: 3, ..Comparison::default() }));
        let own = json!({"variant": null, "parameters": {"every": 2, "gamma": 0.5}});
        assert_eq!(outcome(&step(), &own), Ok(Comparison { numbers: 3, ..Comparison::default() }));
        for (change, place) in [
            (json!({"lr": [2.0, 2.0, 1.000_000_1]}), "lr, step 2"),
            (json!({"closed_form": [2.0, 1.9, 1.0]}), "closed_form, step 1"),
            (json!({"lr": [2.0, "nan", 1.0]}), "lr, step 1"),
            (json!({"base_lr": -2.0, "lr": [-2.0, 5.0, -1.0]}), "lr, step 1"),
        ] {
            let first = outcome(&step(), &change).expect("compared").first;
            assert_eq!(first.map(|difference| difference.place).as_deref(), Some(place));
        }
    }

    #[test]
    fn every_recorded_number_counts() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/reference/schedules");
        let texts = std::fs::read_dir(folder).expect("a folder").map(|file| std::fs::read_to_string(file?.path()));
        for text in texts {
            let document: Json = serde_json::from_str(&text.expect("a file")).expect("JSON");
            for record in document["records"].as_array().expect("records") {
                for list in ["lr", "closed_form", "momentum"].into_iter().filter(|list| record[*list].is_array()) {
                    let mut wrong = record.clone();
                    wrong[list][59] = json!(record[list][59].as_f64().expect("a number") + 1e-11);
                    let first = replay(&wrong).expect("compared").first.expect("a difference");
                    assert_eq!(first.place, format!("{list}, step 59"), "{}", record["id"]);
                }
            }
        }
    }

    #[test]
    fn momenta_are_compared() {
        let parameters = json!({"max_lr": 1.0, "total_steps": 4, "pct_start": 0.5, "div_factor": 4.0,
                                "final_div_factor": 1.0, "anneal_strategy": "linear"});
        let record = json!({"schedule": "one_cycle", "variant": "torch", "base_lr": 1.0, "parameters": parameters,
                            "steps": 4, "lr": [0.25, 1.0, 0.625, 0.25], "momentum": [0.95, 0.85, 0.9, 0.95]});
        let met = outcome(&record, &json!({})).expect("compared");
        assert_eq!((met.numbers, met.first), (8, None));
        let missed = outcome(&record, &json!({"momentum": [0.95, 0.85, 0.95, 0.95]})).expect("compared");
        assert_eq!(missed.first.map(|difference| difference.place).as_deref(), Some("momentum, step 2"));
    }

    #[test]
    fn what_is_not_known_says_so() {
        for (change, expected) in [
            (json!({"schedule": "zigzag"}), "no schedule of torch is called zigzag"),
            (json!({"variant": "lisp"}), "no variant is called lisp"),
            (json!({"variant": null, "schedule": "zigzag"}), "no schedule is called zigzag"),
            (json!({"parameters": {"step_size": 2, "size": 3}}), "unknown field `size`"),
            (json!({"parameters": {}}), "missing field `step_size`"),
            (json!({"parameters": {"step_size": -1}}), "every = -1.0 is not accepted"),
            (json!({"base_lr": null}), "base_lr is needed"),
            (json!({"lr": [2.0]}), "lr has 1 numbers, and steps is 3"),
            (json!({"momentum": [0.9, 0.9, 0.9]}), "the schedule does not cycle the momentum"),
            (json!({"metrics": [0.9, 0.9, 0.9]}), "step does not read metrics"),
            (json!({"schedule": "reduce_on_plateau", "parameters": {}}), "metrics are needed"),
        ] {
            let error = outcome(&step(), &change).expect_err(expected);
            assert!(error.contains(expected), "{error}");
        }
    }
}

//! Every registered loss at many values of its hyperparameters, and points to evaluate it at.

use sgdlab_core::{Domain, Entry, Range, Settings, Value};
use sgdlab_losses::{LossSpec, Targets, entries};

/// One loss with its hyperparameters.
#[derive(Clone, Debug)]
pub struct Variant {
    pub settings: Settings,
    pub loss: LossSpec,
}

/// Places every hyperparameter of `entry` at `u` of its range: 0 and 1 are the ends, halflines
/// are covered logarithmically from 0.01 to 100 above their end.
pub fn variant(entry: &'static Entry, u: f64) -> Variant {
    let place = |range: &Range| match range.high.is_finite() {
        true => range.low + (range.high - range.low) * u,
        false if u == 0.0 => range.low,
        false => range.low + 0.01 * 1e4_f64.powf(u),
    };
    let given = entry.hyperparameters.iter().map(|h| match &h.domain {
        Domain::Number { range, .. } => (h.name, Value::Number(place(range))),
        Domain::Flag { .. } => (h.name, Value::Flag(u < 0.5)),
        other => panic!("{} is of a kind without a rule here: {other}", h.name),
    });
    let settings = Settings::new(entry, given).unwrap();
    Variant { loss: LossSpec::new(&settings).unwrap(), settings }
}

/// All losses, each at its lower end (where that is admissible) and along its range.
pub fn variants() -> Vec<Variant> {
    let mut all = vec![];
    for entry in entries() {
        let closed = |domain: &Domain| matches!(domain, Domain::Number { range, .. } if range.includes_low);
        if entry.hyperparameters.is_empty() {
            all.push(variant(entry, 0.5));
            continue;
        }
        if entry.hyperparameters.iter().all(|h| closed(&h.domain)) {
            all.push(variant(entry, 0.0));
        }
        all.extend([0.01, 0.25, 0.5, 0.75, 0.99].map(|u| variant(entry, u)));
    }
    all
}

/// Admissible targets.
pub fn targets(kind: Targets) -> &'static [f64] {
    match kind {
        Targets::Numbers => &[0.0, -1.5, 2.0],
        Targets::Signs => &[-1.0, 1.0],
        Targets::Probabilities => &[0.0, 0.3, 0.5, 1.0],
        Targets::Counts => &[0.0, 0.5, 1.0, 3.0],
        Targets::Positive => &[0.5, 1.0, 3.0],
    }
}

/// The prediction with this residual, margin, logit or logarithm.
pub fn prediction(kind: Targets, argument: f64, target: f64) -> f64 {
    match kind {
        Targets::Numbers => target + argument,
        Targets::Signs => target * argument,
        Targets::Probabilities | Targets::Counts | Targets::Positive => argument,
    }
}

//! The schedules of optax, as schedules of the catalogue.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;
use sgdlab_core::Value;

use crate::schedules::{Curve, number, parameters, unknown, word};

/// `optax`'s schedule of this name.
pub(crate) fn curve(name: &str, json: &Json, steps: u64) -> Result<Curve, String> {
    match name {
        "cosine_decay" => cosine_decay(&parameters(json)?),
        "exponential_decay" => exponential_decay(&parameters(json)?),
        "piecewise_constant" => piecewise_constant(&parameters(json)?),
        "piecewise_interpolate" => piecewise_interpolate(&parameters(json)?),
        "polynomial_decay" => polynomial_decay(&parameters(json)?),
        "linear_decay" => linear_decay(&parameters(json)?),
        "warmup_constant" => warmup_constant(&parameters(json)?, steps),
        "warmup_cosine_decay" => warmup_cosine_decay(&parameters(json)?),
        "warmup_exponential_decay" => warmup_exponential_decay(&parameters(json)?),
        "linear_onecycle" => linear_onecycle(&parameters(json)?),
        "cosine_onecycle" => cosine_onecycle(&parameters(json)?),
        "sgdr" => sgdr(&parameters(json)?),
        _ => unknown(name, "optax"),
    }
}

fn one() -> f64 {
    1.0
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CosineDecay {
    init_value: f64,
    decay_steps: f64,
    #[serde(default)]
    alpha: f64,
    #[serde(default = "one")]
    exponent: f64,
}

fn cosine_decay(p: &CosineDecay) -> Result<Curve, String> {
    let given = [("over", number(p.decay_steps)), ("final", number(p.alpha)), ("exponent", number(p.exponent))];
    Curve::new("cosine", &given, p.init_value, 1)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExponentialDecay {
    init_value: f64,
    transition_steps: f64,
    decay_rate: f64,
    #[serde(default)]
    transition_begin: u64,
    #[serde(default)]
    staircase: bool,
    end_value: Option<f64>,
}

fn exponential_decay(p: &ExponentialDecay) -> Result<Curve, String> {
    if p.decay_rate > 1.0 && p.end_value.is_some() {
        return Err("parameters: end_value is not known of a rate that grows".to_owned());
    }
    let given = [
        ("every", number(p.transition_steps)),
        ("gamma", number(p.decay_rate)),
        ("least", number(p.end_value.unwrap_or(0.0) / p.init_value)),
    ];
    let name = if p.staircase { "step" } else { "exponential" };
    Curve::new(name, &given, p.init_value, 1)?.after(p.transition_begin, p.init_value)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PiecewiseConstant {
    init_value: f64,
    boundaries_and_scales: BTreeMap<u64, f64>,
}

/// Boundaries, and factors of the first value instead of scales of the one before.
fn pieces(boundaries_and_scales: &BTreeMap<u64, f64>) -> [(&'static str, Value); 2] {
    let boundaries = boundaries_and_scales.keys().map(|&step| step as f64).collect();
    let mut factors = vec![1.0];
    factors.extend(boundaries_and_scales.values().scan(1.0, |factor, scale| {
        *factor *= scale;
        Some(*factor)
    }));
    [("boundaries", Value::Numbers(boundaries)), ("factors", Value::Numbers(factors))]
}

fn piecewise_constant(p: &PiecewiseConstant) -> Result<Curve, String> {
    Curve::new("piecewise-constant", &pieces(&p.boundaries_and_scales), p.init_value, 1)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PiecewiseInterpolate {
    interpolate_type: String,
    init_value: f64,
    boundaries_and_scales: BTreeMap<u64, f64>,
}

fn piecewise_interpolate(p: &PiecewiseInterpolate) -> Result<Curve, String> {
    let [boundaries, factors] = pieces(&p.boundaries_and_scales);
    let given = [boundaries, factors, ("shape", word(&p.interpolate_type))];
    Curve::new("piecewise-interpolate", &given, p.init_value, 1)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolynomialDecay {
    init_value: f64,
    end_value: f64,
    power: f64,
    transition_steps: f64,
    #[serde(default)]
    transition_begin: u64,
}

fn polynomial_decay(p: &PolynomialDecay) -> Result<Curve, String> {
    let end = number(p.end_value / p.init_value);
    let given = [("over", number(p.transition_steps)), ("power", number(p.power)), ("final", end)];
    Curve::new("polynomial", &given, p.init_value, 1)?.after(p.transition_begin, p.init_value)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinearDecay {
    init_value: f64,
    end_value: f64,
    transition_steps: f64,
    #[serde(default)]
    transition_begin: u64,
}

fn linear_decay(p: &LinearDecay) -> Result<Curve, String> {
    let base = p.init_value.max(p.end_value);
    let (start, end) = (number(p.init_value / base), number(p.end_value / base));
    let curve =
        Curve::new("linear", &[("initial", start), ("final", end), ("over", number(p.transition_steps))], base, 1);
    curve?.after(p.transition_begin, p.init_value)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WarmupConstant {
    init_value: f64,
    peak_value: f64,
    warmup_steps: f64,
}

fn warmup_constant(p: &WarmupConstant, steps: u64) -> Result<Curve, String> {
    let given = [("warmup", number(p.warmup_steps)), ("warmup-start", number(p.init_value / p.peak_value))];
    Curve::new("constant", &given, p.peak_value, steps)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WarmupCosineDecay {
    init_value: f64,
    peak_value: f64,
    warmup_steps: f64,
    decay_steps: u64,
    #[serde(default)]
    end_value: f64,
    #[serde(default = "one")]
    exponent: f64,
}

fn warmup_cosine_decay(p: &WarmupCosineDecay) -> Result<Curve, String> {
    let given = [
        ("warmup", number(p.warmup_steps)),
        ("warmup-start", number(p.init_value / p.peak_value)),
        ("final", number(p.end_value / p.peak_value)),
        ("exponent", number(p.exponent)),
    ];
    Curve::new("cosine", &given, p.peak_value, p.decay_steps)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WarmupExponentialDecay {
    init_value: f64,
    peak_value: f64,
    warmup_steps: u64,
    transition_steps: f64,
    decay_rate: f64,
    #[serde(default)]
    transition_begin: u64,
    #[serde(default)]
    staircase: bool,
    end_value: Option<f64>,
}

fn warmup_exponential_decay(p: &WarmupExponentialDecay) -> Result<Curve, String> {
    let (init_value, end_value, transition_begin) = (p.init_value, p.peak_value, 0);
    let transition_steps = p.warmup_steps as f64;
    let warmup = linear_decay(&LinearDecay { init_value, end_value, transition_steps, transition_begin })?;
    let decay = exponential_decay(&ExponentialDecay {
        init_value: p.peak_value,
        transition_steps: p.transition_steps,
        decay_rate: p.decay_rate,
        transition_begin: p.transition_begin,
        staircase: p.staircase,
        end_value: p.end_value,
    })?;
    Ok(Curve::Joined(vec![(0, warmup), (p.warmup_steps, decay)]))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneCycle {
    transition_steps: u64,
    peak_value: f64,
    #[serde(default = "default_peak")]
    pct_start: f64,
    #[serde(default = "default_div_factor")]
    div_factor: f64,
    #[serde(default = "default_final_div_factor")]
    final_div_factor: f64,
    pct_final: Option<f64>,
}

fn default_peak() -> f64 {
    0.3
}

fn default_div_factor() -> f64 {
    25.0
}

fn default_final_div_factor() -> f64 {
    1e4
}

impl OneCycle {
    fn curve(&self, shape: [(&str, Value); 3]) -> Result<Curve, String> {
        let mut given = vec![
            ("peak", number(self.pct_start)),
            ("initial", number(1.0 / self.div_factor)),
            ("final", number(1.0 / (self.div_factor * self.final_div_factor))),
        ];
        given.extend(shape);
        Curve::in_dialect("one-cycle", Some("optax"), &given, self.peak_value, self.transition_steps)
    }
}

fn linear_onecycle(p: &OneCycle) -> Result<Curve, String> {
    let fallen = number(p.pct_final.unwrap_or(0.85));
    p.curve([("shape", word("linear")), ("phases", word("three")), ("fallen", fallen)])
}

fn cosine_onecycle(p: &OneCycle) -> Result<Curve, String> {
    if p.pct_final.is_some() {
        return Err("parameters: cosine_onecycle has no pct_final".to_owned());
    }
    p.curve([("shape", word("cosine")), ("phases", word("two")), ("fallen", word("symmetric"))])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sgdr {
    cycles: Vec<WarmupCosineDecay>,
}

fn sgdr(p: &Sgdr) -> Result<Curve, String> {
    let starts = p.cycles.iter().scan(0, |next, cycle| {
        let start = *next;
        *next += cycle.decay_steps;
        Some(start)
    });
    let parts = starts.zip(&p.cycles).map(|(start, cycle)| Ok((start, warmup_cosine_decay(cycle)?)));
    parts.collect::<Result<_, String>>().map(Curve::Joined)
}

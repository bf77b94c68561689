//! The schedules of torch and of `pytorch_optimizer`, as schedules of the catalogue.

use serde::Deserialize;
use serde_json::Value as Json;
use sgdlab_core::Value;
use sgdlab_optimizers::schedules::{Goal, Plateau, ThresholdMode};

use crate::schedules::{Curve, number, parameters, unknown, word};

/// `torch.optim.lr_scheduler`'s schedule of this name at the base rate `base`.
pub(crate) fn curve(name: &str, json: &Json, base: f64, steps: u64) -> Result<Curve, String> {
    match name {
        "constant" => constant(&parameters(json)?, base),
        "linear" => linear(&parameters(json)?, base),
        "step" => step(&parameters(json)?, base),
        "multi_step" => multi_step(&parameters(json)?, base),
        "exponential" => exponential(&parameters(json)?, base),
        "polynomial" => polynomial(&parameters(json)?, base),
        "cosine_annealing" => cosine_annealing(&parameters(json)?, base),
        "cosine_warm_restarts" => cosine_warm_restarts(&parameters(json)?, base),
        "one_cycle" => one_cycle(&parameters(json)?),
        "cyclic" => cyclic(&parameters(json)?, steps),
        "sequential" => sequential(&parameters(json)?, base, steps),
        "chained" => chained(&parameters(json)?, base, steps),
        _ => unknown(name, "torch"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Constant {
    factor: f64,
    total_iters: f64,
}

impl Default for Constant {
    fn default() -> Self {
        Self { factor: 1.0 / 3.0, total_iters: 5.0 }
    }
}

fn constant(p: &Constant, base: f64) -> Result<Curve, String> {
    let (boundaries, factors) = (Value::Numbers(vec![p.total_iters]), Value::Numbers(vec![p.factor, 1.0]));
    Curve::new("piecewise-constant", &[("boundaries", boundaries), ("factors", factors)], base, 1)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Linear {
    start_factor: f64,
    end_factor: f64,
    total_iters: f64,
}

impl Default for Linear {
    fn default() -> Self {
        Self { start_factor: 1.0 / 3.0, end_factor: 1.0, total_iters: 5.0 }
    }
}

fn linear(p: &Linear, base: f64) -> Result<Curve, String> {
    let (start, end) = (number(p.start_factor), number(p.end_factor));
    Curve::new("linear", &[("initial", start), ("final", end), ("over", number(p.total_iters))], base, 1)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    step_size: f64,
    #[serde(default = "tenth")]
    gamma: f64,
}

fn tenth() -> f64 {
    0.1
}

fn one() -> f64 {
    1.0
}

fn step(p: &Step, base: f64) -> Result<Curve, String> {
    Curve::new("step", &[("every", number(p.step_size)), ("gamma", number(p.gamma))], base, 1)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MultiStep {
    milestones: Vec<f64>,
    #[serde(default = "tenth")]
    gamma: f64,
}

fn multi_step(p: &MultiStep, base: f64) -> Result<Curve, String> {
    let milestones = Value::Numbers(p.milestones.clone());
    Curve::new("multi-step", &[("milestones", milestones), ("gamma", number(p.gamma))], base, 1)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exponential {
    gamma: f64,
}

fn exponential(p: &Exponential, base: f64) -> Result<Curve, String> {
    Curve::new("exponential", &[("gamma", number(p.gamma)), ("every", number(1.0))], base, 1)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Polynomial {
    total_iters: f64,
    power: f64,
}

impl Default for Polynomial {
    fn default() -> Self {
        Self { total_iters: 5.0, power: 1.0 }
    }
}

fn polynomial(p: &Polynomial, base: f64) -> Result<Curve, String> {
    Curve::new("polynomial", &[("over", number(p.total_iters)), ("power", number(p.power))], base, 1)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CosineAnnealing {
    #[serde(rename = "T_max")]
    t_max: f64,
    #[serde(default)]
    eta_min: f64,
}

fn cosine_annealing(p: &CosineAnnealing, base: f64) -> Result<Curve, String> {
    let end = number(p.eta_min / base);
    Curve::new("cosine", &[("over", number(p.t_max)), ("final", end), ("after-end", word("climb"))], base, 1)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CosineWarmRestarts {
    #[serde(rename = "T_0")]
    t_0: f64,
    #[serde(rename = "T_mult", default = "one")]
    t_mult: f64,
    #[serde(default)]
    eta_min: f64,
}

fn cosine_warm_restarts(p: &CosineWarmRestarts, base: f64) -> Result<Curve, String> {
    let (period, growth) = (number(p.t_0), number(p.t_mult));
    let end = number(p.eta_min / base);
    Curve::new("cosine-restarts", &[("period", period), ("growth", growth), ("final", end)], base, 1)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OneCycle {
    max_lr: f64,
    total_steps: u64,
    pct_start: f64,
    anneal_strategy: String,
    cycle_momentum: bool,
    base_momentum: f64,
    max_momentum: f64,
    div_factor: f64,
    final_div_factor: f64,
    three_phase: bool,
}

impl Default for OneCycle {
    fn default() -> Self {
        Self {
            max_lr: f64::NAN,
            total_steps: 0,
            pct_start: 0.3,
            anneal_strategy: "cos".to_owned(),
            cycle_momentum: true,
            base_momentum: 0.85,
            max_momentum: 0.95,
            div_factor: 25.0,
            final_div_factor: 1e4,
            three_phase: false,
        }
    }
}

fn one_cycle(p: &OneCycle) -> Result<Curve, String> {
    if p.max_lr.is_nan() || p.total_steps == 0 {
        return Err("parameters: max_lr and total_steps are needed".to_owned());
    }
    let shape = if p.anneal_strategy == "cos" { "cosine" } else { &p.anneal_strategy };
    let given = [
        ("peak", number(p.pct_start)),
        ("initial", number(1.0 / p.div_factor)),
        ("final", number(1.0 / (p.div_factor * p.final_div_factor))),
        ("shape", word(shape)),
        ("phases", word(if p.three_phase { "three" } else { "two" })),
    ];
    let curve = Curve::in_dialect("one-cycle", Some("torch"), &given, p.max_lr, p.total_steps)?;
    Ok(curve.with_momentum(p.cycle_momentum.then_some([p.base_momentum, p.max_momentum])))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cyclic {
    base_lr: f64,
    max_lr: f64,
    #[serde(default = "two_thousand")]
    step_size_up: f64,
    step_size_down: Option<f64>,
    #[serde(default = "triangular")]
    mode: String,
    #[serde(default = "one")]
    gamma: f64,
    #[serde(default = "on")]
    cycle_momentum: bool,
    #[serde(default = "low_momentum")]
    base_momentum: f64,
    #[serde(default = "high_momentum")]
    max_momentum: f64,
}

fn two_thousand() -> f64 {
    2000.0
}

fn triangular() -> String {
    "triangular".to_owned()
}

fn on() -> bool {
    true
}

fn low_momentum() -> f64 {
    0.8
}

fn high_momentum() -> f64 {
    0.9
}

fn cyclic(p: &Cyclic, steps: u64) -> Result<Curve, String> {
    let given = [
        ("low", number(p.base_lr / p.max_lr)),
        ("up", number(p.step_size_up)),
        ("down", number(p.step_size_down.unwrap_or(p.step_size_up))),
        ("mode", word(&p.mode.replace('_', "-"))),
        ("gamma", number(p.gamma)),
    ];
    let curve = Curve::new("cyclic", &given, p.max_lr, steps)?;
    Ok(curve.with_momentum(p.cycle_momentum.then_some([p.base_momentum, p.max_momentum])))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sequential {
    schedules: Vec<(String, Json)>,
    milestones: Vec<u64>,
}

fn sequential(p: &Sequential, base: f64, steps: u64) -> Result<Curve, String> {
    if p.schedules.len() != p.milestones.len() + 1 || !p.milestones.is_sorted() {
        return Err("parameters: milestones must be in order, one fewer than schedules".to_owned());
    }
    let starts = std::iter::once(0).chain(p.milestones.iter().copied());
    let part = |(start, (name, json)): (u64, &(String, Json))| Ok((start, curve(name, json, base, steps)?));
    starts.zip(&p.schedules).map(part).collect::<Result<_, String>>().map(Curve::Joined)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chained {
    schedules: Vec<(String, Json)>,
}

/// Each multiplies the rate by the ratio of its own rates, so that the factors multiply up.
fn chained(p: &Chained, base: f64, steps: u64) -> Result<Curve, String> {
    let parts = p.schedules.iter().map(|(name, json)| curve(name, json, base, steps));
    parts.collect::<Result<_, String>>().map(|parts| Curve::Product(parts, base))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WarmupStableDecay {
    num_warmup_steps: u64,
    num_stable_steps: u64,
    num_decay_steps: u64,
    #[serde(default)]
    min_lr_ratio: f64,
    #[serde(default = "one_minus_sqrt")]
    cooldown_type: String,
}

fn one_minus_sqrt() -> String {
    "1-sqrt".to_owned()
}

/// `pytorch_optimizer`'s schedule of this name.
pub(crate) fn stable(name: &str, json: &Json, base: f64) -> Result<Curve, String> {
    if name != "warmup_stable_decay" {
        return unknown(name, "pytorch_optimizer");
    }
    let p: WarmupStableDecay = parameters(json)?;
    let given = [
        ("warmup", number(p.num_warmup_steps as f64)),
        ("stable", number(p.num_stable_steps as f64)),
        ("decay", number(p.num_decay_steps as f64)),
        ("final", number(p.min_lr_ratio)),
        ("shape", word(&p.cooldown_type)),
    ];
    let total = p.num_warmup_steps + p.num_stable_steps + p.num_decay_steps;
    Curve::in_dialect("trapezoid", Some("pytorch-optimizer"), &given, base, total)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ReduceOnPlateau {
    mode: String,
    factor: f64,
    patience: u64,
    threshold: f64,
    threshold_mode: String,
    cooldown: u64,
    min_lr: f64,
    eps: f64,
}

impl Default for ReduceOnPlateau {
    fn default() -> Self {
        let Plateau { factor, patience, threshold, cooldown, min_lr, eps, .. } = Plateau::default();
        let (mode, threshold_mode) = ("min".to_owned(), "rel".to_owned());
        Self { mode, factor, patience, threshold, threshold_mode, cooldown, min_lr, eps }
    }
}

/// The rates of `ReduceLROnPlateau`, which is handed `metrics[k]` after step k.
pub(crate) fn plateau(json: &Json, base: f64, metrics: &[f64]) -> Result<Vec<f64>, String> {
    let p: ReduceOnPlateau = parameters(json)?;
    let goal = match p.mode.as_str() {
        "min" => Goal::Minimum,
        "max" => Goal::Maximum,
        mode => return Err(format!("parameters: mode = {mode} is not min or max")),
    };
    let threshold_mode = match p.threshold_mode.as_str() {
        "rel" => ThresholdMode::Relative,
        "abs" => ThresholdMode::Absolute,
        mode => return Err(format!("parameters: threshold_mode = {mode} is not rel or abs")),
    };
    let ReduceOnPlateau { factor, patience, threshold, cooldown, min_lr, eps, .. } = p;
    let mut state = Plateau { goal, factor, patience, threshold, threshold_mode, cooldown, min_lr, eps }.begin(base);
    let rate = |&metric: &f64| {
        let lr = state.lr();
        state.observe(metric);
        lr
    };
    Ok(metrics.iter().map(rate).collect())
}

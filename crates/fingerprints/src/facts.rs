//! Numbers that sum up what a rule does.

use sgdlab_core::{Real, Value};

use crate::response::{along, run};
use crate::{Idle, Subject, idle};

/// Steps until a constant gradient has had its full effect.
const LATE: usize = 1000;

/// Steps up to then that are averaged, over which periodic rules come round.
const AVERAGED: usize = 30;

/// Steps after which an impulse that still acts is said to act for ever.
const FORGOTTEN: usize = 2000;

/// Numbers that sum up a rule at a constant rate, of the responses that [`responses`](crate::responses) describes.
///
/// All but `idle` are without weight decay, whose part depends on where the parameters are.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The first step per unit of rate, −Δx₁/lr, for a gradient of 1.
    pub first: f64,
    /// What becomes of that step if the gradient stays.
    pub later: Later,
    /// How long a single gradient acts; `None` if a gradient at the first step alone moves nothing.
    pub memory: Option<Memory>,
    /// What happens without gradients.
    pub idle: Idle,
}

/// The step per unit of rate under a constant gradient of 1 after very many steps: the means of the 30 steps up to step
/// 1000 and of the 60 up to step 2000.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Later {
    /// Both are this number.
    Steady(f64),
    /// The first is `at`, and between the two it changes as tᵖ.
    Power {
        /// The step per unit of rate at step 1000.
        at: f64,
        /// p.
        power: f64,
    },
    /// Neither: the first is this number, and the second is 0, has another sign or is not finite.
    Neither(f64),
}

/// Steps until what an impulse still does has fallen to a part of its largest effect, and stays below it.
///
/// The step of the impulse itself is step 0; `None` if that takes more than 2000 steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// To 1/e.
    pub to_1_over_e: Option<usize>,
    /// To 1 %.
    pub to_1_percent: Option<usize>,
}

/// The facts of a rule at a constant rate.
#[must_use]
pub fn facts(subject: &Subject, rate: f64) -> Facts {
    let bare = subject.with("weight-decay", &Value::Number(0.0)).unwrap_or_else(|_| subject.clone());
    let constant = first_coordinate(run(&bare, rate, 2 * LATE, |_| along(0, 1.0)));
    Facts {
        first: constant[0],
        later: later(mean(&constant[LATE - AVERAGED..LATE]), mean(&constant[2 * (LATE - AVERAGED)..])),
        memory: memory(&bare, rate),
        idle: idle(subject, rate),
    }
}

fn mean(list: &[f64]) -> f64 {
    list.iter().sum::<f64>() / list.len() as f64
}

fn first_coordinate(steps: Vec<Vec<f64>>) -> Vec<f64> {
    steps.into_iter().map(|step| step[0]).collect()
}

fn later(at: f64, twice: f64) -> Later {
    let ratio = twice / at;
    match ratio {
        _ if (ratio - 1.0).abs() <= 1e-3 => Later::Steady(twice),
        r if r > 0.0 && r.is_finite() => Later::Power { at, power: Real::ln(ratio) / Real::ln(2.0_f64) },
        _ => Later::Neither(at),
    }
}

fn memory(subject: &Subject, rate: f64) -> Option<Memory> {
    let hit = first_coordinate(run(subject, rate, FORGOTTEN, |t| along(0, if t == 1 { 1.0 } else { 0.0 })));
    let calm = first_coordinate(run(subject, rate, FORGOTTEN, |_| along(0, 0.0)));
    let effect: Vec<f64> = hit.iter().zip(&calm).map(|(hit, calm)| (hit - calm).abs()).collect();
    let most = effect.iter().copied().fold(0.0, f64::max);
    let until = |part: f64| {
        let last = effect.iter().rposition(|&e| e > part * most || e.is_nan())?;
        (last + 1 < FORGOTTEN).then_some(last + 1)
    };
    (most > 0.0).then(|| Memory { to_1_over_e: until(Real::exp(-1.0_f64)), to_1_percent: until(0.01) })
}

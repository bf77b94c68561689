//! What a rule does without gradients.

use std::iter::zip;

use crate::Subject;
use crate::response::{START, along, run};
use crate::trial::largest;

/// How parameters move while all gradients are 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Idle {
    /// Not at all.
    Rests,
    /// Every step, the first few perhaps left out, shrinks them by this share of themselves per unit of rate.
    Shrinks(f64),
    /// In some other way.
    Moves,
}

/// Steps that are watched.
const WATCHED: usize = 12;

/// What the rule does with parameters whose gradients are 0 from the first step on.
#[must_use]
pub fn idle(subject: &Subject, rate: f64) -> Idle {
    let steps = run(subject, rate, WATCHED, |_| along(0, 0.0));
    if steps.iter().all(|step| largest(step) == 0.0) {
        return Idle::Rests;
    }
    let mut at = START.to_vec();
    let mut shares = Vec::new();
    for step in steps.into_iter().skip_while(|step| largest(step) == 0.0) {
        for (x, d) in zip(&mut at, step) {
            shares.push(d / *x);
            *x -= rate * d;
        }
    }
    let share = shares[0];
    let same = shares.iter().all(|other| (other - share).abs() <= 1e-9 * share.abs() + 1e-15 / rate);
    if same { Idle::Shrinks(share) } else { Idle::Moves }
}

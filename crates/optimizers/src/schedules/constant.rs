//! The constant schedule.

use sgdlab_core::{Entry, Invalid, Settings};

use super::clock::CLOCK;
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule};

pub(super) static ENTRY: Entry = Entry {
    name: "constant",
    summary: "The base rate throughout.",
    formula: "factor = 1",
    conventions: "After the warm-up, if there is one.",
    hyperparameters: &[WARMUP, WARMUP_START, CLOCK],
    dialects: &[],
    cost: "Nothing.",
    reference: "Robbins, Monro (1951), A stochastic approximation method, Ann. Math. Stat. 22",
};

/// The base rate throughout: factor = 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant;

impl Schedule for Constant {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(_: &Settings) -> Result<Self, Invalid> {
        Ok(Self)
    }

    fn factor(&self, _: Clock) -> f64 {
        1.0
    }
}

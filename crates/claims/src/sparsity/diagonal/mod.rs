//! Diagonal linear networks: x ↦ ⟨u ∘ v, x⟩.

mod balance;
mod decay_time;
mod full_batch;
mod large_steps;
mod runs;
mod sample;
mod samplers;

pub(super) use self::balance::BALANCE;
pub(super) use self::decay_time::DECAY_TIME;
pub(super) use self::full_batch::FULL_BATCH;
pub(super) use self::large_steps::LARGE_STEPS;
pub(super) use self::samplers::SAMPLERS;

//! Estimators: bias, cost, lanes, memory, recorded trajectories and refusals.

mod allocation;
mod bias;
mod cost;
mod lanes;
mod refusals;
mod support;

//! Estimators: bias, noise, rates of convergence, cost, lanes, memory and refusals.

mod allocation;
mod bias;
mod coins;
mod cost;
mod formulas;
mod identities;
mod lanes;
mod rates;
mod refusals;
mod support;

//! The models behind the catalogue: gradients, values, lanes, optima, constants and refusals.

mod blocks;
mod classes;
mod constants;
mod contracts;
mod diagonal;
mod gradients;
mod lanes;
mod naive;
mod networks;
mod neuron;
mod optima;
mod products;
mod refusals;
mod support;
mod weights;

//! All tests of the losses, in one binary.

mod cross_entropy;
mod derivatives;
mod facts;
mod lanes;
mod multiclass;
mod settings;
mod structured;
mod variants;
mod weights;

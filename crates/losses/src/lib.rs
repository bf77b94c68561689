//! Scalar and multiclass losses: value, slope, curvature, facts.
//!
//! A scalar loss is a function of one prediction and one target; its slope and curvature are the
//! first and second derivative with respect to the prediction.
//! Losses of regression depend on the residual r = prediction − target, losses of classification
//! with targets ±1 on the margin target · prediction.
//! Nothing is reduced here: objectives take the mean over the terms of a batch.
//!
//! Each loss is one file: its type, its [`Entry`](sgdlab_core::Entry) and its documentation.
//! [`LossSpec`] is any scalar loss, made from checked settings; its [`LossKernel`] is the loop
//! over a batch.
//! [`cross_entropy`] has the multiclass loss.

mod absolute;
mod binary_cross_entropy;
mod catalogue;
pub mod cross_entropy;
mod facts;
mod hinge;
mod huber;
mod kernel;
mod log_cosh;
mod logistic;
mod loss;
mod pinball;
mod sigmoid_squared;
mod smooth_l1;
mod squared;
mod squared_hinge;

pub use absolute::Absolute;
pub use binary_cross_entropy::BinaryCrossEntropy;
pub use catalogue::{LossSpec, entries, multiclass_entries};
pub use facts::{LossFacts, Targets};
pub use hinge::Hinge;
pub use huber::Huber;
pub use kernel::LossKernel;
pub use log_cosh::LogCosh;
pub use logistic::Logistic;
pub use loss::Loss;
pub use pinball::Pinball;
pub use sigmoid_squared::SigmoidSquared;
pub use smooth_l1::SmoothL1;
pub use squared::Squared;
pub use squared_hinge::SquaredHinge;

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
//! A multiclass loss is a function of several logits and a class; [`MulticlassSpec`] is any of them, made from checked
//! settings, and its [`MulticlassKernel`] the loop over a batch.
//! [`cross_entropy`] has the functions of the usual one, [`structured`] the losses of several inputs, [`restricted`]
//! those of probabilities, means and distances.

mod absolute;
mod binary_cross_entropy;
mod catalogue;
mod cauchy;
mod crammer_singer;
pub mod cross_entropy;
mod epsilon_insensitive;
mod exponential;
mod facts;
mod focal;
mod geman_mcclure;
mod half_gamma;
mod half_tweedie;
mod hinge;
mod huber;
mod kernel;
mod log_cosh;
mod logistic;
mod loss;
mod modified_huber;
mod multiclass;
mod one_hot;
mod perceptron;
mod pinball;
mod poisson_nll;
mod pseudo_huber;
mod ramp;
pub mod restricted;
mod shortfall;
mod sigmoid_focal;
mod sigmoid_squared;
mod smooth_l1;
mod smoothed_hinge;
mod squared;
mod squared_epsilon_insensitive;
mod squared_hinge;
pub mod structured;
mod tukey;
mod weighted_binary_cross_entropy;
mod welsch;
mod weston_watkins;

pub use absolute::Absolute;
pub use binary_cross_entropy::BinaryCrossEntropy;
pub use catalogue::{LossSpec, entries};
pub use cauchy::Cauchy;
pub use crammer_singer::CrammerSinger;
pub use cross_entropy::CrossEntropy;
pub use epsilon_insensitive::EpsilonInsensitive;
pub use exponential::Exponential;
pub use facts::{LossFacts, Targets};
pub use focal::Focal;
pub use geman_mcclure::GemanMcclure;
pub use half_gamma::HalfGamma;
pub use half_tweedie::HalfTweedie;
pub use hinge::Hinge;
pub use huber::Huber;
pub use kernel::{LossKernel, Packs, weight};
pub use log_cosh::LogCosh;
pub use logistic::Logistic;
pub use loss::Loss;
pub use modified_huber::ModifiedHuber;
pub use multiclass::{
    Divisor, Label, Labels, MulticlassFacts, MulticlassKernel, MulticlassLoss, MulticlassSpec, multiclass_entries,
};
pub use one_hot::OneHot;
pub use perceptron::Perceptron;
pub use pinball::Pinball;
pub use poisson_nll::PoissonNll;
pub use pseudo_huber::PseudoHuber;
pub use ramp::Ramp;
pub use sigmoid_focal::SigmoidFocal;
pub use sigmoid_squared::SigmoidSquared;
pub use smooth_l1::SmoothL1;
pub use smoothed_hinge::SmoothedHinge;
pub use squared::Squared;
pub use squared_epsilon_insensitive::SquaredEpsilonInsensitive;
pub use squared_hinge::SquaredHinge;
pub use tukey::Tukey;
pub use weighted_binary_cross_entropy::WeightedBinaryCrossEntropy;
pub use welsch::Welsch;
pub use weston_watkins::WestonWatkins;

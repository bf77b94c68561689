//! Why a sweep cannot start.

use sgdlab_core::Invalid;
use sgdlab_objectives::ProblemError;
use sgdlab_samplers::SamplerError;

/// A metric that a problem does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("metric \"{metric}\" cannot be measured on problem \"{problem}\": {reason}")]
pub struct Unmeasured {
    /// The metric.
    pub metric: &'static str,
    /// The problem's label.
    pub problem: String,
    /// Why.
    pub reason: &'static str,
}

/// Why a sweep cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    /// Data of some problems could not be loaded or does not fit its model.
    #[error("{}", .0.iter().map(|(problem, error)| format!("problem \"{problem}\": {error}")).collect::<Vec<_>>().join("\n"))]
    Problems(
        /// The plan's labels, and what is wrong with each.
        Vec<(String, ProblemError)>,
    ),
    /// Settings that no catalogue entry accepts.
    #[error("{0}")]
    Settings(Invalid),
    /// A sampler does not fit a problem.
    #[error("batch-sizes with sampler \"{sampler}\" on problem \"{problem}\": {error}")]
    Batches {
        /// The problem's label.
        problem: String,
        /// The sampler's label.
        sampler: String,
        /// What is wrong.
        error: SamplerError,
    },
    /// A problem lacks what a sampler needs to know about its terms, or its hyperparameters do not fit them.
    #[error("sampler \"{sampler}\" on problem \"{problem}\": {error}")]
    Sampler {
        /// The problem's label.
        problem: String,
        /// The sampler's label.
        sampler: String,
        /// What is wrong.
        error: SamplerError,
    },
    /// Metrics that problems do not have.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Metrics(
        /// Each of them.
        Vec<Unmeasured>,
    ),
    /// A rule asks for its gradients itself, so that an estimator cannot change them.
    #[error(
        "rule \"{rule}\" computes gradients itself, which estimator \"{estimator}\" cannot change: exclude this combination"
    )]
    Asking {
        /// The rule's label.
        rule: String,
        /// The estimator's label.
        estimator: String,
    },
    /// A rule asks for its gradients itself, so that a sampler cannot observe them.
    #[error(
        "rule \"{rule}\" computes gradients itself, which sampler \"{sampler}\" cannot observe: exclude this combination"
    )]
    Unobserved {
        /// The rule's label.
        rule: String,
        /// The sampler's label.
        sampler: String,
    },
    /// A rule is made for fewer parameters.
    #[error(
        "rule \"{rule}\" takes at most {most} parameters, and problem \"{problem}\" has {asked}: exclude this combination"
    )]
    Parameters {
        /// The rule's label.
        rule: String,
        /// The problem's label.
        problem: String,
        /// How many the problem has.
        asked: usize,
        /// How many the rule takes.
        most: usize,
    },
    /// Two runs have the same configuration, or the same 64 bits of hash.
    #[error("the plan lists the same combination twice: {first}, and {second}")]
    Collision {
        /// The labels of the first.
        first: String,
        /// The labels of the second.
        second: String,
    },
    /// A run would be larger than anything that is asked for on purpose.
    #[error("problem \"{problem}\": {asked} {what}, where at most {most} are accepted")]
    TooLarge {
        /// The problem's label.
        problem: String,
        /// What there is too much of.
        what: &'static str,
        /// How many the plan asks for.
        asked: u64,
        /// How many are accepted.
        most: u64,
    },
    /// Threads could not be started.
    #[error("{threads} threads could not be started: {reason}")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the system says.
        reason: String,
    },
}

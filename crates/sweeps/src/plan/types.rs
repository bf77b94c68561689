//! What a checked plan consists of.

use sgdlab_core::{Entry, Invalid, Settings};

/// The catalogues that a plan chooses from.
#[derive(Clone, Debug)]
pub struct Catalogues {
    /// For `problems`.
    pub objectives: Vec<&'static Entry>,
    /// For `rules`.
    pub rules: Vec<&'static Entry>,
    /// For `samplers`.
    pub samplers: Vec<&'static Entry>,
    /// For `schedules`.
    pub schedules: Vec<&'static Entry>,
    /// For `estimators`.
    pub estimators: Vec<&'static Entry>,
    /// Refuses combinations of hyperparameters that are accepted one by one.
    pub check: fn(Kind, &Settings) -> Result<(), Invalid>,
}

impl Default for Catalogues {
    /// Empty catalogues that accept every combination.
    fn default() -> Self {
        Self {
            objectives: Vec::new(),
            rules: Vec::new(),
            samplers: Vec::new(),
            schedules: Vec::new(),
            estimators: Vec::new(),
            check: |_, _| Ok(()),
        }
    }
}

/// The axes of a plan that hold items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `problems`.
    Objective,
    /// `rules`.
    Rule,
    /// `samplers`.
    Sampler,
    /// `schedules`.
    Schedule,
    /// `estimators`.
    Estimator,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Objective, Self::Rule, Self::Sampler, Self::Schedule, Self::Estimator];

    /// The plan's key for the axis.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Objective => "problems",
            Self::Rule => "rules",
            Self::Sampler => "samplers",
            Self::Schedule => "schedules",
            Self::Estimator => "estimators",
        }
    }

    /// The item that is used where the plan says nothing; `None` where it has to.
    #[must_use]
    pub const fn default_item(self) -> Option<&'static str> {
        match self {
            Self::Objective | Self::Rule => None,
            Self::Sampler => Some("reshuffle"),
            Self::Schedule => Some("constant"),
            Self::Estimator => Some("plain"),
        }
    }
}

impl Catalogues {
    /// The catalogue of a kind.
    #[must_use]
    pub fn of(&self, kind: Kind) -> &[&'static Entry] {
        match kind {
            Kind::Objective => &self.objectives,
            Kind::Rule => &self.rules,
            Kind::Sampler => &self.samplers,
            Kind::Schedule => &self.schedules,
            Kind::Estimator => &self.estimators,
        }
    }
}

/// One item of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// What tables and figures call it; unique on its axis.
    pub label: String,
    /// Its hyperparameters.
    pub settings: Settings,
}

/// One update rule and the rates it runs at.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleChoice {
    /// What tables and figures call it; unique on its axis.
    pub label: String,
    /// Its hyperparameters.
    pub settings: Settings,
    /// Its rates: its own or the plan's.
    pub rates: Vec<f64>,
}

/// The number type that runs compute in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Precision {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

impl Precision {
    /// Both, in the order of their names.
    pub const ALL: [Self; 2] = [Self::F32, Self::F64];

    /// `"f32"` or `"f64"`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }

    /// The size of a number.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        match self {
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

/// What is measured at logged steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Metric {
    /// The objective's value f(x).
    Value,
    /// Share of training terms classified wrongly.
    Error,
    /// The mean loss over held-out data.
    TestValue,
    /// Share of held-out data classified wrongly.
    TestError,
    /// f(x) − min f, where the minimum is known.
    Gap,
    /// ‖x − x*‖ to the nearest minimizer that is known.
    Distance,
    /// ‖∇f(x)‖.
    GradientNorm,
    /// The greatest eigenvalue of ∇²f(x).
    Sharpness,
    /// tr ∇²f(x).
    HessianTrace,
    /// tr(∇²f(x) Σ), Σ being the covariance of the terms' gradients.
    NoiseCurvature,
}

impl Metric {
    /// All metrics.
    pub const ALL: [Self; 10] = [
        Self::Value,
        Self::Error,
        Self::TestValue,
        Self::TestError,
        Self::Gap,
        Self::Distance,
        Self::GradientNorm,
        Self::Sharpness,
        Self::HessianTrace,
        Self::NoiseCurvature,
    ];

    /// Its name in plans, kebab-case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Error => "error",
            Self::TestValue => "test-value",
            Self::TestError => "test-error",
            Self::Gap => "gap",
            Self::Distance => "distance",
            Self::GradientNorm => "gradient-norm",
            Self::Sharpness => "sharpness",
            Self::HessianTrace => "hessian-trace",
            Self::NoiseCurvature => "noise-curvature",
        }
    }

    /// Whether it takes products with the Hessian.
    #[must_use]
    pub const fn is_curvature(self) -> bool {
        matches!(self, Self::Sharpness | Self::HessianTrace | Self::NoiseCurvature)
    }
}

/// When a run ends. Exactly one kind is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// Passes over the terms, > 0.
    Epochs(f64),
    /// Updates, ≥ 1.
    Steps(u64),
    /// Term gradients, ≥ 1.
    Evaluations(u64),
}

/// Levels whose first crossing is recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Targets {
    /// The metric that has to fall to the levels.
    pub metric: Metric,
    /// The levels; empty if the plan has no targets.
    pub values: Vec<f64>,
}

/// At which steps metrics are measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Log {
    /// This many steps per factor of ten, logarithmically spaced.
    PerDecade(u32),
    /// Every so many steps.
    EverySteps(u64),
    /// Every so many epochs, > 0.
    EveryEpochs(f64),
}

/// Combinations to leave out: those that match every given key.
///
/// Words for items are labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exclude {
    /// Labels of problems.
    pub problem: Option<Vec<String>>,
    /// Labels of rules.
    pub rule: Option<Vec<String>>,
    /// Rates.
    pub rate: Option<Numbers>,
    /// Batch sizes.
    pub batch_size: Option<Numbers>,
    /// Labels of samplers.
    pub sampler: Option<Vec<String>>,
    /// Labels of schedules.
    pub schedule: Option<Vec<String>>,
    /// Labels of estimators.
    pub estimator: Option<Vec<String>>,
    /// Precisions.
    pub precision: Option<Vec<Precision>>,
}

/// The numbers that an [`Exclude`] matches.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// These, up to a relative difference of 10⁻⁹.
    OneOf(Vec<f64>),
    /// Those in the closed interval; an end that is not given is infinite.
    Between {
        /// The smallest.
        min: f64,
        /// The largest.
        max: f64,
    },
}

impl Numbers {
    /// Whether `x` is among them.
    #[must_use]
    pub fn contains(&self, x: f64) -> bool {
        match self {
            Self::OneOf(list) => list.iter().any(|y| (x - y).abs() <= 1e-9 * y.abs()),
            Self::Between { min, max } => (*min..=*max).contains(&x),
        }
    }
}

/// One combination of a plan; its replicates differ only in their random streams.
///
/// Items are positions in the [`Plan`](super::Plan)'s lists.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Position in `problems`.
    pub problem: usize,
    /// Position in `rules`.
    pub rule: usize,
    /// The rate.
    pub rate: f64,
    /// Terms per batch.
    pub batch_size: u32,
    /// Position in `samplers`.
    pub sampler: usize,
    /// Position in `schedules`.
    pub schedule: usize,
    /// Position in `estimators`.
    pub estimator: usize,
    /// The number type.
    pub precision: Precision,
}

//! From oracle calls to the gradient an update rule sees.
//!
//! An estimator changes *which gradient* a rule is given, not what the rule does with it, so every
//! estimator combines with every rule.
//! Its cost is what the oracle counts.
//!
//! ```
//! use sgdlab_core::streams::Key;
//! use sgdlab_core::{Batch, Oracle};
//! use sgdlab_estimators::{Ask, Context, EstimatorSpec, Svrg};
//! use sgdlab_objectives::Quadratic;
//!
//! let mean = Quadratic::<f64>::new(&[1.0], &[0.0, 1.0, 2.0, 5.0]); // f(x) = mean of ½ (x − cᵢ)²
//! let mut oracle = Oracle::<f64, 1>::new(&mean, 1);
//! let context = Context { parameters: 1, terms: 4, batches_per_epoch: 4, largest_batch: 1, key: Key::new("example") };
//! let mut svrg = EstimatorSpec::from(Svrg { period: 2.0 }).bind(&context);
//! let ask = Ask { step: 0, rates: &[0.1], batch: Batch::of(&[3]) };
//! let mut gradient = [[0.0]];
//! svrg.estimate(&mut oracle, &[[3.0]], ask, &mut gradient);
//! assert_eq!(gradient[0][0], 1.0); // The full gradient 3 − 2: on a quadratic SVRG has no noise.
//! assert_eq!(oracle.evaluations(), 4 + 1 + 1);
//! ```

mod batches;
mod coin;
mod extragradient;
mod l_svrg;
mod moments;
mod page;
mod plain;
mod recursive;
mod sag;
mod saga;
mod sam;
mod sarah;
mod storm;
mod svrg;
mod table;

use sgdlab_core::streams::Key;
use sgdlab_core::{Batch, Entry, Invalid, Lanes, Oracle, Real, Settings};

pub use extragradient::Sample;
pub use moments::{Moments, Situation, moments};
pub use table::Initial;

/// What an estimator is asked at a step.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a, const N: usize> {
    /// The step, from 0.
    pub step: u64,
    /// The current rate of each lane.
    pub rates: &'a [f64; N],
    /// The batch of the step.
    pub batch: Batch<'a>,
}

/// A gradient estimator of a run, with its memory.
///
/// Every lane of a pack has the bits of the same run alone, and nothing allocates in a step.
pub trait Estimator<R: Real, const N: usize>: Send {
    /// Writes the gradient that the rule sees at the point `at` to `out`.
    ///
    /// # Panics
    /// If a slice has another length than the estimator was bound to.
    fn estimate(&mut self, oracle: &mut Oracle<'_, R, N>, at: &[Lanes<R, N>], ask: Ask<'_, N>, out: &mut [Lanes<R, N>]);
}

/// The sizes and the randomness that an estimator is bound to.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// d, the number of parameters.
    pub parameters: usize,
    /// n, the number of terms.
    pub terms: usize,
    /// m, the number of steps that make one epoch.
    pub batches_per_epoch: u64,
    /// The number of indices in the largest batch.
    pub largest_batch: usize,
    /// Where the coins and the samples of the estimator come from.
    pub key: Key,
}

/// What an epoch is made of, as far as costs depend on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// n, the number of terms.
    pub terms: u64,
    /// B, the mean number of indices in a batch.
    pub batch: f64,
    /// m, the number of steps.
    pub steps: u64,
}

/// Term gradients that an estimator asks for: after T steps `start + ⌈T / period⌉ · full + T · step`, in expectation over
/// its coins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// How much more the first step of a run costs than others; negative where it costs less.
    pub start: f64,
    /// The cost of a step.
    pub step: f64,
    /// How much more the first step of a period costs.
    pub full: f64,
    /// The steps of a period.
    pub period: u64,
}

impl Cost {
    /// `step` term gradients in every step.
    fn every(step: f64) -> Self {
        Self { start: 0.0, step, full: 0.0, period: 1 }
    }

    /// This, and so many at the start.
    fn after(self, start: f64) -> Self {
        Self { start, ..self }
    }

    /// The mean cost of a step.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.step + self.full / self.period as f64
    }

    /// The fewest steps, at least one, that cost a budget.
    ///
    /// ```
    /// use sgdlab_estimators::Cost;
    /// let cost = Cost { start: 0.0, step: 20.0, full: 150.0, period: 10 };
    /// assert_eq!([170.0, 171.0, 350.0, 351.0, 521.0].map(|budget| cost.steps(budget)), [1, 2, 10, 11, 12]);
    /// ```
    #[must_use]
    pub fn steps(&self, budget: f64) -> u64 {
        let budget = (budget - self.start).max(0.0);
        let period = self.full + self.period as f64 * self.step;
        let periods = (budget / period).floor();
        let rest = budget - periods * period;
        let more = if rest > 0.0 { ((rest - self.full) / self.step).ceil().max(1.0) as u64 } else { 0 };
        (periods as u64).saturating_mul(self.period).saturating_add(more).max(1)
    }
}

/// The hyperparameters of one estimator: what a person writes, immutable.
trait Configuration: Copy {
    /// The configuration that these settings of the estimator's entry stand for.
    fn new(settings: &Settings) -> Self;

    /// Makes the memory of `N` runs.
    fn bind<R: Real, const N: usize>(&self, context: &Context) -> Box<dyn Estimator<R, N>>;

    /// What it costs.
    fn cost(&self, epoch: &Epoch) -> Cost;

    /// Whether it keeps a gradient of every term.
    const KEEPS_TABLE: bool = false;
}

/// One line per estimator: the file, and its configuration.
macro_rules! registry {
    ($($module:ident::$Estimator:ident,)*) => {
        $(pub use $module::$Estimator;)*

        static ENTRIES: &[&Entry] = &[$(&$module::ENTRY),*];

        /// An estimator and its hyperparameters.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum EstimatorSpec {
            $(
                #[doc = concat!("See [`", stringify!($Estimator), "`].")]
                $Estimator($Estimator),
            )*
        }

        $(
            impl From<$Estimator> for EstimatorSpec {
                fn from(estimator: $Estimator) -> Self {
                    Self::$Estimator(estimator)
                }
            }
        )*

        impl EstimatorSpec {
            /// The specification these settings describe.
            ///
            /// # Errors
            /// If no estimator has the settings' name.
            pub fn new(settings: &Settings) -> Result<Self, Invalid> {
                $(
                    if settings.name() == $module::ENTRY.name {
                        return Ok(Self::$Estimator($Estimator::new(settings)));
                    }
                )*
                let names: Vec<_> = ENTRIES.iter().map(|entry| entry.name).collect();
                Err(Invalid::new("name", settings.name(), names.join(", ")))
            }

            /// The memory of `N` runs with this estimator.
            #[must_use]
            pub fn bind<R: Real, const N: usize>(&self, context: &Context) -> Box<dyn Estimator<R, N>> {
                match self {
                    $(Self::$Estimator(estimator) => estimator.bind(context),)*
                }
            }

            /// Term gradients that it asks for.
            #[must_use]
            pub fn cost(&self, epoch: &Epoch) -> Cost {
                match self {
                    $(Self::$Estimator(estimator) => estimator.cost(epoch),)*
                }
            }

            /// Whether it keeps a gradient of every term, which is n numbers a parameter and run.
            #[must_use]
            pub fn keeps_table(&self) -> bool {
                match self {
                    $(Self::$Estimator(_) => $Estimator::KEEPS_TABLE,)*
                }
            }
        }
    };
}

registry! {
    plain::Plain,
    svrg::Svrg,
    l_svrg::LSvrg,
    saga::Saga,
    sag::Sag,
    sarah::Sarah,
    page::Page,
    storm::Storm,
    sam::Sam,
    extragradient::Extragradient,
}

/// The catalogue of estimators.
#[must_use]
pub fn entries() -> Vec<&'static Entry> {
    ENTRIES.to_vec()
}

/// The number of steps that are `epochs` epochs of `batches_per_epoch` steps, rounded and at least 1.
fn whole_steps(epochs: f64, batches_per_epoch: u64) -> f64 {
    (epochs * batches_per_epoch as f64).round().max(1.0)
}

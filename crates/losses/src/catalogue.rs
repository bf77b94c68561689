//! The list of scalar losses.

use sgdlab_core::{Entry, Invalid, Real, Settings};

use crate::{Loss, LossFacts, LossKernel, Packs};

/// The one list of scalar losses: what can be named, made, dispatched and tested follows from it.
macro_rules! scalar_losses {
    ($($module:ident :: $name:ident,)+) => {
        static ENTRIES: &[&Entry] = &[$(&crate::$module::ENTRY,)+];

        /// Any scalar loss.
        ///
        /// As a [`Loss`] it decides at each call which one it is: right for single evaluations.
        /// Loops use [`LossSpec::kernel`], which decides once.
        ///
        /// ```
        /// use sgdlab_core::{Settings, Value};
        /// use sgdlab_losses::{LossKernel, LossSpec, entries};
        /// let entry = entries().into_iter().find(|entry| entry.name == "huber").unwrap();
        /// let settings = Settings::new(entry, [("delta", Value::Number(2.0))]).unwrap();
        /// let huber = LossSpec::new(&settings).unwrap();
        /// assert_eq!(huber.facts().lipschitz, Some(2.0));
        ///
        /// // The slopes of one run at the terms 1 and 0.
        /// let (targets, batch) = ([1.0, -1.0], [1, 0]);
        /// let mut z = [[0.5], [8.0]];
        /// huber.kernel::<f64, 1>().slopes(&targets, &batch, &mut z);
        /// assert_eq!(z, [[1.5], [2.0]]);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum LossSpec {
            $(
                #[doc = concat!("[`", stringify!($name), "`](crate::", stringify!($name), ")")]
                $name(crate::$name),
            )+
        }

        impl LossSpec {
            /// The loss these settings describe.
            ///
            /// # Errors
            /// If they are settings of something that is not a scalar loss.
            pub fn new(settings: &Settings) -> Result<Self, Invalid> {
                $(
                    if settings.name() == crate::$module::ENTRY.name {
                        return Ok(Self::$name(crate::$name::from_settings(settings)));
                    }
                )+
                let names: Vec<&str> = ENTRIES.iter().map(|entry| entry.name).collect();
                Err(Invalid::new("loss", settings.name(), names.join(", ")))
            }

            /// How the catalogue describes it.
            #[must_use]
            pub fn entry(&self) -> &'static Entry {
                match self {
                    $(Self::$name(_) => &crate::$module::ENTRY,)+
                }
            }

            /// What is known about it.
            #[must_use]
            pub fn facts(&self) -> LossFacts {
                match self {
                    $(Self::$name(loss) => loss.facts(),)+
                }
            }

            /// Its loops for `N` runs at once.
            #[must_use]
            pub fn kernel<R: Packs<N>, const N: usize>(&self) -> &dyn LossKernel<R, N> {
                R::scalar(self)
            }

            pub(crate) fn loops<R: Real, const N: usize>(&self) -> &dyn LossKernel<R, N> {
                match self {
                    $(Self::$name(loss) => loss,)+
                }
            }
        }

        impl Loss for LossSpec {
            #[inline]
            fn value<R: Real>(&self, prediction: R, target: R) -> R {
                match self {
                    $(Self::$name(loss) => loss.value(prediction, target),)+
                }
            }

            #[inline]
            fn slope<R: Real>(&self, prediction: R, target: R) -> R {
                match self {
                    $(Self::$name(loss) => loss.slope(prediction, target),)+
                }
            }

            #[inline]
            fn curvature<R: Real>(&self, prediction: R, target: R) -> R {
                match self {
                    $(Self::$name(loss) => loss.curvature(prediction, target),)+
                }
            }

            fn facts(&self) -> LossFacts {
                Self::facts(self)
            }
        }
    };
}

scalar_losses! {
    squared::Squared,
    absolute::Absolute,
    huber::Huber,
    smooth_l1::SmoothL1,
    log_cosh::LogCosh,
    pinball::Pinball,
    epsilon_insensitive::EpsilonInsensitive,
    squared_epsilon_insensitive::SquaredEpsilonInsensitive,
    pseudo_huber::PseudoHuber,
    cauchy::Cauchy,
    geman_mcclure::GemanMcclure,
    welsch::Welsch,
    tukey::Tukey,
    poisson_nll::PoissonNll,
    half_gamma::HalfGamma,
    half_tweedie::HalfTweedie,
    logistic::Logistic,
    binary_cross_entropy::BinaryCrossEntropy,
    hinge::Hinge,
    squared_hinge::SquaredHinge,
    sigmoid_squared::SigmoidSquared,
    modified_huber::ModifiedHuber,
    smoothed_hinge::SmoothedHinge,
    perceptron::Perceptron,
    ramp::Ramp,
    exponential::Exponential,
    weighted_binary_cross_entropy::WeightedBinaryCrossEntropy,
    sigmoid_focal::SigmoidFocal,
}

/// The scalar losses, those of regression first.
#[must_use]
pub fn entries() -> Vec<&'static Entry> {
    ENTRIES.to_vec()
}

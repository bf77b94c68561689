//! The registry of schedules: adding one is its file, its `mod` line and its registry line.
//!
//! A schedule is a pure function of the step that multiplies the base rate.
//! Any schedule may begin with a linear warm-up, after which its own clock starts.
//! Lengths below 1 are fractions of the run; what longer ones count is their hyperparameter `clock`: steps, epochs or
//! samples, or what each of them states.
//! [`Plateau`] reduces the rate by a metric, so it is no function of the step and not among them.

mod chained;
mod chebyshev;
mod clock;
mod constant;
mod cosine;
mod cosine_restarts;
mod cyclic;
mod exponential;
mod inverse_sqrt;
mod inverse_time;
mod large_then_drop;
mod linear;
mod multi_step;
mod noam;
mod one_cycle;
mod piecewise_constant;
mod piecewise_interpolate;
mod plateau;
mod polynomial;
pub(crate) mod portable;
mod power;
mod rex;
mod sequence;
mod step;
mod trapezoid;
mod warmup;

use sgdlab_core::{Entry, Invalid, Settings};

pub use chebyshev::RootOrder;
pub use clock::{Clock, Unit};
pub use cyclic::CyclicMode;
pub use plateau::{Goal, Plateau, PlateauState, ThresholdMode};
pub use trapezoid::Cooldown;
pub use warmup::Warmup;

/// The part of a schedule that comes after the warm-up.
pub trait Schedule: Sized {
    /// How catalogues describe the schedule.
    const ENTRY: &'static Entry;

    /// The schedule that these settings of [`Self::ENTRY`] stand for.
    ///
    /// # Errors
    /// If values that are accepted one by one do not go together.
    fn new(settings: &Settings) -> Result<Self, Invalid>;

    /// The factor of the base rate.
    fn factor(&self, clock: Clock) -> f64;

    /// How high the rate stands between its valley, 0, and its peak, 1, for schedules that cycle the momentum
    /// against the rate; `None` for others.
    fn height(&self, _: Clock) -> Option<f64> {
        None
    }
}

macro_rules! registry {
    ($($module:ident::$Schedule:ident),* $(,)?) => {
        $(pub use $module::$Schedule;)*

        #[derive(Clone, Debug, PartialEq)]
        enum Shape {
            $($Schedule($Schedule),)*
        }

        static ENTRIES: &[&Entry] = &[$(&$module::ENTRY),*];

        impl Shape {
            fn new(settings: &Settings) -> Result<Self, Invalid> {
                $(
                    if settings.name() == $module::ENTRY.name {
                        return $Schedule::new(settings).map(Self::$Schedule);
                    }
                )*
                let names: Vec<_> = ENTRIES.iter().map(|entry| entry.name).collect();
                Err(Invalid::new("schedule", settings.name(), names.join(", ")))
            }

            fn factor(&self, clock: Clock) -> f64 {
                match self {
                    $(Self::$Schedule(schedule) => schedule.factor(clock),)*
                }
            }

            fn height(&self, clock: Clock) -> Option<f64> {
                match self {
                    $(Self::$Schedule(schedule) => schedule.height(clock),)*
                }
            }
        }
    };
}

registry! {
    constant::Constant,
    step::Step,
    exponential::Exponential,
    cosine::Cosine,
    inverse_sqrt::InverseSqrt,
    multi_step::MultiStep,
    linear::Linear,
    polynomial::Polynomial,
    cosine_restarts::CosineRestarts,
    cyclic::Cyclic,
    one_cycle::OneCycle,
    piecewise_constant::PiecewiseConstant,
    piecewise_interpolate::PiecewiseInterpolate,
    inverse_time::InverseTime,
    power::Power,
    noam::Noam,
    trapezoid::Trapezoid,
    rex::Rex,
    chebyshev::Chebyshev,
    large_then_drop::LargeThenDrop,
    sequence::Sequence,
    chained::Chained,
}

/// All schedules.
#[must_use]
pub fn entries() -> Vec<&'static Entry> {
    ENTRIES.to_vec()
}

/// One schedule with its hyperparameters, warm-up included.
///
/// ```
/// use sgdlab_core::{Settings, Value};
/// use sgdlab_optimizers::schedules::{ScheduleSpec, entries};
/// let entry = entries().into_iter().find(|entry| entry.name == "cosine").unwrap();
/// let settings = Settings::new(entry, [("warmup", Value::Number(10.0))]).unwrap();
/// let schedule = ScheduleSpec::new(&settings).unwrap();
/// let factors = [0, 5, 10, 60, 110].map(|step| format!("{:.3}", schedule.of_run(110, 20, 32).factor(step)));
/// assert_eq!(factors, ["0.000", "0.500", "1.000", "0.500", "0.000"]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleSpec {
    warmup: Warmup,
    unit: Unit,
    shape: Shape,
}

impl ScheduleSpec {
    /// The schedule that these settings stand for.
    ///
    /// # Errors
    /// If they are not settings of a schedule, or values that are accepted one by one do not go together.
    pub fn new(settings: &Settings) -> Result<Self, Invalid> {
        let shape = Shape::new(settings)?;
        Ok(Self { warmup: Warmup::new(settings)?, unit: Unit::new(settings), shape })
    }

    /// This schedule in a run of `total` updates with `per_epoch` updates an epoch and `batch` samples an update.
    ///
    /// # Panics
    /// If `per_epoch` or `batch` is 0.
    #[must_use]
    pub fn of_run(&self, total: u64, per_epoch: u64, batch: u64) -> RunSchedule<'_> {
        assert!(per_epoch > 0 && batch > 0, "an epoch has at least one update, an update at least one sample");
        let begin = Clock { step: 0, total, per_epoch, batch, unit: self.unit };
        let warmup = self.warmup.steps(begin);
        RunSchedule { schedule: self, warmup, begin: Clock { total: total.saturating_sub(warmup), ..begin } }
    }
}

/// A schedule in a run of known length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunSchedule<'a> {
    schedule: &'a ScheduleSpec,
    warmup: u64,
    /// The clock at the end of the warm-up.
    begin: Clock,
}

impl RunSchedule<'_> {
    /// What the base rate is multiplied by at `step`, the number of updates already done.
    #[must_use]
    pub fn factor(&self, step: u64) -> f64 {
        match step.checked_sub(self.warmup) {
            None => self.schedule.warmup.factor(step, self.warmup),
            Some(step) => self.schedule.shape.factor(self.clock(step)),
        }
    }

    /// Whether the factor is 1 at all steps.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.warmup == 0 && matches!(self.schedule.shape, Shape::Constant(_))
    }

    /// The momentum at `step`, between `low` and `high`, of schedules that cycle it against the rate:
    /// high − (high − low) height, which is `high` during the warm-up. `None` for other schedules.
    #[must_use]
    pub fn momentum(&self, step: u64, low: f64, high: f64) -> Option<f64> {
        let height = self.schedule.shape.height(self.clock(step.saturating_sub(self.warmup)))?;
        Some(if step < self.warmup { high } else { high - (high - low) * height })
    }

    fn clock(&self, step: u64) -> Clock {
        Clock { step, ..self.begin }
    }
}

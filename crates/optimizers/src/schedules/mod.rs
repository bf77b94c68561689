//! The registry of schedules: adding one is its file, its `mod` line and its registry line.
//!
//! A schedule is a pure function of the step that multiplies the base rate.
//! Any schedule may begin with a linear warm-up, after which its own clock starts.

mod clock;
mod constant;
mod cosine;
mod exponential;
mod inverse_sqrt;
pub(crate) mod portable;
mod step;
mod warmup;

use sgdlab_core::{Entry, Invalid, Settings};

pub use clock::Clock;
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
        }
    };
}

registry! {
    constant::Constant,
    step::Step,
    exponential::Exponential,
    cosine::Cosine,
    inverse_sqrt::InverseSqrt,
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
/// let factors = [0, 5, 10, 60, 110].map(|step| format!("{:.3}", schedule.of_run(110, 20).factor(step)));
/// assert_eq!(factors, ["0.000", "0.500", "1.000", "0.500", "0.000"]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleSpec {
    warmup: Warmup,
    shape: Shape,
}

impl ScheduleSpec {
    /// The schedule that these settings stand for.
    ///
    /// # Errors
    /// If they are not settings of a schedule, or values that are accepted one by one do not go together.
    pub fn new(settings: &Settings) -> Result<Self, Invalid> {
        let shape = Shape::new(settings)?;
        Ok(Self { warmup: Warmup::new(settings)?, shape })
    }

    /// This schedule in a run of `total` updates with `per_epoch` updates an epoch.
    ///
    /// # Panics
    /// If `per_epoch` is 0.
    #[must_use]
    pub fn of_run(&self, total: u64, per_epoch: u64) -> RunSchedule<'_> {
        assert!(per_epoch > 0, "an epoch has at least one update");
        let warmup = self.warmup.steps(total);
        RunSchedule { schedule: self, warmup, rest: total.saturating_sub(warmup), per_epoch }
    }
}

/// A schedule in a run of known length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunSchedule<'a> {
    schedule: &'a ScheduleSpec,
    warmup: u64,
    rest: u64,
    per_epoch: u64,
}

impl RunSchedule<'_> {
    /// What the base rate is multiplied by at `step`, the number of updates already done.
    #[must_use]
    pub fn factor(&self, step: u64) -> f64 {
        match step.checked_sub(self.warmup) {
            None => self.schedule.warmup.factor(step, self.warmup),
            Some(step) => self.schedule.shape.factor(Clock { step, total: self.rest, per_epoch: self.per_epoch }),
        }
    }
}

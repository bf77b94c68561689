//! Reduction when a metric stops improving.

use crate::kept::kept;

/// Which metrics are better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Goal {
    /// Smaller ones.
    #[default]
    Minimum,
    /// Larger ones.
    Maximum,
}

/// What [`Plateau::threshold`] is measured in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThresholdMode {
    /// In units of the best metric: better is below best · (1 − threshold), or above best · (1 + threshold).
    #[default]
    Relative,
    /// In units of the metric: better is below best − threshold, or above best + threshold.
    Absolute,
}

/// Multiplies the rate by a factor when a metric has not improved for more than `patience` observations.
///
/// This is no function of the step, so it is no [`Schedule`](super::Schedule): [`Plateau::begin`] makes a
/// state that is fed with metrics.
/// The first metric is an improvement; one that only ties the threshold, or is not a number, is none.
/// Observations of a cooldown do not count as bad.
///
/// The defaults are those of torch's `ReduceLROnPlateau`, whose conventions these are.
///
/// ```
/// use sgdlab_optimizers::schedules::Plateau;
/// let plateau = Plateau { factor: 0.5, patience: 1, ..Plateau::default() };
/// let mut state = plateau.begin(0.1);
/// let rates = [1.0, 1.0, 1.0, 0.5].map(|metric| state.observe(metric));
/// assert_eq!(rates, [0.1, 0.1, 0.05, 0.05]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plateau {
    /// Which metrics are better.
    pub goal: Goal,
    /// What the rate is multiplied by, in (0, 1).
    pub factor: f64,
    /// How many observations in a row without improvement are put up with.
    pub patience: u64,
    /// By how much a metric has to be better, ≥ 0.
    pub threshold: f64,
    /// What the threshold is measured in.
    pub threshold_mode: ThresholdMode,
    /// How many observations after a reduction do not count.
    pub cooldown: u64,
    /// The least rate.
    pub min_lr: f64,
    /// A reduction by no more than this is not made.
    pub eps: f64,
}

impl Default for Plateau {
    fn default() -> Self {
        Self {
            goal: Goal::Minimum,
            factor: 0.1,
            patience: 10,
            threshold: 1e-4,
            threshold_mode: ThresholdMode::Relative,
            cooldown: 0,
            min_lr: 0.0,
            eps: 1e-8,
        }
    }
}

impl Plateau {
    /// The state before any metric, at the rate `lr`.
    #[must_use]
    pub fn begin(&self, lr: f64) -> PlateauState {
        let best = match self.goal {
            Goal::Minimum => f64::INFINITY,
            Goal::Maximum => f64::NEG_INFINITY,
        };
        PlateauState { plateau: *self, lr, best, bad: 0, cooling: 0 }
    }

    /// Whether `metric` improves on `best`.
    fn improves(&self, metric: f64, best: f64) -> bool {
        match (self.goal, self.threshold_mode) {
            (Goal::Minimum, ThresholdMode::Relative) => metric < best * (1.0 - self.threshold),
            (Goal::Minimum, ThresholdMode::Absolute) => metric < best - self.threshold,
            (Goal::Maximum, ThresholdMode::Relative) => metric > best * (1.0 + self.threshold),
            (Goal::Maximum, ThresholdMode::Absolute) => metric > best + self.threshold,
        }
    }
}

/// A [`Plateau`] with what it has seen.
#[derive(Clone, Debug, PartialEq)]
pub struct PlateauState {
    plateau: Plateau,
    lr: f64,
    best: f64,
    bad: u64,
    cooling: u64,
}

kept!(PlateauState: lr, best, bad, cooling);

impl PlateauState {
    /// The rate of the next update.
    #[must_use]
    pub fn lr(&self) -> f64 {
        self.lr
    }

    /// Takes a metric in and returns the rate of the next update.
    pub fn observe(&mut self, metric: f64) -> f64 {
        if self.plateau.improves(metric, self.best) {
            self.best = metric;
            self.bad = 0;
        } else {
            self.bad += 1;
        }
        if self.cooling > 0 {
            self.cooling -= 1;
            self.bad = 0;
        }
        if self.bad > self.plateau.patience {
            self.reduce();
        }
        self.lr
    }

    fn reduce(&mut self) {
        let lr = (self.lr * self.plateau.factor).max(self.plateau.min_lr);
        if self.lr - lr > self.plateau.eps {
            self.lr = lr;
        }
        self.cooling = self.plateau.cooldown;
        self.bad = 0;
    }
}

//! The time that schedules read.

/// The time since the end of the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Updates done since the warm-up.
    pub step: u64,
    /// Updates of the run after the warm-up.
    pub total: u64,
    /// Updates of one epoch.
    pub per_epoch: u64,
}

impl Clock {
    /// How many periods are over, where a period below 1 is a fraction of the run and one from
    /// 1 on a number of epochs.
    #[must_use]
    pub fn periods(&self, period: f64) -> f64 {
        let whole = if period < 1.0 { self.total } else { self.per_epoch };
        self.step as f64 / (whole.max(1) as f64 * period)
    }
}

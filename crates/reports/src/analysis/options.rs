//! How a result is to be compared.

use crate::statistics;
use sgdlab_core::streams::Key;

use super::findings::Split;

/// Which replicates settings are chosen on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Tune {
    /// The smaller half of the replicates by number.
    #[default]
    Half,
    /// This many of them, by number.
    Count(usize),
    /// This share of them, by number.
    Share(f64),
    /// All of them, which are scored as well: the winner looks too good.
    Same,
}

impl Tune {
    /// Whether a wish leaves replicates to choose settings on and others to score them on.
    ///
    /// # Errors
    /// If a count or a share does not, with what is accepted.
    pub fn check(self, replicates: usize) -> Result<(), String> {
        let (count, wish) = match self {
            Self::Half | Self::Same => return Ok(()),
            Self::Count(count) => (count, count.to_string()),
            Self::Share(share) => ((share * replicates as f64).round() as usize, format!("{}%", 100.0 * share)),
        };
        if (1..replicates).contains(&count) {
            return Ok(());
        }
        let accepted = match replicates {
            0 | 1 => "`all`".to_owned(),
            n => format!("from 1 to {} of them, a share such as 50%, or `all`", n - 1),
        };
        Err(format!(
            "tune = {wish} leaves no replicates to choose settings on or none to score them on, of {replicates}; accepted \
             is {accepted}"
        ))
    }

    /// Splits replicates, which are ascending; a single one, or a wish that leaves none for either, is used for both.
    #[must_use]
    pub fn split(self, replicates: &[u32]) -> Split {
        let count = match self {
            Self::Half => replicates.len() / 2,
            Self::Count(count) => count,
            Self::Share(share) => (share * replicates.len() as f64).round() as usize,
            Self::Same => 0,
        };
        if count == 0 || count >= replicates.len() {
            return Split { tuning: replicates.to_vec(), fresh: replicates.to_vec() };
        }
        let (tuning, fresh) = replicates.split_at(count);
        Split { tuning: tuning.to_vec(), fresh: fresh.to_vec() }
    }
}

/// How a result is to be compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Which replicates settings are chosen on.
    pub tune: Tune,
    /// The key of everything that is drawn; the same key gives the same numbers.
    pub key: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { tune: Tune::default(), key: "compare".to_owned() }
    }
}

impl Options {
    /// How to draw for some purpose from so many numbers: fewer times where there are very many.
    pub(super) fn bootstrap(&self, purpose: &str, numbers: usize) -> statistics::Options {
        let key = Key::new(&self.key).child(purpose);
        let resamples = (20_000_000 / numbers.max(1)).clamp(1_000, 10_000) as u32;
        statistics::Options { resamples, ..statistics::Options::of(key) }
    }

    /// The same for flips of signs.
    pub(super) fn flips(&self, purpose: &str, numbers: usize) -> statistics::Flips {
        let key = Key::new(&self.key).child(purpose);
        let draws = (200_000_000 / numbers.max(1)).clamp(1_000, 100_000) as u32;
        statistics::Flips { draws, ..statistics::Flips::of(key) }
    }
}

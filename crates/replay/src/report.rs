//! What came of replaying.

use std::path::PathBuf;

/// What came of all documents.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// The documents, in the order in which they were found.
    pub documents: Vec<Document>,
    /// How many files in the folders are no documents.
    pub others: usize,
}

/// What the records of a document are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Trajectories of an update rule.
    Rule,
    /// Values and derivatives of a loss.
    Loss,
    /// Rates of a schedule.
    Schedule,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rule, Self::Loss, Self::Schedule];

    /// The key that names one in a document.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Loss => "loss",
            Self::Schedule => "schedule",
        }
    }
}

/// One document with the outcome of each of its records.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The file.
    pub path: PathBuf,
    /// What its records are of.
    pub kind: Kind,
    /// The rule, loss or schedule that its head names.
    pub name: String,
    /// Its records, in order.
    pub records: Vec<Record>,
}

/// One record: compared, or why it could not be.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its `id`, or its position if it has none.
    pub id: String,
    /// How far apart the two are, or why they could not be compared.
    pub outcome: Result<Comparison, String>,
}

/// How far apart recorded and computed numbers are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// The largest error over the tolerance: at most 1 in a record that passes.
    pub worst: f64,
    /// How many numbers were compared.
    pub numbers: usize,
    /// The first numbers that are too far apart.
    pub first: Option<Difference>,
}

/// Two numbers that should be equal.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where: a step and an entry.
    pub place: String,
    /// What was computed.
    pub computed: f64,
    /// What was recorded.
    pub recorded: f64,
}

impl Document {
    /// How many records pass.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.records.iter().filter(|record| record.passes()).count()
    }

    /// The largest error over tolerance of all records that could be compared.
    #[must_use]
    pub fn worst(&self) -> f64 {
        let worst = self.records.iter().filter_map(|record| Some(record.outcome.as_ref().ok()?.worst));
        worst.fold(0.0, f64::max)
    }
}

impl Record {
    /// Whether all numbers are within the tolerance.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(&self.outcome, Ok(Comparison { first: None, .. }))
    }
}

impl Comparison {
    /// Compares rows of numbers: |a − b| is to be at most `tolerance` · max(1, |b|), b being the recorded one.
    ///
    /// Numbers that are not finite are to be the same.
    pub(crate) fn compare(
        &mut self,
        computed: &[f64],
        recorded: &[f64],
        tolerance: f64,
        place: impl Fn(usize) -> String,
    ) {
        for (entry, (&a, &b)) in computed.iter().zip(recorded).enumerate() {
            self.pair(a, b, tolerance * b.abs().max(1.0), || place(entry));
        }
    }

    /// Compares two numbers: |a − b| is to be at most `tolerance`, b being the recorded one.
    ///
    /// Numbers that are not finite are to be the same.
    pub(crate) fn pair(&mut self, a: f64, b: f64, tolerance: f64, place: impl FnOnce() -> String) {
        self.numbers += 1;
        let far = if a == b || (a.is_nan() && b.is_nan()) {
            0.0
        } else if a.is_finite() && b.is_finite() {
            (a - b).abs() / tolerance
        } else {
            f64::INFINITY
        };
        self.worst = self.worst.max(far);
        if far > 1.0 && self.first.is_none() {
            self.first = Some(Difference { place: place(), computed: a, recorded: b });
        }
    }
}

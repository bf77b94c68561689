//! How much a rule keeps.

use std::fmt;

use sgdlab_core::{Entry, Layout};
use sgdlab_optimizers::RuleSpec;

use crate::Subject;

/// Numbers that a rule keeps from step to step, for every parameter, buffers aside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kept {
    /// Of a long vector.
    pub vector: f64,
    /// Of a matrix of 16 rows and columns.
    pub matrix: f64,
}

impl fmt::Display for Kept {
    /// As in `1 (matrix 0.13)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let round = |x: f64| (x * 100.0).round() / 100.0;
        write!(f, "{}", round(self.vector))?;
        if self.matrix == self.vector { Ok(()) } else { write!(f, " (matrix {})", round(self.matrix)) }
    }
}

/// What a rule keeps, measured by saving its state.
///
/// ```
/// use sgdlab_fingerprints::{Subject, kept};
/// let named = |name: &str| sgdlab_optimizers::entries().into_iter().find(|entry| entry.name == name).unwrap();
/// let kept_by = |name: &str| kept(&Subject::new(named(name), None, []).unwrap()).to_string();
/// assert_eq!(kept_by("adam"), "2");
/// assert_eq!(kept_by("adafactor"), "1 (matrix 0.13)");
/// ```
#[must_use]
pub fn kept(subject: &Subject) -> Kept {
    /// Rows and columns.
    const SIDE: usize = 16;
    let length = |shape: &[usize], count: usize| {
        let layout = Layout::new((0..count).map(|k| (format!("x{k}"), shape.to_vec())));
        let mut rule = RuleSpec::bind::<f64, 1>(std::array::from_ref(subject.rule()), &layout);
        rule.save().len() as f64
    };
    // The difference of one and two tensors leaves out what is kept once.
    let of = |shape: &[usize]| (length(shape, 2) - length(shape, 1)) / (SIDE * SIDE) as f64;
    // A rule with a matrix as large as all parameters has it for a shorter vector as well.
    Kept { vector: of(&[SIDE * SIDE]), matrix: of(&[SIDE, SIDE]) }
}

/// What the entry of a rule says about its memory, without what it says about its oracle.
///
/// ```
/// let adam = sgdlab_optimizers::entries().into_iter().find(|entry| entry.name == "adam").unwrap();
/// assert_eq!(sgdlab_fingerprints::memory_text(adam), "two numbers per parameter, three with amsgrad");
/// ```
#[must_use]
pub fn memory_text(entry: &Entry) -> &'static str {
    let memory = entry.cost.strip_prefix("Memory: ").unwrap_or(entry.cost);
    memory.split_once(". ").map_or(memory, |(memory, _)| memory)
}

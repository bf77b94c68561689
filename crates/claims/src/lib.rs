//! What is said about stochastic gradient methods as experiments, with a verdict on each statement.
//!
//! An [`Experiment`] is a sentence that people know: running it measures what its [`Claim`]s are about, and gives tables
//! and figures.
//! A claim decides about numbers, and about nothing else.
//! Experiments that belong together are a [`Chapter`].
//!
//! ```
//! use sgdlab_claims::{Setting, experiment};
//! use sgdlab_core::streams::Key;
//! let article = experiment("source-003").unwrap();
//! let outcome = article.run(&Setting { quick: true, key: Key::new("example") });
//! assert!(outcome.holds());
//! ```

mod claim;
mod curvature;
mod escape;
mod experiment;
mod gallery;
mod minibatch;
mod momentum;
mod regularization;
mod replacement;
mod scaling;
mod solvers;
mod sources;
mod sparsity;
#[cfg(test)]
mod testing;
mod tools;

pub use claim::{Claim, Criterion, Finding, Measured, Stance};
pub use experiment::{CLAIMS, Chapter, Experiment, Header, Outcome, Setting, Truth, all_claims};
pub use gallery::{Made, gallery};

static CHAPTERS: &[&Chapter] = &[
    &sources::CHAPTER,
    &minibatch::CHAPTER,
    &regularization::CHAPTER,
    &sparsity::CHAPTER,
    &replacement::CHAPTER,
    &momentum::CHAPTER,
    &solvers::CHAPTER,
    &escape::CHAPTER,
    &curvature::CHAPTER,
    &scaling::CHAPTER,
];

/// Every chapter, in the order in which they are read.
#[must_use]
pub fn chapters() -> &'static [&'static Chapter] {
    CHAPTERS
}

/// Every experiment, chapter by chapter.
pub fn experiments() -> impl Iterator<Item = &'static Experiment> {
    chapters().iter().flat_map(|chapter| chapter.experiments.iter().copied())
}

/// The experiment of this name.
#[must_use]
pub fn experiment(name: &str) -> Option<&'static Experiment> {
    experiments().find(|experiment| experiment.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// What is used as a name of a file, a place of a page, and a word of the command line.
    fn is_name(name: &str) -> bool {
        let accepted = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !name.is_empty() && name.chars().all(accepted)
    }

    #[test]
    fn every_experiment_is_told_in_full() {
        let mut names = HashSet::new();
        for experiment in experiments() {
            let name = experiment.name;
            assert!(is_name(name) && names.insert(name), "{name} is no name, or is there twice");
            let Experiment { title, sentence, reference, statement, setup, exactness, limits, .. } = experiment;
            for text in [title, sentence, reference, statement, setup, exactness, limits] {
                assert!(!text.is_empty() && text.trim() == *text, "a text of {name}: {text:?}");
            }
            let claims: HashSet<_> = experiment.claims.iter().map(|claim| claim.name).collect();
            assert!(!claims.is_empty() && claims.len() == experiment.claims.len(), "claims of {name}");
            assert!(claims.iter().all(|claim| is_name(claim)), "claims of {name}: {claims:?}");
            for Header { table, row, columns } in experiment.tables.iter().copied() {
                let named: HashSet<_> = columns.iter().map(|(column, _)| column).collect();
                assert!(!row.is_empty() && named.len() == columns.len() && !named.is_empty(), "{name}, {table}");
                assert!(columns.iter().all(|(column, meaning)| !column.is_empty() && !meaning.is_empty()), "{table}");
                assert_ne!(*table, "claims", "{name} has a table of this name anyway");
            }
        }
    }
}

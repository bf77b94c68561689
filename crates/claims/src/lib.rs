//! Published figures and statements as experiments, with a verdict on each statement.
//!
//! A [`Source`] is something published: running it measures what its [`Claim`]s are about, and gives tables and figures.
//! A claim decides about numbers, and about nothing else.
//!
//! ```
//! use sgdlab_claims::{Setting, source};
//! use sgdlab_core::streams::Key;
//! let article = source("source-003").unwrap();
//! let outcome = article.run(&Setting { quick: true, key: Key::new("example") });
//! assert!(outcome.holds());
//! ```

mod claim;
mod course;
mod geometry;
mod grid;
mod line;
mod minima;
mod neuron;
mod problem;
mod source;
#[cfg(test)]
mod testing;
mod variance;

pub use claim::{Claim, Criterion, Finding, Measured, Stance};
pub use source::{Outcome, Setting, Source};

static SOURCES: &[&Source] = &[&minima::SOURCE, &variance::SOURCE, &line::SOURCE, &neuron::SOURCE];

/// Every source, in the order of their numbers.
#[must_use]
pub fn sources() -> &'static [&'static Source] {
    SOURCES
}

/// The source of this name.
#[must_use]
pub fn source(name: &str) -> Option<&'static Source> {
    sources().iter().find(|source| source.name == name).copied()
}

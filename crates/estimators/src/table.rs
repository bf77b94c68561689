//! The last gradient of every term.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Domain, Hyperparameter, Lanes, Oracle, Real, Settings};

use crate::Context;
use crate::batches::mean_of;

/// What a table holds at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initial {
    /// Zeros, for nothing.
    Zeros,
    /// The gradient of every term at the initial point, for n term gradients.
    Gradients,
}

impl Initial {
    /// The hyperparameter of the estimators that keep a table.
    pub(crate) const fn hyperparameter(default: &'static str) -> Hyperparameter {
        Hyperparameter {
            name: "initial",
            meaning: "the table at the start: zeros, or the gradients of all terms at the initial point",
            domain: Domain::Choice { default, accepts: &["zeros", "gradients"] },
        }
    }

    /// What checked settings say.
    pub(crate) fn of(settings: &Settings) -> Self {
        if settings.word("initial") == "zeros" { Self::Zeros } else { Self::Gradients }
    }

    /// Term gradients that it costs.
    pub(crate) fn cost(self, terms: u64) -> f64 {
        match self {
            Self::Zeros => 0.0,
            Self::Gradients => terms as f64,
        }
    }
}

/// A gradient for each term, and their mean.
///
/// The mean follows the changes of the rows; after every n changes it is summed anew, term by term in the order of the
/// terms, so that rounding does not pile up.
pub(crate) struct Table<R: Real, const N: usize> {
    rows: Vec<Lanes<R, N>>,
    mean: Vec<Lanes<R, N>>,
    gradient: Vec<Lanes<R, N>>,
    terms: usize,
    /// Changes since the mean was summed.
    changes: usize,
}

impl<R: Real, const N: usize> Table<R, N> {
    /// A table of zeros.
    pub(crate) fn new(context: &Context) -> Self {
        let zeros = vec![[R::ZERO; N]; context.parameters];
        let rows = vec![[R::ZERO; N]; context.parameters * context.terms];
        Self { rows, mean: zeros.clone(), gradient: zeros, terms: context.terms, changes: 0 }
    }

    /// The mean of the rows.
    pub(crate) fn mean(&self) -> &[Lanes<R, N>] {
        &self.mean
    }

    /// The gradient that is kept of a term.
    pub(crate) fn row(&self, term: u32) -> &[Lanes<R, N>] {
        let parameters = self.mean.len();
        &self.rows[term as usize * parameters..][..parameters]
    }

    /// Replaces the row of a term by its gradient at `at`, which is returned; costs one evaluation.
    pub(crate) fn refresh(&mut self, oracle: &mut Oracle<'_, R, N>, at: &[Lanes<R, N>], term: u32) -> &[Lanes<R, N>] {
        oracle.gradient(at, mean_of(&[term]), &mut self.gradient);
        let parameters = self.mean.len();
        let row = &mut self.rows[term as usize * parameters..][..parameters];
        let share = R::of(1.0 / self.terms as f64);
        replace(share, self.gradient.as_flattened(), row.as_flattened_mut(), self.mean.as_flattened_mut());
        self.changes += 1;
        &self.gradient
    }

    /// Replaces all rows by the gradients at `at`, for n evaluations.
    pub(crate) fn refresh_all(&mut self, oracle: &mut Oracle<'_, R, N>, at: &[Lanes<R, N>]) {
        for term in 0..self.terms as u32 {
            self.refresh(oracle, at, term);
        }
        self.settle();
    }

    /// Sums the mean anew if that is due; to be called once after the changes of a step.
    pub(crate) fn settle(&mut self) {
        if self.changes >= self.terms {
            self.changes = 0;
            self.mean.fill([R::ZERO; N]);
            let share = R::of(1.0 / self.terms as f64);
            for row in self.rows.chunks_exact(self.mean.len()) {
                add(share, row.as_flattened(), self.mean.as_flattened_mut());
            }
        }
    }
}

/// `sum` ← `sum` + `share` · `x`.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
pub(crate) fn add<R: Real>(share: R, x: &[R], sum: &mut [R]) {
    for (sum, x) in sum.iter_mut().zip(x) {
        *sum += share * *x;
    }
}

/// Replaces a row, and changes the mean accordingly.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn replace<R: Real>(share: R, gradient: &[R], row: &mut [R], mean: &mut [R]) {
    for ((g, row), mean) in gradient.iter().zip(row).zip(mean) {
        *mean += share * (*g - *row);
        *row = *g;
    }
}

//! What is minimized, and the one place where it is evaluated.

use crate::{Lanes, Layout, Real};

/// A finite sum f(x) = (1/n) Σ fᵢ(x), for `N` parameter vectors at once.
///
/// Every term fᵢ contains the whole penalty, if there is one, so that the mean of a batch of
/// terms is an unbiased estimate of f.
/// Implementations are pure: equal arguments give equal bits, whatever was evaluated before.
pub trait Objective<R: Real, const N: usize>: Send + Sync {
    /// How the parameter vector is made of tensors.
    fn layout(&self) -> &Layout;

    /// n, the number of terms.
    fn terms(&self) -> usize;

    /// How many [`Lanes`] of scratch space an evaluation of `batch` terms needs.
    fn scratch(&self, batch: usize) -> usize;

    /// Writes the mean of ∇fᵢ over the indices in `batch` (repeated ones count repeatedly) to `out`.
    ///
    /// # Panics
    /// If a slice has the wrong length, the batch is empty or an index is not below [`Self::terms`].
    fn gradient(&self, at: &[Lanes<R, N>], batch: &[u32], scratch: &mut [Lanes<R, N>], out: &mut [Lanes<R, N>]);

    /// The mean of fᵢ over the indices in `batch`, whose gradient [`Self::gradient`] writes.
    ///
    /// # Panics
    /// As [`Self::gradient`].
    fn value(&self, at: &[Lanes<R, N>], batch: &[u32], scratch: &mut [Lanes<R, N>]) -> Lanes<R, N>;

    /// Evaluates all terms, penalty included; the share of errors only if `errors` asks for it.
    ///
    /// Scratch space for one term is enough.
    ///
    /// # Panics
    /// If a slice has the wrong length.
    fn evaluate(&self, at: &[Lanes<R, N>], errors: bool, scratch: &mut [Lanes<R, N>]) -> Evaluation<R, N>;
}

/// What an [`Objective`] is at a point, over all of its terms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation<R, const N: usize> {
    /// f(x): the mean over all terms, penalty included.
    pub value: Lanes<R, N>,
    /// Share of terms classified wrongly; `None` where there are no classes, or nobody asked.
    pub error: Option<Lanes<R, N>>,
}

/// The indices of one step's terms, and the factor of its gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Batch<'a> {
    /// Which terms; repeated ones count repeatedly.
    pub indices: &'a [u32],
    /// The estimate is `scale` × the mean over `indices`; 1 except for rescaled short batches.
    pub scale: f64,
}

/// The only way to a gradient: evaluates an [`Objective`] and counts term evaluations.
///
/// A gradient of a batch of b terms costs b, a full gradient n.
/// Values for logging are taken beside the oracle and cost nothing.
pub struct Oracle<'a, R: Real, const N: usize> {
    objective: &'a dyn Objective<R, N>,
    scratch: Vec<Lanes<R, N>>,
    everything: Vec<u32>,
    evaluations: u64,
}

impl<'a, R: Real, const N: usize> Oracle<'a, R, N> {
    /// An oracle for batches of up to `largest_batch` terms, and for full gradients.
    ///
    /// # Panics
    /// If the objective has more than 2³² terms.
    #[must_use]
    pub fn new(objective: &'a dyn Objective<R, N>, largest_batch: usize) -> Self {
        let terms = objective.terms();
        let everything = (0..u32::try_from(terms).expect("at most 2³² terms")).collect();
        let scratch = vec![[R::ZERO; N]; objective.scratch(largest_batch.max(terms))];
        Self { objective, scratch, everything, evaluations: 0 }
    }

    /// Writes the batch's gradient estimate at `at` to `out`, and counts its terms.
    pub fn gradient(&mut self, at: &[Lanes<R, N>], batch: Batch<'_>, out: &mut [Lanes<R, N>]) {
        self.objective.gradient(at, batch.indices, &mut self.scratch, out);
        self.evaluations += batch.indices.len() as u64;
        if batch.scale != 1.0 {
            let scale = R::of(batch.scale);
            out.as_flattened_mut().iter_mut().for_each(|x| *x *= scale);
        }
    }

    /// The batch's value at `at`: it comes with a gradient that has been paid for, and is not counted.
    pub fn value(&mut self, at: &[Lanes<R, N>], batch: Batch<'_>) -> Lanes<R, N> {
        self.objective.value(at, batch.indices, &mut self.scratch)
    }

    /// Writes ∇f(`at`) to `out`, and counts n evaluations.
    pub fn full_gradient(&mut self, at: &[Lanes<R, N>], out: &mut [Lanes<R, N>]) {
        self.objective.gradient(at, &self.everything, &mut self.scratch, out);
        self.evaluations += self.everything.len() as u64;
    }

    /// Term evaluations so far.
    #[must_use]
    pub fn evaluations(&self) -> u64 {
        self.evaluations
    }
}

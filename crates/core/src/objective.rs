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

    /// Writes (1/b) Σ wᵢ ∇fᵢ over the b terms of `sample` (repeated ones count repeatedly) to `out`.
    ///
    /// # Panics
    /// If a slice has the wrong length, the sample is empty or an index is not below [`Self::terms`].
    fn gradient(&self, at: &[Lanes<R, N>], sample: Sample<'_>, scratch: &mut [Lanes<R, N>], out: &mut [Lanes<R, N>]);

    /// (1/b) Σ wᵢ fᵢ over the terms of `sample`, whose gradient [`Self::gradient`] writes.
    ///
    /// # Panics
    /// As [`Self::gradient`].
    fn value(&self, at: &[Lanes<R, N>], sample: Sample<'_>, scratch: &mut [Lanes<R, N>]) -> Lanes<R, N>;

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

/// Terms of an objective with their weights; at least one where an [`Objective`] is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample<'a> {
    /// Which terms; repeated ones count repeatedly.
    pub indices: &'a [u32],
    /// wᵢ of each index; `None` if all are 1.
    pub weights: Option<&'a [f64]>,
}

impl<'a> Sample<'a> {
    /// Terms that all weigh 1.
    #[must_use]
    pub fn of(indices: &'a [u32]) -> Self {
        Self { indices, weights: None }
    }

    /// (1/b) Σ wᵢ, the factor of what all terms share, such as a penalty.
    #[must_use]
    pub fn mean_weight(&self) -> f64 {
        self.weights.map_or(1.0, |weights| weights.iter().sum::<f64>() / weights.len() as f64)
    }

    /// Multiplies what was computed for each term by its weight; does nothing where all are 1.
    ///
    /// `stride` numbers belong to each term.
    ///
    /// # Panics
    /// If there are not `stride` numbers for each term, or not one weight.
    pub fn weigh<R: Real, const N: usize>(&self, stride: usize, of_terms: &mut [Lanes<R, N>]) {
        let Some(weights) = self.weights else { return };
        assert_eq!(weights.len(), self.indices.len(), "a weight for each term");
        assert_eq!(of_terms.len(), stride * weights.len(), "as many numbers for each term");
        for (numbers, &weight) in of_terms.chunks_exact_mut(stride).zip(weights) {
            let weight = R::of(weight);
            numbers.as_flattened_mut().iter_mut().for_each(|x| *x *= weight);
        }
    }
}

/// The terms of one step with their weights, and the factor of its gradient.
///
/// The estimate is `scale` · (1/b) Σ wᵢ ∇fᵢ over the b indices, and 0 if there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Batch<'a> {
    /// Which terms; repeated ones count repeatedly.
    pub indices: &'a [u32],
    /// wᵢ of each index; `None` if all are 1.
    pub weights: Option<&'a [f64]>,
    /// The factor of the estimate: 1 except for rescaled short batches, and samples of random size.
    pub scale: f64,
}

impl<'a> Batch<'a> {
    /// Terms whose mean is the estimate.
    #[must_use]
    pub fn of(indices: &'a [u32]) -> Self {
        Self { indices, weights: None, scale: 1.0 }
    }

    /// The terms, without the factor.
    #[must_use]
    pub fn sample(&self) -> Sample<'a> {
        Sample { indices: self.indices, weights: self.weights }
    }
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
    ///
    /// The estimate of an empty batch is 0 and costs nothing.
    pub fn gradient(&mut self, at: &[Lanes<R, N>], batch: Batch<'_>, out: &mut [Lanes<R, N>]) {
        if batch.indices.is_empty() {
            return out.fill([R::ZERO; N]);
        }
        self.objective.gradient(at, batch.sample(), &mut self.scratch, out);
        self.evaluations += batch.indices.len() as u64;
        if batch.scale != 1.0 {
            let scale = R::of(batch.scale);
            out.as_flattened_mut().iter_mut().for_each(|x| *x *= scale);
        }
    }

    /// The batch's value at `at`, without its scale: it comes with a gradient that has been paid for, and is not counted.
    ///
    /// The value of an empty batch is 0.
    pub fn value(&mut self, at: &[Lanes<R, N>], batch: Batch<'_>) -> Lanes<R, N> {
        if batch.indices.is_empty() {
            return [R::ZERO; N];
        }
        self.objective.value(at, batch.sample(), &mut self.scratch)
    }

    /// Writes ∇f(`at`) to `out`, and counts n evaluations.
    pub fn full_gradient(&mut self, at: &[Lanes<R, N>], out: &mut [Lanes<R, N>]) {
        self.objective.gradient(at, Sample::of(&self.everything), &mut self.scratch, out);
        self.evaluations += self.everything.len() as u64;
    }

    /// Term evaluations so far.
    #[must_use]
    pub fn evaluations(&self) -> u64 {
        self.evaluations
    }
}

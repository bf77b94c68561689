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

    /// Whether [`Self::curvature_times`] has products: an objective that has them says so.
    fn has_products(&self) -> bool {
        false
    }

    /// How many [`Lanes`] of scratch space [`Self::curvature_times`] needs for `batch` terms.
    fn curvature_scratch(&self, _batch: usize) -> usize {
        0
    }

    /// Writes the mean of wᵢ times a curvature matrix of fᵢ over the sample, times a vector, to `out`.
    ///
    /// The matrix is symmetric; sums over terms go term by term in the order of the batch.
    ///
    /// # Panics
    /// As [`Self::gradient`], or if the objective has no such products; those of models have all of them.
    fn curvature_times(
        &self,
        _asked: Product<'_, R, N>,
        _sample: Sample<'_>,
        _scratch: &mut [Lanes<R, N>],
        _out: &mut [Lanes<R, N>],
    ) {
        panic!("this objective has gradients only");
    }

    /// Evaluates all terms, penalty included; the share of errors only if `errors` asks for it.
    ///
    /// Scratch space for one term is enough.
    ///
    /// # Panics
    /// If a slice has the wrong length.
    fn evaluate(&self, at: &[Lanes<R, N>], errors: bool, scratch: &mut [Lanes<R, N>]) -> Evaluation<R, N>;
}

/// A matrix that says how an [`Objective`] curves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Curvature {
    /// The Hessian.
    Hessian,
    /// The generalized Gauss–Newton matrix Jᵀ H J, plus the penalty's part: J is the Jacobian of a term's outputs, H
    /// the Hessian of its loss in them.
    ///
    /// It is positive semidefinite wherever the loss is convex, and the Hessian wherever the outputs are linear.
    ///
    /// Reference: Schraudolph (2002), Fast curvature matrix-vector products for second-order gradient descent.
    GaussNewton,
    /// The same with the weight ψ(r)/r of iteratively reweighted least squares in place of H, or with the H that the
    /// model expects at a random target (Fisher scoring).
    Reweighted {
        /// Residuals count as at least this large, so that weights stay finite.
        floor: f64,
    },
}

/// A product with a curvature matrix, as it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Product<'a, R, const N: usize> {
    /// Which matrix.
    pub curvature: Curvature,
    /// The point that the matrix belongs to.
    pub at: &'a [Lanes<R, N>],
    /// The vector that the matrix is multiplied by.
    pub vector: &'a [Lanes<R, N>],
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
    #[inline]
    pub fn of(indices: &'a [u32]) -> Self {
        Self { indices, weights: None }
    }

    /// The same terms in sequence, at most `size` at a time.
    ///
    /// # Panics
    /// If there are weights, but not one for each term, or `size` is 0.
    pub fn chunks(&self, size: usize) -> impl Iterator<Item = Self> {
        let Self { indices, weights } = *self;
        indices.chunks(size).enumerate().map(move |(k, chunk)| {
            let range = k * size..k * size + chunk.len();
            Self { indices: chunk, weights: weights.map(|weights| &weights[range]) }
        })
    }

    /// (1/b) Σ wᵢ, the factor of what all terms share, such as a penalty.
    #[must_use]
    #[inline]
    pub fn mean_weight(&self) -> f64 {
        self.weights.map_or(1.0, |weights| weights.iter().sum::<f64>() / weights.len() as f64)
    }

    /// Multiplies what was computed for each term by its weight; does nothing where all are 1.
    ///
    /// `stride` numbers belong to each term.
    ///
    /// # Panics
    /// If there are not `stride` numbers for each term, or not one weight.
    #[inline]
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
    #[inline]
    pub fn of(indices: &'a [u32]) -> Self {
        Self { indices, weights: None, scale: 1.0 }
    }

    /// The terms, without the factor.
    #[must_use]
    #[inline]
    pub fn sample(&self) -> Sample<'a> {
        Sample { indices: self.indices, weights: self.weights }
    }
}

/// The objective on the batch of a step, for whoever asks more than one gradient of it.
///
/// A value, a gradient and a product cost one evaluation for each term of the batch; the value that comes with a
/// gradient is free.
pub trait Local<R: Real, const N: usize> {
    /// The value at `at`.
    fn value(&mut self, at: &[Lanes<R, N>]) -> Lanes<R, N>;

    /// Writes the gradient at `at` to `out`, and returns the value there.
    fn gradient(&mut self, at: &[Lanes<R, N>], out: &mut [Lanes<R, N>]) -> Lanes<R, N>;

    /// Writes the product with a curvature matrix to `out`.
    fn curvature_times(&mut self, asked: Product<'_, R, N>, out: &mut [Lanes<R, N>]);
}

/// The only way to a gradient: evaluates an [`Objective`] and counts term evaluations.
///
/// A term evaluation is one value, gradient or [`Product`] of one term: that of a batch of b terms costs b, a full
/// gradient n.
/// The value of a batch where its gradient has been paid for is free.
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

    /// The same with room for products of up to `largest_batch` terms.
    #[must_use]
    pub fn with_products(mut self, largest_batch: usize) -> Self {
        let needed = self.objective.curvature_scratch(largest_batch);
        self.scratch.resize(self.scratch.len().max(needed), [R::ZERO; N]);
        self
    }

    /// Writes the batch's gradient estimate at `at` to `out`, and counts its terms.
    ///
    /// The estimate of an empty batch is 0 and costs nothing.
    #[inline]
    pub fn gradient(&mut self, at: &[Lanes<R, N>], batch: Batch<'_>, out: &mut [Lanes<R, N>]) {
        if batch.indices.is_empty() {
            return out.fill([R::ZERO; N]);
        }
        self.objective.gradient(at, batch.sample(), &mut self.scratch, out);
        self.evaluations += batch.indices.len() as u64;
        rescale(batch.scale, out);
    }

    /// The batch's value at `at`, without its scale: it comes with a gradient that has been paid for, and is not counted.
    ///
    /// The value of an empty batch is 0.
    #[inline]
    pub fn value(&mut self, at: &[Lanes<R, N>], batch: Batch<'_>) -> Lanes<R, N> {
        if batch.indices.is_empty() {
            return [R::ZERO; N];
        }
        self.objective.value(at, batch.sample(), &mut self.scratch)
    }

    /// Writes a product with a curvature matrix of the batch to `out`, and counts its terms.
    ///
    /// The matrix of an empty batch is 0 and costs nothing.
    ///
    /// # Panics
    /// Without [`Self::with_products`].
    pub fn curvature_times(&mut self, asked: Product<'_, R, N>, batch: Batch<'_>, out: &mut [Lanes<R, N>]) {
        if batch.indices.is_empty() {
            return out.fill([R::ZERO; N]);
        }
        self.objective.curvature_times(asked, batch.sample(), &mut self.scratch, out);
        self.evaluations += batch.indices.len() as u64;
        rescale(batch.scale, out);
    }

    /// The objective on one batch, rescaled with it.
    pub fn on<'o>(&'o mut self, batch: Batch<'o>) -> impl Local<R, N> + use<'o, 'a, R, N> {
        OnBatch { oracle: self, batch }
    }

    /// Writes ∇f(`at`) to `out`, and counts n evaluations.
    #[inline]
    pub fn full_gradient(&mut self, at: &[Lanes<R, N>], out: &mut [Lanes<R, N>]) {
        self.objective.gradient(at, Sample::of(&self.everything), &mut self.scratch, out);
        self.evaluations += self.everything.len() as u64;
    }

    /// Term evaluations so far.
    #[must_use]
    #[inline]
    pub fn evaluations(&self) -> u64 {
        self.evaluations
    }
}

/// The factor of a short batch.
#[inline]
fn rescale<R: Real, const N: usize>(scale: f64, out: &mut [Lanes<R, N>]) {
    if scale != 1.0 {
        let scale = R::of(scale);
        out.as_flattened_mut().iter_mut().for_each(|x| *x *= scale);
    }
}

/// An oracle that is asked about one batch.
struct OnBatch<'o, 'a, R: Real, const N: usize> {
    oracle: &'o mut Oracle<'a, R, N>,
    batch: Batch<'o>,
}

impl<R: Real, const N: usize> OnBatch<'_, '_, R, N> {
    /// The value, which is that of the function whose gradient is the estimate.
    fn free_value(&mut self, at: &[Lanes<R, N>]) -> Lanes<R, N> {
        let mut value = [self.oracle.value(at, self.batch)];
        rescale(self.batch.scale, &mut value);
        value[0]
    }
}

impl<R: Real, const N: usize> Local<R, N> for OnBatch<'_, '_, R, N> {
    #[inline]
    fn value(&mut self, at: &[Lanes<R, N>]) -> Lanes<R, N> {
        self.oracle.evaluations += self.batch.indices.len() as u64;
        self.free_value(at)
    }

    #[inline]
    fn gradient(&mut self, at: &[Lanes<R, N>], out: &mut [Lanes<R, N>]) -> Lanes<R, N> {
        self.oracle.gradient(at, self.batch, out);
        self.free_value(at)
    }

    fn curvature_times(&mut self, asked: Product<'_, R, N>, out: &mut [Lanes<R, N>]) {
        self.oracle.curvature_times(asked, self.batch, out);
    }
}

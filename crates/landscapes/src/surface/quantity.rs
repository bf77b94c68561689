//! What a map shows.

use sgdlab_core::{Lanes, Objective, Real, Sample, WIDTH, reduce};

/// What is evaluated at every point of a map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantity<'a> {
    /// f, the mean of all terms.
    Value,
    /// The mean of some terms.
    Batch(&'a [u32]),
    /// (1/n) Σ (fᵢ − f)², the variance of the values of single terms; see [`left_of_variance`] for batches.
    ValueVariance,
    /// tr Σ = (1/n) Σ ‖∇fᵢ − ∇f‖², the variance of the gradients of single terms.
    GradientVariance,
    /// What one epoch of reshuffled batches of `batch` of the n terms descends in the mean over all orders, up to
    /// O(rate²): f + rate/4 ‖∇f‖² + rate/4 (n − batch)/((n − 1) batch) tr Σ.
    ///
    /// Reference: Smith, Dherin, Barrett and De (2021), On the origin of implicit regularization in stochastic gradient
    /// descent, ICLR.
    Modified {
        /// The rate of gradient descent.
        rate: f64,
        /// Terms of a batch.
        batch: usize,
    },
}

/// (n − b)/((n − 1) b): the share of the variance of single terms that means of b of the n terms have, which are drawn
/// without replacement.
#[must_use]
pub fn left_of_variance(terms: usize, batch: usize) -> f64 {
    let (n, b) = (terms as f64, batch as f64);
    // A single term has no variance.
    if terms == batch { 0.0 } else { (n - b) / ((n - 1.0) * b) }
}

/// A quantity of an objective, with the memory that it takes.
pub(super) struct Measured<'a, R> {
    objective: &'a dyn Objective<R, WIDTH>,
    quantity: Quantity<'a>,
    everything: Vec<u32>,
    scratch: Vec<Lanes<R, WIDTH>>,
    mean: Vec<Lanes<R, WIDTH>>,
    gradient: Vec<Lanes<R, WIDTH>>,
}

impl<'a, R: Real> Measured<'a, R> {
    pub(super) fn new(objective: &'a dyn Objective<R, WIDTH>, quantity: &Quantity<'a>) -> Self {
        let terms = objective.terms();
        if let Quantity::Modified { batch, .. } = quantity {
            assert!((1..=terms).contains(batch), "a batch has from 1 to {terms} terms");
        }
        let of_gradients = matches!(quantity, Quantity::GradientVariance | Quantity::Modified { .. });
        let largest = match quantity {
            Quantity::Batch(batch) => batch.len(),
            _ if of_gradients => terms,
            _ => 1,
        };
        let parameters = if of_gradients { objective.layout().size() } else { 0 };
        Self {
            objective,
            quantity: *quantity,
            everything: (0..terms as u32).collect(),
            scratch: vec![[R::ZERO; WIDTH]; objective.scratch(largest)],
            mean: vec![[R::ZERO; WIDTH]; parameters],
            gradient: vec![[R::ZERO; WIDTH]; parameters],
        }
    }

    pub(super) fn at(&mut self, at: &[Lanes<R, WIDTH>]) -> Lanes<R, WIDTH> {
        let objective = self.objective;
        match self.quantity {
            Quantity::Value => objective.evaluate(at, false, &mut self.scratch).value,
            Quantity::Batch(batch) => objective.value(at, Sample::of(batch), &mut self.scratch),
            Quantity::ValueVariance => {
                let mean = objective.evaluate(at, false, &mut self.scratch).value;
                let scratch = &mut self.scratch;
                let sum: Lanes<R, WIDTH> = reduce::sum_of(self.everything.len(), |term| {
                    let value = objective.value(at, Sample::of(&[term as u32]), scratch);
                    std::array::from_fn(|l| (value[l] - mean[l]) * (value[l] - mean[l]))
                });
                sum.map(|sum| sum / R::of(self.everything.len() as f64))
            }
            Quantity::GradientVariance => self.gradient_variance(at),
            Quantity::Modified { rate, batch } => {
                let share = left_of_variance(self.everything.len(), batch);
                let variance = if share == 0.0 { self.mean_gradient(at) } else { self.gradient_variance(at) };
                let square = reduce::dot(&self.mean, &self.mean);
                let value = objective.evaluate(at, false, &mut self.scratch).value;
                let (quarter, share) = (R::of(0.25 * rate), R::of(share));
                std::array::from_fn(|l| value[l] + quarter * (square[l] + share * variance[l]))
            }
        }
    }

    /// Leaves ∇f in `mean`; 0.
    fn mean_gradient(&mut self, at: &[Lanes<R, WIDTH>]) -> Lanes<R, WIDTH> {
        self.objective.gradient(at, Sample::of(&self.everything), &mut self.scratch, &mut self.mean);
        [R::ZERO; WIDTH]
    }

    /// tr Σ, leaving ∇f in `mean`.
    fn gradient_variance(&mut self, at: &[Lanes<R, WIDTH>]) -> Lanes<R, WIDTH> {
        let mut sum = self.mean_gradient(at);
        for &term in &self.everything {
            self.objective.gradient(at, Sample::of(&[term]), &mut self.scratch, &mut self.gradient);
            for (gradient, mean) in self.gradient.as_flattened_mut().iter_mut().zip(self.mean.as_flattened()) {
                *gradient -= *mean;
            }
            let square = reduce::dot(&self.gradient, &self.gradient);
            for l in 0..WIDTH {
                sum[l] += square[l];
            }
        }
        sum.map(|sum| sum / R::of(self.everything.len() as f64))
    }
}

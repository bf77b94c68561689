//! One linear output per term under a scalar loss.

mod rows;

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{
    Curvature, Evaluation, Lanes, Layout, Numbers, Objective, Product, Real, Sample, WIDTH, lengths, reduce,
};
use sgdlab_losses::{LossKernel, LossSpec};

use crate::dense::{add_penalty, penalized, scale};
use rows::{Rows, gather, predict, predict_all};

/// What a linear model is trained on, and with which loss.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearSpec {
    /// The loss of one term, φ(prediction, target).
    pub loss: LossSpec,
    /// The factor of the mean loss; 1 except for the C of a support vector machine.
    pub factor: f64,
    /// λ of the penalty ½ λ ‖w‖²; the intercept is not penalized.
    pub l2: f64,
    /// Whether there is an intercept.
    pub intercept: bool,
    /// Whether the targets are two classes: then a prediction's sign can be wrong.
    pub classes: bool,
}

/// f(w, b) = (factor / n) Σ φ(w·xᵢ + b, yᵢ) + ½ λ ‖w‖².
///
/// Parameters: the d weights, then the intercept if there is one.
/// Targets of classes are coded so that the positive class is above 0 (±1) or is 1 (against 0),
/// as the loss wants them.
pub struct Linear<R> {
    spec: LinearSpec,
    layout: Layout,
    /// In huge pages where they are many: a pass over 80 MB of them takes 26 ns a term instead of 42.
    features: Numbers<R>,
    targets: Vec<R>,
    columns: usize,
}

impl<R: Real> Linear<R> {
    /// A model of `targets.len()` terms; `features` is row-major with `columns` columns.
    ///
    /// # Panics
    /// If the lengths do not fit, or there is no term.
    #[must_use]
    pub fn new(spec: LinearSpec, features: &[f64], columns: usize, targets: &[f64]) -> Self {
        assert!(!targets.is_empty(), "a finite sum has at least one term");
        assert_eq!(features.len(), columns * targets.len(), "features are not terms × columns");
        let mut own = Numbers::new(R::ZERO, features.len());
        own.iter_mut().zip(features).for_each(|(own, &x)| *own = R::of(x));
        Self {
            layout: layout(columns, spec.intercept),
            spec,
            features: own,
            targets: targets.iter().map(|&y| R::of(y)).collect(),
            columns,
        }
    }

    fn rows(&self) -> Rows<'_, R> {
        Rows { features: &self.features, columns: self.columns, intercept: self.spec.intercept }
    }
}

/// `weight`, then `bias` if there is an intercept.
pub(crate) fn layout(columns: usize, intercept: bool) -> Layout {
    let bias = intercept.then(|| ("bias", vec![1]));
    Layout::new([("weight", vec![columns])].into_iter().chain(bias)).with_decay(|name| name == "weight")
}

/// Share of predictions on the wrong side of 0, or on it.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn share_wrong<R: Real, const N: usize>(targets: &[R], z: &[Lanes<R, N>]) -> Lanes<R, N> {
    let half = R::of(0.5);
    let mut wrong = [R::ZERO; N];
    for (&y, z) in targets.iter().zip(z) {
        let side = if y >= half { R::ONE } else { -R::ONE };
        for l in 0..N {
            wrong[l] += if side * z[l] > R::ZERO { R::ZERO } else { R::ONE };
        }
    }
    wrong.map(|count| count / R::of(targets.len() as f64))
}

impl<R: sgdlab_losses::Packs<N>, const N: usize> Objective<R, N> for Linear<R> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn terms(&self) -> usize {
        self.targets.len()
    }

    fn scratch(&self, batch: usize) -> usize {
        batch.max(self.targets.len())
    }

    fn gradient(&self, at: &[Lanes<R, N>], sample: Sample<'_>, scratch: &mut [Lanes<R, N>], out: &mut [Lanes<R, N>]) {
        let batch = sample.indices;
        lengths::of_gradient(&self.layout, at, batch, out);
        let loss: &dyn LossKernel<R, N> = self.spec.loss.kernel();
        let factor = R::of(self.spec.factor / batch.len() as f64);
        // A line takes one pass, which keeps the parameters and their slopes in registers. A long batch of a single run does
        // not: losses with transcendental functions are vectorized over its terms.
        let one_pass = N > 1 || batch.len() <= WIDTH;
        let on_line = one_pass && self.spec.intercept && sample.weights.is_none();
        if let (true, Ok(at), Ok(out)) = (on_line, at.try_into(), (&mut *out).try_into()) {
            loss.gradient_on_line(at, (&self.features, &self.targets), (factor, batch), out);
        } else {
            out.fill([R::ZERO; N]);
            // A block of rows is read from memory once: its slopes are added up while it is in the cache.
            for sample in sample.chunks(self.rows().of_a_block()) {
                let z = &mut scratch[..sample.indices.len()];
                predict(self.rows(), sample.indices, at, z);
                loss.slopes(&self.targets, sample.indices, z);
                sample.weigh(1, z);
                gather(self.rows(), sample.indices, z, out);
            }
            scale(factor, out);
        }
        if self.spec.l2 != 0.0 {
            add_penalty(R::of(self.spec.l2 * sample.mean_weight()), &at[..self.columns], &mut out[..self.columns]);
        }
    }

    fn value(&self, at: &[Lanes<R, N>], sample: Sample<'_>, scratch: &mut [Lanes<R, N>]) -> Lanes<R, N> {
        let batch = sample.indices;
        lengths::of_value(&self.layout, at, batch);
        let z = &mut scratch[..batch.len()];
        predict(self.rows(), batch, at, z);
        let loss: &dyn LossKernel<R, N> = self.spec.loss.kernel();
        loss.values_of(&self.targets, batch, z);
        sample.weigh(1, z);
        let factor = R::of(self.spec.factor / batch.len() as f64);
        let l2 = self.spec.l2 * sample.mean_weight();
        penalized(reduce::sum(z).map(|sum| sum * factor), l2, &at[..self.columns])
    }

    fn has_products(&self) -> bool {
        true
    }

    fn curvature_scratch(&self, batch: usize) -> usize {
        2 * batch
    }

    fn curvature_times(
        &self,
        asked: Product<'_, R, N>,
        sample: Sample<'_>,
        scratch: &mut [Lanes<R, N>],
        out: &mut [Lanes<R, N>],
    ) {
        let batch = sample.indices;
        lengths::of_product(&self.layout, &asked, batch, out);
        let (z, moved) = scratch[..2 * batch.len()].split_at_mut(batch.len());
        predict(self.rows(), batch, asked.at, z);
        predict(self.rows(), batch, asked.vector, moved);
        let loss: &dyn LossKernel<R, N> = self.spec.loss.kernel();
        match asked.curvature {
            // The outputs are linear.
            Curvature::Hessian | Curvature::GaussNewton => loss.curvatures(&self.targets, batch, z),
            Curvature::Reweighted { floor } => loss.weights(R::of(floor), &self.targets, batch, z),
        }
        for (z, moved) in z.as_flattened_mut().iter_mut().zip(moved.as_flattened()) {
            *z *= *moved;
        }
        sample.weigh(1, z);
        out.fill([R::ZERO; N]);
        gather(self.rows(), batch, z, out);
        scale(R::of(self.spec.factor / batch.len() as f64), out);
        if self.spec.l2 != 0.0 {
            let l2 = R::of(self.spec.l2 * sample.mean_weight());
            add_penalty(l2, &asked.vector[..self.columns], &mut out[..self.columns]);
        }
    }

    fn evaluate(&self, at: &[Lanes<R, N>], errors: bool, scratch: &mut [Lanes<R, N>]) -> Evaluation<R, N> {
        lengths::of_evaluation(&self.layout, at);
        let loss: &dyn LossKernel<R, N> = self.spec.loss.kernel();
        let errors = errors && self.spec.classes;
        let (sum, error) = match at {
            [slope, intercept] if self.spec.intercept && !errors => {
                (loss.sum_on_line((slope, intercept), &self.features, &self.targets), None)
            }
            _ => {
                let z = &mut scratch[..self.targets.len()];
                predict_all(self.rows(), at, z);
                let error = errors.then(|| share_wrong(&self.targets, z));
                loss.values(&self.targets, z);
                (reduce::sum(z), error)
            }
        };
        let factor = R::of(self.spec.factor / self.targets.len() as f64);
        Evaluation { value: penalized(sum.map(|sum| sum * factor), self.spec.l2, &at[..self.columns]), error }
    }
}

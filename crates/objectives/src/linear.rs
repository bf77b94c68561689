//! One linear output per term under a scalar loss.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{
    Curvature, Evaluation, Lanes, Layout, Objective, Product, Real, Sample, lengths, reduce, update_lanes,
};
use sgdlab_losses::{LossKernel, LossSpec, Targets};

use crate::dense::{add_penalty, penalized};

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
    coding: Targets,
    layout: Layout,
    features: Vec<R>,
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
        Self {
            layout: layout(columns, spec.intercept),
            coding: spec.loss.facts().targets,
            spec,
            features: features.iter().map(|&x| R::of(x)).collect(),
            targets: targets.iter().map(|&y| R::of(y)).collect(),
            columns,
        }
    }
}

/// `weight`, then `bias` if there is an intercept.
pub(crate) fn layout(columns: usize, intercept: bool) -> Layout {
    let bias = intercept.then(|| ("bias", vec![1]));
    Layout::new([("weight", vec![columns])].into_iter().chain(bias)).with_decay(|name| name == "weight")
}

/// z[i] = w·xᵢ + b for the rows of a batch.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn predict<R: Real, const N: usize>(
    (features, columns): (&[R], usize),
    batch: &[u32],
    at: &[Lanes<R, N>],
    intercept: bool,
    z: &mut [Lanes<R, N>],
) {
    for (z, &term) in z.iter_mut().zip(batch) {
        let row = &features[term as usize * columns..][..columns];
        *z = output(row, at, intercept);
    }
}

/// z[i] = w·xᵢ + b for all rows in order.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn predict_all<R: Real, const N: usize>(
    (features, columns): (&[R], usize),
    at: &[Lanes<R, N>],
    intercept: bool,
    z: &mut [Lanes<R, N>],
) {
    for (z, row) in z.iter_mut().zip(features.chunks_exact(columns)) {
        *z = output(row, at, intercept);
    }
}

#[inline(always)]
fn output<R: Real, const N: usize>(row: &[R], at: &[Lanes<R, N>], intercept: bool) -> Lanes<R, N> {
    let mut z = reduce::project(at, row);
    if intercept {
        let bias = at[row.len()];
        for l in 0..N {
            z[l] += bias[l];
        }
    }
    z
}

/// out = factor · Σᵢ slopes[i] (xᵢ, 1), term by term.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn gather<R: Real, const N: usize>(
    (features, columns): (&[R], usize),
    batch: &[u32],
    slopes: &[Lanes<R, N>],
    factor: R,
    out: &mut [Lanes<R, N>],
) {
    out.fill([R::ZERO; N]);
    let (weight, bias) = out.split_at_mut(columns);
    for (slope, &term) in slopes.iter().zip(batch) {
        let row = &features[term as usize * columns..][..columns];
        reduce::accumulate(weight, slope, row);
        if let Some(bias) = bias.first_mut() {
            update_lanes(bias, |sum, l| sum + slope[l]);
        }
    }
    for x in out.as_flattened_mut() {
        *x *= factor;
    }
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
        let z = &mut scratch[..batch.len()];
        let rows = (self.features.as_slice(), self.columns);
        predict(rows, batch, at, self.spec.intercept, z);
        let loss: &dyn LossKernel<R, N> = self.spec.loss.kernel();
        loss.slopes(&self.targets, batch, z);
        sample.weigh(1, z);
        gather(rows, batch, z, R::of(self.spec.factor / batch.len() as f64), out);
        if self.spec.l2 != 0.0 {
            add_penalty(R::of(self.spec.l2 * sample.mean_weight()), &at[..self.columns], &mut out[..self.columns]);
        }
    }

    fn value(&self, at: &[Lanes<R, N>], sample: Sample<'_>, scratch: &mut [Lanes<R, N>]) -> Lanes<R, N> {
        let batch = sample.indices;
        lengths::of_value(&self.layout, at, batch);
        let z = &mut scratch[..batch.len()];
        predict((self.features.as_slice(), self.columns), batch, at, self.spec.intercept, z);
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
        let rows = (self.features.as_slice(), self.columns);
        predict(rows, batch, asked.at, self.spec.intercept, z);
        predict(rows, batch, asked.vector, self.spec.intercept, moved);
        let loss: &dyn LossKernel<R, N> = self.spec.loss.kernel();
        match asked.curvature {
            // The outputs are linear.
            Curvature::Hessian | Curvature::GaussNewton => loss.curvatures(&self.targets, batch, z),
            Curvature::Reweighted { floor } => loss.weights((self.coding, R::of(floor)), &self.targets, batch, z),
        }
        for (z, moved) in z.as_flattened_mut().iter_mut().zip(moved.as_flattened()) {
            *z *= *moved;
        }
        sample.weigh(1, z);
        gather(rows, batch, z, R::of(self.spec.factor / batch.len() as f64), out);
        if self.spec.l2 != 0.0 {
            let l2 = R::of(self.spec.l2 * sample.mean_weight());
            add_penalty(l2, &asked.vector[..self.columns], &mut out[..self.columns]);
        }
    }

    fn evaluate(&self, at: &[Lanes<R, N>], errors: bool, scratch: &mut [Lanes<R, N>]) -> Evaluation<R, N> {
        lengths::of_evaluation(&self.layout, at);
        let z = &mut scratch[..self.targets.len()];
        predict_all((self.features.as_slice(), self.columns), at, self.spec.intercept, z);
        let error = (errors && self.spec.classes).then(|| share_wrong(&self.targets, z));
        let loss: &dyn LossKernel<R, N> = self.spec.loss.kernel();
        loss.values(&self.targets, z);
        let factor = R::of(self.spec.factor / self.targets.len() as f64);
        let data = reduce::sum(z).map(|sum| sum * factor);
        Evaluation { value: penalized(data, self.spec.l2, &at[..self.columns]), error }
    }
}

//! Diagonal linear networks: linear regression whose weights are products of two parameters.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Curvature, Evaluation, Lanes, Layout, Objective, Product, Real, Sample, lengths, reduce};

/// f(u, v) = 1/(2n) Σ (Σⱼ uⱼ vⱼ xᵢⱼ − yᵢ)².
///
/// With θ = u ∘ v and r the residual of a term, its slopes are r x ∘ v in u and r x ∘ u in v.
/// Parameters: the d numbers u, then the d numbers v.
/// A gradient of b terms costs O(b d), of one term O(d).
pub struct DiagonalNetwork<R> {
    layout: Layout,
    features: Vec<R>,
    targets: Vec<R>,
    columns: usize,
}

impl<R: Real> DiagonalNetwork<R> {
    /// A model of `targets.len()` terms; `features` is row-major with `columns` columns.
    ///
    /// # Panics
    /// If the lengths do not fit, or there is no term.
    #[must_use]
    pub fn new(features: &[f64], columns: usize, targets: &[f64]) -> Self {
        assert!(!targets.is_empty(), "a finite sum has at least one term");
        assert_eq!(features.len(), columns * targets.len(), "features are not terms × columns");
        Self {
            layout: layout(columns),
            features: features.iter().map(|&x| R::of(x)).collect(),
            targets: targets.iter().map(|&y| R::of(y)).collect(),
            columns,
        }
    }

    /// xᵢ, the features of a term.
    ///
    /// # Panics
    /// If there is no such term.
    #[must_use]
    pub fn row(&self, term: usize) -> &[R] {
        &self.features[term * self.columns..][..self.columns]
    }

    /// The slopes of ½ r² in the predictions of a batch, which are its residuals; `theta` ← u ∘ v.
    fn residuals<const N: usize>(
        &self,
        at: &[Lanes<R, N>],
        batch: &[u32],
        (theta, residuals): (&mut [Lanes<R, N>], &mut [Lanes<R, N>]),
    ) {
        let (u, v) = at.split_at(self.columns);
        multiply(u, v, theta);
        predict((&self.features, self.columns), batch, theta, residuals);
        for (residual, &term) in residuals.iter_mut().zip(batch) {
            let y = self.targets[term as usize];
            residual.iter_mut().for_each(|z| *z -= y);
        }
    }
}

/// `u`, then `v`.
pub(crate) fn layout(columns: usize) -> Layout {
    Layout::new([("u", vec![columns]), ("v", vec![columns])])
}

/// `out` = a ∘ b.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn multiply<R: Real, const N: usize>(a: &[Lanes<R, N>], b: &[Lanes<R, N>], out: &mut [Lanes<R, N>]) {
    let factors = a.as_flattened().iter().zip(b.as_flattened());
    for (out, (&a, &b)) in out.as_flattened_mut().iter_mut().zip(factors) {
        *out = a * b;
    }
}

/// `out` += a ∘ b.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn add_product<R: Real, const N: usize>(a: &[Lanes<R, N>], b: &[Lanes<R, N>], out: &mut [Lanes<R, N>]) {
    let factors = a.as_flattened().iter().zip(b.as_flattened());
    for (out, (&a, &b)) in out.as_flattened_mut().iter_mut().zip(factors) {
        *out += a * b;
    }
}

/// z[i] = θ·xᵢ for the rows of a batch.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn predict<R: Real, const N: usize>(
    (features, columns): (&[R], usize),
    batch: &[u32],
    theta: &[Lanes<R, N>],
    z: &mut [Lanes<R, N>],
) {
    for (z, &term) in z.iter_mut().zip(batch) {
        *z = reduce::project(theta, &features[term as usize * columns..][..columns]);
    }
}

/// z[i] = θ·xᵢ for all rows in order.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn predict_all<R: Real, const N: usize>(
    (features, columns): (&[R], usize),
    theta: &[Lanes<R, N>],
    z: &mut [Lanes<R, N>],
) {
    for (z, row) in z.iter_mut().zip(features.chunks_exact(columns)) {
        *z = reduce::project(theta, row);
    }
}

/// out = (1/b) Σᵢ slopes[i] xᵢ, term by term.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn gather<R: Real, const N: usize>(
    (features, columns): (&[R], usize),
    batch: &[u32],
    slopes: &[Lanes<R, N>],
    out: &mut [Lanes<R, N>],
) {
    out.fill([R::ZERO; N]);
    for (slope, &term) in slopes.iter().zip(batch) {
        reduce::accumulate(out, slope, &features[term as usize * columns..][..columns]);
    }
    if batch.len() > 1 {
        let share = R::of(1.0 / batch.len() as f64);
        out.as_flattened_mut().iter_mut().for_each(|x| *x *= share);
    }
}

impl<R: Real, const N: usize> Objective<R, N> for DiagonalNetwork<R> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn terms(&self) -> usize {
        self.targets.len()
    }

    fn scratch(&self, batch: usize) -> usize {
        self.columns + batch.max(self.targets.len())
    }

    fn gradient(&self, at: &[Lanes<R, N>], sample: Sample<'_>, scratch: &mut [Lanes<R, N>], out: &mut [Lanes<R, N>]) {
        let batch = sample.indices;
        lengths::of_gradient(&self.layout, at, batch, out);
        let (theta, rest) = scratch.split_at_mut(self.columns);
        let residuals = &mut rest[..batch.len()];
        self.residuals(at, batch, (theta, residuals));
        sample.weigh(1, residuals);
        // θ is used up: from here on it is the slope in θ.
        gather((&self.features, self.columns), batch, residuals, theta);
        let (u, v) = at.split_at(self.columns);
        let (out_u, out_v) = out.split_at_mut(self.columns);
        multiply(theta, v, out_u);
        multiply(theta, u, out_v);
    }

    fn value(&self, at: &[Lanes<R, N>], sample: Sample<'_>, scratch: &mut [Lanes<R, N>]) -> Lanes<R, N> {
        let batch = sample.indices;
        lengths::of_value(&self.layout, at, batch);
        let (theta, rest) = scratch.split_at_mut(self.columns);
        let values = &mut rest[..batch.len()];
        self.residuals(at, batch, (theta, values));
        halve_squares(values);
        sample.weigh(1, values);
        reduce::sum(values).map(|sum| sum / R::of(batch.len() as f64))
    }

    fn has_products(&self) -> bool {
        true
    }

    fn curvature_scratch(&self, batch: usize) -> usize {
        2 * (self.columns + batch)
    }

    /// Reweighting is Gauss–Newton: the weights of squares are 1.
    fn curvature_times(
        &self,
        asked: Product<'_, R, N>,
        sample: Sample<'_>,
        scratch: &mut [Lanes<R, N>],
        out: &mut [Lanes<R, N>],
    ) {
        let batch = sample.indices;
        lengths::of_product(&self.layout, &asked, batch, out);
        let (vectors, rest) = scratch.split_at_mut(2 * self.columns);
        let (theta, moved) = vectors.split_at_mut(self.columns);
        let (residuals, changes) = rest[..2 * batch.len()].split_at_mut(batch.len());
        let rows = (self.features.as_slice(), self.columns);
        self.residuals(asked.at, batch, (theta, residuals));
        // How θ and the predictions change along the vector.
        let (u, v) = asked.at.split_at(self.columns);
        let (along_u, along_v) = asked.vector.split_at(self.columns);
        multiply(u, along_v, moved);
        add_product(v, along_u, moved);
        predict(rows, batch, moved, changes);
        let (out_u, out_v) = out.split_at_mut(self.columns);
        sample.weigh(1, changes);
        gather(rows, batch, changes, moved);
        multiply(moved, v, out_u);
        multiply(moved, u, out_v);
        if asked.curvature == Curvature::Hessian {
            sample.weigh(1, residuals);
            gather(rows, batch, residuals, theta);
            add_product(theta, along_v, out_u);
            add_product(theta, along_u, out_v);
        }
    }

    fn evaluate(&self, at: &[Lanes<R, N>], _: bool, scratch: &mut [Lanes<R, N>]) -> Evaluation<R, N> {
        lengths::of_evaluation(&self.layout, at);
        let (theta, rest) = scratch.split_at_mut(self.columns);
        let values = &mut rest[..self.targets.len()];
        let (u, v) = at.split_at(self.columns);
        multiply(u, v, theta);
        predict_all((&self.features, self.columns), theta, values);
        for (value, &y) in values.iter_mut().zip(&self.targets) {
            value.iter_mut().for_each(|z| *z -= y);
        }
        halve_squares(values);
        let terms = R::of(self.targets.len() as f64);
        Evaluation { value: reduce::sum(values).map(|sum| sum / terms), error: None }
    }
}

/// r ↦ ½ r².
fn halve_squares<R: Real, const N: usize>(residuals: &mut [Lanes<R, N>]) {
    let half = R::of(0.5);
    residuals.as_flattened_mut().iter_mut().for_each(|r| *r = half * (*r * *r));
}

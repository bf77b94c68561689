//! The matrix of a linear model, with a column of ones if there is an intercept.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use nalgebra::{DMatrix, DVector};
use ndarray::ArrayView2;
use sgdlab_core::reduce;

/// Rows zᵢ = (xᵢ, 1) or xᵢ, one after the other.
pub(super) struct Design {
    flat: Vec<f64>,
    /// n.
    pub rows: usize,
    /// d, or d + 1 with an intercept.
    pub width: usize,
    /// d.
    pub features: usize,
}

impl Design {
    /// # Panics
    /// If there are no rows, or not as many targets as rows.
    pub fn new(x: ArrayView2<'_, f64>, targets: usize, intercept: bool) -> Self {
        let (rows, features) = x.dim();
        assert!(rows > 0, "a model is fitted to at least one row");
        assert_eq!(rows, targets, "as many targets as rows are needed");
        let width = features + usize::from(intercept);
        let mut flat = Vec::with_capacity(rows * width);
        for row in x.rows() {
            flat.extend(row.iter());
            flat.extend(intercept.then_some(1.0));
        }
        Self { flat, rows, width, features }
    }

    pub fn row(&self, i: usize) -> &[f64] {
        &self.flat[i * self.width..(i + 1) * self.width]
    }

    /// zᵢ·p for every row.
    pub fn predict(&self, p: &[f64]) -> Vec<f64> {
        (0..self.rows).map(|i| dot(self.row(i), p)).collect()
    }

    /// (1/n) Σ weightᵢ zᵢ.
    pub fn combine(&self, weights: &[f64]) -> DVector<f64> {
        let mut out = vec![0.0; self.width];
        combine(&self.flat, self.width, weights, &mut out);
        DVector::from_vec(out) / self.rows as f64
    }

    /// (1/n) Σ weightᵢ zᵢ zᵢᵀ.
    pub fn gram(&self, weights: &[f64]) -> DMatrix<f64> {
        let width = self.width;
        let mut lower = vec![0.0; width * width];
        gram(&self.flat, width, weights, &mut lower);
        let n = self.rows as f64;
        DMatrix::from_fn(width, width, |i, j| lower[i.max(j) * width + i.min(j)] / n)
    }
}

/// a·b in the canonical order.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    reduce::dot(a.as_chunks::<1>().0, b.as_chunks::<1>().0)[0]
}

/// (1/n) Σ f(i) over `0..n` in the canonical order.
pub(super) fn mean(n: usize, mut f: impl FnMut(usize) -> f64) -> f64 {
    reduce::sum_of(n, |i| [f(i)])[0] / n as f64
}

/// The largest absolute value; NaN if there is one.
pub(super) fn largest(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |largest, x| if x.abs() > largest || x.is_nan() { x.abs() } else { largest })
}

#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn combine(flat: &[f64], width: usize, weights: &[f64], out: &mut [f64]) {
    let out = &mut out[..width];
    for (row, &weight) in flat.chunks_exact(width).zip(weights) {
        for (out, &x) in out.iter_mut().zip(row) {
            *out += weight * x;
        }
    }
}

/// The lower triangle of Σ weightᵢ zᵢ zᵢᵀ, by rows.
///
/// Four rows at a time: a quarter of the passes over the triangle, which is what limits the speed.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn gram(flat: &[f64], width: usize, weights: &[f64], lower: &mut [f64]) {
    let whole = weights.len() / 4 * 4;
    for (rows, w) in flat.chunks_exact(4 * width).zip(weights.chunks_exact(4)) {
        let (z0, rest) = rows.split_at(width);
        let (z1, rest) = rest.split_at(width);
        let (z2, z3) = rest.split_at(width);
        for j in 0..width {
            let (c0, c1, c2, c3) = (w[0] * z0[j], w[1] * z1[j], w[2] * z2[j], w[3] * z3[j]);
            let out = &mut lower[j * width..=j * width + j];
            let (z0, z1, z2, z3) = (&z0[..=j], &z1[..=j], &z2[..=j], &z3[..=j]);
            for k in 0..out.len() {
                out[k] += (c0 * z0[k] + c1 * z1[k]) + (c2 * z2[k] + c3 * z3[k]);
            }
        }
    }
    for (z, w) in flat[whole * width..].chunks_exact(width).zip(&weights[whole..]) {
        for j in 0..width {
            for k in 0..=j {
                lower[j * width + k] += w * z[j] * z[k];
            }
        }
    }
}

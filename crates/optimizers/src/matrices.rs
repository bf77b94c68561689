//! Matrices that belong to the axes of a tensor: second moments, their inverse roots and eigenvectors.
//!
//! Everything is `f64`. Products are loops in a fixed order, without fused multiply-add, so that their bits do not
//! depend on the machine; decompositions are nalgebra's.

use nalgebra::{DMatrix, SymmetricEigen};
use sgdlab_core::Real;

/// Multiplications with additions of [`inverse_root`] and [`eigenvectors`], as multiples of the cube of a matrix's size.
pub(crate) const DECOMPOSITION: f64 = 8.0;

/// The same of [`iterate`].
pub(crate) const ITERATION: f64 = 3.0;

/// One axis of a row-major tensor: an entry is at (position before the axis, on it, after it).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    outer: usize,
    /// How long the axis is.
    pub size: usize,
    inner: usize,
}

/// The axes of a tensor of this shape; a number has one axis of length 1.
pub(crate) fn axes(shape: &[usize]) -> Vec<Axis> {
    let shape = if shape.is_empty() { &[1] } else { shape };
    let axis =
        |k: usize| Axis { outer: shape[..k].iter().product(), size: shape[k], inner: shape[k + 1..].iter().product() };
    (0..shape.len()).map(axis).collect()
}

impl Axis {
    /// The part of a tensor at one position before and one on the axis.
    #[inline(always)]
    fn part(self, outer: usize, place: usize) -> std::ops::Range<usize> {
        let start = (outer * self.size + place) * self.inner;
        start..start + self.inner
    }

    /// `moment` ← `keep` · `moment` + `take` · UUᵀ, where U is the tensor with this axis as rows and all else as columns.
    #[inline(always)]
    pub(crate) fn accumulate(self, keep: f64, take: f64, tensor: &[f64], moment: &mut DMatrix<f64>) {
        for a in 0..self.size {
            for b in 0..=a {
                let mut product = 0.0;
                for outer in 0..self.outer {
                    for (x, y) in tensor[self.part(outer, a)].iter().zip(&tensor[self.part(outer, b)]) {
                        product += x * y;
                    }
                }
                let new = keep * moment[(a, b)] + take * product;
                moment[(a, b)] = new;
                moment[(b, a)] = new;
            }
        }
    }

    /// The tensor, multiplied along this axis by the matrix or by its transpose.
    #[inline(always)]
    pub(crate) fn multiply(self, matrix: &DMatrix<f64>, transposed: bool, tensor: &[f64], product: &mut [f64]) {
        product.fill(0.0);
        for outer in 0..self.outer {
            for a in 0..self.size {
                for b in 0..self.size {
                    let factor = if transposed { matrix[(b, a)] } else { matrix[(a, b)] };
                    for (sum, x) in product[self.part(outer, a)].iter_mut().zip(&tensor[self.part(outer, b)]) {
                        *sum += factor * x;
                    }
                }
            }
        }
    }

    /// The tensor with the places on this axis in another order.
    #[inline(always)]
    pub(crate) fn reorder<R: Copy>(self, order: &[usize], tensor: &[R], reordered: &mut [R]) {
        for outer in 0..self.outer {
            for (a, &b) in order.iter().enumerate() {
                reordered[self.part(outer, a)].copy_from_slice(&tensor[self.part(outer, b)]);
            }
        }
    }
}

/// Eigenvalues and eigenvectors of a symmetric matrix; none where it is not finite.
fn decompose(matrix: &DMatrix<f64>) -> Option<SymmetricEigen<f64, nalgebra::Dyn>> {
    let finite = matrix.iter().all(|x| x.is_finite());
    finite.then(|| SymmetricEigen::try_new(matrix.clone(), f64::EPSILON, 0)).flatten()
}

/// x^(−1/(2 `order`)) of a number that is not negative but for rounding.
fn inverse_root_of_number(x: f64, order: usize) -> f64 {
    let x = x.abs();
    match order {
        1 => 1.0 / x.sqrt(),
        2 => 1.0 / x.sqrt().sqrt(),
        _ => Real::exp(Real::ln(x) / (-2.0 * order as f64)),
    }
}

/// `root` ← `matrix`^(−1/(2 `order`)) of a symmetric positive definite matrix; NaN where it is not finite.
pub(crate) fn inverse_root(matrix: &DMatrix<f64>, order: usize, root: &mut DMatrix<f64>) {
    let Some(SymmetricEigen { eigenvectors, mut eigenvalues }) = decompose(matrix) else {
        return root.fill(f64::NAN);
    };
    eigenvalues.apply(|x| *x = inverse_root_of_number(*x, order));
    root.fill(0.0);
    for (vector, value) in eigenvectors.column_iter().zip(&eigenvalues) {
        for b in 0..vector.len() {
            let factor = value * vector[b];
            for a in 0..vector.len() {
                root[(a, b)] += vector[a] * factor;
            }
        }
    }
}

/// The eigenvectors of a symmetric matrix as columns, those of large eigenvalues first; NaN where it is not finite.
pub(crate) fn eigenvectors(matrix: &DMatrix<f64>) -> DMatrix<f64> {
    let Some(SymmetricEigen { eigenvectors, eigenvalues }) = decompose(matrix) else {
        return DMatrix::from_element(matrix.nrows(), matrix.ncols(), f64::NAN);
    };
    eigenvectors.select_columns(&descending(eigenvalues.as_slice()))
}

/// One orthogonal iteration from `basis`: the order of its columns by their estimates of eigenvalues of `matrix`, large
/// ones first, and the Q of the QR decomposition of `matrix` times the columns in that order.
pub(crate) fn iterate(matrix: &DMatrix<f64>, basis: &DMatrix<f64>) -> (Vec<usize>, DMatrix<f64>) {
    let n = matrix.nrows();
    let mut product = DMatrix::zeros(n, n);
    for j in 0..n {
        for b in 0..n {
            let factor = basis[(b, j)];
            for a in 0..n {
                product[(a, j)] += matrix[(a, b)] * factor;
            }
        }
    }
    let estimates: Vec<f64> = (0..n).map(|j| basis.column(j).dot(&product.column(j))).collect();
    let order = descending(&estimates);
    let next = product.select_columns(&order).qr().q();
    (order, next)
}

/// The places of these numbers, large ones first and equal ones in their order.
fn descending(numbers: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|&a, &b| numbers[b].total_cmp(&numbers[a]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: &DMatrix<f64>, b: &DMatrix<f64>) {
        assert!((a - b).amax() <= 1e-14, "{a} for {b}");
    }

    fn matrix() -> DMatrix<f64> {
        DMatrix::from_row_slice(3, 3, &[4.0, 1.0, 0.5, 1.0, 3.0, -0.2, 0.5, -0.2, 2.0])
    }

    #[test]
    fn roots_are_inverse_roots() {
        for order in 1..=3 {
            let mut root = DMatrix::zeros(3, 3);
            inverse_root(&matrix(), order, &mut root);
            close(&(root.pow(2 * order as u32) * matrix()), &DMatrix::identity(3, 3));
        }
    }

    #[test]
    fn eigenvectors_are_sorted_and_stay_where_they_are() {
        let vectors = eigenvectors(&matrix());
        let diagonal = vectors.transpose() * matrix() * &vectors;
        assert!(diagonal[(0, 0)] > diagonal[(1, 1)] && diagonal[(1, 1)] > diagonal[(2, 2)]);
        let (order, next) = iterate(&matrix(), &vectors.select_columns(&[2, 0, 1]));
        assert_eq!(order, [1, 2, 0]);
        close(&(next.transpose() * vectors).abs(), &DMatrix::identity(3, 3));
    }

    #[test]
    fn moments_and_products_are_along_an_axis() {
        // Shape (2, 3, 2): 0, 1, …, 11.
        let tensor: Vec<f64> = (0..12).map(f64::from).collect();
        let axis = axes(&[2, 3, 2])[1];
        let mut moment = DMatrix::identity(3, 3);
        axis.accumulate(2.0, 1.0, &tensor, &mut moment);
        // Rows of U: (0, 1, 6, 7), (2, 3, 8, 9), (4, 5, 10, 11).
        let expected = [88.0, 114.0, 142.0, 114.0, 160.0, 202.0, 142.0, 202.0, 264.0];
        assert_eq!(moment, DMatrix::from_row_slice(3, 3, &expected));
        let matrix = DMatrix::from_row_slice(3, 3, &[0.0, 1.0, 0.0, 0.0, 0.0, 2.0, 1.0, 0.0, 0.0]);
        let mut product = vec![0.0; 12];
        axis.multiply(&matrix, false, &tensor, &mut product);
        assert_eq!(product, [2.0, 3.0, 8.0, 10.0, 0.0, 1.0, 8.0, 9.0, 20.0, 22.0, 6.0, 7.0]);
        axis.multiply(&matrix, true, &tensor, &mut product);
        assert_eq!(product, [4.0, 5.0, 0.0, 1.0, 4.0, 6.0, 10.0, 11.0, 6.0, 7.0, 16.0, 18.0]);
        axis.reorder(&[2, 0, 1], &tensor, &mut product);
        assert_eq!(product, [4.0, 5.0, 0.0, 1.0, 2.0, 3.0, 10.0, 11.0, 6.0, 7.0, 8.0, 9.0]);
    }

    #[test]
    fn what_is_not_finite_stays_so() {
        let mut root = DMatrix::zeros(1, 1);
        inverse_root(&DMatrix::from_element(1, 1, f64::NAN), 1, &mut root);
        assert!(root[(0, 0)].is_nan() && eigenvectors(&DMatrix::from_element(1, 1, f64::INFINITY))[(0, 0)].is_nan());
    }
}

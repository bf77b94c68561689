//! Lanczos's method with full reorthogonalization.

use sgdlab_core::streams::Key;

use super::tridiagonal::eigen;
use super::{Operator, Probe, add, dot, norm, orthogonalize};

/// An orthonormal basis in which a symmetric matrix is tridiagonal, as far as it was built.
#[derive(Clone, Debug, PartialEq)]
pub struct Lanczos {
    diagonal: Vec<f64>,
    beside: Vec<f64>,
    basis: Vec<Vec<f64>>,
    /// The length of what the next step would start from.
    next: f64,
}

/// What the basis says about an eigenvalue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ritz {
    /// The eigenvalue of the tridiagonal matrix.
    pub value: f64,
    /// An eigenvalue of the whole matrix is no further from `value` than this, but for rounding.
    pub residual: f64,
    /// The square of its eigenvector's first component: its weight in the quadrature of the start.
    pub weight: f64,
}

/// Builds the basis of Krylov's space of `start` with up to `steps` products.
///
/// It is shorter if the space is: then its eigenvalues are exact.
/// Every new vector is orthogonalized twice against all others, so that no eigenvalue appears twice by rounding; that
/// takes 4 k² n operations and k n numbers for k steps.
///
/// Reference: Lanczos (1950), An iteration method for the solution of the eigenvalue problem of linear differential and
/// integral operators, J. Res. Natl. Bur. Stand. 45; Parlett (1998), The symmetric eigenvalue problem, ch. 13, SIAM.
///
/// ```
/// use sgdlab_landscapes::curvature::{Operator, lanczos};
/// struct Diagonal([f64; 3]);
/// impl Operator for Diagonal {
///     fn dimension(&self) -> usize {
///         3
///     }
///     fn times(&mut self, vector: &[f64], out: &mut [f64]) {
///         (0..3).for_each(|i| out[i] = self.0[i] * vector[i]);
///     }
/// }
/// let found = lanczos(&mut Diagonal([1.0, 2.0, 5.0]), &[1.0, 1.0, 1.0], 3).ritz();
/// assert!((found[2].value - 5.0).abs() < 1e-14 && found[2].residual < 1e-14);
/// assert!((found[2].weight - 1.0 / 3.0).abs() < 1e-14);
/// ```
///
/// # Panics
/// If `start` is 0 or not as long as the matrix, or `steps` is 0.
pub fn lanczos(matrix: &mut (impl Operator + ?Sized), start: &[f64], steps: usize) -> Lanczos {
    build(matrix, start, steps, |_| false)
}

/// Builds the basis until it is enough, or has `steps` vectors.
fn build(
    matrix: &mut (impl Operator + ?Sized),
    start: &[f64],
    steps: usize,
    enough: impl Fn(&Lanczos) -> bool,
) -> Lanczos {
    let (n, length) = (matrix.dimension(), norm(start));
    assert!(start.len() == n && length > 0.0, "the start is a vector of the matrix and not 0");
    assert!(steps > 0, "at least one product is needed");
    let mut found = Lanczos { diagonal: Vec::new(), beside: Vec::new(), basis: Vec::new(), next: 0.0 };
    let mut direction: Vec<f64> = start.iter().map(|x| x / length).collect();
    let mut size: f64 = 0.0;
    for _ in 0..steps.min(n) {
        let mut product = vec![0.0; n];
        matrix.times(&direction, &mut product);
        // What is left of a product within this is rounding.
        let reached = norm(&product);
        size = if reached > size { reached } else { size };
        let along = dot(&direction, &product);
        found.diagonal.push(along);
        add(&mut product, -along, &direction);
        found.basis.push(direction);
        orthogonalize(&mut product, &found.basis);
        found.next = norm(&product);
        if found.basis.len() == n || found.next <= 1e-14 * size {
            found.next = 0.0;
        }
        let last = found.next == 0.0 || found.basis.len() == steps || !found.next.is_finite();
        if last || enough(&found) {
            return found;
        }
        found.beside.push(found.next);
        direction = product.iter().map(|x| x / found.next).collect();
    }
    found
}

impl Lanczos {
    /// How many products were made.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.diagonal.len()
    }

    /// The eigenvalues, in increasing order.
    #[must_use]
    pub fn ritz(&self) -> Vec<Ritz> {
        let last = self.steps() - 1;
        let of = |(value, vector): (f64, Vec<f64>)| Ritz {
            value,
            residual: self.next * vector[last].abs(),
            weight: vector[0] * vector[0],
        };
        eigen(&self.diagonal, &self.beside).into_iter().map(of).collect()
    }

    /// The unit vector that belongs to number `index` of [`Self::ritz`].
    ///
    /// # Panics
    /// If there are not as many.
    #[must_use]
    pub fn vector(&self, index: usize) -> Vec<f64> {
        let (_, components) = &eigen(&self.diagonal, &self.beside)[index];
        let mut vector = vec![0.0; self.basis[0].len()];
        self.basis.iter().zip(components).for_each(|(direction, &along)| add(&mut vector, along, direction));
        vector
    }
}

/// The two ends of a spectrum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extremes {
    /// The least eigenvalue.
    pub smallest: Ritz,
    /// The greatest eigenvalue.
    pub largest: Ritz,
    /// How many products were made.
    pub products: usize,
}

/// The extreme eigenvalues after `steps` products, from a normal random start.
///
/// # Panics
/// If the matrix has no rows or `steps` is 0.
pub fn extremes(matrix: &mut (impl Operator + ?Sized), key: Key, steps: usize) -> Extremes {
    let found = lanczos(matrix, &Probe::Normal.draw(key, 0, matrix.dimension()), steps);
    let ritz = found.ritz();
    Extremes { smallest: ritz[0], largest: ritz[ritz.len() - 1], products: found.steps() }
}

/// When a search ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Until {
    /// The residual is at most this many times the eigenvalue's absolute value.
    pub bound: f64,
    /// So many products were made.
    pub products: usize,
}

/// The greatest eigenvalue, from a normal random start.
///
/// The residual bounds the distance to some eigenvalue; that there is no greater one is as good as certain, since the start
/// would have to be orthogonal to its vector.
///
/// # Panics
/// If the matrix has no rows or no products may be made.
pub fn largest(matrix: &mut (impl Operator + ?Sized), key: Key, until: Until) -> Ritz {
    let top = |found: &Lanczos| found.ritz()[found.steps() - 1];
    let enough = |found: &Lanczos| {
        let Ritz { value, residual, .. } = top(found);
        residual <= until.bound * value.abs()
    };
    let start = Probe::Normal.draw(key, 0, matrix.dimension());
    top(&build(matrix, &start, until.products, enough))
}

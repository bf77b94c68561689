//! What every landscape can do, and how those of one shape are lifted to packs of runs.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Lanes, Real, reduce};

use crate::jet::Jet;

/// A function with its derivatives, for `N` points at once.
///
/// Every lane has the bits of its point alone.
pub(crate) trait Function: Send + Sync + 'static {
    /// f.
    fn value<R: Real, const N: usize>(&self, at: &[Lanes<R, N>]) -> Lanes<R, N>;

    /// Writes ∇f to `out`.
    fn gradient<R: Real, const N: usize>(&self, at: &[Lanes<R, N>], out: &mut [Lanes<R, N>]);

    /// Writes ∇²f `vector` to `out`.
    fn hessian_times<R: Real, const N: usize>(
        &self,
        at: &[Lanes<R, N>],
        vector: &[Lanes<R, N>],
        out: &mut [Lanes<R, N>],
    );
}

/// Makes a [`Function`] of a landscape of the shape that a module of this one lifts.
macro_rules! function {
    ($name:ident: $shape:ident) => {
        impl $crate::function::Function for $name {
            fn value<R: sgdlab_core::Real, const N: usize>(
                &self,
                at: &[sgdlab_core::Lanes<R, N>],
            ) -> sgdlab_core::Lanes<R, N> {
                $crate::function::$shape::value(self, at)
            }

            fn gradient<R: sgdlab_core::Real, const N: usize>(
                &self,
                at: &[sgdlab_core::Lanes<R, N>],
                out: &mut [sgdlab_core::Lanes<R, N>],
            ) {
                $crate::function::$shape::gradient(self, at, out);
            }

            fn hessian_times<R: sgdlab_core::Real, const N: usize>(
                &self,
                at: &[sgdlab_core::Lanes<R, N>],
                vector: &[sgdlab_core::Lanes<R, N>],
                out: &mut [sgdlab_core::Lanes<R, N>],
            ) {
                $crate::function::$shape::hessian_times(self, at, vector, out);
            }
        }
    };
}
pub(crate) use function;

/// A function of two variables.
pub(crate) trait Planar: Send + Sync + 'static {
    /// The function and its derivatives.
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R>;
}

/// How [`Planar`] functions are lifted.
pub(crate) mod planar {
    use super::*;

    pub(crate) fn value<F: Planar, R: Real, const N: usize>(f: &F, at: &[Lanes<R, N>]) -> Lanes<R, N> {
        let (x, y) = (at[0], at[1]);
        let mut out = [R::ZERO; N];
        for l in 0..N {
            out[l] = f.jet(x[l], y[l]).value;
        }
        out
    }

    #[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
    pub(crate) fn gradient<F: Planar, R: Real, const N: usize>(f: &F, at: &[Lanes<R, N>], out: &mut [Lanes<R, N>]) {
        let (x, y) = (at[0], at[1]);
        let mut slopes = [[R::ZERO; N]; 2];
        for l in 0..N {
            let gradient = f.jet(x[l], y[l]).gradient;
            slopes[0][l] = gradient[0];
            slopes[1][l] = gradient[1];
        }
        out.copy_from_slice(&slopes);
    }

    pub(crate) fn hessian_times<F: Planar, R: Real, const N: usize>(
        f: &F,
        at: &[Lanes<R, N>],
        vector: &[Lanes<R, N>],
        out: &mut [Lanes<R, N>],
    ) {
        for l in 0..N {
            let [xx, xy, yy] = f.jet(at[0][l], at[1][l]).hessian;
            let (v, w) = (vector[0][l], vector[1][l]);
            out[0][l] = xx * v + xy * w;
            out[1][l] = xy * v + yy * w;
        }
    }
}

/// A function of a chain of coordinates: f(x) = Σᵢ own(i, xᵢ) + Σᵢ link(i, xᵢ, xᵢ₊₁), with i from 0.
pub(crate) trait Chained: Send + Sync + 'static {
    /// Whether there are links.
    const LINKED: bool;

    /// Value, slope and curvature of a coordinate's own part.
    fn own<R: Real>(&self, i: usize, x: R) -> [R; 3];

    /// The part of two neighbors.
    #[inline(always)]
    fn link<R: Real>(&self, _i: usize, _x: R, _y: R) -> Jet<R> {
        Jet::new(R::ZERO, [R::ZERO; 2], [R::ZERO; 3])
    }
}

/// How [`Chained`] functions are lifted.
pub(crate) mod chained {
    use super::*;

    #[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
    pub(crate) fn value<F: Chained, R: Real, const N: usize>(f: &F, at: &[Lanes<R, N>]) -> Lanes<R, N> {
        let own = reduce::sum_of(at.len(), |i| at[i].map(|x| f.own(i, x)[0]));
        if !F::LINKED {
            return own;
        }
        let links: Lanes<R, N> = reduce::sum_of(at.len() - 1, |i| {
            let mut out = [R::ZERO; N];
            for l in 0..N {
                out[l] = f.link(i, at[i][l], at[i + 1][l]).value;
            }
            out
        });
        let mut sum = own;
        for l in 0..N {
            sum[l] += links[l];
        }
        sum
    }

    #[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
    pub(crate) fn gradient<F: Chained, R: Real, const N: usize>(f: &F, at: &[Lanes<R, N>], out: &mut [Lanes<R, N>]) {
        for i in 0..at.len() {
            for l in 0..N {
                out[i][l] = f.own(i, at[i][l])[1];
            }
        }
        if F::LINKED {
            for i in 0..at.len() - 1 {
                for l in 0..N {
                    let [x, y] = f.link(i, at[i][l], at[i + 1][l]).gradient;
                    out[i][l] += x;
                    out[i + 1][l] += y;
                }
            }
        }
    }

    pub(crate) fn hessian_times<F: Chained, R: Real, const N: usize>(
        f: &F,
        at: &[Lanes<R, N>],
        vector: &[Lanes<R, N>],
        out: &mut [Lanes<R, N>],
    ) {
        for i in 0..at.len() {
            for l in 0..N {
                out[i][l] = f.own(i, at[i][l])[2] * vector[i][l];
            }
        }
        if F::LINKED {
            for i in 0..at.len() - 1 {
                for l in 0..N {
                    let [xx, xy, yy] = f.link(i, at[i][l], at[i + 1][l]).hessian;
                    let (v, w) = (vector[i][l], vector[i + 1][l]);
                    out[i][l] += xx * v + xy * w;
                    out[i + 1][l] += xy * v + yy * w;
                }
            }
        }
    }
}

/// A function of sums over all coordinates: f(x) = Σᵢ own(i, xᵢ) + pool(s₁, s₂), s_k = Σᵢ feature_k(i, xᵢ).
pub(crate) trait Pooled: Send + Sync + 'static {
    /// Value, slope and curvature of a coordinate's own part.
    #[inline(always)]
    fn own<R: Real>(&self, _i: usize, _x: R) -> [R; 3] {
        [R::ZERO; 3]
    }

    /// Value, slope and curvature of what a coordinate adds to each of the sums.
    fn features<R: Real>(&self, i: usize, x: R) -> [[R; 3]; 2];

    /// The function of the sums.
    fn pool<R: Real>(&self, first: R, second: R) -> Jet<R>;
}

/// How [`Pooled`] functions are lifted.
pub(crate) mod pooled {
    use super::*;

    /// Σᵢ of a number of every feature.
    #[inline(always)]
    fn sums<F: Pooled, R: Real, const N: usize>(
        f: &F,
        at: &[Lanes<R, N>],
        number: impl Fn(usize, usize, [R; 3]) -> R,
    ) -> [Lanes<R, N>; 2] {
        let sum = |k: usize| {
            reduce::sum_of(at.len(), |i| {
                let mut out = [R::ZERO; N];
                for l in 0..N {
                    out[l] = number(i, l, f.features(i, at[i][l])[k]);
                }
                out
            })
        };
        [sum(0), sum(1)]
    }

    #[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
    pub(crate) fn value<F: Pooled, R: Real, const N: usize>(f: &F, at: &[Lanes<R, N>]) -> Lanes<R, N> {
        let [first, second] = sums(f, at, |_, _, feature| feature[0]);
        let mut sum = reduce::sum_of(at.len(), |i| at[i].map(|x| f.own(i, x)[0]));
        for l in 0..N {
            sum[l] += f.pool(first[l], second[l]).value;
        }
        sum
    }

    #[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
    pub(crate) fn gradient<F: Pooled, R: Real, const N: usize>(f: &F, at: &[Lanes<R, N>], out: &mut [Lanes<R, N>]) {
        let [first, second] = sums(f, at, |_, _, feature| feature[0]);
        let mut slopes = [[R::ZERO; N]; 2];
        for l in 0..N {
            let [g, h] = f.pool(first[l], second[l]).gradient;
            slopes[0][l] = g;
            slopes[1][l] = h;
        }
        for i in 0..at.len() {
            for l in 0..N {
                let [a, b] = f.features(i, at[i][l]);
                out[i][l] = f.own(i, at[i][l])[1] + (slopes[0][l] * a[1] + slopes[1][l] * b[1]);
            }
        }
    }

    pub(crate) fn hessian_times<F: Pooled, R: Real, const N: usize>(
        f: &F,
        at: &[Lanes<R, N>],
        vector: &[Lanes<R, N>],
        out: &mut [Lanes<R, N>],
    ) {
        let [first, second] = sums(f, at, |_, _, feature| feature[0]);
        let [along_first, along_second] = sums(f, at, |i, l, feature| feature[1] * vector[i][l]);
        for l in 0..N {
            let Jet { gradient: [g, h], hessian: [gg, gh, hh], .. } = f.pool(first[l], second[l]);
            let (v, w) = (along_first[l], along_second[l]);
            let (of_first, of_second) = (gg * v + gh * w, gh * v + hh * w);
            for i in 0..at.len() {
                let [a, b] = f.features(i, at[i][l]);
                let diagonal = f.own(i, at[i][l])[2] + (g * a[2] + h * b[2]);
                out[i][l] = diagonal * vector[i][l] + (a[1] * of_first + b[1] * of_second);
            }
        }
    }
}

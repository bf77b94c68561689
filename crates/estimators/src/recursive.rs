//! Estimates that are carried from step to step.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Batch, Lanes, Oracle, Real};

use crate::batches::unscaled;

/// The last estimate v, and the point y that it was made for.
pub(crate) struct Recursive<R: Real, const N: usize> {
    estimate: Vec<Lanes<R, N>>,
    point: Vec<Lanes<R, N>>,
    old: Vec<Lanes<R, N>>,
}

impl<R: Real, const N: usize> Recursive<R, N> {
    pub(crate) fn new(parameters: usize) -> Self {
        let zeros = vec![[R::ZERO; N]; parameters];
        Self { estimate: zeros.clone(), point: zeros.clone(), old: zeros }
    }

    /// v ← ∇f(x), for n evaluations.
    pub(crate) fn restart(&mut self, oracle: &mut Oracle<'_, R, N>, at: &[Lanes<R, N>]) {
        oracle.full_gradient(at, &mut self.estimate);
        self.point.copy_from_slice(at);
    }

    /// v ← ∇f_batch(x), for B evaluations.
    pub(crate) fn restart_from(&mut self, oracle: &mut Oracle<'_, R, N>, at: &[Lanes<R, N>], batch: Batch<'_>) {
        oracle.gradient(at, unscaled(batch), &mut self.estimate);
        self.point.copy_from_slice(at);
    }

    /// v ← ∇f_batch(x) + `keep` (v − ∇f_batch(y)), for 2 B evaluations; `gradient` is scratch space.
    pub(crate) fn advance(
        &mut self,
        oracle: &mut Oracle<'_, R, N>,
        at: &[Lanes<R, N>],
        (batch, keep): (Batch<'_>, f64),
        gradient: &mut [Lanes<R, N>],
    ) {
        oracle.gradient(at, unscaled(batch), gradient);
        oracle.gradient(&self.point, unscaled(batch), &mut self.old);
        let (new, old) = (gradient.as_flattened(), self.old.as_flattened());
        carry(R::of(keep), new, old, self.estimate.as_flattened_mut());
        self.point.copy_from_slice(at);
    }

    /// Writes `scale` · v to `out`.
    pub(crate) fn write(&self, scale: f64, out: &mut [Lanes<R, N>]) {
        let scale = R::of(scale);
        for (out, v) in out.as_flattened_mut().iter_mut().zip(self.estimate.as_flattened()) {
            *out = scale * *v;
        }
    }
}

/// v ← `new` + `keep` (v − `old`).
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn carry<R: Real>(keep: R, new: &[R], old: &[R], estimate: &mut [R]) {
    for ((v, new), old) in estimate.iter_mut().zip(new).zip(old) {
        *v = *new + keep * (*v - *old);
    }
}

//! The loop over the terms of a batch.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Lanes, NARROW, Real, WIDTH, reduce, update_lanes};

use crate::{Loss, LossSpec, MulticlassKernel, MulticlassSpec, Targets};

/// A loss with its loops, for `N` runs at once; every [`Loss`] is one.
///
/// One virtual call serves a whole batch.
/// `z` holds the predictions and is overwritten by the results, term by term and lane by lane.
pub trait LossKernel<R: Real, const N: usize>: Send + Sync {
    /// z\[i\] ← slope(z\[i\], targets\[batch\[i\]\]).
    ///
    /// # Panics
    /// If `batch` and `z` differ in length, or an index is not below `targets.len()`.
    fn slopes(&self, targets: &[R], batch: &[u32], z: &mut [Lanes<R, N>]);

    /// out ← factor · Σ slope(p, y) (x, 1) over the points (x, y) of a batch in its order, with p = at\[0\] x + at\[1\].
    ///
    /// `terms` are the factor and the batch.
    ///
    /// # Panics
    /// If an index is not below the number of points.
    fn gradient_on_line(
        &self,
        at: &[Lanes<R, N>; 2],
        points: (&[R], &[R]),
        terms: (R, &[u32]),
        out: &mut [Lanes<R, N>; 2],
    );

    /// z\[i\] ← curvature(z\[i\], targets\[batch\[i\]\]).
    ///
    /// # Panics
    /// If `batch` and `z` differ in length, or an index is not below `targets.len()`.
    fn curvatures(&self, targets: &[R], batch: &[u32], z: &mut [Lanes<R, N>]);

    /// z\[i\] ← the weight of term batch\[i\] in iteratively reweighted least squares: see [`weight`].
    ///
    /// `how` is the coding that the loss's [facts](Loss::facts) state, and the floor.
    ///
    /// # Panics
    /// If `batch` and `z` differ in length, or an index is not below `targets.len()`.
    fn weights(&self, how: (Targets, R), targets: &[R], batch: &[u32], z: &mut [Lanes<R, N>]);

    /// z\[i\] ← value(z\[i\], targets\[batch\[i\]\]).
    ///
    /// # Panics
    /// If `batch` and `z` differ in length, or an index is not below `targets.len()`.
    fn values_of(&self, targets: &[R], batch: &[u32], z: &mut [Lanes<R, N>]);

    /// z\[i\] ← value(z\[i\], targets\[i\]).
    ///
    /// # Panics
    /// If `targets` and `z` differ in length.
    fn values(&self, targets: &[R], z: &mut [Lanes<R, N>]);

    /// Σ value(zᵢ, targets\[i\]) in the [canonical order](reduce) for the predictions
    /// zᵢ = slope · inputs\[i\] + intercept, which are nowhere stored.
    ///
    /// # Panics
    /// If `inputs` and `targets` differ in length.
    fn sum_on_line(&self, line: (&Lanes<R, N>, &Lanes<R, N>), inputs: &[R], targets: &[R]) -> Lanes<R, N>;
}

/// A precision and number of lanes that the loops of all losses are compiled for, in this crate.
///
/// Generic functions would be compiled again by every crate and test that calls them, and these are thousands of loops.
pub trait Packs<const N: usize>: Real {
    /// See [`LossSpec::kernel`].
    fn scalar(loss: &LossSpec) -> &dyn LossKernel<Self, N>;

    /// See [`MulticlassSpec::kernel`].
    fn multiclass(loss: &MulticlassSpec) -> &dyn MulticlassKernel<Self, N>;
}

macro_rules! packs {
    ($($float:ident, $lanes:expr;)+) => {
        $(impl Packs<{ $lanes }> for $float {
            // Functions as small as these are inlined into other crates, which then compile what they point to.
            #[inline(never)]
            fn scalar(loss: &LossSpec) -> &dyn LossKernel<Self, { $lanes }> {
                loss.loops()
            }

            #[inline(never)]
            fn multiclass(loss: &MulticlassSpec) -> &dyn MulticlassKernel<Self, { $lanes }> {
                loss.loops()
            }
        })+
    };
}

packs! {
    f32, 1;
    f32, NARROW;
    f32, WIDTH;
    f64, 1;
    f64, NARROW;
    f64, WIDTH;
}

impl<L: Loss, R: Real, const N: usize> LossKernel<R, N> for L {
    fn slopes(&self, targets: &[R], batch: &[u32], z: &mut [Lanes<R, N>]) {
        slopes(*self, targets, batch, z);
    }

    fn gradient_on_line(
        &self,
        at: &[Lanes<R, N>; 2],
        points: (&[R], &[R]),
        terms: (R, &[u32]),
        out: &mut [Lanes<R, N>; 2],
    ) {
        gradient_on_line(*self, at, points, terms, out);
    }

    fn curvatures(&self, targets: &[R], batch: &[u32], z: &mut [Lanes<R, N>]) {
        curvatures(*self, targets, batch, z);
    }

    fn weights(&self, how: (Targets, R), targets: &[R], batch: &[u32], z: &mut [Lanes<R, N>]) {
        weights(*self, how, targets, batch, z);
    }

    fn values_of(&self, targets: &[R], batch: &[u32], z: &mut [Lanes<R, N>]) {
        values_of(*self, targets, batch, z);
    }

    fn values(&self, targets: &[R], z: &mut [Lanes<R, N>]) {
        values(*self, targets, z);
    }

    fn sum_on_line(&self, line: (&Lanes<R, N>, &Lanes<R, N>), inputs: &[R], targets: &[R]) -> Lanes<R, N> {
        sum_on_line(*self, line, inputs, targets)
    }
}

#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn slopes<L: Loss, R: Real, const N: usize>(loss: L, targets: &[R], batch: &[u32], z: &mut [Lanes<R, N>]) {
    over_batch(targets, batch, z, |prediction, target| loss.slope(prediction, target));
}

#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn gradient_on_line<L: Loss, R: Real, const N: usize>(
    loss: L,
    at: &[Lanes<R, N>; 2],
    (inputs, targets): (&[R], &[R]),
    (factor, batch): (R, &[u32]),
    out: &mut [Lanes<R, N>; 2],
) {
    // Copies, which stay in registers.
    let ([weight, bias], mut sums) = (*at, [[R::ZERO; N]; 2]);
    for &term in batch {
        let (x, y) = (inputs[term as usize], targets[term as usize]);
        for l in 0..N {
            let slope = loss.slope(weight[l] * x + bias[l], y);
            sums[0][l] += slope * x;
            sums[1][l] += slope;
        }
    }
    for (out, sum) in out.iter_mut().zip(&sums) {
        for l in 0..N {
            out[l] = sum[l] * factor;
        }
    }
}

// No run spends its time here: not worth a version for each set of instructions.
fn curvatures<L: Loss, R: Real, const N: usize>(loss: L, targets: &[R], batch: &[u32], z: &mut [Lanes<R, N>]) {
    over_batch(targets, batch, z, |prediction, target| loss.curvature(prediction, target));
}

// As `curvatures`.
fn weights<L: Loss, R: Real, const N: usize>(
    loss: L,
    how: (Targets, R),
    targets: &[R],
    batch: &[u32],
    z: &mut [Lanes<R, N>],
) {
    over_batch(targets, batch, z, |prediction, target| weight(loss, how, prediction, target));
}

#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn values_of<L: Loss, R: Real, const N: usize>(loss: L, targets: &[R], batch: &[u32], z: &mut [Lanes<R, N>]) {
    over_batch(targets, batch, z, |prediction, target| loss.value(prediction, target));
}

#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn values<L: Loss, R: Real, const N: usize>(loss: L, targets: &[R], z: &mut [Lanes<R, N>]) {
    assert_eq!(targets.len(), z.len(), "one target a prediction");
    let f = |prediction, target| loss.value(prediction, target);
    let (blocks, rest) = z.as_chunks_mut::<WIDTH>();
    let (target_blocks, rest_of_targets) = targets.as_chunks::<WIDTH>();
    for (block, targets) in blocks.iter_mut().zip(target_blocks) {
        over_block(block, targets, f);
    }
    for (z, &target) in rest.iter_mut().zip(rest_of_targets) {
        over_lanes(z, target, f);
    }
}

#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn sum_on_line<L: Loss, R: Real, const N: usize>(
    loss: L,
    (slope, intercept): (&Lanes<R, N>, &Lanes<R, N>),
    inputs: &[R],
    targets: &[R],
) -> Lanes<R, N> {
    assert_eq!(targets.len(), inputs.len(), "one target an input");
    // In registers.
    let (slope, intercept) = (*slope, *intercept);
    reduce::sum_by(targets.len(), |i, l| loss.value(slope[l] * inputs[i] + intercept[l], targets[i]))
}

/// z\[i\] ← f(z\[i\], targets\[batch\[i\]\]).
///
/// Targets are gathered a block at a time: the bounds checks of the gather would otherwise keep
/// the arithmetic of a single run from being vectorized over the terms.
#[inline(always)]
fn over_batch<R: Real, const N: usize>(
    targets: &[R],
    batch: &[u32],
    z: &mut [Lanes<R, N>],
    f: impl Fn(R, R) -> R + Copy,
) {
    assert_eq!(batch.len(), z.len(), "one index a prediction");
    let (blocks, rest) = z.as_chunks_mut::<WIDTH>();
    let (index_blocks, rest_of_indices) = batch.as_chunks::<WIDTH>();
    for (block, indices) in blocks.iter_mut().zip(index_blocks) {
        let mut gathered = [R::ZERO; WIDTH];
        for k in 0..WIDTH {
            gathered[k] = targets[indices[k] as usize];
        }
        over_block(block, &gathered, f);
    }
    for (z, &index) in rest.iter_mut().zip(rest_of_indices) {
        over_lanes(z, targets[index as usize], f);
    }
}

/// The weight of a term in iteratively reweighted least squares.
///
/// For a loss of residuals it is ψ(r)/r with ψ the slope, and |r| not taken below `floor`: then half the weight times
/// r² has the slope of the loss.
/// Where the residual is below the floor a smooth loss has its curvature, to which ψ(r)/r goes.
/// For a loss of logits or logarithms of means it is the curvature at the target that the prediction stands for, which
/// is the expected one (Fisher scoring); for a loss of margins the curvature.
///
/// Reference: Holland and Welsch (1977), Robust regression using iteratively reweighted least-squares; McCullagh and
/// Nelder (1989), Generalized linear models, 2.5.
#[inline(always)]
pub fn weight<R: Real>(loss: impl Loss, (coding, floor): (Targets, R), prediction: R, target: R) -> R {
    match coding {
        Targets::Numbers => {
            let (size, slope) = ((prediction - target).abs(), loss.slope(prediction, target).abs());
            let near = loss.curvature(prediction, target).max(slope / floor);
            if size < floor { near } else { slope / size }
        }
        Targets::Signs => loss.curvature(prediction, target),
        Targets::Probabilities => loss.curvature(prediction, prediction.sigmoid()),
        Targets::Counts | Targets::Positive => loss.curvature(prediction, prediction.exp()),
    }
}

/// One block of terms.
///
/// A single run gets a loop of its own: a loop over one lane inside the loop over terms is not
/// vectorized (measured for the slope of the logistic loss in `f32`: 13 ns against 1.3 ns a term).
#[inline(always)]
fn over_block<R: Real, const N: usize>(
    z: &mut [Lanes<R, N>; WIDTH],
    targets: &[R; WIDTH],
    f: impl Fn(R, R) -> R + Copy,
) {
    if N == 1 {
        for (z, &target) in z.as_flattened_mut().iter_mut().zip(targets) {
            *z = f(*z, target);
        }
    } else {
        for (z, &target) in z.iter_mut().zip(targets) {
            over_lanes(z, target, f);
        }
    }
}

#[inline(always)]
fn over_lanes<R: Real, const N: usize>(z: &mut Lanes<R, N>, target: R, f: impl Fn(R, R) -> R + Copy) {
    update_lanes(z, |z, _| f(z, target));
}

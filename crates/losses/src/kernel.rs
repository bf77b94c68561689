//! The loop over the terms of a batch.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Lanes, NARROW, Real, WIDTH, reduce, update_lanes};

use crate::{Loss, LossSpec, MulticlassKernel, MulticlassSpec, Targets};

/// The loops of a loss in which no run spends its time, over predictions of whatever runs; every [`Loss`] has them.
///
/// There is a target for each prediction.
pub trait Loops<R: Real>: Send + Sync {
    /// z\[i\] ← curvature(z\[i\], targets\[i\]).
    fn each_curvature(&self, targets: &[R], z: &mut [R]);

    /// z\[i\] ← the weight of a term in iteratively reweighted least squares: see [`weight`].
    fn each_weight(&self, floor: R, targets: &[R], z: &mut [R]);
}

/// A loss with its loops, for `N` runs at once; every [`Loss`] is one.
///
/// One virtual call serves a whole batch.
/// `z` holds the predictions and is overwritten by the results, term by term and lane by lane.
pub trait LossKernel<R: Real, const N: usize>: Loops<R> {
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

// Not methods of the trait, which are compiled for every loss.
impl<R: Real, const N: usize> dyn LossKernel<R, N> + '_ {
    /// z\[i\] ← curvature(z\[i\], targets\[batch\[i\]\]).
    ///
    /// # Panics
    /// If `batch` and `z` differ in length, or an index is not below `targets.len()`.
    pub fn curvatures(&self, targets: &[R], batch: &[u32], z: &mut [Lanes<R, N>]) {
        over_batch(targets, batch, z, |targets, z| self.each_curvature(targets, z));
    }

    /// z\[i\] ← the weight of term batch\[i\] in iteratively reweighted least squares: see [`weight`].
    ///
    /// # Panics
    /// If `batch` and `z` differ in length, or an index is not below `targets.len()`.
    pub fn weights(&self, floor: R, targets: &[R], batch: &[u32], z: &mut [Lanes<R, N>]) {
        over_batch(targets, batch, z, |targets, z| self.each_weight(floor, targets, z));
    }

    /// z\[i\] ← value(z\[i\], targets\[batch\[i\]\]).
    ///
    /// # Panics
    /// If `batch` and `z` differ in length, or an index is not below `targets.len()`.
    pub fn values_of(&self, targets: &[R], batch: &[u32], z: &mut [Lanes<R, N>]) {
        assert_eq!(batch.len(), z.len(), "one index a prediction");
        let mut gathered = [R::ZERO; WIDTH];
        for (batch, z) in batch.chunks(WIDTH).zip(z.chunks_mut(WIDTH)) {
            let gathered = &mut gathered[..batch.len()];
            for (gathered, &term) in gathered.iter_mut().zip(batch) {
                *gathered = targets[term as usize];
            }
            self.values(gathered, z);
        }
    }
}

/// Calls `loops` with the predictions of each term and as many of its target.
fn over_batch<R: Real, const N: usize>(
    targets: &[R],
    batch: &[u32],
    z: &mut [Lanes<R, N>],
    loops: impl Fn(&[R], &mut [R]),
) {
    assert_eq!(batch.len(), z.len(), "one index a prediction");
    let mut repeated = [[R::ZERO; N]; WIDTH];
    for (batch, z) in batch.chunks(WIDTH).zip(z.chunks_mut(WIDTH)) {
        for (repeated, &term) in repeated.iter_mut().zip(batch) {
            *repeated = [targets[term as usize]; N];
        }
        loops(repeated[..batch.len()].as_flattened(), z.as_flattened_mut());
    }
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

impl<L: Loss, R: Real> Loops<R> for L {
    fn each_curvature(&self, targets: &[R], z: &mut [R]) {
        for (z, &target) in z.iter_mut().zip(targets) {
            *z = self.curvature(*z, target);
        }
    }

    fn each_weight(&self, floor: R, targets: &[R], z: &mut [R]) {
        let coding = self.facts().targets;
        for (z, &target) in z.iter_mut().zip(targets) {
            *z = weight(*self, (coding, floor), *z, target);
        }
    }
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
        // A single run has few terms here, and adds one after the other: not worth a version for each set of instructions.
        if const { N == 1 } {
            add_up(*self, at, points, terms, out);
        } else {
            gradient_on_line(*self, at, points, terms, out);
        }
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
    assert_eq!(batch.len(), z.len(), "one index a prediction");
    let f = |prediction, target| loss.slope(prediction, target);
    if N > 1 {
        for (z, &index) in z.iter_mut().zip(batch) {
            let target = targets[index as usize];
            update_lanes(z, |z, _| f(z, target));
        }
        return;
    }
    let (blocks, rest) = z.as_flattened_mut().as_chunks_mut();
    let (index_blocks, rest_of_indices) = batch.as_chunks::<WIDTH>();
    for (block, indices) in blocks.iter_mut().zip(index_blocks) {
        // Gathered first: checking indices would otherwise keep the arithmetic from being vectorized over terms.
        let mut gathered = [R::ZERO; WIDTH];
        for k in 0..WIDTH {
            gathered[k] = targets[indices[k] as usize];
        }
        over_block(block, &gathered, f);
    }
    for (z, &index) in rest.iter_mut().zip(rest_of_indices) {
        *z = f(*z, targets[index as usize]);
    }
}

#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn gradient_on_line<L: Loss, R: Real, const N: usize>(
    loss: L,
    at: &[Lanes<R, N>; 2],
    (inputs, targets): (&[R], &[R]),
    terms: (R, &[u32]),
    out: &mut [Lanes<R, N>; 2],
) {
    add_up(loss, at, (inputs, targets), terms, out);
}

#[inline(always)]
fn add_up<L: Loss, R: Real, const N: usize>(
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

#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn values<L: Loss, R: Real, const N: usize>(loss: L, targets: &[R], z: &mut [Lanes<R, N>]) {
    assert_eq!(targets.len(), z.len(), "one target a prediction");
    let f = |prediction, target| loss.value(prediction, target);
    if N > 1 {
        for (z, &target) in z.iter_mut().zip(targets) {
            update_lanes(z, |z, _| f(z, target));
        }
        return;
    }
    let (blocks, rest) = z.as_flattened_mut().as_chunks_mut();
    let (target_blocks, rest_of_targets) = targets.as_chunks();
    for (block, targets) in blocks.iter_mut().zip(target_blocks) {
        over_block(block, targets, f);
    }
    for (z, &target) in rest.iter_mut().zip(rest_of_targets) {
        *z = f(*z, target);
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

/// z ← f(z, target) for 16 terms of a single run.
///
/// A loop over one lane inside the loop over terms would not be vectorized (measured for the slope of the logistic loss
/// in `f32`: 13 ns against 1.3 ns a term).
#[inline(always)]
fn over_block<R: Real>(z: &mut [R; WIDTH], targets: &[R; WIDTH], f: impl Fn(R, R) -> R) {
    for (z, &target) in z.iter_mut().zip(targets) {
        *z = f(*z, target);
    }
}

//! Products of a layer's weights with a batch, in one canonical order.
//!
//! Every output is one chain of additions: forward over the inputs in order, for the gradient over
//! the terms of the batch in order, backward over the outputs in order.
//! Blocks of outputs are kept in registers; since each output is its own chain, blocking does not
//! change a bit.
//! Weights are stored input by input: entry (j, c) of a layer with C outputs is number j C + c.

use multiversion::multiversion;
use sgdlab_core::{Lanes, Real, reduce};

/// A batch of input vectors, the same in every lane (data) or not (hidden units).
pub(crate) trait Rows<R: Real, const N: usize>: Copy {
    /// Entry `j` of row `i`.
    fn at(&self, i: usize, j: usize) -> Lanes<R, N>;
}

/// Rows of the data, chosen by a batch of indices.
#[derive(Clone, Copy)]
pub(crate) struct Chosen<'a, R> {
    pub(crate) features: &'a [R],
    pub(crate) columns: usize,
    pub(crate) batch: &'a [u32],
}

impl<R: Real, const N: usize> Rows<R, N> for Chosen<'_, R> {
    #[inline(always)]
    fn at(&self, i: usize, j: usize) -> Lanes<R, N> {
        [self.features[self.batch[i] as usize * self.columns + j]; N]
    }
}

/// Consecutive rows of the data, starting at one.
#[derive(Clone, Copy)]
pub(crate) struct Consecutive<'a, R> {
    pub(crate) features: &'a [R],
    pub(crate) columns: usize,
}

impl<R: Real, const N: usize> Rows<R, N> for Consecutive<'_, R> {
    #[inline(always)]
    fn at(&self, i: usize, j: usize) -> Lanes<R, N> {
        [self.features[i * self.columns + j]; N]
    }
}

/// Hidden units: each lane has its own.
#[derive(Clone, Copy)]
pub(crate) struct Hidden<'a, R, const N: usize> {
    pub(crate) units: &'a [Lanes<R, N>],
    pub(crate) columns: usize,
}

impl<R: Real, const N: usize> Rows<R, N> for Hidden<'_, R, N> {
    #[inline(always)]
    fn at(&self, i: usize, j: usize) -> Lanes<R, N> {
        self.units[i * self.columns + j]
    }
}

/// The number of inputs and outputs of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
}

impl Shape {
    /// Weights and biases together.
    pub(crate) fn parameters(self) -> usize {
        (self.inputs + 1) * self.outputs
    }
}

/// Calls a block kernel for blocks of 8, 4, 2 and 1 outputs.
macro_rules! in_blocks {
    ($outputs:expr, $kernel:ident::<$($types:ty),* ; $n:ident>($($argument:expr),*)) => {
        let mut first = 0;
        while first + 8 <= $outputs {
            $kernel::<$($types,)* $n, 8>(first, $($argument),*);
            first += 8;
        }
        if first + 4 <= $outputs {
            $kernel::<$($types,)* $n, 4>(first, $($argument),*);
            first += 4;
        }
        if first + 2 <= $outputs {
            $kernel::<$($types,)* $n, 2>(first, $($argument),*);
            first += 2;
        }
        if first < $outputs {
            $kernel::<$($types,)* $n, 1>(first, $($argument),*);
        }
    };
}

/// `out[i, c]` = `layer.bias[c]` + Σⱼ `layer.weight[j, c]` `rows[i, j]`; `layer` is weights, then biases.
#[multiversion(targets = "simd")]
pub(crate) fn forward<R: Real, X: Rows<R, N>, const N: usize>(
    shape: Shape,
    layer: &[Lanes<R, N>],
    rows: X,
    out: &mut [Lanes<R, N>],
) {
    let (weight, bias) = layer.split_at(shape.inputs * shape.outputs);
    for (i, out) in out.chunks_exact_mut(shape.outputs).enumerate() {
        in_blocks!(shape.outputs, forward_block::<R, X; N>(shape, weight, bias, (rows, i), out));
    }
}

#[inline(always)]
fn forward_block<R: Real, X: Rows<R, N>, const N: usize, const C: usize>(
    first: usize,
    shape: Shape,
    weight: &[Lanes<R, N>],
    bias: &[Lanes<R, N>],
    (rows, i): (X, usize),
    out: &mut [Lanes<R, N>],
) {
    let mut sums = [[R::ZERO; N]; C];
    sums.copy_from_slice(&bias[first..first + C]);
    for j in 0..shape.inputs {
        let x = rows.at(i, j);
        let start = j * shape.outputs + first;
        let weight = &weight[start..start + C];
        for c in 0..C {
            for l in 0..N {
                sums[c][l] += weight[c][l] * x[l];
            }
        }
    }
    out[first..first + C].copy_from_slice(&sums);
}

/// `out[j, c]` = `factor` Σᵢ `rows[i, j]` `deltas[i, c]`, then the same for the biases with x = 1.
#[multiversion(targets = "simd")]
pub(crate) fn gradient<R: Real, X: Rows<R, N>, const N: usize>(
    shape: Shape,
    rows: X,
    deltas: &[Lanes<R, N>],
    factor: R,
    out: &mut [Lanes<R, N>],
) {
    let (weight, bias) = out.split_at_mut(shape.inputs * shape.outputs);
    for (j, out) in weight.chunks_exact_mut(shape.outputs).enumerate() {
        in_blocks!(shape.outputs, gradient_block::<R, X; N>((rows, j), deltas, factor, out));
    }
    let ones = Ones;
    in_blocks!(shape.outputs, gradient_block::<R, Ones; N>((ones, 0), deltas, factor, bias));
}

/// Inputs that are all 1: a bias.
#[derive(Clone, Copy)]
struct Ones;

impl<R: Real, const N: usize> Rows<R, N> for Ones {
    #[inline(always)]
    fn at(&self, _: usize, _: usize) -> Lanes<R, N> {
        [R::ONE; N]
    }
}

#[inline(always)]
fn gradient_block<R: Real, X: Rows<R, N>, const N: usize, const C: usize>(
    first: usize,
    (rows, j): (X, usize),
    deltas: &[Lanes<R, N>],
    factor: R,
    out: &mut [Lanes<R, N>],
) {
    let mut sums = [[R::ZERO; N]; C];
    for (i, deltas) in deltas.chunks_exact(out.len()).enumerate() {
        let x = rows.at(i, j);
        let deltas = &deltas[first..first + C];
        for c in 0..C {
            for l in 0..N {
                sums[c][l] += deltas[c][l] * x[l];
            }
        }
    }
    for c in 0..C {
        for l in 0..N {
            out[first + c][l] = sums[c][l] * factor;
        }
    }
}

/// `out[i, j]` = Σ_c `weight[j, c]` `deltas[i, c]`: the slopes of a layer's inputs.
#[multiversion(targets = "simd")]
pub(crate) fn backward<R: Real, const N: usize>(
    shape: Shape,
    weight: &[Lanes<R, N>],
    deltas: &[Lanes<R, N>],
    out: &mut [Lanes<R, N>],
) {
    for (deltas, out) in deltas.chunks_exact(shape.outputs).zip(out.chunks_exact_mut(shape.inputs)) {
        for (weight, out) in weight.chunks_exact(shape.outputs).zip(out) {
            let mut sum = [R::ZERO; N];
            for (weight, delta) in weight.iter().zip(deltas) {
                for l in 0..N {
                    sum[l] += weight[l] * delta[l];
                }
            }
            *out = sum;
        }
    }
}

/// Adds `l2` x to the gradient of the weights `at`.
#[multiversion(targets = "simd")]
pub(crate) fn add_penalty<R: Real, const N: usize>(l2: R, at: &[Lanes<R, N>], out: &mut [Lanes<R, N>]) {
    for (out, x) in out.as_flattened_mut().iter_mut().zip(at.as_flattened()) {
        *out += l2 * *x;
    }
}

/// `data` + ½ `l2` ‖`weights`‖².
pub(crate) fn penalized<R: Real, const N: usize>(data: Lanes<R, N>, l2: f64, weights: &[Lanes<R, N>]) -> Lanes<R, N> {
    if l2 == 0.0 {
        return data;
    }
    let square = reduce::dot(weights, weights);
    std::array::from_fn(|l| data[l] + R::of(0.5 * l2) * square[l])
}

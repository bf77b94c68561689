//! Products of a layer's weights with a batch, in one canonical order.
//!
//! Every output is one chain of additions: forward over the inputs in order, for the gradient over
//! the terms of the batch in order, backward over the outputs in order.
//! The inner loop runs over outputs and lanes together, which are contiguous.
//! Weights are stored input by input: entry (j, c) of a layer with C outputs is number j C + c.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Lanes, Real, reduce, update_lanes};

/// A batch of input vectors, the same in every lane (data) or not (hidden units).
pub(crate) trait Rows<R: Real, const N: usize>: Copy {
    /// out[c] += factors[c] · entry `j` of row `i`.
    fn add(&self, i: usize, j: usize, factors: &[Lanes<R, N>], out: &mut [Lanes<R, N>]);
}

/// out[k] += factors[k] · x, over outputs and lanes together.
#[inline(always)]
fn add_scaled<R: Real, const N: usize>(x: R, factors: &[Lanes<R, N>], out: &mut [Lanes<R, N>]) {
    for (out, factor) in out.as_flattened_mut().iter_mut().zip(factors.as_flattened()) {
        *out += *factor * x;
    }
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
    fn add(&self, i: usize, j: usize, factors: &[Lanes<R, N>], out: &mut [Lanes<R, N>]) {
        add_scaled(self.features[self.batch[i] as usize * self.columns + j], factors, out);
    }
}

/// Consecutive rows of the data.
#[derive(Clone, Copy)]
pub(crate) struct Consecutive<'a, R> {
    pub(crate) features: &'a [R],
    pub(crate) columns: usize,
}

impl<R: Real, const N: usize> Rows<R, N> for Consecutive<'_, R> {
    #[inline(always)]
    fn add(&self, i: usize, j: usize, factors: &[Lanes<R, N>], out: &mut [Lanes<R, N>]) {
        add_scaled(self.features[i * self.columns + j], factors, out);
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
    fn add(&self, i: usize, j: usize, factors: &[Lanes<R, N>], out: &mut [Lanes<R, N>]) {
        let x = self.units[i * self.columns + j];
        if N == 1 {
            return add_scaled(x[0], factors, out);
        }
        for (out, factor) in out.iter_mut().zip(factors) {
            update_lanes(out, |sum, l| sum + factor[l] * x[l]);
        }
    }
}

/// Inputs that are all 1: a bias.
#[derive(Clone, Copy)]
struct Ones;

impl<R: Real, const N: usize> Rows<R, N> for Ones {
    #[inline(always)]
    fn add(&self, _: usize, _: usize, factors: &[Lanes<R, N>], out: &mut [Lanes<R, N>]) {
        add_scaled(R::ONE, factors, out);
    }
}

/// The number of inputs and outputs of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    /// Whether every output has a bias.
    pub(crate) bias: bool,
}

impl Shape {
    /// The number of weights, which are first.
    pub(crate) fn weights(self) -> usize {
        self.inputs * self.outputs
    }

    /// Weights and biases together.
    pub(crate) fn parameters(self) -> usize {
        self.weights() + if self.bias { self.outputs } else { 0 }
    }
}

/// `out[i, c]` = `layer.bias[c]` + Σⱼ `layer.weight[j, c]` `rows[i, j]`; `layer` is weights, then biases if any.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
pub(crate) fn forward<R: Real, X: Rows<R, N>, const N: usize>(
    shape: Shape,
    layer: &[Lanes<R, N>],
    rows: X,
    out: &mut [Lanes<R, N>],
) {
    for (i, out) in out.chunks_exact_mut(shape.outputs).enumerate() {
        let mut first = 0;
        while first + 8 <= shape.outputs {
            forward_block::<R, X, N, 8>((shape, layer), (rows, i), first, out);
            first += 8;
        }
        if first + 4 <= shape.outputs {
            forward_block::<R, X, N, 4>((shape, layer), (rows, i), first, out);
            first += 4;
        }
        if first + 2 <= shape.outputs {
            forward_block::<R, X, N, 2>((shape, layer), (rows, i), first, out);
            first += 2;
        }
        if first < shape.outputs {
            forward_block::<R, X, N, 1>((shape, layer), (rows, i), first, out);
        }
    }
}

/// `C` outputs from `first` on, which stay in registers while the inputs pass.
#[inline(always)]
fn forward_block<R: Real, X: Rows<R, N>, const N: usize, const C: usize>(
    (shape, layer): (Shape, &[Lanes<R, N>]),
    (rows, i): (X, usize),
    first: usize,
    out: &mut [Lanes<R, N>],
) {
    let (weight, bias) = layer.split_at(shape.weights());
    let mut sums = [[R::ZERO; N]; C];
    if shape.bias {
        sums.copy_from_slice(&bias[first..first + C]);
    }
    for (j, weight) in weight.chunks_exact(shape.outputs).enumerate() {
        rows.add(i, j, &weight[first..first + C], &mut sums);
    }
    out[first..first + C].copy_from_slice(&sums);
}

/// `out[i, c]` += Σⱼ `weight[j, c]` `rows[i, j]`.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
pub(crate) fn add_forward<R: Real, X: Rows<R, N>, const N: usize>(
    shape: Shape,
    weight: &[Lanes<R, N>],
    rows: X,
    out: &mut [Lanes<R, N>],
) {
    for (i, out) in out.chunks_exact_mut(shape.outputs).enumerate() {
        for (j, weight) in weight.chunks_exact(shape.outputs).enumerate() {
            rows.add(i, j, weight, out);
        }
    }
}

/// `sums[j, c]` += Σᵢ `rows[i, j]` `deltas[i, c]`.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
pub(crate) fn add_gradient<R: Real, X: Rows<R, N>, const N: usize>(
    rows: X,
    deltas: &[Lanes<R, N>],
    outputs: usize,
    sums: &mut [Lanes<R, N>],
) {
    for (j, sums) in sums.chunks_exact_mut(outputs).enumerate() {
        for (i, deltas) in deltas.chunks_exact(outputs).enumerate() {
            rows.add(i, j, deltas, sums);
        }
    }
}

/// `out[j, c]` = `factor` Σᵢ `rows[i, j]` `deltas[i, c]`, then the same for the biases, if any, with x = 1.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
pub(crate) fn gradient<R: Real, X: Rows<R, N>, const N: usize>(
    shape: Shape,
    rows: X,
    deltas: &[Lanes<R, N>],
    factor: R,
    out: &mut [Lanes<R, N>],
) {
    let (weight, bias) = out.split_at_mut(shape.weights());
    for (j, out) in weight.chunks_exact_mut(shape.outputs).enumerate() {
        sum_terms(rows, j, deltas, factor, out);
    }
    if shape.bias {
        sum_terms(Ones, 0, deltas, factor, bias);
    }
}

/// `out[c]` = `factor` Σᵢ `rows[i, j]` `deltas[i, c]`.
#[inline(always)]
fn sum_terms<R: Real, X: Rows<R, N>, const N: usize>(
    rows: X,
    j: usize,
    deltas: &[Lanes<R, N>],
    factor: R,
    out: &mut [Lanes<R, N>],
) {
    out.fill([R::ZERO; N]);
    for (i, deltas) in deltas.chunks_exact(out.len()).enumerate() {
        rows.add(i, j, deltas, out);
    }
    for x in out.as_flattened_mut() {
        *x *= factor;
    }
}

/// `out[i, j]` = Σ_c `weight[j, c]` `deltas[i, c]`: the slopes of a layer's inputs.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
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
                update_lanes(&mut sum, |sum, l| sum + weight[l] * delta[l]);
            }
            *out = sum;
        }
    }
}

/// `out[i, j]` += Σ_c `weight[j, c]` `deltas[i, c]`.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
pub(crate) fn add_backward<R: Real, const N: usize>(
    shape: Shape,
    weight: &[Lanes<R, N>],
    deltas: &[Lanes<R, N>],
    out: &mut [Lanes<R, N>],
) {
    for (deltas, out) in deltas.chunks_exact(shape.outputs).zip(out.chunks_exact_mut(shape.inputs)) {
        for (weight, out) in weight.chunks_exact(shape.outputs).zip(out) {
            for (weight, delta) in weight.iter().zip(deltas) {
                update_lanes(out, |sum, l| sum + weight[l] * delta[l]);
            }
        }
    }
}

/// `out` += `x`.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
pub(crate) fn add<R: Real, const N: usize>(x: &[Lanes<R, N>], out: &mut [Lanes<R, N>]) {
    for (out, x) in out.as_flattened_mut().iter_mut().zip(x.as_flattened()) {
        *out += *x;
    }
}

/// Adds `l2` x to the gradient of the weights `at`.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
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

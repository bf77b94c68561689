//! Products of a layer's weights with a batch, in one canonical order.
//!
//! Every output is one chain of additions: forward over the inputs in order, for the gradient over
//! the terms of the batch in order, backward over the outputs in order.
//! Weights are stored input by input: entry (j, c) of a layer with C outputs is number j C + c.
//!
//! Inputs are rows of `P` numbers a column: `P` = 1 if they are the same in every lane (data), `P` = `N` if each lane has
//! its own (hidden units).

mod tiles;

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Lanes, Real, reduce};

pub use self::tiles::Products;
use self::tiles::Start;

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
pub(crate) fn forward<R: Products, const P: usize, const N: usize>(
    shape: Shape,
    layer: &[Lanes<R, N>],
    rows: &[R],
    out: &mut [Lanes<R, N>],
) {
    let (weight, bias) = layer.split_at(shape.weights());
    let start = if shape.bias { Start::Row(bias.as_flattened()) } else { Start::Zero };
    let weight = (weight.as_flattened(), shape.outputs * N);
    R::products::<P>((rows, shape.inputs), weight, start, out.as_flattened_mut());
}

/// `out[i, c]` += Σⱼ `weight[j, c]` `rows[i, j]`.
pub(crate) fn add_forward<R: Products, const P: usize, const N: usize>(
    shape: Shape,
    weight: &[Lanes<R, N>],
    rows: &[R],
    out: &mut [Lanes<R, N>],
) {
    let weight = (weight.as_flattened(), shape.outputs * N);
    R::products::<P>((rows, shape.inputs), weight, Start::There, out.as_flattened_mut());
}

/// `sums[j, c]` += Σᵢ `rows[i, j]` `deltas[i, c]`, over weights.
pub(crate) fn add_gradient<R: Products, const P: usize, const N: usize>(
    shape: Shape,
    rows: &[R],
    deltas: &[Lanes<R, N>],
    sums: &mut [Lanes<R, N>],
) {
    let deltas = (deltas.as_flattened(), shape.outputs * N);
    R::sums_of_products::<P>((rows, shape.inputs), deltas, (Start::There, R::ONE), sums.as_flattened_mut());
}

/// `out[j, c]` = `factor` Σᵢ `rows[i, j]` `deltas[i, c]`, then the same for the biases, if any, with x = 1.
pub(crate) fn gradient<R: Products, const P: usize, const N: usize>(
    shape: Shape,
    rows: &[R],
    deltas: &[Lanes<R, N>],
    factor: R,
    out: &mut [Lanes<R, N>],
) {
    let (weight, bias) = out.split_at_mut(shape.weights());
    let of_outputs = (deltas.as_flattened(), shape.outputs * N);
    R::sums_of_products::<P>((rows, shape.inputs), of_outputs, (Start::Zero, factor), weight.as_flattened_mut());
    if shape.bias {
        bias.fill([R::ZERO; N]);
        add(deltas, bias);
        scale(factor, bias);
    }
}

/// `out[i, j]` = Σ_c `weight[j, c]` `deltas[i, c]`: the slopes of a layer's inputs.
///
/// `turned` is as long as `weight`, whose transpose it will be: numbers that are added up are apart then, and those of
/// several inputs neighbors.
pub(crate) fn backward<R: Products, const N: usize>(
    shape: Shape,
    weight: &[Lanes<R, N>],
    deltas: &[Lanes<R, N>],
    turned: &mut [Lanes<R, N>],
    out: &mut [Lanes<R, N>],
) {
    pass_backward(shape, weight, (deltas, turned), Start::Zero, out);
}

/// `out[i, j]` += Σ_c `weight[j, c]` `deltas[i, c]`; `turned` is as in [`backward`].
pub(crate) fn add_backward<R: Products, const N: usize>(
    shape: Shape,
    weight: &[Lanes<R, N>],
    deltas: &[Lanes<R, N>],
    turned: &mut [Lanes<R, N>],
    out: &mut [Lanes<R, N>],
) {
    pass_backward(shape, weight, (deltas, turned), Start::There, out);
}

fn pass_backward<R: Products, const N: usize>(
    shape: Shape,
    weight: &[Lanes<R, N>],
    (deltas, turned): (&[Lanes<R, N>], &mut [Lanes<R, N>]),
    start: Start<'_, R>,
    out: &mut [Lanes<R, N>],
) {
    turn(shape, weight, turned);
    let turned: (&[R], usize) = (turned.as_flattened(), shape.inputs * N);
    R::products::<N>((deltas.as_flattened(), shape.outputs), turned, start, out.as_flattened_mut());
}

/// `turned[c, j]` = `weight[j, c]`.
fn turn<R: Real, const N: usize>(shape: Shape, weight: &[Lanes<R, N>], turned: &mut [Lanes<R, N>]) {
    for (c, turned) in turned.chunks_exact_mut(shape.inputs).enumerate() {
        for (turned, weight) in turned.iter_mut().zip(weight.chunks_exact(shape.outputs)) {
            *turned = weight[c];
        }
    }
}

/// `out` *= `factor`.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
pub(crate) fn scale<R: Real, const N: usize>(factor: R, out: &mut [Lanes<R, N>]) {
    for out in out.as_flattened_mut() {
        *out *= factor;
    }
}

/// `out` += Σᵢ `rows[i, ·]`, for any number of rows as long as `out`.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
pub(crate) fn add<R: Real, const N: usize>(rows: &[Lanes<R, N>], out: &mut [Lanes<R, N>]) {
    let out = out.as_flattened_mut();
    for row in rows.as_flattened().chunks_exact(out.len()) {
        for (out, x) in out.iter_mut().zip(row) {
            *out += *x;
        }
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

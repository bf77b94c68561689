//! Products of a network's curvature matrices with a vector: the two passes of a gradient, differentiated along it.
//!
//! What a hidden unit, an output or a slope changes by along the vector is called *moved* here.
//!
//! Reference: Pearlmutter (1994), Fast exact multiplication by the Hessian, Neural Computation 6; Schraudolph (2002),
//! Fast curvature matrix-vector products for second-order gradient descent, Neural Computation 14.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Curvature, Lanes, Product, Real, Sample};

use super::{Activation, Network};
use crate::dense::{self, Products, Shape};

/// Scratch space of a pass.
struct Passes<'a, R, const N: usize> {
    /// Outputs of every layer, which become their slopes.
    units: &'a mut [Lanes<R, N>],
    /// What these move by.
    moved: &'a mut [Lanes<R, N>],
    /// Slopes of a layer's inputs, and what they move by.
    slopes: [&'a mut [Lanes<R, N>]; 2],
    /// Transposed weights of a layer.
    turned: &'a mut [Lanes<R, N>],
}

impl Activation {
    /// a″/a′, from the activation's value.
    #[inline(always)]
    fn bend<R: Real>(self, value: R) -> R {
        match self {
            Self::Relu => R::ZERO,
            Self::Tanh => -(value + value),
        }
    }
}

impl<R: Products> Network<R> {
    pub(super) fn product_scratch<const N: usize>(&self, batch: usize) -> usize {
        2 * batch * (self.units() + self.widest()) + self.turned() + self.gathered::<N>(batch)
    }

    /// See [`sgdlab_core::Objective::curvature_times`].
    pub(super) fn product<const N: usize>(
        &self,
        asked: Product<'_, R, N>,
        sample: Sample<'_>,
        scratch: &mut [Lanes<R, N>],
        out: &mut [Lanes<R, N>],
    ) where
        R: sgdlab_losses::Packs<N>,
    {
        let batch = sample.indices;
        let (total, widest) = (batch.len() * self.units(), batch.len() * self.widest());
        let (rows, rest) = scratch.split_at_mut(self.gathered::<N>(batch.len()));
        let (turned, rest) = rest.split_at_mut(self.turned());
        let (units, rest) = rest.split_at_mut(total);
        let (moved, rest) = rest.split_at_mut(total);
        let (slopes, rest) = rest.split_at_mut(widest);
        let rows = self.gather(batch, rows);
        self.forward(asked.at, rows, units);
        self.move_forward(asked, rows, units, moved);
        let width = self.outputs();
        let first = total - batch.len() * width;
        let ends = (&mut units[first..], &mut moved[first..]);
        self.ends.move_slopes(asked.curvature, batch, ends, &mut slopes[..batch.len()]);
        sample.weigh(width, &mut units[first..]);
        sample.weigh(width, &mut moved[first..]);
        let passes = Passes { units, moved, slopes: [slopes, &mut rest[..widest]], turned };
        self.move_backward(asked, rows, passes, out);
        let factor = R::of(1.0 / batch.len() as f64);
        dense::scale(factor, out);
        if self.spec.l2 != 0.0 {
            for range in self.weights() {
                let l2 = R::of(self.spec.l2 * sample.mean_weight());
                dense::add_penalty(l2, &asked.vector[range.clone()], &mut out[range]);
            }
        }
    }

    /// What the outputs of every layer move by.
    fn move_forward<const N: usize>(
        &self,
        asked: Product<'_, R, N>,
        rows: &[R],
        units: &[Lanes<R, N>],
        moved: &mut [Lanes<R, N>],
    ) {
        let terms = rows.len() / self.columns();
        let (mut own, mut start) = (0, 0);
        for (k, &shape) in self.shapes.iter().enumerate() {
            let layer = &asked.vector[start..start + shape.parameters()];
            let (before, outputs) = moved.split_at_mut(own);
            let outputs = &mut outputs[..terms * shape.outputs];
            if k == 0 {
                dense::forward::<R, 1, N>(shape, layer, rows, outputs);
            } else {
                let first = own - terms * shape.inputs;
                let (inputs, moved_inputs) = (&units[first..own], &mut before[first..]);
                through(self.spec.activation, inputs, moved_inputs);
                dense::forward::<R, N, N>(shape, layer, inputs.as_flattened(), outputs);
                let weights = weights(asked.at, start, shape);
                dense::add_forward::<R, N, N>(shape, weights, moved_inputs.as_flattened(), outputs);
            }
            if self.adds_shortcut(k) {
                let block = own - terms * shape.inputs - outputs.len();
                dense::add(&before[block..block + outputs.len()], outputs);
            }
            own += outputs.len();
            start += shape.parameters();
        }
    }

    /// What the sums of gradients move by, from the slopes of the last layer, which are at the end of `units`.
    fn move_backward<const N: usize>(
        &self,
        asked: Product<'_, R, N>,
        rows: &[R],
        passes: Passes<'_, R, N>,
        out: &mut [Lanes<R, N>],
    ) {
        let exact = asked.curvature == Curvature::Hessian;
        let Passes { units, moved, slopes: [slopes, moved_slopes], turned } = passes;
        let terms = rows.len() / self.columns();
        let (mut units_end, mut end) = (units.len(), out.len());
        for (k, &shape) in self.shapes.iter().enumerate().rev() {
            let start = end - shape.parameters();
            let own = units_end - terms * shape.outputs;
            let (before, deltas) = units.split_at_mut(own);
            let (moved_before, moved_deltas) = moved.split_at_mut(own);
            let (deltas, after) = deltas.split_at(units_end - own);
            let (moved_deltas, moved_after) = moved_deltas.split_at(units_end - own);
            if k == 0 {
                dense::gradient::<R, 1, N>(shape, rows, moved_deltas, R::ONE, &mut out[..end]);
                break;
            }
            let first = own - terms * shape.inputs;
            let (inputs, moved_inputs) = (&mut before[first..], &mut moved_before[first..]);
            dense::gradient::<R, N, N>(shape, inputs.as_flattened(), moved_deltas, R::ONE, &mut out[start..end]);
            let (moved_slopes, turned) = (&mut moved_slopes[..inputs.len()], &mut turned[..shape.weights()]);
            dense::backward(shape, weights(asked.at, start, shape), moved_deltas, turned, moved_slopes);
            let shortcut = self.adds_shortcut(k + 1);
            if shortcut {
                dense::add(&moved_after[..inputs.len()], moved_slopes);
            }
            if exact {
                let sums = &mut out[start..start + shape.weights()];
                dense::add_gradient::<R, N, N>(shape, moved_inputs.as_flattened(), deltas, sums);
                dense::add_backward(shape, weights(asked.vector, start, shape), deltas, turned, moved_slopes);
                let slopes = &mut slopes[..inputs.len()];
                dense::backward(shape, weights(asked.at, start, shape), deltas, turned, slopes);
                if shortcut {
                    dense::add(&after[..inputs.len()], slopes);
                }
                bend(self.spec.activation, slopes, inputs, moved_inputs);
            } else {
                moved_inputs.fill([R::ZERO; N]);
            }
            add_through(self.spec.activation, moved_slopes, inputs, moved_inputs);
            if exact {
                super::through(self.spec.activation, &slopes[..inputs.len()], inputs);
            }
            (units_end, end) = (own, start);
        }
    }
}

/// The weights of the layer that starts here.
fn weights<R, const N: usize>(parameters: &[Lanes<R, N>], start: usize, shape: Shape) -> &[Lanes<R, N>] {
    &parameters[start..start + shape.weights()]
}

/// `moved` ← a′ · `moved`, from the activations.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn through<R: Real, const N: usize>(activation: Activation, units: &[Lanes<R, N>], moved: &mut [Lanes<R, N>]) {
    for (moved, unit) in moved.as_flattened_mut().iter_mut().zip(units.as_flattened()) {
        *moved = activation.slope(*unit) * *moved;
    }
}

/// `moved` ← a″/a′ · `moved` · `slopes`: what the slopes move by because the activations' slopes do.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn bend<R: Real, const N: usize>(
    activation: Activation,
    slopes: &[Lanes<R, N>],
    units: &[Lanes<R, N>],
    moved: &mut [Lanes<R, N>],
) {
    let slopes = slopes.as_flattened().iter().zip(units.as_flattened());
    for (moved, (slope, unit)) in moved.as_flattened_mut().iter_mut().zip(slopes) {
        *moved = activation.bend(*unit) * *moved * *slope;
    }
}

/// `moved` += a′ · `moved_slopes`.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn add_through<R: Real, const N: usize>(
    activation: Activation,
    moved_slopes: &[Lanes<R, N>],
    units: &[Lanes<R, N>],
    moved: &mut [Lanes<R, N>],
) {
    let slopes = moved_slopes.as_flattened().iter().zip(units.as_flattened());
    for (moved, (slope, unit)) in moved.as_flattened_mut().iter_mut().zip(slopes) {
        *moved += activation.slope(*unit) * *slope;
    }
}

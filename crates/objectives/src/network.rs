//! Fully connected networks, plain or with shortcuts, for classes or for a number; without a hidden layer softmax
//! regression and its kin.

mod curvature;
mod ends;
mod responses;

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Evaluation, Lanes, Layout, Objective, Product, Real, Sample, lengths, reduce};
use sgdlab_losses::{LossSpec, MulticlassSpec};

use self::ends::Ends;
use crate::classes::CHUNK;
use crate::dense::{self, Products, Shape};

/// The function between two layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// max(0, z), with slope 0 at 0.
    Relu,
    /// tanh z.
    Tanh,
}

impl Activation {
    #[inline(always)]
    fn value<R: Real>(self, z: R) -> R {
        match self {
            // The sum makes −0 to 0. Without it only what changes would be stored, through masks, which takes some
            // processors many times as long.
            Self::Relu => {
                let larger = if R::ZERO > z { R::ZERO } else { z };
                larger + R::ZERO
            }
            Self::Tanh => z.tanh(),
        }
    }

    /// The slope, from the activation's value.
    #[inline(always)]
    fn slope<R: Real>(self, value: R) -> R {
        match self {
            Self::Relu => {
                if value > R::ZERO {
                    R::ONE
                } else {
                    R::ZERO
                }
            }
            Self::Tanh => R::ONE - value * value,
        }
    }
}

/// Which layers of a network have biases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Biases {
    /// All of them.
    All,
    /// The first.
    First,
    /// None of them.
    None,
}

/// What a network gives out.
#[derive(Clone, Debug, PartialEq)]
pub enum Outputs {
    /// A logit for each class.
    Classes(Classes),
    /// One number, under this loss.
    Number(LossSpec),
}

/// Outputs that are logits of classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Classes {
    /// How many there are.
    pub count: usize,
    /// The loss of one term, φ(outputs, class).
    pub loss: MulticlassSpec,
    /// A weight for each class; empty if all are 1.
    pub weights: Vec<f64>,
}

/// The target of each term.
#[derive(Clone, Copy, Debug)]
pub enum Answers<'a> {
    /// Classes.
    Labels(&'a [u32]),
    /// Numbers.
    Numbers(&'a [f64]),
}

/// The shape of a network, its loss and its penalty.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkSpec {
    /// Hidden units of each layer; empty for a linear model.
    pub hidden: Vec<usize>,
    /// Whether the third, fifth, … hidden layer adds the units of two layers before to its sums, which makes a block
    /// h ← a(h + V a(W h + b) + c) of each two layers after the first.
    pub residual: bool,
    /// Which layers have biases.
    pub biases: Biases,
    /// Between the layers.
    pub activation: Activation,
    /// λ of the penalty ½ λ Σ ‖W‖²_F; biases are not penalized.
    pub l2: f64,
    /// What it gives out.
    pub outputs: Outputs,
}

impl NetworkSpec {
    /// The layers for rows of so many columns.
    pub(crate) fn shapes(&self, columns: usize) -> Vec<Shape> {
        let outputs = match &self.outputs {
            Outputs::Classes(classes) => classes.count,
            Outputs::Number(_) => 1,
        };
        let widths: Vec<usize> = [&[columns], self.hidden.as_slice(), &[outputs]].concat();
        let bias = |layer: usize| match self.biases {
            Biases::All => true,
            Biases::First => layer == 0,
            Biases::None => false,
        };
        let shape = |(k, pair): (usize, &[usize])| Shape { inputs: pair[0], outputs: pair[1], bias: bias(k) };
        widths.windows(2).enumerate().map(shape).collect()
    }
}

/// f = (1/n) Σ φ(zᵢ, yᵢ) + ½ λ Σ ‖W‖²_F, zᵢ the output of a fully connected network.
///
/// If a loss of classes has a mean over terms that [divides](sgdlab_losses::Divisor) by the sum of the terms' weights,
/// each weight is divided by their mean: then it is this mean over n terms, each with the whole penalty.
/// A layer computes a(Wᵀ x + b); the last has no activation, and that of a residual network's block adds the units
/// before the block to its sums.
/// Parameters: layer by layer, W as inputs × outputs (input by input), then b if the layer has biases.
pub struct Network<R> {
    shapes: Vec<Shape>,
    spec: NetworkSpec,
    layout: Layout,
    features: Vec<R>,
    ends: Ends<R>,
}

impl<R: Products> Network<R> {
    /// A model of as many terms as there are answers; `features` is row-major.
    ///
    /// # Panics
    /// If the lengths do not fit, there is no term, a label is not below the number of classes, the answers are not of
    /// the outputs' kind, or the layers that a shortcut connects differ in width.
    #[must_use]
    pub fn new(spec: NetworkSpec, features: &[f64], columns: usize, answers: Answers<'_>) -> Self {
        let ends = Ends::new(&spec.outputs, answers);
        assert!(ends.terms() > 0, "a finite sum has at least one term");
        assert_eq!(features.len(), columns * ends.terms(), "features are not terms × columns");
        let shapes = spec.shapes(columns);
        let mut blocks = spec.hidden.iter().step_by(2);
        assert!(!spec.residual || blocks.all(|width| *width == spec.hidden[0]), "a shortcut between unequal layers");
        Self { ends, layout: layout(&shapes), shapes, spec, features: features.iter().map(|&x| R::of(x)).collect() }
    }

    fn columns(&self) -> usize {
        self.shapes[0].inputs
    }

    /// The number of outputs.
    fn outputs(&self) -> usize {
        self.shapes[self.shapes.len() - 1].outputs
    }

    /// Units of all layers together, for one term.
    fn units(&self) -> usize {
        self.shapes.iter().map(|shape| shape.outputs).sum()
    }

    /// Units of the largest hidden layer, for one term; at least 1.
    fn widest(&self) -> usize {
        self.shapes.iter().map(|shape| shape.inputs).skip(1).max().unwrap_or(1)
    }

    /// Weights of the largest layer behind the first, which is the only one that is never passed backward.
    fn turned(&self) -> usize {
        self.shapes[1..].iter().map(|shape| shape.weights()).max().unwrap_or(0)
    }

    /// Lanes that hold the rows of so many terms.
    fn gathered<const N: usize>(&self, terms: usize) -> usize {
        (terms * self.columns()).div_ceil(N)
    }

    /// The rows of a batch, one after the other.
    fn gather<'a, const N: usize>(&self, batch: &[u32], rows: &'a mut [Lanes<R, N>]) -> &'a [R] {
        let columns = self.columns();
        let rows = &mut rows.as_flattened_mut()[..batch.len() * columns];
        for (row, &term) in rows.chunks_exact_mut(columns).zip(batch) {
            row.copy_from_slice(&self.features[term as usize * columns..][..columns]);
        }
        rows
    }

    /// Whether this layer adds the units of two layers before to its sums.
    fn adds_shortcut(&self, layer: usize) -> bool {
        self.spec.residual && layer > 0 && layer.is_multiple_of(2) && layer + 1 < self.shapes.len()
    }

    /// Outputs of every layer for rows of features, one layer after the other.
    fn forward<const N: usize>(&self, mut at: &[Lanes<R, N>], rows: &[R], units: &mut [Lanes<R, N>]) {
        let terms = rows.len() / self.columns();
        let mut own = 0;
        for (k, &shape) in self.shapes.iter().enumerate() {
            let (layer, after) = at.split_at(shape.parameters());
            let (before, outputs) = units.split_at_mut(own);
            let outputs = &mut outputs[..terms * shape.outputs];
            if k == 0 {
                dense::forward::<R, 1, N>(shape, layer, rows, outputs);
            } else {
                let first = own - terms * shape.inputs;
                let inputs = &mut before[first..];
                activate(self.spec.activation, inputs);
                dense::forward::<R, N, N>(shape, layer, inputs.as_flattened(), outputs);
            }
            if self.adds_shortcut(k) {
                let block = own - terms * shape.inputs - outputs.len();
                dense::add(&before[block..block + outputs.len()], outputs);
            }
            own += outputs.len();
            at = after;
        }
    }

    /// The gradient of every layer from the slopes of the last one, which are at the end of `units`.
    ///
    /// `work` has room for the transposed weights of a layer and the slopes of its inputs.
    fn backward<const N: usize>(
        &self,
        at: &[Lanes<R, N>],
        rows: &[R],
        (units, work): (&mut [Lanes<R, N>], &mut [Lanes<R, N>]),
        out: &mut [Lanes<R, N>],
    ) {
        let terms = rows.len() / self.columns();
        let (turned, deltas) = work.split_at_mut(self.turned());
        let factor = R::of(1.0 / terms as f64);
        let mut units_end = units.len();
        let mut end = at.len();
        for (k, &shape) in self.shapes.iter().enumerate().rev() {
            let start = end - shape.parameters();
            let own = units_end - terms * shape.outputs;
            let (before, slopes) = units.split_at_mut(own);
            let (own_deltas, after) = slopes.split_at(units_end - own);
            if k == 0 {
                dense::gradient::<R, 1, N>(shape, rows, own_deltas, factor, &mut out[start..end]);
                break;
            }
            let inputs = &mut before[own - terms * shape.inputs..];
            dense::gradient::<R, N, N>(shape, inputs.as_flattened(), own_deltas, factor, &mut out[start..end]);
            let (weight, deltas) = (&at[start..start + shape.weights()], &mut deltas[..inputs.len()]);
            dense::backward(shape, weight, own_deltas, &mut turned[..weight.len()], deltas);
            if self.adds_shortcut(k + 1) {
                dense::add(&after[..deltas.len()], deltas);
            }
            through(self.spec.activation, deltas, inputs);
            (units_end, end) = (own, start);
        }
    }

    /// The value with the penalty of all weights.
    fn penalized<const N: usize>(&self, value: Lanes<R, N>, l2: f64, at: &[Lanes<R, N>]) -> Lanes<R, N> {
        self.weights().fold(value, |value, range| dense::penalized(value, l2, &at[range]))
    }

    /// The weights of every layer, without the biases.
    fn weights(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        self.shapes.iter().scan(0, |start, shape| {
            let range = *start..*start + shape.weights();
            *start += shape.parameters();
            Some(range)
        })
    }
}

/// `weight`, `bias` for one layer; `weight1`, `bias1`, … for several.
pub(crate) fn layout(shapes: &[Shape]) -> Layout {
    let number = |k: usize| if shapes.len() == 1 { String::new() } else { (k + 1).to_string() };
    let tensors = shapes.iter().enumerate().flat_map(|(k, shape)| {
        let weight = (format!("weight{}", number(k)), vec![shape.inputs, shape.outputs]);
        let bias = shape.bias.then(|| (format!("bias{}", number(k)), vec![shape.outputs]));
        [weight].into_iter().chain(bias)
    });
    Layout::new(tensors).with_decay(|name| name.starts_with("weight"))
}

#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn activate<R: Real, const N: usize>(activation: Activation, units: &mut [Lanes<R, N>]) {
    for unit in units.as_flattened_mut() {
        *unit = activation.value(*unit);
    }
}

/// Turns activations into slopes of the layer's input: `units` ← `deltas` · a′.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn through<R: Real, const N: usize>(activation: Activation, deltas: &[Lanes<R, N>], units: &mut [Lanes<R, N>]) {
    for (unit, delta) in units.as_flattened_mut().iter_mut().zip(deltas.as_flattened()) {
        *unit = activation.slope(*unit) * *delta;
    }
}

impl<R: Products + sgdlab_losses::Packs<N>, const N: usize> Objective<R, N> for Network<R> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn terms(&self) -> usize {
        self.ends.terms()
    }

    fn scratch(&self, batch: usize) -> usize {
        let gradient = batch * (self.units() + self.widest()) + self.turned() + self.gathered::<N>(batch);
        gradient.max(self.ends.terms() + CHUNK * self.units())
    }

    fn gradient(&self, at: &[Lanes<R, N>], sample: Sample<'_>, scratch: &mut [Lanes<R, N>], out: &mut [Lanes<R, N>]) {
        let batch = sample.indices;
        lengths::of_gradient(&self.layout, at, batch, out);
        let (rows, scratch) = scratch.split_at_mut(self.gathered::<N>(batch.len()));
        let (units, work) = scratch.split_at_mut(batch.len() * self.units());
        let rows = self.gather(batch, rows);
        self.forward(at, rows, units);
        let outputs = units.len() - batch.len() * self.outputs();
        self.ends.slopes(batch, &mut units[outputs..]);
        sample.weigh(self.outputs(), &mut units[outputs..]);
        self.backward(at, rows, (units, work), out);
        if self.spec.l2 != 0.0 {
            let l2 = R::of(self.spec.l2 * sample.mean_weight());
            for range in self.weights() {
                dense::add_penalty(l2, &at[range.clone()], &mut out[range]);
            }
        }
    }

    fn value(&self, at: &[Lanes<R, N>], sample: Sample<'_>, scratch: &mut [Lanes<R, N>]) -> Lanes<R, N> {
        let batch = sample.indices;
        lengths::of_value(&self.layout, at, batch);
        let (rows, scratch) = scratch.split_at_mut(self.gathered::<N>(batch.len()));
        let units = &mut scratch[..batch.len() * self.units()];
        self.forward(at, self.gather(batch, rows), units);
        let width = self.outputs();
        let first = units.len() - batch.len() * width;
        let values = &mut units[first..];
        self.ends.values_of(batch, values);
        sample.weigh(width, values);
        let sum = reduce::sum_of(batch.len(), |i| values[i * width]);
        self.penalized(sum.map(|sum| sum / R::of(batch.len() as f64)), self.spec.l2 * sample.mean_weight(), at)
    }

    fn has_products(&self) -> bool {
        true
    }

    fn curvature_scratch(&self, batch: usize) -> usize {
        self.product_scratch::<N>(batch)
    }

    fn curvature_times(
        &self,
        asked: Product<'_, R, N>,
        sample: Sample<'_>,
        scratch: &mut [Lanes<R, N>],
        out: &mut [Lanes<R, N>],
    ) {
        lengths::of_product(&self.layout, &asked, sample.indices, out);
        self.product(asked, sample, scratch, out);
    }

    fn evaluate(&self, at: &[Lanes<R, N>], errors: bool, scratch: &mut [Lanes<R, N>]) -> Evaluation<R, N> {
        lengths::of_evaluation(&self.layout, at);
        let all = self.ends.terms();
        let errors = errors && matches!(self.ends, Ends::Classes { .. });
        let (values, work) = scratch.split_at_mut(all);
        let mut wrong = [R::ZERO; N];
        let columns = self.columns();
        let chunks = self.features.chunks(CHUNK * columns).zip(values.chunks_mut(CHUNK));
        for (number, (features, values)) in chunks.enumerate() {
            let terms = number * CHUNK..number * CHUNK + values.len();
            let units = &mut work[..terms.len() * self.units()];
            self.forward(at, features, units);
            let first = units.len() - terms.len() * self.outputs();
            let outputs = &mut units[first..];
            if errors {
                self.ends.count_wrong(terms.clone(), outputs, &mut wrong);
            }
            self.ends.values(terms, outputs, values);
        }
        let terms = R::of(all as f64);
        let value = self.penalized(reduce::sum(values).map(|sum| sum / terms), self.spec.l2, at);
        Evaluation { value, error: errors.then(|| wrong.map(|count| count / terms)) }
    }
}

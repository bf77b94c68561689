//! Multilayer perceptrons, and their special case without a hidden layer: softmax regression and its kin.

mod curvature;

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Evaluation, Lanes, Layout, Objective, Product, Real, Sample, lengths, reduce};
use sgdlab_losses::{Labels, MulticlassKernel, MulticlassSpec};

use crate::classes::{self, CHUNK};
use crate::dense::{self, Chosen, Consecutive, Hidden, Rows, Shape};

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
            Self::Relu => {
                if z <= R::ZERO {
                    R::ZERO
                } else {
                    z
                }
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

/// The shape of a network, its loss and its penalty.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkSpec {
    /// Hidden units of each layer; empty for softmax regression.
    pub hidden: Vec<usize>,
    /// Between the layers.
    pub activation: Activation,
    /// λ of the penalty ½ λ Σ ‖W‖²_F; biases are not penalized.
    pub l2: f64,
    /// The loss of one term, φ(outputs, class).
    pub loss: MulticlassSpec,
    /// A weight for each class; empty if all are 1.
    pub class_weights: Vec<f64>,
}

/// f = (1/n) Σ φ(zᵢ, yᵢ) + ½ λ Σ ‖W‖²_F, zᵢ the output of a fully connected network.
///
/// If the loss's mean over terms [divides](sgdlab_losses::Divisor) by the sum of the terms' weights, each weight is
/// divided by their mean: then it is this mean over n terms, each with the whole penalty.
/// A layer computes a(Wᵀ x + b); the last has no activation.
/// Parameters: layer by layer, W as inputs × outputs (input by input), then b.
pub struct Network<R> {
    shapes: Vec<Shape>,
    spec: NetworkSpec,
    layout: Layout,
    features: Vec<R>,
    labels: Vec<u32>,
    /// A factor for each class; empty if all are 1.
    weights: Vec<R>,
}

impl<R: Real> Network<R> {
    /// A model of `labels.len()` terms with `classes` classes; `features` is row-major.
    ///
    /// # Panics
    /// If the lengths do not fit, there is no term, or a label is not below `classes`.
    #[must_use]
    pub fn new(spec: NetworkSpec, features: &[f64], columns: usize, labels: &[u32], classes: usize) -> Self {
        assert!(!labels.is_empty(), "a finite sum has at least one term");
        assert_eq!(features.len(), columns * labels.len(), "features are not terms × columns");
        assert!(labels.iter().all(|&y| (y as usize) < classes), "a label is not below the number of classes");
        assert!([0, classes].contains(&spec.class_weights.len()), "a weight for each class, or none");
        let shapes = shapes(columns, &spec.hidden, classes);
        Self {
            weights: classes::weights(&spec, labels).into_iter().map(R::of).collect(),
            layout: layout(&shapes),
            shapes,
            spec,
            features: features.iter().map(|&x| R::of(x)).collect(),
            labels: labels.to_vec(),
        }
    }

    fn columns(&self) -> usize {
        self.shapes[0].inputs
    }

    fn classes(&self) -> usize {
        self.shapes[self.shapes.len() - 1].outputs
    }

    fn targets(&self) -> Labels<'_, R> {
        Labels { classes: self.classes(), labels: &self.labels, weights: &self.weights }
    }

    fn loss<const N: usize>(&self) -> &dyn MulticlassKernel<R, N> {
        self.spec.loss.kernel()
    }

    /// Units of all layers together, for one term.
    fn units(&self) -> usize {
        self.shapes.iter().map(|shape| shape.outputs).sum()
    }

    /// Units of the largest hidden layer, for one term.
    fn widest(&self) -> usize {
        self.shapes.iter().map(|shape| shape.inputs).skip(1).max().unwrap_or(0)
    }

    /// Outputs of every layer for a batch of `terms`, one layer after the other.
    fn forward<X: Rows<R, N>, const N: usize>(
        &self,
        at: &[Lanes<R, N>],
        rows: X,
        terms: usize,
        units: &mut [Lanes<R, N>],
    ) {
        let (first, mut rest) = units.split_at_mut(terms * self.shapes[0].outputs);
        let (mut layer, mut at) = at.split_at(self.shapes[0].parameters());
        dense::forward(self.shapes[0], layer, rows, first);
        let mut inputs = first;
        for &shape in &self.shapes[1..] {
            activate(self.spec.activation, inputs);
            let (outputs, after) = rest.split_at_mut(terms * shape.outputs);
            (layer, at) = at.split_at(shape.parameters());
            dense::forward(shape, layer, Hidden { units: inputs, columns: shape.inputs }, outputs);
            (inputs, rest) = (outputs, after);
        }
    }

    /// The gradient of every layer from the slopes of the last one, which are at the end of `units`.
    fn backward<const N: usize>(
        &self,
        at: &[Lanes<R, N>],
        batch: &[u32],
        (units, deltas): (&mut [Lanes<R, N>], &mut [Lanes<R, N>]),
        out: &mut [Lanes<R, N>],
    ) {
        let factor = R::of(1.0 / batch.len() as f64);
        let mut units_end = units.len();
        let mut end = at.len();
        for (k, &shape) in self.shapes.iter().enumerate().rev() {
            let start = end - shape.parameters();
            let own = units_end - batch.len() * shape.outputs;
            let (before, own_deltas) = units[..units_end].split_at_mut(own);
            if k == 0 {
                let rows = Chosen { features: &self.features, columns: shape.inputs, batch };
                dense::gradient(shape, rows, own_deltas, factor, &mut out[start..end]);
                break;
            }
            let inputs = &mut before[own - batch.len() * shape.inputs..];
            let rows = Hidden { units: inputs, columns: shape.inputs };
            dense::gradient(shape, rows, own_deltas, factor, &mut out[start..end]);
            let deltas = &mut deltas[..inputs.len()];
            dense::backward(shape, &at[start..start + shape.inputs * shape.outputs], own_deltas, deltas);
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
            let range = *start..*start + shape.inputs * shape.outputs;
            *start += shape.parameters();
            Some(range)
        })
    }
}

/// The layers of a network.
pub(crate) fn shapes(columns: usize, hidden: &[usize], classes: usize) -> Vec<Shape> {
    let widths: Vec<usize> = [&[columns], hidden, &[classes]].concat();
    widths.windows(2).map(|pair| Shape { inputs: pair[0], outputs: pair[1] }).collect()
}

/// `weight`, `bias` for one layer; `weight1`, `bias1`, … for several.
pub(crate) fn layout(shapes: &[Shape]) -> Layout {
    let number = |k: usize| if shapes.len() == 1 { String::new() } else { (k + 1).to_string() };
    Layout::new(shapes.iter().enumerate().flat_map(|(k, shape)| {
        [
            (format!("weight{}", number(k)), vec![shape.inputs, shape.outputs]),
            (format!("bias{}", number(k)), vec![shape.outputs]),
        ]
    }))
    .with_decay(|name| name.starts_with("weight"))
}

#[cfg_attr(not(debug_assertions), multiversion(targets = "simd"))]
fn activate<R: Real, const N: usize>(activation: Activation, units: &mut [Lanes<R, N>]) {
    for unit in units.as_flattened_mut() {
        *unit = activation.value(*unit);
    }
}

/// Turns activations into slopes of the layer's input: `units` ← `deltas` · a′.
#[cfg_attr(not(debug_assertions), multiversion(targets = "simd"))]
fn through<R: Real, const N: usize>(activation: Activation, deltas: &[Lanes<R, N>], units: &mut [Lanes<R, N>]) {
    for (unit, delta) in units.as_flattened_mut().iter_mut().zip(deltas.as_flattened()) {
        *unit = activation.slope(*unit) * *delta;
    }
}

impl<R: Real, const N: usize> Objective<R, N> for Network<R> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn terms(&self) -> usize {
        self.labels.len()
    }

    fn scratch(&self, batch: usize) -> usize {
        batch * (self.units() + self.widest()) + self.labels.len() + CHUNK * self.units()
    }

    fn gradient(&self, at: &[Lanes<R, N>], sample: Sample<'_>, scratch: &mut [Lanes<R, N>], out: &mut [Lanes<R, N>]) {
        let batch = sample.indices;
        lengths::of_gradient(&self.layout, at, batch, out);
        let (units, deltas) = scratch.split_at_mut(batch.len() * self.units());
        let rows = Chosen { features: &self.features, columns: self.columns(), batch };
        self.forward(at, rows, batch.len(), units);
        let logits = units.len() - batch.len() * self.classes();
        self.loss().slopes(self.targets(), batch, &mut units[logits..]);
        sample.weigh(self.classes(), &mut units[logits..]);
        self.backward(at, batch, (units, deltas), out);
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
        let units = &mut scratch[..batch.len() * self.units()];
        let rows = Chosen { features: &self.features, columns: self.columns(), batch };
        self.forward(at, rows, batch.len(), units);
        let logits = units.len() - batch.len() * self.classes();
        let (classes, values) = (self.classes(), &mut units[logits..]);
        self.loss().values_of(self.targets(), batch, values);
        sample.weigh(classes, values);
        let sum = reduce::sum_of(batch.len(), |i| values[i * classes]);
        self.penalized(sum.map(|sum| sum / R::of(batch.len() as f64)), self.spec.l2 * sample.mean_weight(), at)
    }

    fn has_products(&self) -> bool {
        true
    }

    fn curvature_scratch(&self, batch: usize) -> usize {
        self.product_scratch(batch)
    }

    /// The curvature of the cross-entropy does not depend on the label, and the other losses have no weights of
    /// residuals: reweighting is Gauss–Newton.
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
        let (values, work) = scratch.split_at_mut(self.labels.len());
        let mut wrong = [R::ZERO; N];
        let columns = self.columns();
        let chunks = self.labels.chunks(CHUNK).zip(self.features.chunks(CHUNK * columns));
        for ((labels, features), values) in chunks.zip(values.chunks_mut(CHUNK)) {
            let units = &mut work[..labels.len() * self.units()];
            self.forward(at, Consecutive { features, columns }, labels.len(), units);
            let logits = units.len() - labels.len() * self.classes();
            let logits = &mut units[logits..];
            if errors {
                classes::count_wrong(self.classes(), labels, logits, &mut wrong);
            }
            self.loss().values(Labels { labels, ..self.targets() }, logits, values);
        }
        let terms = R::of(self.labels.len() as f64);
        let value = self.penalized(reduce::sum(values).map(|sum| sum / terms), self.spec.l2, at);
        Evaluation { value, error: errors.then(|| wrong.map(|count| count / terms)) }
    }
}

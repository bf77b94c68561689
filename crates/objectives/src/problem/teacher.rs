//! Data with answers that a random network gives.

use ndarray::Array2;
use ndarray_rand::RandomExt;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_core::{Settings, reduce};
use sgdlab_losses::{LossSpec, Squared};

use super::start::{Law, Start};
use crate::data::{Dataset, Targets};
use crate::dense::Shape;
use crate::network::{Activation, Answers, Biases, Network, NetworkSpec, Outputs, layout};

/// A training set and a held-out set of the settings' sizes, from one teacher.
///
/// Neither sizes nor laws are in the key: problems that differ in them only share their first draws.
pub(super) fn draw(settings: &Settings) -> (Dataset, Option<Dataset>) {
    let key = Key::new("teacher and student").child(&settings.integer("seed").to_string());
    let dimension = settings.integer("dimension") as usize;
    let (teacher, weights) = teacher(settings, dimension, key);
    let set = |name: &str, rows: u64| {
        let features = inputs(settings, (rows as usize, dimension), key.child(name));
        let row_by_row = features.as_slice().expect("drawn row by row");
        let numbers = row_by_row.chunks(dimension).map(|row| teacher.respond(&weights, row).concat());
        let numbers = numbers.map(|units| *units.last().expect("an output")).collect();
        Dataset {
            name: format!("{name} of a teacher"),
            features,
            feature_names: (1..=dimension).map(|j| format!("x{j}")).collect(),
            targets: Targets::Numbers(numbers),
            checksum: "drawn by key".to_owned(),
        }
    };
    let held_out = settings.integer("held-out");
    (set("inputs", settings.integer("terms")), (held_out > 0).then(|| set("held-out inputs", held_out)))
}

/// Rows of standard normal numbers, divided by their length where inputs are to lie on the sphere.
fn inputs(settings: &Settings, shape: (usize, usize), key: Key) -> Array2<f64> {
    let mut inputs = Array2::random_using(shape, Normal, &mut key.stream(0));
    if settings.word("inputs") == "sphere" {
        for mut row in inputs.rows_mut() {
            let length = reduce::norm(&row.iter().map(|&x| [x]).collect::<Vec<_>>())[0];
            row /= length;
        }
    }
    inputs
}

/// The network that gives the answers, and its parameters.
fn teacher(settings: &Settings, dimension: usize, key: Key) -> (Network<f64>, Vec<f64>) {
    let unit = settings.word("teacher-law") == "unit";
    let spec = NetworkSpec {
        hidden: settings.integers("teacher"),
        residual: false,
        biases: if unit { Biases::None } else { Biases::All },
        activation: Activation::Relu,
        l2: 0.0,
        outputs: Outputs::Number(LossSpec::Squared(Squared::new(true))),
    };
    let shapes = spec.shapes(dimension);
    let laws = shapes.iter().enumerate().flat_map(|(k, shape)| match (unit, k) {
        (true, 0) => vec![Law::Normal { deviation: 1.0 }],
        (true, _) => vec![Law::Signs { size: 1.0 }],
        (false, _) => vec![Law::Normal { deviation: 1.0 }, uniform(1.0, *shape)],
    });
    let layout = layout(&shapes);
    let mut weights = Start::Drawn(laws.collect()).point(&layout, key.child("teacher"));
    if unit {
        normalize(shapes[0], &mut weights);
    }
    (Network::new(spec, &vec![0.0; dimension], dimension, Answers::Numbers(&[0.0])), weights)
}

/// Uniform between ± `scale` over the square root of the number of inputs.
pub(super) fn uniform(scale: f64, shape: Shape) -> Law {
    Law::Uniform { bound: scale / (shape.inputs as f64).sqrt() }
}

/// Divides what leads to each output by its length.
fn normalize(shape: Shape, weights: &mut [f64]) {
    for output in 0..shape.outputs {
        let own = |j: usize| j * shape.outputs + output;
        let length = reduce::sum_of(shape.inputs, |j| [weights[own(j)] * weights[own(j)]])[0].sqrt();
        (0..shape.inputs).for_each(|j| weights[own(j)] /= length);
    }
}

//! Small networks under the squared loss, their descent, and their Hessian as a matrix.

use nalgebra::DMatrix;
use sgdlab_core::streams::Key;
use sgdlab_core::{Batch, Objective, Oracle, Value};
use sgdlab_estimators::{Ask, Context, Estimator, EstimatorSpec};
use sgdlab_landscapes::curvature::{Hessian, Operator, Probe, Ritz, Until, largest};
use sgdlab_losses::{MulticlassSpec, OneHot};
use sgdlab_objectives::data::{Targets, bundled};
use sgdlab_objectives::{Activation, Answers, Biases, Classes, Network, NetworkSpec, Outputs};
use sgdlab_optimizers::{Rule, RuleSpec, Sgd, Signal};

use crate::tools::problem::problem;

/// f = (1/n) Σ ½ |zᵢ − yᵢ|² of the outputs z and targets y of 1 at the class and 0 elsewhere.
fn spec(hidden: &[usize], activation: Activation, count: usize) -> NetworkSpec {
    let loss = MulticlassSpec::OneHot(OneHot::new(true));
    let outputs = Outputs::Classes(Classes { count, loss, weights: Vec::new() });
    NetworkSpec { hidden: hidden.to_vec(), residual: false, biases: Biases::All, activation, l2: 0.0, outputs }
}

/// A network and where it begins.
pub(super) struct Start {
    pub(super) network: Network<f64>,
    pub(super) at: Vec<f64>,
}

impl Start {
    /// Terms in the plane in two classes, which a wave divides; weights are normal with variance 1 / inputs.
    pub(super) fn wave(key: Key, terms: usize, hidden: &[usize], activation: Activation) -> Self {
        let points = Probe::Normal.draw(key.child("points"), 0, 2 * terms);
        let of = |point: &[f64]| u32::from((2.0 * point[0]).sin() + 0.3 * point[1] > 0.0);
        let labels: Vec<u32> = points.chunks(2).map(of).collect();
        let network = Network::new(spec(hidden, activation, 2), &points, 2, Answers::Labels(&labels));
        let layout = Objective::<f64, 1>::layout(&network);
        let mut at = vec![0.0; layout.size()];
        for (index, tensor) in (0..).zip(layout.tensors()).filter(|(_, tensor)| tensor.shape.len() > 1) {
            let draws = Probe::Normal.draw(key.child("weights"), index, tensor.size());
            let deviation = (1.0 / tensor.shape[0] as f64).sqrt();
            let own = &mut at[tensor.offset..tensor.offset + tensor.size()];
            own.iter_mut().zip(draws).for_each(|(weight, draw)| *weight = deviation * draw);
        }
        Self { network, at }
    }

    /// The first `terms` digits, with features shifted to [−0.3, 0.7], and two hidden layers of 32 tanh units.
    pub(super) fn digits(key: Key, terms: usize) -> Self {
        let digits = bundled("digits").expect("a bundled set");
        let features: Vec<f64> = digits.features.iter().take(64 * terms).map(|x| x / 16.0 - 0.3).collect();
        let Targets::Classes { labels, .. } = &digits.targets else { panic!("digits are classes") };
        let labels: Vec<u32> = labels.iter().take(terms).copied().collect();
        let hidden = [32, 32];
        let network = Network::new(spec(&hidden, Activation::Tanh, 10), &features, 64, Answers::Labels(&labels));
        // Initial points of the catalogue's network do not depend on its data.
        let shape = [("hidden", Value::Integers(vec![32, 32])), ("activation", Value::Word("tanh".into()))];
        let at = problem("mlp", shape).initial(key);
        Self { network, at }
    }

    pub(super) fn objective(&self) -> &dyn Objective<f64, 1> {
        &self.network
    }
}

/// The greatest eigenvalue of the Hessian, to a thousandth.
pub(super) fn sharpness(objective: &dyn Objective<f64, 1>, at: &[f64], key: Key) -> Ritz {
    largest(&mut Hessian::new(objective, at), key, Until { bound: 1e-3, products: 20 })
}

/// Descent with all terms in every batch.
pub(super) struct Descent<'a> {
    pub(super) objective: &'a dyn Objective<f64, 1>,
    pub(super) rule: Sgd,
    pub(super) estimator: EstimatorSpec,
    pub(super) rate: f64,
}

impl Descent<'_> {
    /// Where `steps` updates lead; `look` sees the point before each of them, and says whether to go on.
    pub(super) fn run(&self, start: &[f64], steps: u64, mut look: impl FnMut(u64, &[f64]) -> bool) -> Vec<f64> {
        let everything: Vec<u32> = (0..self.objective.terms() as u32).collect();
        let context = Context {
            parameters: start.len(),
            terms: everything.len(),
            batches_per_epoch: 1,
            largest_batch: everything.len(),
            key: Key::new("full batches draw nothing"),
        };
        let mut estimator: Box<dyn Estimator<f64, 1>> = self.estimator.bind(&context);
        let mut rule: Box<dyn Rule<f64, 1>> =
            RuleSpec::bind(&[RuleSpec::from(self.rule.clone())], self.objective.layout());
        let mut oracle = Oracle::new(self.objective, everything.len());
        let mut at: Vec<[f64; 1]> = start.as_chunks().0.to_vec();
        let mut gradient = vec![[0.0]; at.len()];
        for step in 0..steps {
            if !look(step, at.as_flattened()) {
                break;
            }
            let ask = Ask { step, rates: &[self.rate], batch: Batch::of(&everything) };
            estimator.estimate(&mut oracle, rule.probe(&at).unwrap_or(&at), ask, &mut gradient);
            rule.update(&mut at, Signal::of(&gradient), &[self.rate]);
        }
        at.as_flattened().to_vec()
    }
}

/// A symmetric matrix that is stored.
#[derive(Clone)]
pub(super) struct Dense {
    pub(super) entries: DMatrix<f64>,
}

impl Dense {
    /// The Hessian at a point, by products with all unit vectors.
    pub(super) fn hessian(objective: &dyn Objective<f64, 1>, at: &[f64]) -> Self {
        let mut hessian = Hessian::new(objective, at);
        let mut entries = DMatrix::zeros(at.len(), at.len());
        let mut unit = vec![0.0; at.len()];
        for j in 0..at.len() {
            unit[j] = 1.0;
            hessian.times(&unit, entries.column_mut(j).as_mut_slice());
            unit[j] = 0.0;
        }
        Self { entries }
    }

    /// All eigenvalues, in increasing order.
    pub(super) fn eigenvalues(&self) -> Vec<f64> {
        let mut eigenvalues: Vec<f64> = self.entries.symmetric_eigenvalues().iter().copied().collect();
        eigenvalues.sort_by(f64::total_cmp);
        eigenvalues
    }
}

impl Operator for Dense {
    fn dimension(&self) -> usize {
        self.entries.nrows()
    }

    fn times(&mut self, vector: &[f64], out: &mut [f64]) {
        // Columns are rows too.
        for (out, column) in out.iter_mut().zip(self.entries.as_slice().chunks_exact(vector.len())) {
            *out = column.iter().zip(vector).map(|(a, b)| a * b).sum();
        }
    }
}

/// A network of 354 parameters on 64 terms after 500 steps of gradient descent.
pub(super) fn trained(key: Key) -> (Start, Vec<f64>) {
    let start = Start::wave(key, 64, &[16, 16], Activation::Tanh);
    let descent = Descent {
        objective: start.objective(),
        rule: Sgd::default(),
        estimator: EstimatorSpec::from(sgdlab_estimators::Plain),
        rate: 0.1,
    };
    let at = descent.run(&start.at, 500, |_, _| true);
    (start, at)
}

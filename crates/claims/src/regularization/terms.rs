//! Sums of a few terms of two parameters, with what modified losses are made of.

use sgdlab_core::{Batch, Curvature, Lanes, Layout, Objective, Oracle, Product, WIDTH};
use sgdlab_losses::{LossSpec, SigmoidSquared, Squared};
use sgdlab_objectives::{Linear, LinearSpec};
use sgdlab_optimizers::{Rule, RuleSpec, Sgd, Signal};

/// A number for each of 16 runs.
pub(super) type Numbers = Lanes<f64, WIDTH>;

/// A point or a vector of each of 16 runs.
pub(super) type Points = [Numbers; 2];

/// Where all of them begin.
pub(super) const START: Points = [[0.4; WIDTH], [-0.3; WIDTH]];

/// Where a term looks.
const INPUTS: [[f64; 2]; 7] = [[1.0, 0.5], [-0.6, 1.2], [0.3, -1.1], [1.4, 0.2], [-0.9, -0.7], [0.2, 0.9], [0.8, -0.4]];

/// What it should see there.
const TARGETS: [f64; 7] = [0.7, -0.3, 0.5, -0.8, 0.1, 0.9, -0.2];

/// Terms ½ (tanh(aᵢ·w) − yᵢ)²: with tanh z = 2 σ(2z) − 1 they are four times ½ (σ(2aᵢ·w) − (1 + yᵢ)/2)².
pub(super) fn neurons(terms: usize) -> Linear<f64> {
    neurons_of(0..terms)
}

/// The same of two terms whose inputs are nearly opposite, so that their Hessians do not act on different directions.
pub(super) fn two_neurons() -> Linear<f64> {
    neurons_of(PAIR)
}

/// Two terms ½ (aᵢ·w − yᵢ)², whose Hessians differ but do not change.
pub(super) fn two_squares() -> Linear<f64> {
    let loss = LossSpec::Squared(Squared::new(true));
    Linear::new(linear(loss, 1.0), INPUTS[PAIR].as_flattened(), 2, &TARGETS[PAIR])
}

/// Two terms.
const PAIR: std::ops::Range<usize> = 3..5;

fn neurons_of(terms: std::ops::Range<usize>) -> Linear<f64> {
    let inputs: Vec<f64> = INPUTS[terms.clone()].as_flattened().iter().map(|a| 2.0 * a).collect();
    let targets: Vec<f64> = TARGETS[terms].iter().map(|y| 0.5 * (1.0 + y)).collect();
    Linear::new(linear(LossSpec::SigmoidSquared(SigmoidSquared), 4.0), &inputs, 2, &targets)
}

fn linear(loss: LossSpec, factor: f64) -> LinearSpec {
    LinearSpec { loss, factor, l2: 0.0, intercept: false, classes: false }
}

/// a + factor · b.
pub(super) fn plus(a: &Points, factor: &Numbers, b: &Points) -> Points {
    std::array::from_fn(|j| std::array::from_fn(|l| a[j][l] + factor[l] * b[j][l]))
}

/// factor · a.
pub(super) fn times(factor: f64, a: &Points) -> Points {
    a.map(|a| a.map(|a| factor * a))
}

/// The length of a vector of one run.
pub(super) fn length(a: &Points, run: usize) -> f64 {
    a.iter().map(|a| a[run] * a[run]).sum::<f64>().sqrt()
}

/// The distance of two points of one run.
pub(super) fn distance(a: &Points, b: &Points, run: usize) -> f64 {
    length(&plus(a, &[-1.0; WIDTH], b), run)
}

/// A sum of terms, asked for gradients and products, with the rule that takes its steps.
pub(super) struct Terms<'a> {
    oracle: Oracle<'a, f64, WIDTH>,
    rule: Box<dyn Rule<f64, WIDTH>>,
    everything: Vec<u32>,
}

impl<'a> Terms<'a> {
    pub(super) fn new(objective: &'a dyn Objective<f64, WIDTH>) -> Self {
        let terms = objective.terms();
        Self {
            oracle: Oracle::new(objective, terms).with_products(terms),
            rule: RuleSpec::bind(&std::array::from_fn(|_| Sgd::default().into()), &Layout::vector(2)),
            everything: (0..terms as u32).collect(),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.everything.len()
    }

    /// The gradient of a batch.
    pub(super) fn gradient(&mut self, batch: &[u32], at: &Points) -> Points {
        let mut out = [[0.0; WIDTH]; 2];
        self.oracle.gradient(at, Batch::of(batch), &mut out);
        out
    }

    /// The Hessian of a batch times a vector.
    pub(super) fn product(&mut self, batch: &[u32], at: &Points, vector: &Points) -> Points {
        let mut out = [[0.0; WIDTH]; 2];
        let asked = Product { curvature: Curvature::Hessian, at, vector };
        self.oracle.curvature_times(asked, Batch::of(batch), &mut out);
        out
    }

    /// G, the gradient of the mean.
    pub(super) fn mean_gradient(&mut self, at: &Points) -> Points {
        let everything = std::mem::take(&mut self.everything);
        let out = self.gradient(&everything, at);
        self.everything = everything;
        out
    }

    /// H v, with the Hessian of the mean.
    pub(super) fn mean_product(&mut self, at: &Points, vector: &Points) -> Points {
        let everything = std::mem::take(&mut self.everything);
        let out = self.product(&everything, at, vector);
        self.everything = everything;
        out
    }

    /// (1/n) Σ Hᵢ gᵢ, half the gradient of the mean of |gᵢ|².
    pub(super) fn own_products(&mut self, at: &Points) -> Points {
        let share = [1.0 / self.count() as f64; WIDTH];
        (0..self.count() as u32).fold([[0.0; WIDTH]; 2], |sum, term| {
            let gradient = self.gradient(&[term], at);
            plus(&sum, &share, &self.product(&[term], at, &gradient))
        })
    }

    /// C'''(v, v) of the mean: how H v changes along v.
    ///
    /// Central differences of exact products at a distance h and 2h, put together so that the error is h⁴ ~ 10⁻¹².
    pub(super) fn third(&mut self, at: &Points, vector: &Points) -> Points {
        let h = 1e-3;
        let lengths: Numbers = std::array::from_fn(|run| length(vector, run).max(f64::MIN_POSITIVE));
        let unit = vector.map(|v| std::array::from_fn(|run| v[run] / lengths[run]));
        let mut central = |h: f64| {
            let [ahead, behind] = [h, -h].map(|h| {
                let there = plus(at, &[h; WIDTH], &unit);
                self.mean_product(&there, &unit)
            });
            times(0.5 / h, &plus(&ahead, &[-1.0; WIDTH], &behind))
        };
        let (near, far) = (central(h), central(2.0 * h));
        let both = plus(&times(4.0 / 3.0, &near), &[-1.0 / 3.0; WIDTH], &far);
        both.map(|x| std::array::from_fn(|run| lengths[run] * lengths[run] * x[run]))
    }

    /// A step of gradient descent on a batch.
    pub(super) fn step(&mut self, batch: &[u32], at: &mut Points, rates: &Numbers) {
        let gradient = self.gradient(batch, at);
        self.rule.update(at, Signal::of(&gradient), rates);
    }

    /// A step of gradient descent on all terms.
    pub(super) fn full_step(&mut self, at: &mut Points, rates: &Numbers) {
        let gradient = self.mean_gradient(at);
        self.rule.update(at, Signal::of(&gradient), rates);
    }
}

//! Linear systems, and stochastic gradients on their rows.

use nalgebra::{DMatrix, DVector};
use rand::distr::Distribution;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_core::{Batch, Objective, Oracle, Real, Value};
use sgdlab_losses::{LossSpec, Squared};
use sgdlab_objectives::{Linear, LinearSpec};
use sgdlab_optimizers::Sgd;
use sgdlab_samplers::{Context, Sampler};

use crate::tools::affine::{Maps, radius};
use crate::tools::machine::Machine;
use crate::tools::sampler::sampler_spec;

pub(super) const ROWS: usize = 60;
pub(super) const COLUMNS: usize = 6;

/// A x = b, with ½ (aᵢ·x − bᵢ)² as the term of row i.
pub(super) struct System {
    pub(super) matrix: DMatrix<f64>,
    pub(super) right: DVector<f64>,
    model: Linear<f64>,
}

impl System {
    fn new(matrix: DMatrix<f64>, right: DVector<f64>) -> Self {
        let features: Vec<f64> = matrix.transpose().as_slice().to_vec();
        let loss = LossSpec::Squared(Squared::new(true));
        let spec = LinearSpec { loss, factor: 1.0, l2: 0.0, intercept: false, classes: false };
        let model = Linear::new(spec, &features, matrix.ncols(), right.as_slice());
        Self { matrix, right, model }
    }

    /// Normal rows whose lengths grow by a factor of 10, and a right side that they meet up to `noise`.
    ///
    /// The same for every key: rates are properties of the system.
    pub(super) fn draw(noise: f64) -> (Self, DVector<f64>) {
        let mut stream = Key::new("a linear system").stream(0);
        let scale = |i: usize| 0.3 * Real::exp(Real::ln(10.0) * i as f64 / (ROWS - 1) as f64);
        let rows: Vec<f64> = (0..ROWS * COLUMNS).map(|i| scale(i / COLUMNS) * Normal.sample(&mut stream)).collect();
        let matrix = DMatrix::from_row_slice(ROWS, COLUMNS, &rows);
        let solution = DVector::from_fn(COLUMNS, |_, _| Normal.sample(&mut stream));
        let error = DVector::from_fn(ROWS, |_, _| noise * Normal.sample(&mut stream));
        let right = &matrix * &solution + error;
        (Self::new(matrix, right), solution)
    }

    /// The same with every row divided by its length: a uniform step of rate 1 is a projection.
    pub(super) fn normalized(&self) -> Self {
        let lengths = self.squares().map(f64::sqrt);
        let matrix = DMatrix::from_fn(ROWS, COLUMNS, |i, j| self.matrix[(i, j)] / lengths[i]);
        Self::new(matrix, self.right.component_div(&lengths))
    }

    pub(super) fn objective(&self) -> &dyn Objective<f64, 1> {
        &self.model
    }

    /// ‖aᵢ‖².
    pub(super) fn squares(&self) -> DVector<f64> {
        DVector::from_iterator(ROWS, self.matrix.row_iter().map(|row| row.norm_squared()))
    }

    /// ‖A‖²: the sum of all squares.
    pub(super) fn frobenius(&self) -> f64 {
        self.squares().sum()
    }

    /// The smallest eigenvalue of AᵀA.
    pub(super) fn smallest(&self) -> f64 {
        (self.matrix.transpose() * &self.matrix).symmetric_eigenvalues().min()
    }

    /// The minimizer of Σ weightᵢ (aᵢ·x − bᵢ)².
    pub(super) fn least_squares(&self, weights: &DVector<f64>) -> DVector<f64> {
        let weighted = self.matrix.transpose() * DMatrix::from_diagonal(weights);
        (&weighted * &self.matrix).lu().solve(&(weighted * &self.right)).expect("full rank")
    }

    /// One projection onto the solutions of row i, as Kaczmarz has it.
    pub(super) fn project(&self, i: usize, x: &DVector<f64>) -> DVector<f64> {
        let row = self.matrix.row(i).transpose();
        x - &row * ((row.dot(x) - self.right[i]) / row.norm_squared())
    }

    /// What one step of descent on single rows is, with the terms' probabilities `p`, reweighted by 1/(N p).
    pub(super) fn maps(&self, probabilities: &[f64], rate: f64) -> Maps {
        let mut oracle = Oracle::new(self.objective(), 1);
        Maps::of(probabilities, COLUMNS, |i, x| {
            let weight = [1.0 / (ROWS as f64 * probabilities[i])];
            let at: Vec<[f64; 1]> = x.iter().map(|&x| [x]).collect();
            let mut gradient = [[0.0]; COLUMNS];
            let batch = Batch { indices: &[i as u32], weights: Some(&weight), scale: 1.0 };
            oracle.gradient(&at, batch, &mut gradient);
            x - DVector::from_column_slice(gradient.as_flattened()) * rate
        })
    }

    /// pᵢ = (1 − mix) ‖aᵢ‖²/‖A‖² + mix/N.
    pub(super) fn probabilities(&self, mix: f64) -> Vec<f64> {
        let of = |square: &f64| (1.0 - mix) * square / self.frobenius() + mix / ROWS as f64;
        self.squares().iter().map(of).collect()
    }

    /// The catalogue's importance sampling with these probabilities.
    pub(super) fn importance(&self, mix: f64, key: Key) -> Box<dyn Sampler> {
        let squares = self.squares();
        let context = Context { smoothness: Some(squares.as_slice()), ..Context::of(ROWS) };
        sampler_spec("importance", [("mix", Value::Number(mix))]).bind(&context, 1, key).expect("batches of one")
    }

    /// A run of plain descent.
    pub(super) fn run(&self, sampler: Box<dyn Sampler>, start: &DVector<f64>) -> Machine<'_> {
        Machine::new(self.objective(), Sgd::default().into(), sampler, start.as_slice())
    }

    /// The rate at which importance sampling projects: N/‖A‖².
    pub(super) fn projecting(&self) -> f64 {
        ROWS as f64 / self.frobenius()
    }

    /// The constant rate with the smallest factor of the mean square, and this factor.
    pub(super) fn best(&self, probabilities: &[f64]) -> (f64, f64) {
        let of = |rate: f64| radius(&self.maps(probabilities, rate).operator());
        golden([0.0, 2.0 * self.projecting()], of)
    }
}

/// The minimizer of a function with one minimum, to 1e-7 of the interval, and the minimum.
fn golden([mut low, mut high]: [f64; 2], of: impl Fn(f64) -> f64) -> (f64, f64) {
    let share = 0.5 * (5f64.sqrt() - 1.0);
    let mut inner = [high - share * (high - low), low + share * (high - low)];
    let mut values = inner.map(&of);
    for _ in 0..34 {
        if values[0] < values[1] {
            high = inner[1];
            inner = [high - share * (high - low), inner[0]];
            values = [of(inner[0]), values[0]];
        } else {
            low = inner[0];
            inner = [inner[1], low + share * (high - low)];
            values = [values[1], of(inner[1])];
        }
    }
    if values[0] < values[1] { (inner[0], values[0]) } else { (inner[1], values[1]) }
}

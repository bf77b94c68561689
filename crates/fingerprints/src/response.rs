//! The steps of a rule on simple sequences of gradients.

use sgdlab_core::Layout;

use crate::{Input, Subject, Trial};

/// How many steps a response has.
pub const STEPS: usize = 30;

/// The step, counted from 1, at which the gradient of the later responses changes.
const TURN: usize = 11;

/// The parameters of all responses, a matrix of two rows and two columns.
pub(crate) const START: [f64; 4] = [1.0, 0.5, -0.5, 1.0];

/// The layout of [`START`].
pub(crate) fn layout() -> Layout {
    Layout::new([("x", vec![2, 2])])
}

/// The steps of a rule on one sequence of gradients.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// What is done to the gradient; responses that belong together share it.
    pub stimulus: &'static str,
    /// Which of them it is; empty if there is one only.
    pub series: &'static str,
    /// The step against the gradient per unit of rate, −Δxₜ/lr, in one coordinate; step t is at t − 1.
    pub values: Vec<f64>,
}

/// A gradient of `size` in one coordinate of the matrix and 0 in the others.
pub(crate) fn along(coordinate: usize, size: f64) -> Input {
    let mut gradient = vec![0.0; START.len()];
    gradient[coordinate] = size;
    Input::of(gradient)
}

/// The gradient `size` in the first coordinate, of a loss that is as large.
fn scaled(size: f64) -> impl Fn(usize) -> Input {
    move |_| along(0, 1.0).scaled(size)
}

/// −Δx/lr of the first `steps` steps, for every coordinate.
pub(crate) fn run(subject: &Subject, rate: f64, steps: usize, input: impl Fn(usize) -> Input) -> Vec<Vec<f64>> {
    let mut trial = Trial::new(subject.rule(), &layout(), &START);
    (1..=steps).map(|t| trial.step(&input(t), rate).into_iter().map(|d| -d / rate).collect()).collect()
}

/// The responses of a rule at a constant rate.
///
/// | stimulus | gradient of the first coordinate |
/// | --- | --- |
/// | constant | 1 |
/// | impulse | 1 at the first step, then 0 |
/// | sign flip | 1 for ten steps, then −1 |
/// | scaled | 1, 10 or 1000 (values and curvatures as well) |
/// | rotated | 1 for ten steps, then 0 and 1 in the second coordinate |
///
/// All other gradients are 0, values and curvatures 1.
/// The parameters are a matrix of two rows and two columns that starts at (1, 0.5; −0.5, 1).
#[must_use]
pub fn responses(subject: &Subject, rate: f64) -> Vec<Response> {
    let one = |stimulus, series, coordinate: usize, input: &dyn Fn(usize) -> Input| {
        let values = run(subject, rate, STEPS, input).into_iter().map(|step| step[coordinate]).collect();
        Response { stimulus, series, values }
    };
    let impulse = |t| along(0, if t == 1 { 1.0 } else { 0.0 });
    let flip = |t| along(0, if t < TURN { 1.0 } else { -1.0 });
    let rotated = |t| along(usize::from(t >= TURN), 1.0);
    vec![
        one("constant", "", 0, &scaled(1.0)),
        one("impulse", "", 0, &impulse),
        one("sign flip", "", 0, &flip),
        one("scaled", "× 1", 0, &scaled(1.0)),
        one("scaled", "× 10", 0, &scaled(10.0)),
        one("scaled", "× 1000", 0, &scaled(1000.0)),
        one("rotated", "old", 0, &rotated),
        one("rotated", "new", 1, &rotated),
    ]
}

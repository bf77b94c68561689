//! Where two rules part on the same gradients.

use std::iter::zip;

use sgdlab_core::Layout;

use crate::trial::normal;
use crate::{Input, Subject, Trial};

/// Largest |a − b| / max(1, |b|) of parameters that are said to agree.
const TOLERANCE: f64 = 1e-12;

/// The rates of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rates {
    /// The same at every step.
    Constant(f64),
    /// This one at the first step, divided by 1 + (t − 1)/10 at step t.
    Falling(f64),
}

impl Rates {
    fn at(self, t: usize) -> f64 {
        match self {
            Self::Constant(rate) => rate,
            Self::Falling(rate) => rate / (1.0 + (t - 1) as f64 / 10.0),
        }
    }
}

/// One parameter at one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The step, counted from 1.
    pub step: usize,
    /// Which parameter of the 17, counted from 0.
    pub parameter: usize,
    /// By how much the first rule moved it at this step.
    pub first: f64,
    /// By how much the second did.
    pub second: f64,
}

/// Where two rules part, and how far they get from each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Parting {
    /// The first parameter with |a − b| > 10⁻¹² max(1, |b|).
    pub first: Option<Place>,
    /// ‖a − b‖ after every step, as a share of the longer of the two ways ‖a − x₀‖ and ‖b − x₀‖.
    pub distance: Vec<f64>,
    /// Whether both are at finite points in the end.
    pub finite: bool,
}

impl Place {
    /// What is special about the gradients of the parameter; empty if nothing is.
    #[must_use]
    pub fn gradients(&self) -> &'static str {
        match self.parameter {
            0 => "whose gradients are around 1e-9",
            1 => "whose gradients are around 50, with a spike of 1e4",
            2 => "whose gradients are 0 for five steps",
            3 => "whose gradients are always 0",
            8..=10 => "whose gradients are 0 at steps 4 to 6",
            _ => "",
        }
    }
}

impl Parting {
    /// Steps of a run.
    pub const STEPS: usize = 100;

    /// Whether the two rules are the same here, as far as rounding allows.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.first.is_none()
    }
}

/// A vector of five and a matrix of four rows and three columns.
fn layout() -> Layout {
    Layout::new([("vector", vec![5]), ("matrix", vec![4, 3])])
}

/// Gradients as they are recorded in trainings, at their worst.
///
/// The vector has a tiny coordinate (10⁻⁹), a large one with a spike of 10⁴ at step 20, one that is 0 for five steps and
/// one that is always 0; the second row of the matrix is 0 at steps 4 to 6.
/// Values are above 3, curvatures above 0.1.
fn inputs(n: usize) -> Vec<Input> {
    let means = normal("recorded means", n);
    let noise = normal("recorded noise", Parting::STEPS * n);
    let rest = normal("recorded rest", Parting::STEPS * (n + 1));
    let size = |i: usize, t: usize| match (i, t) {
        (0, _) => 1e-9,
        (1, 20) => 1e4,
        (1, _) => 50.0,
        (2, 1..=5) | (3, _) | (8..=10, 4..=6) => 0.0,
        _ => 1.0,
    };
    let input = |t: usize| Input {
        gradient: (0..n).map(|i| size(i, t) * (0.5 * means[i] + noise[(t - 1) * n + i])).collect(),
        value: 3.0 + rest[(t - 1) * (n + 1)].abs(),
        curvature: rest[(t - 1) * (n + 1) + 1..t * (n + 1)].iter().map(|x| 0.1 + x.abs()).collect(),
    };
    (1..=Parting::STEPS).map(input).collect()
}

/// The parameters of a rule before its first step and after each.
#[must_use]
pub fn trajectories(subject: &Subject, rates: Rates) -> Vec<Vec<f64>> {
    let layout = layout();
    let start = normal("recorded start", layout.size());
    let mut trial = Trial::new(subject.rule(), &layout, &start);
    let mut points = vec![start];
    for (t, input) in inputs(layout.size()).iter().enumerate() {
        trial.step(input, rates.at(t + 1));
        points.push(trial.at().to_vec());
    }
    points
}

/// Where two rules part on the same gradients at the same rates.
#[must_use]
pub fn parting(first: &Subject, second: &Subject, rates: Rates) -> Parting {
    let (a, b) = (trajectories(first, rates), trajectories(second, rates));
    let apart = |a: f64, b: f64| {
        let same = a == b || (a.is_nan() && b.is_nan());
        let apart = (a - b).abs();
        !same && (apart > TOLERANCE * b.abs().max(1.0) || apart.is_nan())
    };
    let place = |step: usize| {
        let parameter = zip(&a[step], &b[step]).position(|(&a, &b)| apart(a, b))?;
        let moved = |points: &[Vec<f64>]| points[step][parameter] - points[step - 1][parameter];
        Some(Place { step, parameter, first: moved(&a), second: moved(&b) })
    };
    let length = |x: &[f64], y: &[f64]| zip(x, y).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt();
    let share = |step: usize| {
        let apart = length(&a[step], &b[step]);
        let way = length(&a[step], &a[0]).max(length(&b[step], &b[0]));
        if apart == 0.0 { 0.0 } else { apart / way }
    };
    let last = a.len() - 1;
    Parting {
        first: (1..=last).find_map(place),
        distance: (1..=last).map(share).collect(),
        finite: a[last].iter().chain(&b[last]).all(|x| x.is_finite()),
    }
}

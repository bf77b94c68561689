//! What kind of rule a rule is.

use std::fmt;

use sgdlab_core::{Domain, Layout};

use crate::trial::normal;
use crate::{Input, Subject, Trial};

/// What kind of rule it is, and so what it is told and what it looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// One gradient at the iterate, and no shapes.
    Rule,
    /// One gradient elsewhere than at its answer.
    WithProbe,
    /// Reads the value of the batch.
    ReadingValue,
    /// Looks at the shapes of tensors.
    Matrix,
    /// Has queries of its own.
    Method,
    /// Changes gradients before another rule.
    Transform,
    /// Works on the points that another rule goes to.
    Tail,
    /// Chooses rates, hyperparameters or tensors of other rules.
    Driver,
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rule => "rule",
            Self::WithProbe => "rule with probe",
            Self::ReadingValue => "rule reading the value",
            Self::Matrix => "matrix rule",
            Self::Method => "method",
            Self::Transform => "transform",
            Self::Tail => "tail",
            Self::Driver => "driver",
        })
    }
}

/// What a rule asks for at its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oracle {
    /// Gradients, values and products of its own at every step.
    pub asks: bool,
    /// The value of the batch at some steps.
    pub value: bool,
    /// The diagonal of the Hessian at so many of [`Self::WATCHED`] steps.
    pub curvature: usize,
    /// Gradients elsewhere than at the point that is its answer.
    pub elsewhere: bool,
}

impl Oracle {
    /// Steps that are watched.
    pub const WATCHED: usize = 100;
}

impl fmt::Display for Oracle {
    /// As in `1 gradient + 1 value`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.asks {
            return f.write_str("as it asks");
        }
        f.write_str("1 gradient")?;
        if self.value {
            f.write_str(" + 1 value")?;
        }
        match self.curvature {
            0 => Ok(()),
            Self::WATCHED => f.write_str(" + 1 diagonal"),
            n => write!(f, " + {} diagonals", n as f64 / Self::WATCHED as f64),
        }
    }
}

/// Parameters that are watched: twelve numbers.
const N: usize = 12;

/// Rules around rules that leave gradients and points alone.
const DRIVERS: [&str; 4] = ["by-tag", "driven", "drop-on-plateau", "drop-when-stationary"];

/// What the rule asks for, at a rate of 0.01.
#[must_use]
pub fn oracle(subject: &Subject) -> Oracle {
    let start = normal("family start", N);
    let gradients = normal("family gradients", Oracle::WATCHED * N);
    let mut trial = Trial::new(subject.rule(), &Layout::new([("x", vec![4, 3])]), &start);
    let mut oracle = Oracle { asks: trial.rule().asks(), value: false, curvature: 0, elsewhere: false };
    for gradient in gradients.chunks(N) {
        let wants = trial.rule().wants();
        oracle.value |= wants.value;
        oracle.curvature += usize::from(wants.curvature);
        oracle.elsewhere |= !oracle.asks && trial.looks_elsewhere();
        trial.step(&Input::of(gradient.to_vec()), 0.01);
    }
    oracle
}

/// What kind of rule it is.
///
/// A rule that wraps another one is a tail if its first step, on a huge gradient, is that of the other, and a transform
/// if not.
/// A matrix rule is one that moves a matrix otherwise than the vector of its entries.
#[must_use]
pub fn family(subject: &Subject) -> Family {
    if DRIVERS.contains(&subject.entry().name) {
        return Family::Driver;
    }
    let oracle = oracle(subject);
    if let Some(base) = base(subject) {
        let huge = |subject: &Subject| first_step(subject, 1e6);
        return if huge(subject) == huge(&base) { Family::Tail } else { Family::Transform };
    }
    match oracle {
        Oracle { asks: true, .. } | Oracle { curvature: 1.., .. } => Family::Method,
        Oracle { value: true, .. } => Family::ReadingValue,
        Oracle { elsewhere: true, .. } => Family::WithProbe,
        _ if reads_shapes(subject) => Family::Matrix,
        _ => Family::Rule,
    }
}

/// The rule that this one wraps.
fn base(subject: &Subject) -> Option<Subject> {
    let wraps = |domain: &Domain| matches!(domain, Domain::Item { .. });
    let item = subject.entry().hyperparameters.iter().find(|h| wraps(&h.domain))?;
    let settings = subject.settings().item(item.name);
    let entry = sgdlab_optimizers::entries().into_iter().find(|entry| entry.name == settings.name())?;
    let values = settings.values().iter().map(|(name, value)| (*name, value.clone()));
    Subject::new(entry, settings.dialect(), values).ok()
}

fn first_step(subject: &Subject, size: f64) -> Vec<f64> {
    let gradient: Vec<f64> = normal("family first step", N).iter().map(|g| size * g).collect();
    let mut trial = Trial::new(subject.rule(), &Layout::new([("x", vec![4, 3])]), &[1.0; N]);
    trial.step(&Input::of(gradient), 0.01)
}

/// Whether it moves a matrix otherwise than the vector of its entries.
///
/// Gradients are without a part along the parameters, which is what projections look for.
fn reads_shapes(subject: &Subject) -> bool {
    const STEPS: usize = 4;
    let start = vec![1.0; N];
    let layouts = [vec![N], vec![4, 3]].map(|shape| Layout::new([("x", shape)]));
    let mut trials = layouts.map(|layout| Trial::new(subject.rule(), &layout, &start));
    normal("family shapes", STEPS * N).chunks(N).any(|g| {
        // Every row of three sums to 0, and so has no part along the ones.
        let row = |g: &[f64]| [g[0] - g[1], g[1] - g[2], g[2] - g[0]];
        let input = Input::of(g.chunks(3).flat_map(row).collect());
        let [vector, matrix] = &mut trials;
        let (vector, matrix) = (vector.step(&input, 0.01), matrix.step(&input, 0.01));
        vector.iter().zip(&matrix).any(|(a, b)| (a - b).abs() > 1e-9 * a.abs().max(b.abs()))
    })
}

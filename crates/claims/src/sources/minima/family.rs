//! The losses of both panels.

use sgdlab_core::{Objective, Sample, Settings, Value, WIDTH};
use sgdlab_landscapes::{Packs, Problem, entry};

use crate::tools::course::Course;

/// p of the panel with low variance.
pub(crate) const P: f64 = 0.23;

/// Minibatch losses of one variable.
pub(crate) struct Family {
    problem: Problem,
}

/// The losses, their mean, and their slopes at one place.
pub(crate) struct Place {
    pub(crate) losses: Vec<f64>,
    pub(crate) mean: f64,
    /// Mean and variance (divisor n) of the slopes.
    pub(crate) slope: f64,
    pub(crate) variance: f64,
}

impl Place {
    /// The modified loss of reshuffled single losses: F + ε/4 |F'|² + ε/4 Var.
    pub(crate) fn modified(&self, rate: f64) -> f64 {
        self.mean + 0.25 * rate * (self.slope * self.slope + self.variance)
    }
}

impl Family {
    /// Those of the notebook, as it drew them.
    pub(crate) fn recorded(p: f64) -> Self {
        Self::load("recorded-bowls", vec![("p", Value::Number(p))])
    }

    /// The same recipe with another draw.
    pub(crate) fn drawn(p: f64, draw: u32) -> Self {
        Self::load("bumpy-bowls", vec![("p", Value::Number(p)), ("draw", Value::Number(f64::from(draw)))])
    }

    /// The same recipe with two parameters.
    pub(crate) fn drawn_in_the_plane(p: f64, draw: u32) -> Self {
        let number = Value::Number;
        Self::load("bumpy-bowls", vec![("p", number(p)), ("draw", number(f64::from(draw))), ("dimension", number(2.0))])
    }

    fn load(name: &str, given: Vec<(&str, Value)>) -> Self {
        let settings = Settings::new(entry(name).expect("a family"), given).expect("its settings");
        Self { problem: Problem::load(&settings).expect("they go together") }
    }

    pub(crate) fn objective(&self) -> &dyn Objective<f64, 1> {
        f64::objective(&self.problem)
    }

    /// The objective for maps.
    pub(crate) fn wide(&self) -> &dyn Objective<f64, WIDTH> {
        f64::objective(&self.problem)
    }

    /// Where the mean is least.
    pub(crate) fn minimizer(&self) -> f64 {
        self.problem.facts().minimizer.as_ref().expect("it is searched for")[0]
    }

    /// Everything at a place on the line.
    pub(crate) fn at(&self, x: f64) -> Place {
        let objective = self.objective();
        let mut scratch = vec![[0.0]; objective.scratch(1)];
        let terms = 0..objective.terms() as u32;
        let loss = |i: u32| objective.value(&[[x]], Sample::of(&[i]), &mut scratch)[0];
        let losses: Vec<f64> = terms.clone().map(loss).collect();
        let slope = |i: u32| {
            let mut out = [[0.0]];
            objective.gradient(&[[x]], Sample::of(&[i]), &mut scratch, &mut out);
            out[0][0]
        };
        let slopes: Vec<f64> = terms.map(slope).collect();
        let n = losses.len() as f64;
        let mean = |numbers: &[f64]| numbers.iter().sum::<f64>() / n;
        let slope = mean(&slopes);
        let variance = slopes.iter().map(|s| (s - slope).powi(2)).sum::<f64>() / n;
        Place { mean: mean(&losses), losses, slope, variance }
    }

    /// A run of plain descent with single terms as batches, or with all.
    pub(crate) fn course(&self, rate: f64, start: f64) -> Course<'_, f64, 1> {
        Course { objective: self.objective(), rule: sgdlab_optimizers::Sgd::default().into(), rate, start: [start] }
    }
}

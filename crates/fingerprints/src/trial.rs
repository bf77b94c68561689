//! A rule that is told inputs and watched.

use std::iter::zip;

use sgdlab_core::streams::{Key, Normal};
use sgdlab_core::{Layout, Local, Product};
use sgdlab_optimizers::{Rule, RuleSpec, Signal};

use rand::distr::Distribution;

/// What a rule is told at a step, whatever its parameters are.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// The gradient, flat.
    pub gradient: Vec<f64>,
    /// The value of the batch, for rules that want it.
    pub value: f64,
    /// The diagonal of the Hessian, for rules that want it.
    pub curvature: Vec<f64>,
}

impl Input {
    /// A gradient, with a value of 1 and curvatures of 1.
    #[must_use]
    pub fn of(gradient: Vec<f64>) -> Self {
        let curvature = vec![1.0; gradient.len()];
        Self { gradient, value: 1.0, curvature }
    }

    /// What it is if the loss is multiplied by `c`.
    #[must_use]
    pub fn scaled(&self, c: f64) -> Self {
        let times = |list: &[f64]| list.iter().map(|x| c * x).collect();
        Self { gradient: times(&self.gradient), value: c * self.value, curvature: times(&self.curvature) }
    }
}

/// One run of a rule in double precision.
pub struct Trial {
    rule: Box<dyn Rule<f64, 1>>,
    at: Vec<[f64; 1]>,
}

impl Trial {
    /// A run that has not begun, from `start`.
    ///
    /// # Panics
    /// If `start` has another size than `layout`.
    #[must_use]
    pub fn new(rule: &RuleSpec, layout: &Layout, start: &[f64]) -> Self {
        assert_eq!(start.len(), layout.size(), "a start for every parameter");
        let at = start.iter().map(|&x| [x]).collect();
        Self { rule: RuleSpec::bind(std::array::from_ref(rule), layout), at }
    }

    /// One step; returns by how much every parameter moved.
    pub fn step(&mut self, input: &Input, rate: f64) -> Vec<f64> {
        let before = self.at.clone();
        self.rule.probe(&self.at);
        let wide = |list: &[f64]| -> Vec<[f64; 1]> { list.iter().map(|&x| [x]).collect() };
        let (gradient, curvature) = (wide(&input.gradient), wide(&input.curvature));
        if self.rule.asks() {
            let mut around = Around { at: before.clone(), input };
            self.rule.search(&mut self.at, &mut around, &[rate]);
            return zip(&self.at, &before).map(|(new, old)| new[0] - old[0]).collect();
        }
        let signal = Signal { value: Some(&[input.value]), curvature: Some(&curvature), ..Signal::of(&gradient) };
        self.rule.update(&mut self.at, signal, &[rate]);
        zip(&self.at, &before).map(|(new, old)| new[0] - old[0]).collect()
    }

    /// Where the run is.
    #[must_use]
    pub fn at(&self) -> &[f64] {
        self.at.as_flattened()
    }

    /// The rule with its state.
    #[must_use]
    pub fn rule(&mut self) -> &mut dyn Rule<f64, 1> {
        &mut *self.rule
    }

    /// Whether gradients are wanted somewhere else than at the point that is the rule's answer now.
    #[must_use]
    pub fn looks_elsewhere(&mut self) -> bool {
        let probe = self.rule.probe(&self.at).map(<[_]>::to_vec).unwrap_or_else(|| self.at.clone());
        self.rule.answer(&self.at).is_some_and(|answer| answer != probe) || probe != self.at
    }
}

/// The quadratic that has the value, gradient and curvatures of an input at a point, for rules that ask.
struct Around<'a> {
    at: Vec<[f64; 1]>,
    input: &'a Input,
}

impl Local<f64, 1> for Around<'_> {
    fn value(&mut self, at: &[[f64; 1]]) -> [f64; 1] {
        let moved = zip(at, &self.at).map(|(x, start)| x[0] - start[0]);
        let terms = zip(moved, zip(&self.input.gradient, &self.input.curvature));
        [self.input.value + terms.map(|(d, (g, h))| (g + 0.5 * h * d) * d).sum::<f64>()]
    }

    fn gradient(&mut self, at: &[[f64; 1]], out: &mut [[f64; 1]]) -> [f64; 1] {
        let slopes = zip(&self.input.gradient, &self.input.curvature);
        for (out, ((x, start), (g, h))) in zip(out, zip(zip(at, &self.at), slopes)) {
            *out = [g + h * (x[0] - start[0])];
        }
        self.value(at)
    }

    fn curvature_times(&mut self, asked: Product<'_, f64, 1>, out: &mut [[f64; 1]]) {
        for (out, (v, h)) in zip(out, zip(asked.vector, &self.input.curvature)) {
            *out = [h * v[0]];
        }
    }
}

/// Standard normal numbers under a name.
pub(crate) fn normal(name: &str, n: usize) -> Vec<f64> {
    Normal.sample_iter(Key::new("fingerprints").child(name).stream(0)).take(n).collect()
}

/// The largest size of an entry; NaN if one is.
pub(crate) fn largest(list: &[f64]) -> f64 {
    list.iter()
        .fold(0.0, |largest: f64, x| if x.is_nan() || largest.is_nan() { f64::NAN } else { largest.max(x.abs()) })
}

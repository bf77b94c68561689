//! One run after another way of choosing batches.

use sgdlab_core::{Batch, Layout, Objective, Oracle};
use sgdlab_optimizers::{Packs, Rule, RuleSpec, Signal};
use sgdlab_samplers::BatchBuffer;

/// A run from a point of `D` coordinates at a constant rate.
pub(crate) struct Course<'a, R: Packs<1>, const D: usize> {
    pub(crate) objective: &'a dyn Objective<R, 1>,
    pub(crate) rule: RuleSpec,
    pub(crate) rate: f64,
    pub(crate) start: [f64; D],
}

impl<R: Packs<1>, const D: usize> Course<'_, R, D> {
    /// Where the run is before the first and after each of `steps` updates; `fill` chooses the batch of each.
    pub(crate) fn run(&self, steps: u64, mut fill: impl FnMut(u64, &mut BatchBuffer)) -> Vec<[f64; D]> {
        let terms = self.objective.terms();
        let mut oracle = Oracle::new(self.objective, terms);
        let mut batch = BatchBuffer::with_capacity(terms);
        self.follow(steps, |step, point, gradient| {
            fill(step, &mut batch);
            oracle.gradient(point, batch.batch(), gradient);
        })
    }

    /// The same with all terms in every batch; the estimate is the sum over terms where `sum` says so, else the mean.
    pub(crate) fn full(&self, steps: u64, sum: bool) -> Vec<[f64; D]> {
        let everything: Vec<u32> = (0..self.objective.terms() as u32).collect();
        let scale = if sum { everything.len() as f64 } else { 1.0 };
        let mut oracle = Oracle::new(self.objective, everything.len());
        let batch = Batch { scale, ..Batch::of(&everything) };
        self.follow(steps, |_, point, gradient| oracle.gradient(point, batch, gradient))
    }

    /// The same with gradients from anywhere, which `ask` writes for a step and a point.
    pub(crate) fn follow(&self, steps: u64, mut ask: impl FnMut(u64, &[[R; 1]], &mut [[R; 1]])) -> Vec<[f64; D]> {
        let layout: &Layout = self.objective.layout();
        let mut rule: Box<dyn Rule<R, 1>> = RuleSpec::bind(std::array::from_ref(&self.rule), layout);
        let mut at = self.start.map(|x| [R::of(x)]);
        let mut gradient = [[R::ZERO]; D];
        let mut points = vec![at.map(|[x]| x.to_f64())];
        for step in 0..steps {
            ask(step, rule.probe(&at).unwrap_or(&at), &mut gradient);
            rule.update(&mut at, Signal::of(&gradient), &[self.rate]);
            points.push(at.map(|[x]| x.to_f64()));
        }
        points
    }
}

/// f at points, in the precision of the objective.
pub(crate) fn values<R: Packs<1>, const D: usize>(objective: &dyn Objective<R, 1>, points: &[[f64; D]]) -> Vec<f64> {
    let mut scratch = vec![[R::ZERO]; objective.scratch(1)];
    let value =
        |point: &[f64; D]| objective.evaluate(&point.map(|x| [R::of(x)]), false, &mut scratch).value[0].to_f64();
    points.iter().map(value).collect()
}

/// ∇f at a point.
pub(crate) fn gradient<const D: usize>(objective: &dyn Objective<f64, 1>, at: [f64; D]) -> [f64; D] {
    let mut out = [[0.0]; D];
    Oracle::new(objective, 1).full_gradient(&at.map(|x| [x]), &mut out);
    out.map(|[x]| x)
}

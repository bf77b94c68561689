//! The kernel of rules that minimize an average of linear models of the loss, cut off at a lower bound.

use sgdlab_core::{Layout, Real};

use crate::kept::kept;
use crate::rule::Wants;
use crate::sums::{dot, sum};
use crate::tensorwise::{Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::next_power;

/// A step along a mean of gradients, as long as the model needs to reach its lower bound, and at most the rate.
#[derive(Clone, Debug)]
pub(crate) struct TruncatedModel {
    /// Decay rate of the means of gradients and models.
    pub beta: f64,
    /// Decay rate and eps of Adam's scales; without them all scales are 1 and the first means are the first terms.
    pub scales: Option<(f64, f64)>,
    /// What the loss is known not to go below.
    pub lower_bound: f64,
    /// Share of x that goes per unit of rate.
    pub weight_decay: f64,
}

/// What a run keeps.
pub(crate) struct State<R> {
    m: Vec<R>,
    /// Means of squares; empty without scales.
    v: Vec<R>,
    /// What the gradients are divided by.
    scales: Vec<R>,
    /// Means of the values and of gᵀx.
    value: f64,
    product: f64,
    powers: [f64; 2],
    first: bool,
}

kept!(<R> State<R>: m, v, value, product, powers, first);

impl Tensorwise for TruncatedModel {
    tensorwise_loops!();

    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, layout: &Layout) -> State<R> {
        let n = layout.size();
        let v = vec![R::ZERO; if self.scales.is_some() { n } else { 0 }];
        let (m, scales) = (vec![R::ZERO; n], vec![R::ONE; n]);
        State { m, v, scales, value: 0.0, product: 0.0, powers: [1.0; 2], first: true }
    }

    fn wants<R: Real>(&self, _: &State<R>) -> Wants {
        Wants { value: true, curvature: false }
    }

    #[inline(always)]
    fn update<R: Real>(&self, state: &mut State<R>, _: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        let value = told.value.expect("this rule wants the value").to_f64();
        let beta = if state.first && self.scales.is_none() { 0.0 } else { self.beta };
        state.first = false;
        state.value = beta * state.value + (1.0 - beta) * value;
        state.product = beta * state.product + (1.0 - beta) * dot(told.gradient, at).to_f64();
        let correction = self.average(state, told.gradient, beta);
        let State { m, scales, .. } = &*state;
        let square = sum(at.len(), |i| m[i] * (m[i] / scales[i])).to_f64();
        let grown = 1.0 + rate * self.weight_decay;
        let gap = grown * (state.value - correction * self.lower_bound - state.product) + dot(m, at).to_f64();
        let exact = if square <= f64::EPSILON { 0.0 } else { Real::max(gap, 0.0) / square };
        let [step, decay] = [Real::min(exact, rate / correction), rate * self.weight_decay / grown].map(R::of);
        for i in 0..at.len() {
            at[i] = at[i] - decay * at[i] - step * m[i] / scales[i];
        }
    }
}

impl TruncatedModel {
    /// Updates the means of gradients and squares, and the scales; returns what corrects the bias of the former.
    #[inline(always)]
    fn average<R: Real>(&self, state: &mut State<R>, gradient: &[R], beta: f64) -> f64 {
        let [keep, take] = [beta, 1.0 - beta].map(R::of);
        for (m, g) in state.m.iter_mut().zip(gradient) {
            *m = keep * *m + take * *g;
        }
        let Some((beta2, eps)) = self.scales else { return 1.0 };
        let [first, second] = &mut state.powers;
        (*first, *second) = (next_power(*first, self.beta), next_power(*second, beta2));
        let [keep, take, correction, eps] = [beta2, 1.0 - beta2, 1.0 - *second, eps].map(R::of);
        for ((v, scale), &g) in state.v.iter_mut().zip(&mut state.scales).zip(gradient) {
            *v = keep * *v + take * (g * g);
            *scale = eps + (*v / correction).sqrt();
        }
        1.0 - *first
    }
}

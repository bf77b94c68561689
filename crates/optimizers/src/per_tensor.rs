//! Rules that treat every tensor of the parameters alike, each on its own.

use std::iter::zip;

use sgdlab_core::kept::{Kept, Tape};
use sgdlab_core::{Layout, Real};

use crate::kept::kept;
use crate::kernels::next_exact_power;
use crate::rule::Rule;
use crate::schedules::portable;
use crate::tensorwise::{self, Tensorwise, Told};

/// A rule for one tensor, told nothing but its gradient.
pub(crate) trait PerTensor: Clone + Send + 'static {
    /// What is kept for one tensor between steps, with all buffers.
    type State<R: Real>: Kept + Send;

    /// The state of a tensor of this shape before the first step.
    fn init<R: Real>(&self, shape: &[usize]) -> Self::State<R>;

    /// The decay rates whose powers [`Now::correction`] is asked for.
    fn corrected(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Whether the gradient is negated before anything else happens to it.
    fn maximizes(&self) -> bool {
        false
    }

    /// Moves one tensor by one step.
    fn step<R: Real>(&self, state: &mut Self::State<R>, part: Part<'_, R>, now: Now<'_>);

    /// The free function [`advance`], compiled for several sets of instructions by `per_tensor_loops!`.
    fn advance<R: Real>(
        &self,
        state: &mut State<Self::State<R>, R>,
        layout: &Layout,
        at: &mut [R],
        gradient: &[R],
        rate: f64,
    );
}

/// Writes `PerTensor::advance`; see `tensorwise_loops!`.
macro_rules! per_tensor_loops {
    () => {
        fn advance<R: sgdlab_core::Real>(
            &self,
            state: &mut crate::per_tensor::State<Self::State<R>, R>,
            layout: &sgdlab_core::Layout,
            at: &mut [R],
            gradient: &[R],
            rate: f64,
        ) {
            #[cfg_attr(not(debug_assertions), multiversion::multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
            fn compiled<T: crate::per_tensor::PerTensor, R: sgdlab_core::Real>(
                rule: &T,
                state: &mut crate::per_tensor::State<T::State<R>, R>,
                layout: &sgdlab_core::Layout,
                at: &mut [R],
                gradient: &[R],
                rate: f64,
            ) {
                crate::per_tensor::advance(rule, state, layout, at, gradient, rate);
            }
            compiled(self, state, layout, at, gradient, rate);
        }
    };
}
pub(crate) use per_tensor_loops;

/// One tensor at a step.
pub(crate) struct Part<'a, R> {
    /// Its shape, row-major.
    pub(crate) shape: &'a [usize],
    /// Its entries.
    pub(crate) x: &'a mut [R],
    /// A copy of its gradient, negated to maximize: room for the direction that is made of it.
    pub(crate) g: &'a mut [R],
}

/// When a step is.
#[derive(Clone, Copy)]
pub(crate) struct Now<'a> {
    /// The rate.
    pub(crate) rate: f64,
    /// The step, counted from 1.
    pub(crate) t: u64,
    powers: &'a [Power],
}

impl Now<'_> {
    /// 1 − βᵗ: what a running mean that started at 0 is to be divided by.
    ///
    /// # Panics
    /// If the rule does not say that it [corrects](PerTensor::corrected) β.
    pub(crate) fn correction(self, beta: f64) -> f64 {
        let power = self.powers.iter().find(|power| power.beta == beta);
        1.0 - power.expect("a decay rate that the rule corrects").memory[0]
    }

    /// tˣ.
    pub(crate) fn to_the(self, x: f64) -> f64 {
        let power = portable::real_power(self.t as f64, x.abs());
        if x < 0.0 { 1.0 / power } else { power }
    }
}

/// A [`PerTensor`] rule as one for all tensors.
#[derive(Clone)]
struct Each<T>(T);

/// βᵗ, as [`next_exact_power`] keeps it: a long run multiplies thousands of times, and 1 − βᵗ is small where β is near 1.
struct Power {
    beta: f64,
    memory: [f64; 2],
}

kept!(Power: memory);

impl Power {
    fn of(beta: f64) -> Self {
        Self { beta, memory: [1.0, 0.0] }
    }

    fn advance(&mut self) {
        next_exact_power(&mut self.memory, self.beta);
    }
}

/// What is kept for all tensors.
pub(crate) struct State<S, R> {
    t: u64,
    powers: Vec<Power>,
    tensors: Vec<S>,
    gradient: Vec<R>,
}

impl<S: Kept, R> Kept for State<S, R> {
    fn tape(&mut self, tape: &mut Tape<'_>) {
        self.t.tape(tape);
        self.powers.tape(tape);
        self.tensors.tape(tape);
    }
}

/// Makes the buffers of a rule for `N` runs; `pack` has one configuration a run.
///
/// # Panics
/// If `pack` does not have `N` entries.
pub(crate) fn bind<T: PerTensor, R: Real, const N: usize>(pack: &[T], layout: &Layout) -> Box<dyn Rule<R, N>> {
    let pack: Vec<_> = pack.iter().cloned().map(Each).collect();
    tensorwise::bind(&pack, layout)
}

impl<T: PerTensor> Tensorwise for Each<T> {
    type State<R: Real> = State<T::State<R>, R>;

    fn init<R: Real>(&self, layout: &Layout) -> Self::State<R> {
        let tensors = layout.tensors().iter().map(|tensor| self.0.init(&tensor.shape)).collect();
        let powers = self.0.corrected().into_iter().map(Power::of).collect();
        State { t: 0, powers, tensors, gradient: vec![R::ZERO; layout.size()] }
    }

    fn adopted<R: Real>(&self, state: &mut Self::State<R>) {
        for (power, beta) in zip(&mut state.powers, self.0.corrected()) {
            power.beta = beta;
        }
    }

    fn update<R: Real>(&self, state: &mut Self::State<R>, layout: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        self.0.advance(state, layout, at, told.gradient, rate);
    }

    fn advance<R: Real>(
        &self,
        state: &mut Self::State<R>,
        layout: &Layout,
        at: &mut [R],
        told: Told<'_, R>,
        rate: f64,
    ) {
        self.update(state, layout, at, told, rate);
    }
}

/// Moves all tensors by a step.
#[inline(always)]
pub(crate) fn advance<T: PerTensor, R: Real>(
    rule: &T,
    state: &mut State<T::State<R>, R>,
    layout: &Layout,
    at: &mut [R],
    gradient: &[R],
    rate: f64,
) {
    state.t += 1;
    state.powers.iter_mut().for_each(Power::advance);
    let now = Now { rate, t: state.t, powers: &state.powers };
    let maximizes = rule.maximizes();
    for (copy, &g) in zip(&mut state.gradient, gradient) {
        *copy = if maximizes { -g } else { g };
    }
    for (tensor, kept) in zip(layout.tensors(), &mut state.tensors) {
        let range = tensor.offset..tensor.offset + tensor.size();
        let part = Part { shape: &tensor.shape, x: &mut at[range.clone()], g: &mut state.gradient[range] };
        rule.step(kept, part, now);
    }
}

/// x ← factor · x.
#[inline(always)]
pub(crate) fn scale<R: Real>(x: &mut [R], factor: R) {
    for x in x {
        *x = factor * *x;
    }
}

/// y ← y + factor · x.
#[inline(always)]
pub(crate) fn add<R: Real>(y: &mut [R], factor: R, x: &[R]) {
    for (y, &x) in zip(y, x) {
        *y += factor * x;
    }
}

/// m ← beta · m + (1 − beta) g.
#[inline(always)]
pub(crate) fn average<R: Real>(m: &mut [R], g: &[R], beta: f64) {
    let (stays, fresh) = (R::of(beta), R::of(1.0 - beta));
    for (m, &g) in zip(m, g) {
        *m = stays * *m + fresh * g;
    }
}

/// Replaces each entry of `g` by that of the direction `u` where both have the same sign, by 0 times
/// it elsewhere; returns how many are kept.
#[inline(always)]
pub(crate) fn keep_agreeing<R: Real>(g: &mut [R], u: impl Iterator<Item = R>) -> usize {
    let mut kept = 0;
    for (g, u) in zip(g, u) {
        let agrees = u * *g > R::ZERO;
        kept += usize::from(agrees);
        *g = if agrees { u } else { R::ZERO * u };
    }
    kept
}

/// Running means of gradients and of their squares, from 0.
pub(crate) struct Averages<R> {
    pub(crate) m: Vec<R>,
    pub(crate) v: Vec<R>,
}

kept!(<R> Averages<R>: m, v);

impl<R: Real> Averages<R> {
    pub(crate) fn new(shape: &[usize]) -> Self {
        Self { m: zeros(shape), v: zeros(shape) }
    }

    /// m ← beta1 · m + (1 − beta1) g, v ← beta2 · v + (1 − beta2) g².
    #[inline(always)]
    pub(crate) fn update(&mut self, g: &[R], beta1: f64, beta2: f64) {
        average(&mut self.m, g, beta1);
        let (stays, fresh) = (R::of(beta2), R::of(1.0 - beta2));
        for (v, &g) in zip(&mut self.v, g) {
            *v = stays * *v + fresh * (g * g);
        }
    }
}

/// As many zeros as a tensor of this shape has entries.
pub(crate) fn zeros<R: Real>(shape: &[usize]) -> Vec<R> {
    vec![R::ZERO; shape.iter().product()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_correctly_rounded() {
        // 1023ᵗ/1024ᵗ, whose numerator is exact in 128 bits.
        let mut power = Power::of(1023.0 / 1024.0);
        for t in 1..=12 {
            power.advance();
            assert_eq!(power.memory[0], 1023_u128.pow(t) as f64 / 1024_f64.powi(t as i32), "t = {t}");
        }
        (0..100_000).for_each(|_| power.advance());
        assert_eq!(power.memory, [0.0, 0.0]);
    }

    #[test]
    fn powers_of_the_step() {
        let now = Now { rate: 0.1, t: 16, powers: &[] };
        assert!((now.to_the(-0.75) - 0.125).abs() <= 1e-16);
        assert_eq!([now.to_the(0.0), now.to_the(-1.0), now.to_the(2.0)], [1.0, 0.0625, 256.0]);
    }
}

//! Noise on gradients.

use rand::distr::Distribution;
use sgdlab_core::kept::{Kept, Tape};
use sgdlab_core::streams::{Key, Normal};
use sgdlab_core::{Lanes, Layout, Real};

use crate::layered::{Layer, Seen};
use crate::rule::Span;

/// How large the noise of a step is.
pub(crate) trait Scale: Send + 'static {
    /// The standard deviation of every entry at `step`, counted from 1, or the length of the noise on a sphere.
    fn scale(&self, step: u64, rate: f64) -> f64;
}

/// Gaussian noise, or noise on a sphere; all lanes have the same noise in different sizes.
pub(crate) struct Noise<S, R, const N: usize> {
    scales: [S; N],
    on_sphere: bool,
    key: Key,
    steps: u64,
    draws: Vec<f64>,
    gradient: Vec<Lanes<R, N>>,
}

impl<S: Scale, R: Real, const N: usize> Noise<S, R, N> {
    /// Of a run that has not started.
    pub(crate) fn new(layout: &Layout, scales: [S; N], on_sphere: bool) -> Self {
        let (draws, gradient) = (vec![0.0; layout.size()], vec![[R::ZERO; N]; layout.size()]);
        Self { scales, on_sphere, key: Span::default().key.child("noise"), steps: 0, draws, gradient }
    }
}

impl<S: Scale, R: Real, const N: usize> Layer<R, N> for Noise<S, R, N> {
    fn begin(&mut self, span: &Span) {
        self.key = span.key.child("noise");
    }

    fn before(&mut self, seen: Seen<'_, R, N>, rate: &mut [f64; N]) -> Option<&[Lanes<R, N>]> {
        self.steps += 1;
        for (draw, x) in self.draws.iter_mut().zip(Normal.sample_iter(self.key.stream(self.steps))) {
            *draw = x;
        }
        let length = if self.on_sphere { crate::sums::norm(&self.draws) } else { 1.0 };
        let scales: [f64; N] = std::array::from_fn(|l| self.scales[l].scale(self.steps, rate[l]) / length);
        for ((sum, g), draw) in self.gradient.iter_mut().zip(seen.signal.gradient).zip(&self.draws) {
            for l in 0..N {
                sum[l] = g[l] + R::of(scales[l] * draw);
            }
        }
        Some(&self.gradient)
    }

    fn tape(&mut self, tape: &mut Tape<'_>) {
        self.steps.tape(tape);
    }
}

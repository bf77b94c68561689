//! A landscape whose terms are noisy: a finite sum whose mean is the landscape.

use sgdlab_core::{Evaluation, Lanes, Layout, NARROW, Objective, Product, Real, Sample, WIDTH, lengths, reduce};

use crate::function::Function;
use crate::noise::{Effect, Noise};

/// f(x) = (1/n) Σ fᵢ(x), where fᵢ is f with the noise ξᵢ, and the ξᵢ add up to 0 exactly.
///
/// A gradient costs one gradient of f and d operations a term.
pub(crate) struct Noisy<F, R> {
    function: F,
    layout: Layout,
    noise: Noise<R>,
}

/// An objective for one run and for packs.
pub(crate) trait Terms<R: Real>: Send + Sync {
    fn single(&self) -> &dyn Objective<R, 1>;
    fn narrow(&self) -> &dyn Objective<R, NARROW>;
    fn wide(&self) -> &dyn Objective<R, WIDTH>;
}

impl<R: Real, T: Objective<R, 1> + Objective<R, NARROW> + Objective<R, WIDTH>> Terms<R> for T {
    fn single(&self) -> &dyn Objective<R, 1> {
        self
    }

    fn narrow(&self) -> &dyn Objective<R, NARROW> {
        self
    }

    fn wide(&self) -> &dyn Objective<R, WIDTH> {
        self
    }
}

impl<F, R: Real> Noisy<F, R> {
    pub(crate) fn new(function: F, layout: Layout, noise: Noise<R>) -> Self {
        Self { function, layout, noise }
    }
}

/// φ, φ' and φ'' of sided noise.
#[inline(always)]
fn sided<R: Real>(quiet: R, steepness: R, x: R) -> [R; 3] {
    let (loud, sigmoid) = (R::ONE - quiet, (steepness * x).sigmoid());
    [
        quiet * x + loud * ((steepness * x).softplus() / steepness),
        quiet + loud * sigmoid,
        loud * steepness * (sigmoid * (R::ONE - sigmoid)),
    ]
}

/// What noise does to the landscape, whichever it is: compiled once, and not with every function.
impl<R: Real> Noise<R> {
    /// Makes the gradient of the landscape that of a sample.
    #[inline(never)]
    fn disturb_gradient<const N: usize>(&self, at: &[Lanes<R, N>], sample: Sample<'_>, out: &mut [Lanes<R, N>]) {
        let weight = R::of(sample.mean_weight());
        match self.effect {
            Effect::Isotropic => {
                for (j, out) in out.iter_mut().enumerate() {
                    let mean = self.mean(j, sample);
                    for l in 0..N {
                        out[l] = weight * out[l] + mean;
                    }
                }
            }
            Effect::Multiplicative => {
                let factor = weight + self.mean(0, sample);
                out.as_flattened_mut().iter_mut().for_each(|out| *out *= factor);
            }
            Effect::Sided { quiet, steepness } => {
                for (j, out) in out.iter_mut().enumerate() {
                    let mean = self.mean(j, sample);
                    for l in 0..N {
                        out[l] = weight * out[l] + mean * sided(quiet, steepness, at[j][l])[1];
                    }
                }
            }
        }
    }

    /// The value of a sample where the landscape has `value`.
    #[inline(never)]
    fn disturbed_value<const N: usize>(
        &self,
        value: Lanes<R, N>,
        at: &[Lanes<R, N>],
        sample: Sample<'_>,
    ) -> Lanes<R, N> {
        let weight = R::of(sample.mean_weight());
        let tilt: Lanes<R, N> = match self.effect {
            Effect::Isotropic => reduce::sum_of(at.len(), |j| {
                let mean = self.mean(j, sample);
                at[j].map(|x| mean * x)
            }),
            Effect::Multiplicative => {
                let factor = self.mean(0, sample);
                value.map(|value| factor * value)
            }
            Effect::Sided { quiet, steepness } => reduce::sum_of(at.len(), |j| {
                let mean = self.mean(j, sample);
                at[j].map(|x| mean * sided(quiet, steepness, x)[0])
            }),
        };
        std::array::from_fn(|l| weight * value[l] + tilt[l])
    }

    /// Makes a product with the Hessian of the landscape that of a sample.
    #[inline(never)]
    fn disturb_product<const N: usize>(&self, asked: &Product<'_, R, N>, sample: Sample<'_>, out: &mut [Lanes<R, N>]) {
        let weight = R::of(sample.mean_weight());
        let factor = match self.effect {
            Effect::Multiplicative => weight + self.mean(0, sample),
            _ => weight,
        };
        out.as_flattened_mut().iter_mut().for_each(|out| *out *= factor);
        if let Effect::Sided { quiet, steepness } = self.effect {
            for (j, out) in out.iter_mut().enumerate() {
                let mean = self.mean(j, sample);
                for l in 0..N {
                    out[l] += mean * sided(quiet, steepness, asked.at[j][l])[2] * asked.vector[j][l];
                }
            }
        }
    }
}

impl<F: Function, R: Real, const N: usize> Objective<R, N> for Noisy<F, R> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn terms(&self) -> usize {
        self.noise.terms()
    }

    fn scratch(&self, _: usize) -> usize {
        0
    }

    fn gradient(&self, at: &[Lanes<R, N>], sample: Sample<'_>, _: &mut [Lanes<R, N>], out: &mut [Lanes<R, N>]) {
        lengths::of_gradient(&self.layout, at, sample.indices, out);
        self.function.gradient(at, out);
        self.noise.disturb_gradient(at, sample, out);
    }

    fn value(&self, at: &[Lanes<R, N>], sample: Sample<'_>, _: &mut [Lanes<R, N>]) -> Lanes<R, N> {
        lengths::of_value(&self.layout, at, sample.indices);
        self.noise.disturbed_value(self.function.value(at), at, sample)
    }

    fn has_products(&self) -> bool {
        true
    }

    /// All matrices are the Hessian.
    fn curvature_times(
        &self,
        asked: Product<'_, R, N>,
        sample: Sample<'_>,
        _: &mut [Lanes<R, N>],
        out: &mut [Lanes<R, N>],
    ) {
        lengths::of_product(&self.layout, &asked, sample.indices, out);
        self.function.hessian_times(asked.at, asked.vector, out);
        self.noise.disturb_product(&asked, sample, out);
    }

    /// The landscape itself, as the noise of all terms adds up to 0.
    fn evaluate(&self, at: &[Lanes<R, N>], _: bool, _: &mut [Lanes<R, N>]) -> Evaluation<R, N> {
        lengths::of_evaluation(&self.layout, at);
        Evaluation { value: self.function.value(at), error: None }
    }
}

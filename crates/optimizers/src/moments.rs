//! The arithmetic that Adam, `AdamW` and `AMSGrad` share.

use sgdlab_core::{Layout, Real};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::{Rule, vocabulary};

/// How the bias of the moments, which start at 0, is corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Correction {
    /// The maximum (if any) is over the raw second moment, and corrected.
    OfMaximum,
    /// The maximum is over the corrected second moment.
    BeforeMaximum,
    /// Not at all.
    None,
}

/// One step is, with g the gradient (negated to maximize) plus `coupled` · x:
///
/// ```text
/// m ← beta1 m + (1 − beta1) g              v ← beta2 v + (1 − beta2) g²
/// x ← x (1 − lr decoupled) − lr m̂ / (√(v̂ + eps_root) + eps)
/// m̂ = m / (1 − beta1ᵗ)                     v̂ = v / (1 − beta2ᵗ)
/// ```
#[derive(Clone, Debug)]
pub(crate) struct Moments {
    pub(crate) beta1: f64,
    pub(crate) beta2: f64,
    pub(crate) eps: f64,
    pub(crate) eps_root: f64,
    pub(crate) decoupled: f64,
    pub(crate) coupled: f64,
    pub(crate) maximize: bool,
    pub(crate) correction: Correction,
}

impl Moments {
    /// Binds a pack, with or without a third slot for the largest second moment so far.
    pub(crate) fn bind<R: Real, const N: usize>(
        pack: Vec<Self>,
        keep_maximum: bool,
        layout: &Layout,
    ) -> Box<dyn Rule<R, N>> {
        if keep_maximum {
            let pack: Vec<_> = pack.into_iter().map(Maximal).collect();
            elementwise::bind(&pack, layout)
        } else {
            elementwise::bind(&pack, layout)
        }
    }
}

/// What Adam's direction has of the mean of gradients and of the gradient itself: (of m, of g).
///
/// `power` is beta1ᵗ.
/// With `nesterov` the mean is moved on by the present gradient once more, and each part corrected for its own step.
#[inline(always)]
pub(crate) fn adam_direction(beta1: f64, power: f64, nesterov: bool) -> (f64, f64) {
    if nesterov { (beta1 / (1.0 - power * beta1), (1.0 - beta1) / (1.0 - power)) } else { (1.0 / (1.0 - power), 0.0) }
}

/// [Sign, coupled decay, 1 − lr · decoupled decay, beta1, 1 − beta1, beta2, 1 − beta2, lr / (1 − beta1ᵗ),
/// correction of v before and after the maximum, eps under the root, eps outside it].
type Coefficients<R> = [R; 12];

impl Elementwise<7, 2, 12, 2> for Moments {
    elementwise_loops!(7, 2, 12, 2);

    fn numbers(&self) -> [f64; 7] {
        let sign = vocabulary::sign(self.maximize);
        [self.beta1, self.beta2, self.eps, self.eps_root, self.decoupled, self.coupled, sign]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 7], rate: f64, _: u64, powers: &mut [f64; 2]) -> Coefficients<f64> {
        let [beta1, beta2, eps, eps_root, decoupled, coupled, sign] = numbers;
        powers[0] = vocabulary::next_power(powers[0], beta1);
        powers[1] = vocabulary::next_power(powers[1], beta2);
        let (first, second) = (1.0 / (1.0 - powers[0]), 1.0 / (1.0 - powers[1]));
        let (first, before, after) = match self.correction {
            Correction::OfMaximum => (first, 1.0, second),
            Correction::BeforeMaximum => (first, second, 1.0),
            Correction::None => (1.0, 1.0, 1.0),
        };
        let shrink = 1.0 - rate * decoupled;
        [sign, coupled, shrink, beta1, 1.0 - beta1, beta2, 1.0 - beta2, rate * first, before, after, eps_root, eps]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, c: Coefficients<R>, x: R, g: R, [m, v]: [R; 2]) -> (R, [R; 2]) {
        let (m, v) = averages(c, x, g, m, v);
        // Without a maximum, one of the two corrections is 1.
        (step(c, x, m, v * c[8]), [m, v])
    }
}

/// [`Moments`] that divide by the largest second moment so far.
#[derive(Clone, Debug)]
struct Maximal(Moments);

impl Elementwise<7, 2, 12, 3> for Maximal {
    elementwise_loops!(7, 2, 12, 3);

    fn numbers(&self) -> [f64; 7] {
        self.0.numbers()
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 7], rate: f64, step: u64, powers: &mut [f64; 2]) -> Coefficients<f64> {
        self.0.coefficients(numbers, rate, step, powers)
    }

    #[inline(always)]
    fn apply<R: Real>(&self, c: Coefficients<R>, x: R, g: R, [m, v, largest]: [R; 3]) -> (R, [R; 3]) {
        let (m, v) = averages(c, x, g, m, v);
        let largest = largest.max(v * c[8]);
        (step(c, x, m, largest), [m, v, largest])
    }
}

#[inline(always)]
fn averages<R: Real>(c: Coefficients<R>, x: R, g: R, m: R, v: R) -> (R, R) {
    let g = c[0] * g + c[1] * x;
    (c[3] * m + c[4] * g, c[5] * v + c[6] * (g * g))
}

#[inline(always)]
fn step<R: Real>(c: Coefficients<R>, x: R, m: R, v: R) -> R {
    c[2] * x - c[7] * m / ((v * c[9] + c[10]).sqrt() + c[11])
}

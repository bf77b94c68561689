//! The arithmetic that `signSGD`, Signum and Tiger share.

use sgdlab_core::{Layout, Real};

use crate::Rule;
use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{decay_numbers, decayed, mean};

/// m ← momentum m + (1 − momentum) g and x ← x − lr sign(m), with decay in g or before the step.
#[derive(Clone, Debug)]
pub(crate) struct SignOfMean {
    pub(crate) momentum: f64,
    pub(crate) weight_decay: f64,
    pub(crate) decoupled: bool,
    pub(crate) maximize: bool,
}

impl SignOfMean {
    pub(crate) fn bind<R: Real, const N: usize>(pack: Vec<Self>, layout: &Layout) -> Box<dyn Rule<R, N>> {
        elementwise::bind(&pack, layout)
    }
}

impl Elementwise<4, 0, 6, 1> for SignOfMean {
    elementwise_loops!(4, 0, 6, 1);

    const CONSTANT_FROM: u64 = 1;

    fn numbers(&self) -> [f64; 4] {
        let [sign, decoupled, coupled] = decay_numbers(self.maximize, self.weight_decay, self.decoupled);
        [sign, decoupled, coupled, self.momentum]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 4], rate: f64, _: u64, _: &mut [f64; 0]) -> [f64; 6] {
        let [sign, decoupled, coupled, momentum] = numbers;
        [sign, coupled, 1.0 - rate * decoupled, momentum, 1.0 - momentum, rate]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 6], x: R, g: R, [m]: [R; 1]) -> (R, [R; 1]) {
        let [sign, coupled, shrink, momentum, rest, rate] = coefficients;
        let (x, g) = decayed([sign, coupled, shrink], x, g);
        let m = mean([momentum, rest], m, g);
        (x - rate * m.sign(), [m])
    }
}

//! Beale's function.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Kind, Known, Stationary};
use crate::parameters::{hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "beale",
    summary: "Beale's function: a minimum in a flat valley between steep corners.",
    formula: "f(x, y) = Σ_k (a_k - x (1 - y^k))²,  a_k = p (1 - q^k),  k = 1, 2, 3",
    conventions: "The minimum is 0 at (p, q), and (0, 1) is a saddle; with the defaults a = 1.5, 2.25, 2.625. \
                  Usually looked at in [-4.5, 4.5]².",
    hyperparameters: hyperparameters!(
        [1.0, 1.0],
        number("p", 3.0, Range::above(0.0), "x of the minimizer"),
        number("q", 0.5, Range::open(-1.0, 1.0), "y of the minimizer"),
    ),
    dialects: &[],
    cost: "About 30 operations a gradient.",
    reference: "Beale (1958), On an iterative method for finding a local minimum of a function of more than one variable, \
                Princeton Technical Report 25.",
};

#[derive(Clone)]
pub(crate) struct Beale {
    p: f64,
    q: f64,
}

impl Beale {
    fn targets(&self) -> [f64; 3] {
        let (p, q) = (self.p, self.q);
        [p * (1.0 - q), p * (1.0 - q * q), p * (1.0 - q * q * q)]
    }
}

impl Known for Beale {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-4.5, 4.5); 2];

    fn new(settings: &Settings) -> Self {
        Self { p: settings.number("p"), q: settings.number("q") }
    }

    fn stationary(&self) -> Vec<Stationary> {
        let saddle = self.targets().map(|a| a * a).iter().sum();
        vec![Stationary::global([self.p, self.q], 0.0), Stationary::of(Kind::Saddle, [0.0, 1.0], saddle)]
    }
}

impl Planar for Beale {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        let [a, b, c] = self.targets().map(R::of);
        let (two, three, six) = (R::of(2.0), R::of(3.0), R::of(6.0));
        let (square, cube) = (y * y, y * y * y);
        let first = Jet::new(a - x * (R::ONE - y), [y - R::ONE, x], [R::ZERO, R::ONE, R::ZERO]);
        let second = Jet::new(b - x * (R::ONE - square), [square - R::ONE, two * x * y], [R::ZERO, two * y, two * x]);
        let third = Jet::new(
            c - x * (R::ONE - cube),
            [cube - R::ONE, three * x * square],
            [R::ZERO, three * square, six * x * y],
        );
        first.squared() + second.squared() + third.squared()
    }
}

function!(Beale: planar);

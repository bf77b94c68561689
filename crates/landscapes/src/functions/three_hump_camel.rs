//! The three-hump camel function.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Known, Stationary, classified};
use crate::parameters::{hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "three-hump-camel",
    summary: "The three-hump camel function: a minimum at 0 and two shallower ones beside it.",
    formula: "f(x, y) = a x² - b x⁴ + x⁶/6 + x y + y²",
    conventions: "Stationary are y = -x/2 at x = 0 and x² = 2b ± √(4b² - 2a + 1/2); with the defaults the minimum is 0 at 0. \
                  Usually looked at in [-2, 2]² or [-5, 5]².",
    hyperparameters: hyperparameters!(
        [-1.9, 1.5],
        number("a", 2.0, Range::FINITE, "half the curvature along x at 0"),
        number("b", 1.05, Range::FINITE, "how deep the outer minima are"),
    ),
    dialects: &[],
    cost: "About 10 operations a gradient.",
    reference: "Dixon and Szegő (1975), Towards global optimisation, North-Holland.",
};

#[derive(Clone)]
pub(crate) struct ThreeHumpCamel {
    a: f64,
    b: f64,
}

impl Known for ThreeHumpCamel {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-2.0, 2.0); 2];

    fn new(settings: &Settings) -> Self {
        Self { a: settings.number("a"), b: settings.number("b") }
    }

    fn stationary(&self) -> Vec<Stationary> {
        let (a, b) = (self.a, self.b);
        let root = (4.0 * b * b - 2.0 * a + 0.5).sqrt();
        // NaN, where there is no root, is not positive either.
        let squares = [2.0 * b - root, 2.0 * b + root].into_iter().filter(|&square| square > 0.0);
        let pairs = squares.flat_map(|square| [-square.sqrt(), square.sqrt()]);
        classified(self, std::iter::once(0.0).chain(pairs).map(|x| [x, -0.5 * x]))
    }
}

impl Planar for ThreeHumpCamel {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        let [a, b] = [self.a, self.b].map(R::of);
        let [two, four, five, six, twelve] = [2.0, 4.0, 5.0, 6.0, 12.0].map(R::of);
        let s = x * x;
        let along = [
            s * (a - b * s + s * s / six),
            x * (two * a - four * b * s + s * s),
            two * a - twelve * b * s + five * s * s,
        ];
        Jet::separate(along, [y * y, two * y, two]) + Jet::new(x * y, [y, x], [R::ZERO, R::ONE, R::ZERO])
    }
}

function!(ThreeHumpCamel: planar);

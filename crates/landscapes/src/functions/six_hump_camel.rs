//! The six-hump camel function.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Known, Stationary, classified};
use crate::parameters::{hyperparameters, number};
use crate::roots;

const ENTRY: Entry = Entry {
    name: "six-hump-camel",
    summary: "The six-hump camel function: six minima, two of them global.",
    formula: "f(x, y) = (a - b x² + x⁴/3) x² + x y + (c y² - c) y²",
    conventions: "Stationary are y = -(2a x - 4b x³ + 2x⁵) at the roots x of x - 2c y + 4c y³, all of which are found; with \
                  the defaults the minimum is -1.0316 at ±(0.0898, -0.7127). Usually looked at in [-2, 2] × [-1.2, 1.2].",
    hyperparameters: hyperparameters!(
        [-1.8, -0.9],
        number("a", 4.0, Range::open(0.0, 10.0), "half the curvature along x at 0"),
        number("b", 2.1, Range::closed(0.0, 5.0), "how deep the outer valleys are"),
        number("c", 4.0, Range::open(0.0, 10.0), "how deep the valleys on both sides of y = 0 are"),
    ),
    dialects: &[],
    cost: "About 15 operations a gradient.",
    reference: "Dixon and Szegő (1978), The global optimization problem: an introduction, in Towards global optimisation 2.",
};

#[derive(Clone)]
pub(crate) struct SixHumpCamel {
    a: f64,
    b: f64,
    c: f64,
}

impl Known for SixHumpCamel {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-2.0, 2.0), (-1.2, 1.2)];

    fn new(settings: &Settings) -> Self {
        let [a, b, c] = ["a", "b", "c"].map(|name| settings.number(name));
        Self { a, b, c }
    }

    fn stationary(&self) -> Vec<Stationary> {
        let Self { a, b, c } = *self;
        let y = |x: f64| -x * (2.0 * a + x * x * (2.0 * x * x - 4.0 * b));
        let other = |x: f64| x - 2.0 * c * y(x) * (1.0 - 2.0 * y(x) * y(x));
        let bound = 3.0 + b;
        let roots = roots::between((-bound, bound), 100_001, other);
        classified(self, roots.into_iter().map(|x| [x, y(x)]))
    }
}

impl Planar for SixHumpCamel {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        let [a, b, c] = [self.a, self.b, self.c].map(R::of);
        let [two, four, ten, twelve] = [2.0, 4.0, 10.0, 12.0].map(R::of);
        let (s, t) = (x * x, y * y);
        let along = [
            (a - b * s + s * s / R::of(3.0)) * s,
            x * (two * a - four * b * s + two * s * s),
            two * a - twelve * b * s + ten * s * s,
        ];
        let across = [(c * t - c) * t, c * y * (four * t - two), c * (twelve * t - two)];
        Jet::separate(along, across) + Jet::new(x * y, [y, x], [R::ZERO, R::ONE, R::ZERO])
    }
}

function!(SixHumpCamel: planar);

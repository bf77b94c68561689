//! Branin's function.

use std::f64::consts::PI;

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Kind, Known, Stationary};
use crate::parameters::{hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "branin",
    summary: "Branin's function: three minima of equal height along a curved valley.",
    formula: "f(x, y) = a (y - b x² + c x - r)² + s (1 - t) cos x + s",
    conventions: "The minimum is s t at the odd multiples x of π, of which -π, π and 3π are listed, and the saddles at the \
                  even ones have s (2 - t); everywhere y = b x² - c x + r. Usually looked at in [-5, 10] × [0, 15].",
    hyperparameters: hyperparameters!(
        [2.5, 7.5],
        number("a", 1.0, Range::above(0.0), "how steep the sides of the valley are"),
        number("b", 5.1 / (4.0 * PI * PI), Range::FINITE, "how the valley curves"),
        number("c", 5.0 / PI, Range::FINITE, "how the valley slopes at x = 0"),
        number("r", 6.0, Range::FINITE, "where the valley crosses x = 0"),
        number("s", 10.0, Range::above(0.0), "how high the saddles are"),
        number("t", 1.0 / (8.0 * PI), Range::from_to(0.0, 1.0), "share of s that is the minimum"),
    ),
    dialects: &[],
    cost: "10 operations and a cosine and a sine a gradient.",
    reference: "Branin (1972), Widely convergent method for finding multiple solutions of simultaneous nonlinear equations, \
                IBM J. Res. Dev. 16.",
};

#[derive(Clone)]
pub(crate) struct Branin {
    a: f64,
    b: f64,
    c: f64,
    r: f64,
    s: f64,
    t: f64,
}

impl Known for Branin {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-5.0, 10.0), (0.0, 15.0)];

    fn new(settings: &Settings) -> Self {
        let [a, b, c, r, s, t] = ["a", "b", "c", "r", "s", "t"].map(|name| settings.number(name));
        Self { a, b, c, r, s, t }
    }

    fn stationary(&self) -> Vec<Stationary> {
        let valley = |x: f64| [x, self.b * x * x - self.c * x + self.r];
        let minima = [-PI, PI, 3.0 * PI].map(|x| Stationary::global(valley(x), self.s * self.t));
        let height = self.s * (2.0 - self.t);
        let saddles = [0.0, 2.0 * PI].map(|x| Stationary::of(Kind::Saddle, valley(x), height));
        minima.into_iter().chain(saddles).collect()
    }
}

impl Planar for Branin {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        let [a, b, c, r, s] = [self.a, self.b, self.c, self.r, self.s].map(R::of);
        let (height, two) = (R::of(self.s * (1.0 - self.t)), R::of(2.0));
        let valley = Jet::new(y - b * x * x + c * x - r, [c - two * b * x, R::ONE], [-two * b, R::ZERO, R::ZERO]);
        let wave = [height * x.cos() + s, -(height * x.sin()), -(height * x.cos())];
        valley.squared() * a + Jet::separate(wave, [R::ZERO; 3])
    }
}

function!(Branin: planar);

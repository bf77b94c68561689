//! A cliff.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Convexity, Known, Stationary};
use crate::parameters::{hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "cliff",
    summary: "A gentle slope that ends at an exponential wall.",
    formula: "f(x, y) = ((x - c)/w)² - (x - y) + exp(k (x - y))",
    conventions: "Convex; the minimum is (1 + ln k)/k at x = c, y = c + ln(k)/k. Gradients grow by e every 1/k up the wall. \
                  Usually looked at in [-1, 5]².",
    hyperparameters: hyperparameters!(
        [0.0, -1.0],
        number("c", 3.0, Range::FINITE, "x of the minimizer"),
        number("w", 100.0, Range::above(0.0), "how gentle the slope along the cliff is"),
        number("k", 20.0, Range::above(0.0), "how steep the wall is"),
    ),
    dialects: &[],
    cost: "10 operations and an exponential a gradient.",
    reference: "Gould, Orban and Toint (2003), CUTEr and SifDec, ACM Trans. Math. Softw. 29 (problem CLIFF).",
};

#[derive(Clone)]
pub(crate) struct Cliff {
    c: f64,
    w: f64,
    k: f64,
}

impl Known for Cliff {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-1.0, 5.0); 2];

    fn new(settings: &Settings) -> Self {
        let [c, w, k] = ["c", "w", "k"].map(|name| settings.number(name));
        Self { c, w, k }
    }

    fn stationary(&self) -> Vec<Stationary> {
        let logarithm = Real::ln(self.k);
        let at = [self.c, self.c + logarithm / self.k];
        vec![Stationary::global(at, (1.0 + logarithm) / self.k)]
    }

    fn convexity(&self) -> Option<Convexity> {
        Some(Convexity::default())
    }
}

impl Planar for Cliff {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        let (c, k, two) = (R::of(self.c), R::of(self.k), R::of(2.0));
        let (narrow, distance, t) = (R::of(1.0 / (self.w * self.w)), x - c, x - y);
        let wall = (k * t).exp();
        let along = Jet::separate([narrow * distance * distance, two * narrow * distance, two * narrow], [R::ZERO; 3]);
        let (slope, curve) = (k * wall - R::ONE, k * k * wall);
        along + Jet::new(wall - t, [slope, -slope], [curve, -curve, curve])
    }
}

function!(Cliff: planar);

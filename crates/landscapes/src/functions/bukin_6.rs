//! Bukin's function number 6.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Kind, Known, Stationary};
use crate::parameters::{hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "bukin-6",
    summary: "Bukin's function number 6: the minimum lies in a curved crease that is infinitely steep.",
    formula: "f(x, y) = a √|y - b x²| + d |x + e|",
    conventions: "The minimum is 0 at (-e, b e²). In the crease y = b x² there is no subgradient: the slope of its root \
                  counts as 0 there, though it grows beyond all bounds beside it, and so does that of |x + e| at x = -e. \
                  Curvatures are those beside the kinks, and 0 in them. Usually looked at in [-15, -5] × [-3, 3].",
    hyperparameters: hyperparameters!(
        [-13.0, 2.0],
        number("a", 100.0, Range::above(0.0), "how steep the crease is"),
        number("b", 0.01, Range::FINITE, "how the crease curves"),
        number("d", 0.01, Range::above(0.0), "slope along the crease"),
        number("e", 10.0, Range::FINITE, "-x of the minimizer"),
    ),
    dialects: &[],
    cost: "About 10 operations and a root a gradient.",
    reference: "Bukin (1997), New minimization strategy for non-smooth functions, Budker Institute of Nuclear Physics 97-79.",
};

#[derive(Clone)]
pub(crate) struct Bukin6 {
    a: f64,
    b: f64,
    d: f64,
    e: f64,
}

impl Known for Bukin6 {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-15.0, -5.0), (-3.0, 3.0)];

    fn new(settings: &Settings) -> Self {
        let [a, b, d, e] = ["a", "b", "d", "e"].map(|name| settings.number(name));
        Self { a, b, d, e }
    }

    fn stationary(&self) -> Vec<Stationary> {
        vec![Stationary::of(Kind::Kink, [-self.e, self.b * self.e * self.e], 0.0)]
    }
}

impl Planar for Bukin6 {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        let [a, b, d, e] = [self.a, self.b, self.d, self.e].map(R::of);
        let (two, half, quarter) = (R::of(2.0), R::of(0.5), R::of(0.25));
        // (b x) x and not b x²: exactly 0 at the stated minimizer.
        let t = y - b * x * x;
        let root = t.abs().sqrt();
        let inverse = if root == R::ZERO { R::ZERO } else { R::ONE / root };
        let slope = a * half * inverse * t.sign();
        let curve = -(a * quarter * inverse * inverse * inverse);
        let along = -(two * b * x);
        let (distance, zero) = (x + e, R::ZERO);
        let crease =
            Jet::new(a * root, [slope * along, slope], [curve * along * along - two * b * slope, curve * along, curve]);
        crease + Jet::new(d * distance.abs(), [d * distance.sign(), zero], [zero; 3])
    }
}

function!(Bukin6: planar);

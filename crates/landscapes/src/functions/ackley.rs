//! Ackley's function.

use std::f64::consts::PI;

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Pooled, function};
use crate::jet::Jet;
use crate::known::{Kind, Known, Stationary};
use crate::parameters::{dimension, hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "ackley",
    summary: "Ackley's function: a funnel with a cone's tip in a plain of small waves, in any dimension.",
    formula: "f(x) = a (1 - exp(-b √(Σ_i x_i²/n))) + e - exp(Σ_i cos(c x_i)/n)",
    conventions: "The minimum is 0 at 0, where f has a kink: the slope of the root counts as 0 there. \
                  Usually looked at in [-32, 32]² or [-5, 5]².",
    hyperparameters: hyperparameters!(
        [3.5, -2.5],
        dimension(2, 1),
        number("a", 20.0, Range::above(0.0), "depth of the funnel"),
        number("b", 0.2, Range::above(0.0), "how narrow the funnel is"),
        number("c", 2.0 * PI, Range::above(0.0), "frequency of the waves"),
    ),
    dialects: &[],
    cost: "About 8 operations and 2 sines or cosines a coordinate, and 2 exponentials.",
    reference: "Ackley (1987), A connectionist machine for genetic hillclimbing, Kluwer.",
};

#[derive(Clone)]
pub(crate) struct Ackley {
    dimension: usize,
    a: f64,
    b: f64,
    c: f64,
}

impl Known for Ackley {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-5.0, 5.0); 2];

    fn new(settings: &Settings) -> Self {
        let [a, b, c] = ["a", "b", "c"].map(|name| settings.number(name));
        Self { dimension: settings.integer("dimension") as usize, a, b, c }
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn stationary(&self) -> Vec<Stationary> {
        vec![Stationary::of(Kind::Kink, vec![0.0; self.dimension], 0.0)]
    }
}

impl Pooled for Ackley {
    #[inline(always)]
    fn features<R: Real>(&self, _: usize, x: R) -> [[R; 3]; 2] {
        let (share, two, c) = (R::ONE / R::of(self.dimension as f64), R::of(2.0), R::of(self.c));
        let (cosine, sine) = ((c * x).cos(), (c * x).sin());
        [
            [share * x * x, two * share * x, two * share],
            [share * cosine, -(share * c * sine), -(share * c * c * cosine)],
        ]
    }

    #[inline(always)]
    fn pool<R: Real>(&self, square: R, cosines: R) -> Jet<R> {
        let (a, b, half, quarter) = (R::of(self.a), R::of(self.b), R::of(0.5), R::of(0.25));
        let root = square.sqrt();
        let inverse = if root == R::ZERO { R::ZERO } else { R::ONE / root };
        let bell = (-(b * root)).exp();
        let slope = half * a * b * bell * inverse;
        let curve = -(quarter * a * b * bell * (b * root + R::ONE) * (inverse * inverse * inverse));
        let waves = cosines.exp();
        Jet::separate([a * (R::ONE - bell), slope, curve], [R::ONE.exp() - waves, -waves, -waves])
    }
}

function!(Ackley: pooled);

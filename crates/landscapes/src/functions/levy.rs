//! Levy's function.

use std::f64::consts::PI;

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Chained, function};
use crate::known::{Known, Stationary};
use crate::parameters::{dimension, hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "levy",
    summary: "Levy's function: a bowl with waves that grow with the distance, in any dimension.",
    formula: "f(x) = sin²(π w_1) + Σ_i (w_i - 1)² (1 + a sin²(π w_i + 1)) + (w_n - 1)² (1 + sin²(2π w_n)),  \
              w_i = 1 + (x_i - c)/4,  i = 1 … n-1",
    conventions: "The minimum is 0 at (c, …, c). Usually looked at in [-10, 10]².",
    hyperparameters: hyperparameters!(
        [-8.0, 7.0],
        dimension(2, 1),
        number("a", 10.0, Range::at_least(0.0), "height of the waves"),
        number("c", 1.0, Range::FINITE, "every coordinate of the minimizer"),
    ),
    dialects: &[],
    cost: "About 12 operations and 3 sines or cosines a coordinate.",
    reference: "Levy and Montalvo (1985), The tunneling algorithm for the global minimization of functions, \
                SIAM J. Sci. Stat. Comput. 6.",
};

#[derive(Clone)]
pub(crate) struct Levy {
    dimension: usize,
    a: f64,
    c: f64,
}

impl Known for Levy {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-10.0, 10.0); 2];

    fn new(settings: &Settings) -> Self {
        Self { dimension: settings.integer("dimension") as usize, a: settings.number("a"), c: settings.number("c") }
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn stationary(&self) -> Vec<Stationary> {
        vec![Stationary::global(vec![self.c; self.dimension], 0.0)]
    }
}

/// t² (1 + a sin²(k w + φ)) with its derivatives in w, where t = w − 1.
#[inline(always)]
fn bowl<R: Real>(w: R, a: R, k: R, phase: R) -> [R; 3] {
    let (two, four, t) = (R::of(2.0), R::of(4.0), w - R::ONE);
    let angle = k * w + phase;
    let (sine, double) = (angle.sin(), (two * angle).sin());
    let (height, slope, curve) = (R::ONE + a * sine * sine, a * k * double, two * a * k * k * (two * angle).cos());
    [t * t * height, two * t * height + t * t * slope, two * height + four * t * slope + t * t * curve]
}

impl Chained for Levy {
    const LINKED: bool = false;

    #[inline(always)]
    fn own<R: Real>(&self, i: usize, x: R) -> [R; 3] {
        let (pi, two, quarter) = (R::of(PI), R::of(2.0), R::of(0.25));
        let w = R::ONE + (x - R::of(self.c)) * quarter;
        let mut sum = if i + 1 < self.dimension {
            bowl(w, R::of(self.a), pi, R::ONE)
        } else {
            bowl(w, R::ONE, two * pi, R::ZERO)
        };
        if i == 0 {
            // sin² has the period 1 in w: around its zero nothing cancels.
            let angle = pi * (w - R::ONE);
            let sine = angle.sin();
            sum[0] += sine * sine;
            sum[1] += pi * (two * angle).sin();
            sum[2] += two * pi * pi * (two * angle).cos();
        }
        [sum[0], sum[1] * quarter, sum[2] * (quarter * quarter)]
    }
}

function!(Levy: chained);

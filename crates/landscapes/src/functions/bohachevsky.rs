//! Bohachevsky's first function.

use std::f64::consts::PI;

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Known, Stationary};
use crate::parameters::{hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "bohachevsky",
    summary: "Bohachevsky's first function: a bowl with waves along the axes.",
    formula: "f(x, y) = x² + 2y² + a (1 - cos(3π x)) + b (1 - cos(4π y))",
    conventions: "The minimum is 0 at 0. Usually looked at in [-100, 100]², or [-1, 1]² to see the waves.",
    hyperparameters: hyperparameters!(
        [0.8, -0.7],
        number("a", 0.3, Range::at_least(0.0), "height of the waves along x"),
        number("b", 0.4, Range::at_least(0.0), "height of the waves along y"),
    ),
    dialects: &[],
    cost: "8 operations and 2 sines a gradient.",
    reference: "Bohachevsky, Johnson and Stein (1986), Generalized simulated annealing for function optimization, \
                Technometrics 28.",
};

#[derive(Clone)]
pub(crate) struct Bohachevsky {
    a: f64,
    b: f64,
}

impl Known for Bohachevsky {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-1.0, 1.0); 2];

    fn new(settings: &Settings) -> Self {
        Self { a: settings.number("a"), b: settings.number("b") }
    }

    fn stationary(&self) -> Vec<Stationary> {
        vec![Stationary::global([0.0, 0.0], 0.0)]
    }
}

/// c t² + a (1 − cos(k t)) with its derivatives.
#[inline(always)]
fn profile<R: Real>(c: f64, a: f64, k: f64, t: R) -> [R; 3] {
    let (c, a, k, two) = (R::of(c), R::of(a), R::of(k), R::of(2.0));
    let (cosine, sine) = ((k * t).cos(), (k * t).sin());
    [c * t * t + a * (R::ONE - cosine), two * c * t + a * k * sine, two * c + a * k * k * cosine]
}

impl Planar for Bohachevsky {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        Jet::separate(profile(1.0, self.a, 3.0 * PI, x), profile(2.0, self.b, 4.0 * PI, y))
    }
}

function!(Bohachevsky: planar);

//! The planar function of Levy and Montalvo.

use std::f64::consts::PI;

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Known, Stationary};
use crate::parameters::{hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "levy-13",
    summary: "Levy's function number 13: a bowl with a grid of some 900 minima.",
    formula: "f(x, y) = a sin²(3π x) + (x - 1)² (1 + a sin²(3π y)) + (y - 1)² (1 + a sin²(2π y))",
    conventions: "The minimum is 0 at (1, 1). Usually looked at in [-10, 10]².",
    hyperparameters: hyperparameters!([-4.0, 5.0], number("a", 1.0, Range::at_least(0.0), "height of the waves"),),
    dialects: &[],
    cost: "About 25 operations and 6 sines a gradient.",
    reference: "Levy and Montalvo (1985), The tunneling algorithm for the global minimization of functions, \
                SIAM J. Sci. Stat. Comput. 6.",
};

#[derive(Clone)]
pub(crate) struct Levy13 {
    a: f64,
}

impl Known for Levy13 {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-10.0, 10.0); 2];

    fn new(settings: &Settings) -> Self {
        Self { a: settings.number("a") }
    }

    fn stationary(&self) -> Vec<Stationary> {
        vec![Stationary::global([1.0, 1.0], 0.0)]
    }
}

/// a sin²(k t) with its derivatives in t.
#[inline(always)]
fn wave<R: Real>(a: R, k: R, t: R) -> [R; 3] {
    let (two, angle) = (R::of(2.0), k * t);
    let sine = angle.sin();
    [a * sine * sine, a * k * (two * angle).sin(), two * a * k * k * (two * angle).cos()]
}

impl Planar for Levy13 {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        let (a, two, zero) = (R::of(self.a), R::of(2.0), [R::ZERO; 3]);
        // The periods divide 1, so that sines may be taken of the distance from 1.
        let (u, v) = (x - R::ONE, y - R::ONE);
        let up = |[g, slope, curve]: [R; 3]| [R::ONE + g, slope, curve];
        let (along, across) = ([u * u, two * u, two], [v * v, two * v, two]);
        let thirds = up(wave(a, R::of(3.0 * PI), v));
        let halves = up(wave(a, R::of(2.0 * PI), v));
        Jet::separate(wave(a, R::of(3.0 * PI), u), zero)
            + Jet::separate(along, zero).product(Jet::separate(zero, thirds))
            + Jet::separate(zero, across).product(Jet::separate(zero, halves))
    }
}

function!(Levy13: planar);

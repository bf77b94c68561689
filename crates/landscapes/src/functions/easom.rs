//! Easom's function.

use std::f64::consts::PI;

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Known, Stationary};
use crate::parameters::{hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "easom",
    summary: "Easom's function: a narrow hole in a plain.",
    formula: "f(x, y) = -cos(x - c) cos(y - c) exp(-w ((x - c)² + (y - c)²))",
    conventions: "With c = π this is the usual -cos x cos y exp(…). The minimum is -1 at (c, c). \
                  Usually looked at in [0, 6]², or in [-100, 100]², where it is 0 almost everywhere.",
    hyperparameters: hyperparameters!(
        [1.5, 4.0],
        number("c", PI, Range::FINITE, "both coordinates of the minimizer"),
        number("w", 1.0, Range::at_least(0.0), "how narrow the hole is"),
    ),
    dialects: &[],
    cost: "About 15 operations, 2 exponentials and 4 sines or cosines a gradient.",
    reference: "Easom (1990), A survey of global optimization techniques, M. Eng. thesis, University of Louisville.",
};

#[derive(Clone)]
pub(crate) struct Easom {
    c: f64,
    w: f64,
}

impl Known for Easom {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(0.0, 6.0); 2];

    fn new(settings: &Settings) -> Self {
        Self { c: settings.number("c"), w: settings.number("w") }
    }

    fn stationary(&self) -> Vec<Stationary> {
        vec![Stationary::global([self.c, self.c], -1.0)]
    }
}

impl Easom {
    /// cos u exp(−w u²) with its derivatives.
    #[inline(always)]
    fn profile<R: Real>(&self, u: R) -> [R; 3] {
        let (w, two, four) = (R::of(self.w), R::of(2.0), R::of(4.0));
        let (cosine, sine, bell) = (u.cos(), u.sin(), (-(w * u * u)).exp());
        let bend = (four * w * w * u * u - two * w - R::ONE) * cosine + four * w * u * sine;
        [cosine * bell, -(sine + two * w * u * cosine) * bell, bend * bell]
    }
}

impl Planar for Easom {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        let c = R::of(self.c);
        let ([g, gx, gxx], [h, hy, hyy]) = (self.profile(x - c), self.profile(y - c));
        Jet::new(-(g * h), [-(gx * h), -(g * hy)], [-(gxx * h), -(gx * hy), -(g * hyy)])
    }
}

function!(Easom: planar);

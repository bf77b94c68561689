//! A hole in a plateau.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Pooled, function};
use crate::jet::Jet;
use crate::known::{Known, Stationary};
use crate::parameters::{dimension, hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "plateau",
    summary: "A round hole in a plateau: gradients vanish far from the minimum, in any dimension.",
    formula: "f(x) = h (1 - exp(-Σ_i x_i²/(2 w²)))",
    conventions: "The minimum is 0 at 0, the curvature there h/w²; the sides are steepest at the distance w. \
                  Usually looked at in [-5, 5]².",
    hyperparameters: hyperparameters!(
        [3.0, 2.0],
        dimension(2, 1),
        number("h", 1.0, Range::above(0.0), "height of the plateau"),
        number("w", 1.0, Range::above(0.0), "how wide the hole is"),
    ),
    dialects: &[],
    cost: "4 operations a coordinate, and an exponential.",
    reference: "Jamil and Yang (2013), A literature survey of benchmark functions for global optimization problems, \
                Int. J. Math. Model. Numer. Optim. 4 (exponential function).",
};

#[derive(Clone)]
pub(crate) struct Plateau {
    dimension: usize,
    h: f64,
    w: f64,
}

impl Known for Plateau {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-5.0, 5.0); 2];

    fn new(settings: &Settings) -> Self {
        Self { dimension: settings.integer("dimension") as usize, h: settings.number("h"), w: settings.number("w") }
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn stationary(&self) -> Vec<Stationary> {
        vec![Stationary::global(vec![0.0; self.dimension], 0.0)]
    }
}

impl Pooled for Plateau {
    #[inline(always)]
    fn features<R: Real>(&self, _: usize, x: R) -> [[R; 3]; 2] {
        let (precision, half) = (R::of(1.0 / (self.w * self.w)), R::of(0.5));
        [[half * precision * x * x, precision * x, precision], [R::ZERO; 3]]
    }

    #[inline(always)]
    fn pool<R: Real>(&self, s: R, _: R) -> Jet<R> {
        let (h, bell) = (R::of(self.h), (-s).exp());
        Jet::separate([h * (R::ONE - bell), h * bell, -(h * bell)], [R::ZERO; 3])
    }
}

function!(Plateau: pooled);

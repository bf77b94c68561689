//! The factorization of a number.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Kind, Known, Stationary};
use crate::parameters::{hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "scalar-factorization",
    summary: "The factorization of a number: a linear network of one unit, with a curve of minima.",
    formula: "f(x, y) = 1/2 (x y - c)²",
    conventions: "The minimum is 0 on the whole hyperbola x y = c, flattest at the listed ±(√c, √c), where the curvature is 2c; \
                  0 is a saddle. Usually looked at in [-3, 3]².",
    hyperparameters: hyperparameters!([0.1, 3.0], number("c", 1.0, Range::above(0.0), "the number"),),
    dialects: &[],
    cost: "4 operations a gradient.",
    reference: "Saxe, McClelland and Ganguli (2014), Exact solutions to the nonlinear dynamics of learning in deep linear \
                neural networks, ICLR.",
};

#[derive(Clone)]
pub(crate) struct ScalarFactorization {
    c: f64,
}

impl Known for ScalarFactorization {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-3.0, 3.0); 2];

    fn new(settings: &Settings) -> Self {
        Self { c: settings.number("c") }
    }

    fn stationary(&self) -> Vec<Stationary> {
        let root = self.c.sqrt();
        vec![
            Stationary::global([root, root], 0.0),
            Stationary::global([-root, -root], 0.0),
            Stationary::of(Kind::Saddle, [0.0, 0.0], 0.5 * self.c * self.c),
        ]
    }
}

impl Planar for ScalarFactorization {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        let product = Jet::new(x * y - R::of(self.c), [y, x], [R::ZERO, R::ONE, R::ZERO]);
        product.squared() * R::of(0.5)
    }
}

function!(ScalarFactorization: planar);

//! Booth's function.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Convexity, Known, Stationary};
use crate::parameters::{hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "booth",
    summary: "Booth's function: two equations as a tilted quadratic bowl.",
    formula: "f(x, y) = (x + a y - b)² + (c x + y - d)²",
    conventions: "Convex. The minimum is 0 at x = (b - a d)/(1 - a c), y = (d - b c)/(1 - a c): with the defaults (1, 3). \
                  Usually looked at in [-10, 10]².",
    hyperparameters: hyperparameters!(
        [-5.0, -5.0],
        number("a", 2.0, Range::FINITE, "factor of y in the first equation"),
        number("b", 7.0, Range::FINITE, "right side of the first equation"),
        number("c", 2.0, Range::FINITE, "factor of x in the second equation"),
        number("d", 5.0, Range::FINITE, "right side of the second equation"),
    ),
    dialects: &[],
    cost: "12 operations a gradient.",
    reference: "Jamil and Yang (2013), A literature survey of benchmark functions for global optimization problems, \
                Int. J. Math. Model. Numer. Optim. 4.",
};

#[derive(Clone)]
pub(crate) struct Booth {
    a: f64,
    b: f64,
    c: f64,
    d: f64,
}

impl Known for Booth {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-10.0, 10.0); 2];

    fn new(settings: &Settings) -> Self {
        let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| settings.number(name));
        Self { a, b, c, d }
    }

    fn stationary(&self) -> Vec<Stationary> {
        let Self { a, b, c, d } = *self;
        let determinant = 1.0 - a * c;
        if determinant == 0.0 {
            return Vec::new();
        }
        vec![Stationary::global([(b - a * d) / determinant, (d - b * c) / determinant], 0.0)]
    }

    fn convexity(&self) -> Option<Convexity> {
        let Self { a, c, .. } = *self;
        // Eigenvalues of twice [1 + c², a + c; a + c, 1 + a²].
        let (trace, determinant) = (2.0 + a * a + c * c, (1.0 - a * c) * (1.0 - a * c));
        let largest = 0.5 * (trace + (trace * trace - 4.0 * determinant).sqrt());
        Some(Convexity::between(2.0 * determinant / largest, 2.0 * largest))
    }
}

impl Planar for Booth {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        let [a, b, c, d] = [self.a, self.b, self.c, self.d].map(R::of);
        let first = Jet::new(x + a * y - b, [R::ONE, a], [R::ZERO; 3]);
        let second = Jet::new(c * x + y - d, [c, R::ONE], [R::ZERO; 3]);
        first.squared() + second.squared()
    }
}

function!(Booth: planar);

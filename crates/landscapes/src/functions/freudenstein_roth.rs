//! The function of Freudenstein and Roth.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Kind, Known, Stationary};
use crate::parameters::{hyperparameters, number};
use crate::roots;

const ENTRY: Entry = Entry {
    name: "freudenstein-roth",
    summary: "The function of Freudenstein and Roth: a second minimum that attracts from far away.",
    formula: "f(x, y) = (x - a + ((5 - y) y - 2) y)² + (x - b + ((y + 1) y - 14) y)²",
    conventions: "With D(y) = a - b + 2y³ - 4y² - 12y, the difference of the parentheses, the minimum is 0 at the roots of D, \
                  and D²/2 at y = (2 ± √22)/3 is another minimum or a saddle; x is such that the parentheses are opposite. \
                  With the defaults: 0 at (5, 4), and 48.984 at (11.413, -0.897). Usually looked at in [-20, 20] × [-5, 6].",
    hyperparameters: hyperparameters!(
        [0.5, -2.0],
        number("a", 13.0, Range::closed(-1000.0, 1000.0), "constant of the first equation"),
        number("b", 29.0, Range::closed(-1000.0, 1000.0), "constant of the second equation"),
    ),
    dialects: &[],
    cost: "About 25 operations a gradient.",
    reference: "Freudenstein and Roth (1963), Numerical solution of systems of nonlinear equations, J. ACM 10.",
};

#[derive(Clone)]
pub(crate) struct FreudensteinRoth {
    a: f64,
    b: f64,
}

impl Known for FreudensteinRoth {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-20.0, 20.0), (-5.0, 6.0)];

    fn new(settings: &Settings) -> Self {
        Self { a: settings.number("a"), b: settings.number("b") }
    }

    fn stationary(&self) -> Vec<Stationary> {
        let (a, b) = (self.a, self.b);
        let difference = |y: f64| a - b + y * (y * (2.0 * y - 4.0) - 12.0);
        let x = |y: f64| 0.5 * (a + b - y * (6.0 * y - 16.0));
        // Cauchy's bound for the roots of y³ - 2y² - 6y + (a - b)/2.
        let bound = 1.0 + (0.5 * (a - b).abs()).max(6.0);
        let zeros = roots::between((-bound, bound), 100_001, difference);
        let turns = [-22_f64.sqrt(), 22_f64.sqrt()].map(|root| (2.0 + root) / 3.0);
        let others = turns.into_iter().filter(|&y| difference(y) != 0.0).map(|y| {
            let curve = 12.0 * y - 8.0;
            let kind = if difference(y) * curve > 0.0 { Kind::Minimum } else { Kind::Saddle };
            Stationary::of(kind, [x(y), y], 0.5 * difference(y) * difference(y))
        });
        zeros.into_iter().map(|y| Stationary::global([x(y), y], 0.0)).chain(others).collect()
    }
}

impl Planar for FreudensteinRoth {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        let (a, b, zero) = (R::of(self.a), R::of(self.b), R::ZERO);
        let [two, three, five, six, ten, fourteen] = [2.0, 3.0, 5.0, 6.0, 10.0, 14.0].map(R::of);
        let first = Jet::new(
            x - a + ((five - y) * y - two) * y,
            [R::ONE, (ten - three * y) * y - two],
            [zero, zero, ten - six * y],
        );
        let second = Jet::new(
            x - b + ((y + R::ONE) * y - fourteen) * y,
            [R::ONE, (three * y + two) * y - fourteen],
            [zero, zero, six * y + two],
        );
        first.squared() + second.squared()
    }
}

function!(FreudensteinRoth: planar);

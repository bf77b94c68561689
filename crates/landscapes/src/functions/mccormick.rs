//! McCormick's function.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Kind, Known, Stationary};
use crate::parameters::{hyperparameters, number};
use crate::roots;

const ENTRY: Entry = Entry {
    name: "mccormick",
    summary: "McCormick's function: a row of minima, each lower than the one before.",
    formula: "f(x, y) = sin(x + y) + (x - y)² + a x + b y + c",
    conventions: "With u = x + y and v = x - y it is sin u + (a + b)/2 u plus v² + (a - b)/2 v: for |a + b| < 2 the minima have \
                  v = (b - a)/4 and u = -arccos(-(a + b)/2) up to multiples of 2π, of which the one without is listed, \
                  with the saddle at -u. With the defaults it is -1.9132 at (-0.547, -1.547), the lowest in the usual \
                  window [-1.5, 4] × [-3, 4]; where a + b is not 0, f has no lower bound.",
    hyperparameters: hyperparameters!(
        [3.0, 3.0],
        number("a", -1.5, Range::FINITE, "slope along x"),
        number("b", 2.5, Range::FINITE, "slope along y"),
        number("c", 1.0, Range::FINITE, "height"),
    ),
    dialects: &[],
    cost: "8 operations, a sine and a cosine a gradient.",
    reference: "McCormick (1976), Computability of global solutions to factorable nonconvex programs, Math. Program. 10.",
};

#[derive(Clone)]
pub(crate) struct McCormick {
    a: f64,
    b: f64,
    c: f64,
}

impl Known for McCormick {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-1.5, 4.0), (-3.0, 4.0)];

    fn new(settings: &Settings) -> Self {
        let [a, b, c] = ["a", "b", "c"].map(|name| settings.number(name));
        Self { a, b, c }
    }

    fn stationary(&self) -> Vec<Stationary> {
        let half_sum = 0.5 * (self.a + self.b);
        let v = 0.25 * (self.b - self.a);
        let minimum = if half_sum == 0.0 { Kind::Global } else { Kind::Minimum };
        let angles = roots::between((0.0, std::f64::consts::PI), 1, |u| Real::cos(u) + half_sum);
        let pair = |u: f64| {
            [(-u, minimum), (u, Kind::Saddle)].map(|(u, kind)| {
                let value = Real::sin(u) + half_sum * u - v * v + self.c;
                Stationary::of(kind, [0.5 * (u + v), 0.5 * (u - v)], value)
            })
        };
        if half_sum.abs() < 1.0 { angles.into_iter().flat_map(pair).collect() } else { Vec::new() }
    }
}

impl Planar for McCormick {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        let [a, b, c] = [self.a, self.b, self.c].map(R::of);
        let (two, u, v) = (R::of(2.0), x + y, x - y);
        let (sine, cosine) = (u.sin(), u.cos());
        Jet::new(
            sine + v * v + a * x + b * y + c,
            [cosine + two * v + a, cosine - two * v + b],
            [two - sine, -two - sine, two - sine],
        )
    }
}

function!(McCormick: planar);

//! The function of Styblinski and Tang.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Chained, function};
use crate::known::{Kind, Known, Stationary};
use crate::parameters::{dimension, hyperparameters, number};
use crate::roots;

const ENTRY: Entry = Entry {
    name: "styblinski-tang",
    summary: "The function of Styblinski and Tang: two wells of different depth along each axis.",
    formula: "f(x) = 1/2 Σ_i x_i⁴ - a x_i² + b x_i",
    conventions: "Stationary is every point whose coordinates are roots of 4 t³ - 2a t + b: all coordinates at the lowest give \
                  the minimum, with the defaults -39.166 n at -2.9035. Usually looked at in [-5, 5]².",
    hyperparameters: hyperparameters!(
        [0.0, 1.0],
        dimension(2, 1),
        number("a", 16.0, Range::closed(-100.0, 100.0), "how far the wells are apart"),
        number("b", 5.0, Range::closed(-100.0, 100.0), "slope that tells the wells apart"),
    ),
    dialects: &[],
    cost: "6 operations a coordinate.",
    reference: "Styblinski and Tang (1990), Experiments in nonconvex optimization, Neural Networks 3.",
};

#[derive(Clone)]
pub(crate) struct StyblinskiTang {
    dimension: usize,
    a: f64,
    b: f64,
}

impl Known for StyblinskiTang {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-5.0, 5.0); 2];

    fn new(settings: &Settings) -> Self {
        Self { dimension: settings.integer("dimension") as usize, a: settings.number("a"), b: settings.number("b") }
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    /// All coordinates alike, and one at the hill between others in the deeper well.
    fn stationary(&self) -> Vec<Stationary> {
        let (n, a, b) = (self.dimension, self.a, self.b);
        let value = |t: f64| 0.5 * t * (t * (t * t - a) + b);
        let bound = 1.0 + a.abs().max(b.abs()).sqrt();
        let roots = roots::between((-bound, bound), 20_001, |t| t * (4.0 * t * t - 2.0 * a) + b);
        let lowest = roots.iter().map(|&t| value(t)).fold(f64::INFINITY, Real::min);
        let hill = |t: f64| 12.0 * t * t < 2.0 * a;
        let alike = roots.iter().map(|&t| {
            let lower = if value(t) <= lowest { Kind::Global } else { Kind::Minimum };
            Stationary::of(if hill(t) { Kind::Maximum } else { lower }, vec![t; n], n as f64 * value(t))
        });
        let deepest = roots.iter().copied().find(|&t| value(t) <= lowest);
        let tops = roots.iter().copied().filter(|&t| hill(t) && n > 1);
        let saddles = tops.filter_map(|top| {
            let mut at = vec![deepest?; n];
            at[0] = top;
            Some(Stationary::of(Kind::Saddle, at, value(top) + (n - 1) as f64 * lowest))
        });
        alike.chain(saddles).collect()
    }
}

impl Chained for StyblinskiTang {
    const LINKED: bool = false;

    #[inline(always)]
    fn own<R: Real>(&self, _: usize, x: R) -> [R; 3] {
        let (a, b, half, two, six) = (R::of(self.a), R::of(self.b), R::of(0.5), R::of(2.0), R::of(6.0));
        [half * x * (x * (x * x - a) + b), x * (two * x * x - a) + half * b, six * x * x - a]
    }
}

function!(StyblinskiTang: chained);

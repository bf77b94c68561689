//! The function of Goldstein and Price.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Kind, Known, Stationary};
use crate::parameters::{hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "goldstein-price",
    summary: "The function of Goldstein and Price: four minima of very different height, values up to a million.",
    formula: "f(x, y) = A(x + y) B(2x - 3y),  A(u) = p + (u + 1)² (3u² - 14u + 19),  B(v) = q + v² (3v² - 16v + 18)",
    conventions: "This is the usual polynomial in x and y. Stationary are the nine points with x + y = -1, 1 or 2 and \
                  2x - 3y = 0, 1 or 3; the minimum is p (q - 27) at (0, -1): with the defaults 3. \
                  Usually looked at in [-2, 2]².",
    hyperparameters: hyperparameters!(
        [-1.5, 1.5],
        number("p", 1.0, Range::above(0.0), "least value of the first factor"),
        number("q", 30.0, Range::above(27.0), "27 more than the least value of the second factor"),
    ),
    dialects: &[],
    cost: "About 35 operations a gradient.",
    reference: "Goldstein and Price (1971), On descent from local minima, Math. Comput. 25.",
};

#[derive(Clone)]
pub(crate) struct GoldsteinPrice {
    p: f64,
    q: f64,
}

impl Known for GoldsteinPrice {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-2.0, 2.0); 2];

    fn new(settings: &Settings) -> Self {
        Self { p: settings.number("p"), q: settings.number("q") }
    }

    fn stationary(&self) -> Vec<Stationary> {
        let (p, q) = (self.p, self.q);
        // Where the factors are stationary, what they are there, and whether it is a minimum of theirs.
        let first = [(-1.0, p, true), (1.0, p + 32.0, false), (2.0, p + 27.0, true)];
        let second = [(3.0, q - 27.0, true), (0.0, q, true), (1.0, q + 5.0, false)];
        let both = |(u, a, low): (f64, f64, bool), (v, b, lower): (f64, f64, bool)| {
            let kind = match (low, lower) {
                (true, true) if u == -1.0 && v == 3.0 => Kind::Global,
                (true, true) => Kind::Minimum,
                (false, false) => Kind::Maximum,
                _ => Kind::Saddle,
            };
            Stationary::of(kind, [(3.0 * u + v) / 5.0, (2.0 * u - v) / 5.0], a * b)
        };
        first.into_iter().flat_map(|a| second.map(|b| both(a, b))).collect()
    }
}

impl Planar for GoldsteinPrice {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        let of = R::of;
        let (one, two, three, twelve) = (R::ONE, of(2.0), of(3.0), of(12.0));
        let (u, v) = (x + y, two * x - three * y);
        let a = of(self.p) + (u + one) * (u + one) * (three * u * u - of(14.0) * u + of(19.0));
        let b = of(self.q) + v * v * (three * v * v - of(16.0) * v + of(18.0));
        let (a_slope, b_slope) = (twelve * (u * u - one) * (u - two), twelve * v * (v - one) * (v - three));
        let (a_curve, b_curve) =
            (twelve * (three * u * u - of(4.0) * u - one), twelve * (three * v * v - of(8.0) * v + three));
        let along = Jet::new(a, [a_slope, a_slope], [a_curve, a_curve, a_curve]);
        let across = Jet::new(
            b,
            [two * b_slope, -(three * b_slope)],
            [of(4.0) * b_curve, -(of(6.0) * b_curve), of(9.0) * b_curve],
        );
        along.product(across)
    }
}

function!(GoldsteinPrice: planar);

//! The monkey saddle.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Kind, Known, Stationary};
use crate::parameters::{hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "monkey-saddle",
    summary: "The monkey saddle: a saddle with three ways down, where the Hessian is 0.",
    formula: "f(x, y) = a (x³ - 3 x y²)",
    conventions: "The saddle is at 0; there is no minimum. Usually looked at in [-1, 1]².",
    hyperparameters: hyperparameters!([0.0, 0.0], number("a", 1.0, Range::above(0.0), "height")),
    dialects: &[],
    cost: "6 operations a gradient.",
    reference: "Hilbert and Cohn-Vossen (1932), Anschauliche Geometrie, Springer.",
};

#[derive(Clone)]
pub(crate) struct MonkeySaddle {
    a: f64,
}

impl Known for MonkeySaddle {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-1.0, 1.0); 2];

    fn new(settings: &Settings) -> Self {
        Self { a: settings.number("a") }
    }

    fn stationary(&self) -> Vec<Stationary> {
        vec![Stationary::of(Kind::Saddle, [0.0, 0.0], 0.0)]
    }
}

impl Planar for MonkeySaddle {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        let (a, three, six) = (R::of(self.a), R::of(3.0), R::of(6.0));
        Jet::new(
            x * (x * x - three * y * y),
            [three * (x * x - y * y), -(six * x * y)],
            [six * x, -(six * y), -(six * x)],
        ) * a
    }
}

function!(MonkeySaddle: planar);

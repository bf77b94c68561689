//! Schaffer's function number 2.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Known, Stationary};
use crate::parameters::{hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "schaffer-2",
    summary: "Schaffer's function number 2: waves whose frequency grows with the distance, around a minimum in a cross.",
    formula: "f(x, y) = 1/2 + (sin²(x² - y²) - 1/2)/(1 + c (x² + y²))²",
    conventions: "The minimum is 0 at 0. Usually looked at in [-100, 100]², or closer.",
    hyperparameters: hyperparameters!([3.0, 2.0], number("c", 0.001, Range::above(0.0), "how fast the waves fade"),),
    dialects: &[],
    cost: "About 30 operations, a sine and a cosine a gradient.",
    reference: "Schaffer, Caruana, Eshelman and Das (1989), A study of control parameters affecting online performance of \
                genetic algorithms, ICGA 3.",
};

#[derive(Clone)]
pub(crate) struct Schaffer2 {
    c: f64,
}

impl Known for Schaffer2 {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-5.0, 5.0); 2];

    fn new(settings: &Settings) -> Self {
        Self { c: settings.number("c") }
    }

    fn stationary(&self) -> Vec<Stationary> {
        vec![Stationary::global([0.0, 0.0], 0.0)]
    }
}

impl Planar for Schaffer2 {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        let (c, half) = (R::of(self.c), R::of(0.5));
        let [two, four, eight, many] = [2.0, 4.0, 8.0, 24.0].map(R::of);
        let difference = x * x - y * y;
        let (sine, double) = (difference.sin(), (two * difference).sin());
        let cosine = (two * difference).cos();
        let wave = Jet::new(
            sine * sine - half,
            [two * x * double, -(two * y * double)],
            [eight * x * x * cosine + two * double, -(eight * x * y * cosine), eight * y * y * cosine - two * double],
        );
        let inverse = R::ONE / (R::ONE + c * (x * x + y * y));
        let square = inverse * inverse;
        let (slope, curve) = (-(four * c * square * inverse), many * c * c * square * square);
        let fading =
            Jet::new(square, [slope * x, slope * y], [slope + curve * x * x, curve * x * y, slope + curve * y * y]);
        let product = wave.product(fading);
        Jet { value: half + product.value, ..product }
    }
}

function!(Schaffer2: planar);

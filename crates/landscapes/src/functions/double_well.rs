//! Two equal wells along each axis.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Chained, function};
use crate::known::{Kind, Known, Stationary};
use crate::parameters::{dimension, hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "double-well",
    summary: "Two equal wells with a barrier between them along each axis.",
    formula: "f(x) = h Σ_i (x_i² - 1)²",
    conventions: "The minimum is 0 at every point with coordinates ±1, the curvature there 8h; h is the height of the barrier. \
                  With sided noise the wells differ in their noise only. Usually looked at in [-2, 2]².",
    hyperparameters: hyperparameters!(
        [0.0],
        dimension(1, 1),
        number("h", 0.25, Range::above(0.0), "height of the barrier"),
    ),
    dialects: &[],
    cost: "5 operations a coordinate.",
    reference: "Kramers (1940), Brownian motion in a field of force and the diffusion model of chemical reactions, Physica 7.",
};

#[derive(Clone)]
pub(crate) struct DoubleWell {
    dimension: usize,
    h: f64,
}

impl Known for DoubleWell {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-2.0, 2.0); 2];

    fn new(settings: &Settings) -> Self {
        Self { dimension: settings.integer("dimension") as usize, h: settings.number("h") }
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn stationary(&self) -> Vec<Stationary> {
        let (n, h) = (self.dimension, self.h);
        let mut barrier = vec![1.0; n];
        barrier[0] = 0.0;
        let mut points = vec![
            Stationary::global(vec![1.0; n], 0.0),
            Stationary::global(vec![-1.0; n], 0.0),
            Stationary::of(Kind::Maximum, vec![0.0; n], n as f64 * h),
        ];
        if n > 1 {
            points.push(Stationary::of(Kind::Saddle, barrier, h));
        }
        points
    }
}

impl Chained for DoubleWell {
    const LINKED: bool = false;

    #[inline(always)]
    fn own<R: Real>(&self, _: usize, x: R) -> [R; 3] {
        let (h, three, four) = (R::of(self.h), R::of(3.0), R::of(4.0));
        let t = x * x - R::ONE;
        [h * t * t, four * h * x * t, four * h * (three * x * x - R::ONE)]
    }
}

function!(DoubleWell: chained);

//! What is known about a landscape beside its formula.

use sgdlab_core::{Entry, Invalid, Settings};

use crate::function::Planar;

/// A point where the gradient is 0, or the global minimum at a kink.
#[derive(Clone, Debug, PartialEq)]
pub struct Stationary {
    /// What kind of point it is.
    pub kind: Kind,
    /// Where it is.
    pub at: Vec<f64>,
    /// f there.
    pub value: f64,
}

/// What kind of point a stationary one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A global minimum.
    Global,
    /// A global minimum where f has no gradient.
    Kink,
    /// A local minimum that is not known to be global.
    Minimum,
    /// Neither a minimum nor a maximum.
    Saddle,
    /// A local maximum.
    Maximum,
}

impl Stationary {
    pub(crate) fn global(at: impl Into<Vec<f64>>, value: f64) -> Self {
        Self { kind: Kind::Global, at: at.into(), value }
    }

    pub(crate) fn of(kind: Kind, at: impl Into<Vec<f64>>, value: f64) -> Self {
        Self { kind, at: at.into(), value }
    }
}

/// Says of all stationary points of a function what kind they are, by its Hessians; the lowest are global minima.
pub(crate) fn classified(f: &impl Planar, points: impl IntoIterator<Item = [f64; 2]>) -> Vec<Stationary> {
    let stationary = |[x, y]: [f64; 2]| {
        let jet = f.jet(x, y);
        let [xx, xy, yy] = jet.hessian;
        let kind = match xx * yy - xy * xy {
            determinant if determinant > 0.0 && xx > 0.0 => Kind::Minimum,
            determinant if determinant > 0.0 => Kind::Maximum,
            _ => Kind::Saddle,
        };
        Stationary::of(kind, [x, y], jet.value)
    };
    let mut points: Vec<_> = points.into_iter().map(stationary).collect();
    let lowest = points.iter().map(|point| point.value).fold(f64::INFINITY, sgdlab_core::Real::min);
    let slack = 1e-12 * (1.0 + lowest.abs());
    for point in points.iter_mut().filter(|point| point.kind == Kind::Minimum && point.value <= lowest + slack) {
        point.kind = Kind::Global;
    }
    points
}

/// How much a function curves, where it is convex.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Convexity {
    /// μ, a constant of strong convexity; 0 if there is none.
    pub(crate) strong: f64,
    /// L, a Lipschitz constant of the gradient, if there is one.
    pub(crate) smooth: Option<f64>,
}

impl Convexity {
    /// Eigenvalues of a constant Hessian from the smallest to the largest.
    pub(crate) fn between(smallest: f64, largest: f64) -> Self {
        Self { strong: smallest, smooth: Some(largest) }
    }
}

/// A landscape as its file describes it.
pub(crate) trait Known: Clone + Send + Sync + 'static {
    /// How the catalogue describes it.
    const ENTRY: &'static Entry;
    /// Where people look at it: from where to where on the first two axes.
    const WINDOW: [(f64, f64); 2];

    /// The landscape of checked settings of the entry.
    fn new(settings: &Settings) -> Self;

    /// Refuses settings that do not go together.
    fn check(_settings: &Settings) -> Result<(), Invalid> {
        Ok(())
    }

    /// The number of coordinates.
    fn dimension(&self) -> usize {
        2
    }

    /// Stationary points that are known, among them every global minimum that is.
    fn stationary(&self) -> Vec<Stationary>;

    /// Its constants, if it is convex for all accepted settings or these are known to make it so.
    fn convexity(&self) -> Option<Convexity> {
        None
    }
}

//! What multiclass hinge losses make of a rival's score that is too near.

use sgdlab_core::{Domain, Hyperparameter, Range, Real, Settings};

/// max(0, `margin` − x_y + x_c), perhaps squared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shortfall {
    pub(crate) margin: f64,
    pub(crate) squared: bool,
}

pub(crate) const MARGIN: Hyperparameter = Hyperparameter {
    name: "margin",
    meaning: "how much larger the score of the class is to be",
    domain: Domain::Number { default: 1.0, range: Range::above(0.0) },
};

pub(crate) const SQUARED: Hyperparameter = Hyperparameter {
    name: "squared",
    meaning: "whether what is missing is squared",
    domain: Domain::Flag { default: false },
};

impl Shortfall {
    pub(crate) fn from_settings(settings: &Settings) -> Self {
        Self { margin: settings.number("margin"), squared: settings.flag("squared") }
    }

    /// What is missing; negative if nothing is.
    #[inline(always)]
    pub(crate) fn missing<R: Real>(self, own: R, rival: R) -> R {
        R::of(self.margin) - own + rival
    }

    #[inline(always)]
    pub(crate) fn value<R: Real>(self, missing: R) -> R {
        let missing = if missing <= R::ZERO { R::ZERO } else { missing };
        if self.squared { missing * missing } else { missing }
    }

    /// The slope in the rival's score; 1 at NaN, unless squared.
    #[inline(always)]
    pub(crate) fn slope<R: Real>(self, missing: R) -> R {
        let slope = if self.squared { missing + missing } else { R::ONE };
        if missing <= R::ZERO { R::ZERO } else { slope }
    }

    /// The second derivative in the rival's score.
    #[inline(always)]
    pub(crate) fn curvature<R: Real>(self, missing: R) -> R {
        let curvature = if self.squared { R::of(2.0) } else { R::ZERO };
        if missing <= R::ZERO { R::ZERO } else { curvature }
    }
}

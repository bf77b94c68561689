//! The hyperparameters that landscapes share.

use sgdlab_core::{Domain, Hyperparameter, Range};

pub(crate) const fn number(name: &'static str, default: f64, range: Range, meaning: &'static str) -> Hyperparameter {
    Hyperparameter { name, meaning, domain: Domain::Number { default, range } }
}

pub(crate) const fn dimension(default: i64, least: i64) -> Hyperparameter {
    Hyperparameter {
        name: "dimension",
        meaning: "n, the number of parameters",
        domain: Domain::Integer { default, least },
    }
}

pub(crate) const fn start(default: &'static [f64]) -> Hyperparameter {
    Hyperparameter {
        name: "start",
        meaning: "the initial point, coordinate by coordinate; then the list begins again",
        domain: Domain::Numbers { default, range: Range::FINITE },
    }
}

pub(crate) const SPREAD: Hyperparameter = number(
    "spread",
    0.0,
    Range::at_least(0.0),
    "replicates begin at even random from the initial point minus this to plus this, in every coordinate",
);
pub(crate) const NOISE: Hyperparameter =
    number("noise", 1.0, Range::at_least(0.0), "σ, the scale of the noise ξ of terms; 0: all terms are equal");
pub(crate) const NOISE_KIND: Hyperparameter = Hyperparameter {
    name: "noise-kind",
    meaning: "isotropic: ξ_i·x is added to term i, so that ξ_i is the noise of its gradient everywhere; multiplicative: \
              term i is (1 + ξ_i) f; sided: ξ_i·φ(x) with φ'(x_j) = quiet + (1 - quiet) sigmoid(steepness x_j), so that \
              the noise grows from quiet ξ_i to ξ_i across 0",
    domain: Domain::Choice { default: "isotropic", accepts: &["isotropic", "multiplicative", "sided"] },
};
pub(crate) const NOISE_LAW: Hyperparameter = Hyperparameter {
    name: "noise-law",
    meaning: "how each number of ξ is drawn: gaussian: N(0, σ²); student-t: σ times Student's t with tail-index degrees of \
              freedom; stable: symmetric α-stable with α = tail-index and E exp(i t ξ) = exp(-|σ t|^α); equispaced: evenly \
              spaced numbers of mean square σ², in random order",
    domain: Domain::Choice { default: "gaussian", accepts: &["gaussian", "equispaced", "student-t", "stable"] },
};
pub(crate) const TAIL_INDEX: Hyperparameter = number(
    "tail-index",
    1.5,
    Range::closed(0.5, 100.0),
    "degrees of freedom of student-t, or α ≤ 2 of stable: moments from this order on are infinite (but at α = 2)",
);
pub(crate) const QUIET: Hyperparameter = number(
    "quiet",
    0.1,
    Range::closed(0.0, 1.0),
    "share of the noise that is left on the quiet side, where it is sided",
);
pub(crate) const STEEPNESS: Hyperparameter =
    number("steepness", 4.0, Range::above(0.0), "how fast sided noise grows, in units of 1/x");
pub(crate) const TERMS: Hyperparameter = Hyperparameter {
    name: "terms",
    meaning: "the number of terms, even: for each there is one with the opposite noise",
    domain: Domain::Integer { default: 100, least: 2 },
};

/// The hyperparameters of a landscape: its own, and those of all.
macro_rules! hyperparameters {
    ([$($start:expr),+] $(, $own:expr)* $(,)?) => {
        &[
            $($own,)*
            $crate::parameters::start(&[$($start),+]),
            $crate::parameters::SPREAD,
            $crate::parameters::NOISE,
            $crate::parameters::NOISE_KIND,
            $crate::parameters::NOISE_LAW,
            $crate::parameters::TAIL_INDEX,
            $crate::parameters::QUIET,
            $crate::parameters::STEEPNESS,
            $crate::parameters::TERMS,
        ]
    };
}
pub(crate) use hyperparameters;

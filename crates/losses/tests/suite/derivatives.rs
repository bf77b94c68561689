//! Values, slopes and curvatures against dual numbers of the formulas as textbooks write them.

use num_dual::{Dual2, DualNum};
use proptest::prelude::*;
use sgdlab_core::Settings;
use sgdlab_losses::{Loss, LossSpec, Targets, entries};

use crate::variants::{prediction, targets, variant};

type Dual = Dual2<f64>;

/// The loss as a textbook writes it, without a thought of overflow.
fn textbook(settings: &Settings, x: Dual, y: f64) -> Dual {
    match LossSpec::new(settings).unwrap().facts().targets {
        Targets::Numbers => of_residual(settings, x - y),
        Targets::Signs => of_margin(settings, x * y),
        Targets::Probabilities => of_logit(settings, x, y),
        Targets::Counts | Targets::Positive => of_logarithm(settings, x, y),
    }
}

fn of_residual(settings: &Settings, residual: Dual) -> Dual {
    let size = if residual.re < 0.0 { -residual } else { residual };
    let number = |name| settings.number(name);
    match settings.name() {
        "squared" => residual * residual * if settings.flag("half") { 0.5 } else { 1.0 },
        "absolute" => size,
        "huber" if size.re < number("delta") => size * size * 0.5,
        "huber" => (size - number("delta") / 2.0) * number("delta"),
        "smooth-l1" if size.re < number("beta") => size * size / (2.0 * number("beta")),
        "smooth-l1" => size - number("beta") / 2.0,
        "log-cosh" => residual.cosh().ln(),
        "pinball" if residual.re > 0.0 => residual * (1.0 - number("tau")),
        "pinball" => residual * -number("tau"),
        "epsilon-insensitive" | "squared-epsilon-insensitive" if size.re < number("epsilon") => Dual::from_re(0.0),
        "epsilon-insensitive" => size - number("epsilon"),
        "squared-epsilon-insensitive" => (size - number("epsilon")).powi(2),
        "pseudo-huber" => {
            let delta = number("delta");
            (((residual / delta).powi(2) + 1.0).sqrt() - 1.0) * delta * delta
        }
        name => {
            let c = number("c");
            let square = (residual / c).powi(2);
            let unit = match name {
                "cauchy" => (square + 1.0).ln() * 0.5,
                "geman-mcclure" => square / (square + 1.0) * 0.5,
                "welsch" => (-(-square).exp() + 1.0) * 0.5,
                "tukey" if square.re > 1.0 => Dual::from_re(1.0 / 6.0),
                "tukey" => (-(-square + 1.0).powi(3) + 1.0) / 6.0,
                other => panic!("{other} has no textbook formula here"),
            };
            unit * c * c
        }
    }
}

fn of_margin(settings: &Settings, margin: Dual) -> Dual {
    let short = if margin.re < 1.0 { -margin + 1.0 } else { Dual::from_re(0.0) };
    match settings.name() {
        "logistic" => ((-margin).exp() + 1.0).ln(),
        "hinge" => short,
        "squared-hinge" => short.powi(2),
        "exponential" => (-margin).exp(),
        "modified-huber" if margin.re < -1.0 => margin * -4.0,
        "modified-huber" => short.powi(2),
        "perceptron" if margin.re < 0.0 => -margin,
        "perceptron" => Dual::from_re(0.0),
        "ramp" if short.re > settings.number("cap") => Dual::from_re(settings.number("cap")),
        "ramp" => short,
        "smoothed-hinge" if short.re < settings.number("gamma") => short.powi(2) / (2.0 * settings.number("gamma")),
        "smoothed-hinge" => short - settings.number("gamma") / 2.0,
        other => panic!("{other} has no textbook formula here"),
    }
}

fn of_logit(settings: &Settings, x: Dual, y: f64) -> Dual {
    let (positive, negative) = (((-x).exp() + 1.0).recip(), (x.exp() + 1.0).recip());
    match settings.name() {
        "binary-cross-entropy" => -(positive.ln() * y + negative.ln() * (1.0 - y)),
        "weighted-binary-cross-entropy" => {
            -(positive.ln() * y * settings.number("pos-weight") + negative.ln() * (1.0 - y))
        }
        "sigmoid-squared" => (positive - y).powi(2) * 0.5,
        "sigmoid-focal" => {
            let (alpha, gamma) = (settings.number("alpha"), settings.number("gamma"));
            -(negative.powf(gamma) * positive.ln() * (y * alpha)
                + positive.powf(gamma) * negative.ln() * ((1.0 - y) * (1.0 - alpha)))
        }
        other => panic!("{other} has no textbook formula here"),
    }
}

fn of_logarithm(settings: &Settings, x: Dual, y: f64) -> Dual {
    match settings.name() {
        "poisson-nll" => {
            let constant = if y > 1.0 { y * y.ln() - y + (std::f64::consts::TAU * y).ln() / 2.0 } else { 0.0 };
            x.exp() - x * y + if settings.flag("full") { constant } else { 0.0 }
        }
        "half-gamma" => x + (-x).exp() * y,
        "half-tweedie" => match settings.number("power") {
            0.0 => (x.exp() - y).powi(2) / 2.0,
            1.0 => x.exp() - x * y,
            2.0 => x + (-x).exp() * y,
            p => (x * (2.0 - p)).exp() / (2.0 - p) - (x * (1.0 - p)).exp() * y / (1.0 - p),
        },
        other => panic!("{other} has no textbook formula here"),
    }
}

/// Rounding of the textbook's formulas for |x| ≤ 8: sums of numbers of size 1 and of the result,
/// and where a difference of numbers of size 1 is multiplied by the square of a scale, of that.
#[track_caller]
fn check_close(what: &str, settings: &Settings, ours: f64, exact: f64) {
    let scale = match settings.name() {
        "pseudo-huber" => settings.number("delta"),
        "cauchy" | "geman-mcclure" | "welsch" | "tukey" => settings.number("c"),
        _ => 1.0,
    };
    let tolerance = 1e-13 * exact.abs().max(1.0).max(scale * scale);
    assert!((ours - exact).abs() <= tolerance, "{what} of {settings}: {ours:e} instead of {exact:e}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agree_with_dual_numbers(
        argument in -8.0_f64..8.0,
        target in -5.0_f64..5.0,
        which in 0_usize..4,
        shape in 0.001_f64..0.999,
    ) {
        for entry in entries() {
            let variant = variant(entry, shape);
            let facts = variant.loss.facts();
            // The textbook's branches and the rounding of the residual may disagree at a kink.
            if facts.kinks.iter().any(|kink| (argument - kink).abs() < 1e-9) {
                continue;
            }
            let choices = targets(facts.targets);
            let y = if facts.targets == Targets::Numbers { target } else { choices[which % choices.len()] };
            // Sums of exponentials of opposite sign lose as many digits as they are large.
            let exponential = matches!(facts.targets, Targets::Counts | Targets::Positive);
            let x = prediction(facts.targets, if exponential { argument / 4.0 } else { argument }, y);
            let exact = textbook(&variant.settings, Dual::from_re(x).derivative(), y);
            check_close("value", &variant.settings, variant.loss.value(x, y), exact.re);
            check_close("slope", &variant.settings, variant.loss.slope(x, y), exact.v1);
            check_close("curvature", &variant.settings, variant.loss.curvature(x, y), exact.v2);
        }
    }
}

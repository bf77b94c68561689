//! Values, slopes and curvatures against dual numbers of the formulas as textbooks write them.

use num_dual::{Dual2, DualNum};
use proptest::prelude::*;
use sgdlab_core::Settings;
use sgdlab_losses::{Loss, Targets, entries};

use crate::variants::{prediction, targets, variant};

type Dual = Dual2<f64>;

/// The loss as a textbook writes it, without a thought of overflow.
fn textbook(settings: &Settings, x: Dual, y: f64) -> Dual {
    let (residual, margin) = (x - y, x * y);
    let size = if residual.re < 0.0 { -residual } else { residual };
    match settings.name() {
        "squared" => residual * residual * if settings.flag("half") { 0.5 } else { 1.0 },
        "absolute" => size,
        "huber" => {
            let delta = settings.number("delta");
            if size.re < delta { size * size * 0.5 } else { (size - delta / 2.0) * delta }
        }
        "smooth-l1" => {
            let beta = settings.number("beta");
            if size.re < beta { size * size / (2.0 * beta) } else { size - beta / 2.0 }
        }
        "log-cosh" => residual.cosh().ln(),
        "pinball" => {
            let tau = settings.number("tau");
            if residual.re > 0.0 { residual * (1.0 - tau) } else { residual * -tau }
        }
        "logistic" => ((-margin).exp() + 1.0).ln(),
        "binary-cross-entropy" => {
            let (positive, negative) = (((-x).exp() + 1.0).recip(), (x.exp() + 1.0).recip());
            -(positive.ln() * y + negative.ln() * (1.0 - y))
        }
        "sigmoid-squared" => (((-x).exp() + 1.0).recip() - y).powi(2) * 0.5,
        "hinge" if margin.re < 1.0 => -margin + 1.0,
        "squared-hinge" if margin.re < 1.0 => (-margin + 1.0).powi(2),
        "hinge" | "squared-hinge" => Dual::from_re(0.0),
        other => panic!("{other} has no textbook formula here"),
    }
}

/// Rounding of the textbook's formulas for |x| ≤ 8: sums of numbers of size 1 and of the result.
#[track_caller]
fn check_close(what: &str, settings: &Settings, ours: f64, exact: f64) {
    let tolerance = 1e-13 * exact.abs().max(1.0);
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
            let x = prediction(facts.targets, argument, y);
            let exact = textbook(&variant.settings, Dual::from_re(x).derivative(), y);
            check_close("value", &variant.settings, variant.loss.value(x, y), exact.re);
            check_close("slope", &variant.settings, variant.loss.slope(x, y), exact.v1);
            check_close("curvature", &variant.settings, variant.loss.curvature(x, y), exact.v2);
        }
    }
}

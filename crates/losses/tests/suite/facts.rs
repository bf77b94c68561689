//! Every stated fact holds on a grid, and every constant is the best possible.

use sgdlab_core::{Settings, Value};
use sgdlab_losses::{Loss, LossFacts, Targets};

use crate::variants::{Variant, prediction, targets, variants};

/// Distance at which jumps are looked for.
const STEP: f64 = 1e-6;

/// Room for the last digits of a slope or curvature that equals its bound.
const ROUNDING: f64 = 1.0 + 4.0 * f64::EPSILON;

/// Arguments in ascending order: dense around 0 and the kinks, and far away on both sides.
fn grid(facts: &LossFacts) -> Vec<f64> {
    let mut grid: Vec<f64> = (-2000..=2000).map(|i| f64::from(i) * 0.01).collect();
    grid.extend([30.0, 100.0, 700.0, 1e3, 1e6, 1e9].into_iter().flat_map(|x| [x, -x]));
    grid.extend((1..40).map(|k| 20.0 * 1.1_f64.powi(k)).flat_map(|x| [x, -x]));
    for kink in &facts.kinks {
        grid.extend([-1e-3, -1e-6, -1e-9, 0.0, 1e-9, 1e-6, 1e-3].map(|offset| kink + offset));
    }
    grid.sort_by(f64::total_cmp);
    grid.dedup();
    grid
}

/// Derivatives with respect to the residual, margin or logit, for one target.
struct Profile<'a> {
    variant: &'a Variant,
    facts: LossFacts,
    target: f64,
}

impl Profile<'_> {
    fn at(&self, argument: f64) -> f64 {
        prediction(self.facts.targets, argument, self.target)
    }

    /// The slope, oriented along the argument.
    fn slope(&self, argument: f64) -> f64 {
        let direction = self.at(1.0) - self.at(0.0);
        direction * self.variant.loss.slope(self.at(argument), self.target)
    }

    fn curvature(&self, argument: f64) -> f64 {
        self.variant.loss.curvature(self.at(argument), self.target)
    }
}

/// Calls `check` for every variant and admissible target.
fn for_each(check: impl Fn(&Profile<'_>)) {
    for variant in &variants() {
        let facts = variant.loss.facts();
        for &target in targets(facts.targets) {
            check(&Profile { variant, facts: facts.clone(), target });
        }
    }
}

/// The largest of `f` over the admissible targets and arguments: of the grid, refined by dividing
/// the neighborhood of its best point in three.
fn supremum(variant: &Variant, f: impl Fn(&Profile<'_>, f64) -> f64) -> f64 {
    let facts = variant.loss.facts();
    let grid = grid(&facts);
    let over_targets = targets(facts.targets).iter().map(|&target| {
        let profile = Profile { variant, facts: facts.clone(), target };
        let at = |argument| f(&profile, argument);
        let best = (0..grid.len()).max_by(|&i, &j| at(grid[i]).total_cmp(&at(grid[j]))).unwrap();
        let (mut low, mut high) = (grid[best.saturating_sub(1)], grid[(best + 1).min(grid.len() - 1)]);
        for _ in 0..100 {
            let (left, right) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
            if at(left) < at(right) { low = left } else { high = right }
        }
        at(grid[best]).max(at((low + high) / 2.0))
    });
    over_targets.fold(f64::NEG_INFINITY, f64::max)
}

#[test]
fn convexity() {
    for_each(|profile| {
        // Rounded piecewise linear slopes are monotone; tanh and σ may step back by some last digits.
        let falls = |low: f64, high: f64| high < low - 4.0 * f64::EPSILON * low.abs().max(1.0);
        let grid = grid(&profile.facts);
        let monotone = !grid.windows(2).any(|pair| falls(profile.slope(pair[0]), profile.slope(pair[1])));
        let curved_down = grid.iter().any(|&argument| profile.curvature(argument) < 0.0);
        // A slope that falls by less than its rounding shows in the sign of the curvature only.
        assert_eq!(monotone && !curved_down, profile.facts.convex, "{}", profile.variant.settings);
    });
}

#[test]
fn lipschitz_constants_are_attained() {
    for variant in &variants() {
        let largest = supremum(variant, |profile, argument| profile.slope(argument).abs());
        match variant.loss.facts().lipschitz {
            Some(bound) => assert!(
                largest <= bound * ROUNDING && largest >= bound * (1.0 - 1e-12),
                "{}: {largest} of {bound}",
                variant.settings
            ),
            // The grid ends at 10⁶: a slope without bound grows with it.
            None => assert!(largest >= 1e6, "{}: only {largest}", variant.settings),
        }
    }
}

#[test]
fn smoothness_constants_are_attained() {
    for variant in &variants() {
        let Some(bound) = variant.loss.facts().smoothness else { continue };
        let largest = supremum(variant, |profile, argument| profile.curvature(argument));
        let attained = largest <= bound * ROUNDING && largest >= bound * (1.0 - 1e-12);
        assert!(attained, "{}: {largest} of {bound}", variant.settings);
        let steepest = supremum(variant, |profile, argument| {
            // The step that remains after the sums are rounded.
            let (low, high) = (argument - STEP, argument + STEP);
            let width = (profile.at(high) - profile.at(low)).abs();
            // Farther out a step has no digits left.
            if argument.abs() > 1e3 { 0.0 } else { (profile.slope(high) - profile.slope(low)) / width }
        });
        // Two slopes of up to 2·10³, rounded, over a step of 2·10⁻⁶.
        let rounding = 2e3 * f64::EPSILON / STEP;
        assert!(steepest <= bound + rounding, "{}: slopes change by {steepest}, not {bound}", variant.settings);
    }
}

#[test]
fn strong_convexity_constants_are_attained() {
    for variant in &variants() {
        let stated = variant.loss.facts().strong_convexity;
        if stated == f64::NEG_INFINITY {
            continue;
        }
        let least = -supremum(variant, |profile, argument| -profile.curvature(argument));
        assert!(
            least >= stated - (ROUNDING - 1.0) && least <= stated + 1e-12,
            "{}: {least} of {stated}",
            variant.settings
        );
    }
}

#[test]
fn kinks_are_where_the_slope_or_else_the_curvature_jumps() {
    for_each(|profile| {
        assert!(profile.facts.kinks.is_sorted(), "{}", profile.variant.settings);
        for &kink in &profile.facts.kinks {
            let slope_jump = profile.slope(kink + STEP) - profile.slope(kink - STEP);
            let curvature_jump = profile.curvature(kink + STEP) - profile.curvature(kink - STEP);
            match profile.facts.smoothness {
                None => assert!(slope_jump.abs() > 0.5, "{} at {kink}: {slope_jump}", profile.variant.settings),
                Some(smoothness) => {
                    let settings = &profile.variant.settings;
                    assert!(slope_jump <= 3.0 * STEP * smoothness, "{settings} at {kink}: {slope_jump}");
                    let relative = curvature_jump.abs() / smoothness;
                    assert!(relative > 0.5, "{settings} at {kink}: {curvature_jump}");
                }
            }
        }
    });
}

/// How much faster than a function of a unit scale the curvature may change: the smallest
/// hyperparameter is a scale, the largest an exponent.
fn roughness(settings: &Settings) -> f64 {
    let numbers = settings.values().iter().filter_map(|(_, value)| match value {
        Value::Number(x) if *x > 0.0 => Some(x.max(1.0 / x)),
        _ => None,
    });
    numbers.fold(1.0, f64::max)
}

#[test]
fn there_are_no_other_kinks() {
    for_each(|profile| {
        let settings = &profile.variant.settings;
        let roughness = roughness(settings);
        for i in -4001..=4001 {
            let x = f64::from(i) * 0.005;
            if profile.facts.kinks.iter().any(|kink| (kink - x).abs() < 3.0 * STEP) {
                continue;
            }
            // Between kinks slope and curvature change by at most the curvature and, in proportion to
            // it where it grows exponentially, twenty times their own scale.
            let curvature = profile.curvature(x).abs();
            let slope_jump = (profile.slope(x + STEP) - profile.slope(x - STEP)).abs();
            let curvature_jump = (profile.curvature(x + STEP) - profile.curvature(x - STEP)).abs();
            let rounding = 8.0 * f64::EPSILON * profile.slope(x).abs();
            let steepest = profile.facts.smoothness.unwrap_or(curvature);
            assert!(slope_jump <= 3.0 * STEP * steepest + rounding, "slope of {settings} at {x}: {slope_jump}");
            let change = 20.0 * STEP * roughness * curvature.max(1.0);
            assert!(curvature_jump <= change, "curvature of {settings} at {x}: {curvature_jump}");
        }
    });
}

#[test]
fn losses_depend_on_the_stated_argument_only() {
    for variant in &variants() {
        let kind = variant.loss.facts().targets;
        if !matches!(kind, Targets::Numbers | Targets::Signs) {
            continue;
        }
        // Sixteenths: the sums and products are exact.
        for argument in (-160..=160).map(|i| f64::from(i) / 16.0) {
            let all: Vec<f64> =
                targets(kind).iter().map(|&t| variant.loss.value(prediction(kind, argument, t), t)).collect();
            assert!(all.iter().all(|value| *value == all[0]), "{} at {argument}: {all:?}", variant.settings);
        }
    }
}

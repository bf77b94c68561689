//! The few distributions that several statistics need.

use sgdlab_core::Real;
use statrs::distribution::{ChiSquared, ContinuousCDF, FisherSnedecor};
use statrs::function::erf;

/// The share of a standard normal distribution that is at most `x`.
pub(super) fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// The density of a standard normal distribution.
pub(super) fn normal_density(x: f64) -> f64 {
    Real::exp(-0.5 * x * x) / (2.0 * std::f64::consts::PI).sqrt()
}

/// The `x` below which the share `p` of a standard normal distribution is; infinite for 0 and 1.
pub(super) fn normal_quantile(p: f64) -> f64 {
    match p {
        0.0 => f64::NEG_INFINITY,
        1.0 => f64::INFINITY,
        _ => {
            // From about ten digits to all of them by one step of Newton.
            let x = -std::f64::consts::SQRT_2 * erf::erfc_inv(2.0 * p);
            let step = (normal_cdf(x) - p) / normal_density(x);
            if step.is_finite() { x - step } else { x }
        }
    }
}

/// The share above `x` ≥ 0 of a χ² distribution with `freedom` ≥ 1 degrees of freedom.
pub(super) fn chi_squared_sf(x: f64, freedom: f64) -> f64 {
    ChiSquared::new(freedom).map_or(f64::NAN, |distribution| distribution.sf(x))
}

/// The share above `x` ≥ 0 of an F distribution.
pub(super) fn f_sf(x: f64, numerator: f64, denominator: f64) -> f64 {
    if x == f64::INFINITY {
        return 0.0;
    }
    FisherSnedecor::new(numerator, denominator).map_or(f64::NAN, |distribution| distribution.sf(x))
}

/// The zero of an increasing function in [`low`, `high`], to the last bit that halving finds.
pub(super) fn bisect(mut low: f64, mut high: f64, increasing: impl Fn(f64) -> f64) -> f64 {
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return middle;
        }
        if increasing(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{found} is not {expected}");
    }

    #[test]
    fn normal_values_are_those_of_tables() {
        near(normal_cdf(0.0), 0.5);
        near(normal_cdf(-1.0), 0.158_655_253_931_457_05);
        near(normal_cdf(1.959_963_984_540_054), 0.975);
        near(normal_quantile(0.975), 1.959_963_984_540_054);
        near(normal_quantile(1e-10), -6.361_340_902_404_056);
        assert_eq!([0.0, 1.0].map(normal_quantile), [f64::NEG_INFINITY, f64::INFINITY]);
    }

    #[test]
    fn two_degrees_of_freedom_are_exponential() {
        near(chi_squared_sf(6.0, 2.0), (-3.0_f64).exp());
        assert_eq!(chi_squared_sf(0.0, 3.0), 1.0);
    }

    #[test]
    fn f_with_two_degrees_above_is_a_power() {
        // P(F > x) = (1 + 2 x / d)^(−d / 2) for 2 and d degrees of freedom.
        near(f_sf(3.0, 2.0, 6.0), 0.125);
        assert_eq!(f_sf(f64::INFINITY, 2.0, 6.0), 0.0);
    }

    #[test]
    fn small_shares_keep_their_digits() {
        let relative = |found: f64, expected: f64| (found / expected - 1.0).abs();
        assert!(relative(chi_squared_sf(100.0, 4.0), 51.0 * (-50.0_f64).exp()) < 1e-12);
        assert!(relative(f_sf(1000.0, 2.0, 20.0), 101.0_f64.powi(-10)) < 1e-12);
        assert!(relative(normal_cdf(-8.0), 6.220_960_574_271_786e-16) < 1e-12);
    }

    #[test]
    fn halving_finds_roots() {
        near(bisect(0.0, 2.0, |x| x * x - 2.0), 2.0_f64.sqrt());
    }
}

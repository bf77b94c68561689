//! The studentized range with infinitely many degrees of freedom.

use super::distributions::{bisect, normal_cdf, normal_density};

/// Half of the width of the interval that is integrated over: beyond it the normal density is under 10⁻²⁰.
const REACH: f64 = 9.5;

/// Steps of the integral, which the trapezoidal rule has to the last digits: the integrand is analytic
/// and falls off like a normal density.
const STEPS: i32 = 400;

/// How likely the range of `k` standard normal numbers is at least `q`:
/// 1 − k ∫ φ(z) (Φ(z) − Φ(z − q))^(k − 1) dz.
///
/// Absolute error below 10⁻¹³.
/// `None` for `k` below 2 or if `q` is NaN.
///
/// ```
/// use sgdlab_reports::statistics::studentized_range_p_value;
/// let p = studentized_range_p_value(3.314493, 3).unwrap();
/// assert!((p - 0.05).abs() < 1e-6);
/// ```
#[must_use]
pub fn studentized_range_p_value(q: f64, k: usize) -> Option<f64> {
    if k < 2 || q.is_nan() {
        return None;
    }
    if q <= 0.0 {
        return Some(1.0);
    }
    if q == f64::INFINITY {
        return Some(0.0);
    }
    let width = 2.0 * REACH / f64::from(STEPS);
    let mut sum = 0.0;
    for step in 0..=STEPS {
        let z = f64::from(step) * width - REACH;
        let density = normal_density(z);
        // Both sides of the range, so that what is small stays exact.
        let inside = normal_cdf(z) - normal_cdf(z - q);
        sum += density * inside.powi(k as i32 - 1);
    }
    Some((1.0 - k as f64 * sum * width).clamp(0.0, 1.0))
}

/// The `q` that the range of `k` standard normal numbers exceeds with probability `alpha`.
///
/// `None` for `k` below 2 or an `alpha` that is not in (0, 1).
///
/// ```
/// use sgdlab_reports::statistics::studentized_range_quantile;
/// let q = studentized_range_quantile(0.05, 3).unwrap();
/// assert!((q - 3.314493).abs() < 1e-6);
/// ```
#[must_use]
pub fn studentized_range_quantile(alpha: f64, k: usize) -> Option<f64> {
    if k < 2 || !(alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    Some(bisect(0.0, 100.0, |q| alpha - studentized_range_p_value(q, k).unwrap_or(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_numbers_have_a_normal_difference() {
        for q in [0.1, 1.0, 2.771_808, 5.0] {
            let expected = 2.0 * normal_cdf(-q / std::f64::consts::SQRT_2);
            let found = studentized_range_p_value(q, 2).unwrap();
            assert!((found - expected).abs() < 1e-14, "{q}: {found}, not {expected}");
        }
    }

    #[test]
    fn quantiles_are_those_of_printed_tables() {
        let table = [(2, 0.05, 2.772), (3, 0.05, 3.314), (10, 0.05, 4.474), (20, 0.01, 5.645), (3, 0.01, 4.120)];
        for (k, alpha, expected) in table {
            let found = studentized_range_quantile(alpha, k).unwrap();
            assert!((found - expected).abs() <= 0.0005, "{k}, {alpha}: {found}");
        }
    }

    #[test]
    fn ends_and_nonsense_are_defined() {
        let p = studentized_range_p_value;
        assert_eq!([p(0.0, 3), p(-1.0, 3), p(f64::INFINITY, 3)], [Some(1.0), Some(1.0), Some(0.0)]);
        assert_eq!([p(1.0, 1), p(f64::NAN, 3)], [None; 2]);
        let q = studentized_range_quantile;
        assert_eq!([q(0.0, 3), q(1.0, 3), q(f64::NAN, 3), q(0.05, 1)], [None; 4]);
    }
}

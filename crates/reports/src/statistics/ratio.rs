//! Ratios of costs.

use sgdlab_core::Real;

/// ln(a / b) for each pair of costs; equal ones have the logarithm 0 although they may be 0 or infinite.
///
/// What is said of ratios on average is said of the mean of these, its interval and its tests as well.
/// `None` if there are not as many of both, or one is negative or NaN.
#[must_use]
pub fn log_ratios(a: &[f64], b: &[f64]) -> Option<Vec<f64>> {
    if a.len() != b.len() || !a.iter().chain(b).all(|&x| x >= 0.0) {
        return None;
    }
    let log_ratio = |(&a, &b): (&f64, &f64)| if a == b { 0.0 } else { super::difference(log(a), log(b)) };
    Some(a.iter().zip(b).map(log_ratio).collect())
}

/// The natural logarithm of a number ≥ 0, the same on every machine.
fn log(x: f64) -> f64 {
    if x == 0.0 {
        f64::NEG_INFINITY
    } else if x == f64::INFINITY {
        x
    } else {
        Real::ln(x)
    }
}

/// The geometric mean of the ratios a / b of pairs of costs, exp(Σ ln(a / b) / n).
///
/// It is infinite if a run of `a` alone diverged, 0 if one of `b` alone did, and `None` if both happened
/// ; `None` also if there are none, not as many of both, or one is negative or NaN.
///
/// ```
/// use sgdlab_reports::statistics::geometric_mean_ratio;
/// let ratio = geometric_mean_ratio(&[2.0, 4.0, f64::INFINITY], &[1.0, 16.0, f64::INFINITY]).unwrap();
/// assert!((ratio - 0.5_f64.cbrt()).abs() < 1e-15);
/// assert_eq!(geometric_mean_ratio(&[2.0, f64::INFINITY], &[1.0, 1.0]), Some(f64::INFINITY));
/// assert_eq!(geometric_mean_ratio(&[1.0, f64::INFINITY], &[f64::INFINITY, 1.0]), None);
/// ```
#[must_use]
pub fn geometric_mean_ratio(a: &[f64], b: &[f64]) -> Option<f64> {
    let mean = super::mean(&log_ratios(a, b)?);
    match mean {
        f64::INFINITY => Some(f64::INFINITY),
        f64::NEG_INFINITY => Some(0.0),
        mean if mean.is_nan() => None,
        mean => Some(Real::exp(mean)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_and_negative_costs_have_no_ratio() {
        assert_eq!(geometric_mean_ratio(&[], &[]), None);
        assert_eq!(geometric_mean_ratio(&[1.0], &[]), None);
        assert_eq!(geometric_mean_ratio(&[-1.0], &[1.0]), None);
        assert_eq!(geometric_mean_ratio(&[1.0], &[f64::NAN]), None);
    }

    #[test]
    fn zeros_and_infinities_are_compared_before_they_are_divided() {
        let inf = f64::INFINITY;
        assert_eq!(log_ratios(&[0.0, 0.0, 1.0, inf], &[0.0, 1.0, 0.0, 0.0]), Some(vec![0.0, -inf, inf, inf]));
        assert_eq!(geometric_mean_ratio(&[0.0, 3.0], &[2.0, 3.0]), Some(0.0));
        assert_eq!(geometric_mean_ratio(&[inf], &[inf]), Some(1.0));
        let small = geometric_mean_ratio(&[5e-324], &[1e-323]).unwrap();
        assert!((small - 0.5).abs() < 1e-13, "{small}");
    }
}

//! How large a difference is, in units of its own.

/// Cohen's d of paired differences, their mean divided by their standard deviation; negative if the first
/// is smaller.
///
/// `None` if there are fewer than two, one is NaN or infinite, or all are equal, since nothing then
/// says what is large.
///
/// ```
/// use sgdlab_reports::statistics::standardized_difference;
/// assert_eq!(standardized_difference(&[1.0, 3.0, 5.0]), Some(1.5));
/// assert_eq!(standardized_difference(&[1.0, f64::INFINITY]), None);
/// ```
#[must_use]
pub fn standardized_difference(differences: &[f64]) -> Option<f64> {
    let spread = super::standard_deviation(differences);
    (spread.is_finite() && spread > 0.0).then(|| super::mean(differences) / spread)
}

/// Cliff's delta of two samples, P(x > y) − P(x < y), in [−1, 1]; negative if `x` is smaller.
///
/// `None` if one has no numbers or a NaN.
///
/// ```
/// use sgdlab_reports::statistics::cliff_delta;
/// assert_eq!(cliff_delta(&[1.0, 2.0], &[3.0, f64::INFINITY]), Some(-1.0));
/// ```
#[must_use]
pub fn cliff_delta(x: &[f64], y: &[f64]) -> Option<f64> {
    super::probability_of_smaller(x, y).map(|smaller| 1.0 - 2.0 * smaller)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_or_equal_differences_have_no_size() {
        for differences in [&[][..], &[1.0], &[2.0, 2.0], &[1.0, f64::NAN], &[f64::INFINITY, 1.0]] {
            assert_eq!(standardized_difference(differences), None, "{differences:?}");
        }
    }

    #[test]
    fn equal_samples_do_not_differ() {
        assert_eq!(cliff_delta(&[1.0, 2.0, f64::INFINITY], &[1.0, 2.0, f64::INFINITY]), Some(0.0));
        assert_eq!(cliff_delta(&[], &[1.0]), None);
    }
}

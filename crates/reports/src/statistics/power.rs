//! What a number of pairs can show.

use super::distributions::bisect;
use super::noncentral_t::{cdf, two_sided_quantile};

/// What a comparison promises.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Design {
    /// The chance of a false alarm, in (0, 1).
    pub alpha: f64,
    /// The chance that a difference of the size asked about is found, in (`alpha`, 1).
    pub power: f64,
}

impl Default for Design {
    /// 5 % and 80 %.
    fn default() -> Self {
        Self { alpha: 0.05, power: 0.8 }
    }
}

/// The smallest p-value that a two-sided exact test of the signs or ranks of `pairs` paired differences
/// can give: 2 / 2ⁿ, and 1 without pairs.
///
/// With 5 pairs it is 0.0625, so that nothing is significant at 5 % however large the differences are.
///
/// ```
/// use sgdlab_reports::statistics::smallest_p_value;
/// assert_eq!([0, 1, 5, 6].map(smallest_p_value), [1.0, 1.0, 0.0625, 0.03125]);
/// ```
#[must_use]
pub fn smallest_p_value(pairs: usize) -> f64 {
    2.0_f64.powi(1 - i32::try_from(pairs).unwrap_or(i32::MAX).max(1))
}

/// The fewest pairs with which [`smallest_p_value`] is at most `alpha`; `None` if `alpha` is not in (0, 1].
///
/// For m comparisons with Holm's correction, `alpha` is divided by m.
///
/// ```
/// use sgdlab_reports::statistics::pairs_needed;
/// assert_eq!([0.05, 0.05 / 10.0].map(|alpha| pairs_needed(alpha).unwrap()), [6, 9]);
/// ```
#[must_use]
pub fn pairs_needed(alpha: f64) -> Option<usize> {
    (alpha > 0.0 && alpha <= 1.0).then(|| (1..2000).find(|&pairs| smallest_p_value(pairs) <= alpha))?
}

/// The power of a two-sided paired t test at the level `alpha`: how likely it finds a difference of
/// `effect` standard deviations (of differences) with n ≥ 2 pairs, 1 − P(|T| ≤ t) with the noncentral t of
/// n − 1 degrees of freedom and δ = √n `effect`.
///
/// `None` for fewer than two pairs, an infinite `effect`, or an `alpha` that is not in (0, 1).
#[must_use]
pub fn paired_t_power(pairs: usize, effect: f64, alpha: f64) -> Option<f64> {
    if pairs < 2 || !effect.is_finite() || !(alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    let freedom = (pairs - 1) as f64;
    Some(power_at(two_sided_quantile(alpha, freedom), freedom, effect.abs() * (pairs as f64).sqrt()))
}

fn power_at(critical: f64, freedom: f64, shift: f64) -> f64 {
    1.0 - cdf(critical, freedom, shift) + cdf(-critical, freedom, shift)
}

/// The smallest true mean difference of pairs that a two-sided paired t test finds as often as the `design`
/// promises, in the unit of `deviation`, the standard deviation of differences.
///
/// It is +∞ for fewer than two pairs or an infinite deviation, and 0 for a deviation of 0 (any difference is
/// then found).
/// Sign-flip and Wilcoxon tests are about as strong for many pairs, weaker for few
/// ([`sign_flip_detectable_difference`](super::sign_flip_detectable_difference)), and find nothing below
/// [`pairs_needed`].
///
/// `None` if `deviation` is negative or NaN, or the `design` is impossible.
///
/// ```
/// use sgdlab_reports::statistics::{Design, minimum_detectable_difference};
/// let difference = minimum_detectable_difference(10, 2.0, &Design::default()).unwrap();
/// assert!((difference - 1.992003).abs() < 1e-6);
/// ```
#[must_use]
pub fn minimum_detectable_difference(pairs: usize, deviation: f64, design: &Design) -> Option<f64> {
    let Design { alpha, power } = *design;
    if !(alpha > 0.0 && power > alpha && power < 1.0 && deviation >= 0.0) {
        return None;
    }
    if pairs < 2 || deviation == f64::INFINITY {
        return Some(f64::INFINITY);
    }
    let freedom = (pairs - 1) as f64;
    let critical = two_sided_quantile(alpha, freedom);
    let excess = |shift: f64| power_at(critical, freedom, shift) - power;
    let mut high = 1.0;
    while excess(high) < 0.0 && high < 1e150 {
        high *= 2.0;
    }
    Some(deviation * bisect(0.0, high, excess) / (pairs as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_difference_power_is_the_level() {
        for pairs in [2, 3, 10, 1000, 1_000_000] {
            let found = paired_t_power(pairs, 0.0, 0.05).unwrap();
            assert!((found - 0.05).abs() < 1e-12, "{pairs}: {found}");
        }
    }

    #[test]
    fn many_pairs_are_normal() {
        // (1.959964 + 0.841621) / √n, and the other tail is nothing.
        let found = minimum_detectable_difference(1_000_000, 1.0, &Design::default()).unwrap();
        assert!((found * 1e3 - 2.801_585).abs() < 1e-5, "{found}");
    }

    #[test]
    fn what_is_detectable_has_the_power_that_was_asked_for() {
        for (pairs, alpha, power) in [(2, 0.05, 0.8), (3, 0.001, 0.9), (5, 0.05, 0.8), (40, 0.05 / 100.0, 0.99)] {
            let design = Design { alpha, power };
            let effect = minimum_detectable_difference(pairs, 1.0, &design).unwrap();
            let found = paired_t_power(pairs, effect, alpha).unwrap();
            assert!((found - power).abs() < 1e-9, "{pairs} pairs: {found}");
        }
    }

    #[test]
    fn units_are_those_of_the_deviation() {
        let of = |deviation| minimum_detectable_difference(8, deviation, &Design::default());
        assert_eq!(of(6.0), of(3.0).map(|difference| 2.0 * difference));
        assert_eq!([of(0.0), of(f64::INFINITY), of(-1.0), of(f64::NAN)], [Some(0.0), Some(f64::INFINITY), None, None]);
    }

    #[test]
    fn too_few_pairs_show_nothing() {
        for pairs in [0, 1] {
            assert_eq!(minimum_detectable_difference(pairs, 1.0, &Design::default()), Some(f64::INFINITY));
            assert_eq!(paired_t_power(pairs, 1.0, 0.05), None);
        }
        assert_eq!(smallest_p_value(5000), 0.0);
        assert_eq!([pairs_needed(1.0), pairs_needed(0.0), pairs_needed(f64::NAN)], [Some(1), None, None]);
        assert_eq!(pairs_needed(f64::MIN_POSITIVE), Some(1023));
    }

    #[test]
    fn impossible_designs_are_refused() {
        for (alpha, power) in [(0.0, 0.8), (0.05, 0.05), (0.05, 1.0), (f64::NAN, 0.8)] {
            assert_eq!(minimum_detectable_difference(10, 1.0, &Design { alpha, power }), None);
        }
        assert_eq!(paired_t_power(10, f64::INFINITY, 0.05), None);
    }
}

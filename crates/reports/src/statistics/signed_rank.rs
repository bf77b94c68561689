//! What the signed-rank test says about the size of a difference.
//!
//! The rank of a positive difference counts the means of two differences (each with itself as well) that it
//! makes positive, so that W is the number of positive ones among all n (n + 1) / 2 such means (Tukey 1949).
//! Their median is the estimate that belongs to the test, and the centers that it does not reject lie between
//! two of them (Hodges and Lehmann 1963, *Estimates of Location Based on Rank Tests*).

use super::bootstrap::Interval;
use super::distributions::normal_cdf;
use super::location::sorted;

/// Up to this many pairs the distribution of W is counted, in a few milliseconds.
const EXACT: usize = 200;

/// Where differences are, with its uncertainty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Location {
    /// The median of all means of two differences, the pseudo-median.
    pub estimate: f64,
    /// The centers that the test does not reject at 5 %; −∞ to ∞ with too few pairs to reject any.
    pub interval: Interval,
    /// How likely an estimate at least as far from 0 is if differences are symmetric about 0.
    pub p_value: f64,
}

/// Hodges and Lehmann's estimate of paired differences with the 95 % interval and the p-value of the
/// two-sided signed-rank test; these never contradict each other: p ≤ 0.05 exactly if 0 is outside.
///
/// An infinite difference is larger than all finite ones, and the mean of −∞ and ∞ counts by half as either.
/// Means of two that are 0 count against either side: differences of 0 are evidence that nothing differs,
/// where [`wilcoxon`](super::wilcoxon) leaves them out.
/// So if most differences are 0 the p-value is 1, as what is tested is whether the median is 0, and without such
/// means it is the one of [`wilcoxon`](super::wilcoxon).
///
/// For up to 200 pairs the distribution is counted; above it is normal with mean n (n + 1) / 4, variance
/// n (n + 1) (2 n + 1) / 24 and continuity correction.
///
/// `None` if there are no differences or one is NaN.
///
/// ```
/// use sgdlab_reports::statistics::signed_rank;
/// let found = signed_rank(&[3.0, 1.0, 4.0, 1.5, f64::INFINITY, 2.5]).unwrap();
/// assert_eq!((found.interval.low, found.interval.high), (1.0, f64::INFINITY));
/// assert_eq!((found.estimate, found.p_value), (2.75, 2.0 / 64.0));
/// ```
#[must_use]
pub fn signed_rank(differences: &[f64]) -> Option<Location> {
    let ascending = Means::of(&sorted(differences)?);
    let turned = Means::of(&sorted(&differences.iter().map(|d| -d).collect::<Vec<_>>())?);
    let null = Null::of(differences.len());
    // So many means are not beyond 0.
    let within = ascending.at_most(0.0).min(turned.at_most(0.0));
    let ends = |place: u64| Interval { low: ascending.smallest(place), high: -turned.smallest(place) };
    let outside = null.outside();
    let all = Interval { low: f64::NEG_INFINITY, high: f64::INFINITY };
    Some(Location {
        estimate: pseudo_median(differences),
        interval: if outside == 0 { all } else { ends(outside) },
        p_value: null.two_sided(within),
    })
}

/// The estimate of [`signed_rank`] alone; NaN if there are no differences or one is NaN.
///
/// Fewer than 29 % of infinite differences leave it finite.
#[must_use]
pub fn pseudo_median(differences: &[f64]) -> f64 {
    let Some(ascending) = sorted(differences) else { return f64::NAN };
    let turned: Vec<f64> = ascending.iter().rev().map(|d| -d).collect();
    let middle = (differences.len() * (differences.len() + 1) / 2).div_ceil(2) as u64;
    between(Means::of(&ascending).smallest(middle), -Means::of(&turned).smallest(middle))
}

/// The median of differences; where that is between two of which one is infinite, the one that is nearer to 0, and 0
/// between such on both sides.
///
/// NaN if there are none or one is NaN.
///
/// ```
/// use sgdlab_reports::statistics::median_difference;
/// let inf = f64::INFINITY;
/// assert_eq!(median_difference(&[-inf, 0.0, 1.0, 2.0]), 0.5);
/// assert_eq!([median_difference(&[2.0, inf]), median_difference(&[-inf, inf, inf, -inf])], [2.0, 0.0]);
/// ```
#[must_use]
pub fn median_difference(differences: &[f64]) -> f64 {
    sorted(differences).map_or(f64::NAN, |sorted| between(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]))
}

/// Between two numbers in order.
fn between(low: f64, high: f64) -> f64 {
    match (low, high) {
        _ if low == high => low,
        _ if low.is_finite() && high.is_finite() => 0.5 * low + 0.5 * high,
        _ if low > 0.0 => low,
        _ if high < 0.0 => high,
        _ => 0.0,
    }
}

/// The means of two differences, by order.
struct Means {
    finite: Vec<f64>,
    /// How many are −∞, those with ∞ by half.
    lowest: u64,
}

impl Means {
    fn of(sorted: &[f64]) -> Self {
        let finite: Vec<f64> = sorted.iter().copied().filter(|x| x.is_finite()).collect();
        let low = sorted.iter().filter(|x| **x == f64::NEG_INFINITY).count();
        let high = sorted.len() - finite.len() - low;
        let lowest = low * (low + 1) / 2 + low * finite.len() + (low * high).div_ceil(2);
        Self { finite, lowest: lowest as u64 }
    }

    /// How many are at most a finite number.
    fn at_most(&self, x: f64) -> u64 {
        let (mut count, mut end) = (0, self.finite.len());
        for (start, a) in self.finite.iter().enumerate() {
            while end > 0 && 0.5 * a + 0.5 * self.finite[end - 1] > x {
                end -= 1;
            }
            if end <= start {
                break;
            }
            count += (end - start) as u64;
        }
        self.lowest + count
    }

    /// The one at a place from 1, which is found bit by bit.
    fn smallest(&self, place: u64) -> f64 {
        if place <= self.lowest {
            return f64::NEG_INFINITY;
        }
        if place > self.at_most(f64::MAX) {
            return f64::INFINITY;
        }
        let (mut low, mut high) = (order(-f64::MAX), order(f64::MAX));
        while low < high {
            let middle = low + (high - low) / 2;
            if self.at_most(number(middle)) >= place { high = middle } else { low = middle + 1 }
        }
        // There is no difference between −0 and 0.
        number(low) + 0.0
    }
}

/// Whole numbers in the order of numbers.
fn order(x: f64) -> u64 {
    let bits = x.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn number(order: u64) -> f64 {
    f64::from_bits(if order >> 63 == 1 { order & !(1 << 63) } else { !order })
}

/// The distribution of W if signs are drawn.
struct Null {
    pairs: f64,
    means: u64,
    /// How likely each W is up to half of the largest; none for many pairs.
    shares: Vec<f64>,
}

impl Null {
    fn of(pairs: usize) -> Self {
        let means = pairs * (pairs + 1) / 2;
        let mut shares = Vec::new();
        if pairs <= EXACT {
            shares = vec![0.0; means / 2 + 1];
            shares[0] = 1.0;
            for rank in 1..=pairs {
                for sum in (0..shares.len()).rev() {
                    let without = if sum >= rank { shares[sum - rank] } else { 0.0 };
                    shares[sum] = 0.5 * (shares[sum] + without);
                }
            }
        }
        Self { pairs: pairs as f64, means: means as u64, shares }
    }

    /// Twice the probability that W is at most a number, at most 1.
    fn two_sided(&self, most: u64) -> f64 {
        if 2 * most >= self.means {
            return 1.0;
        }
        if self.shares.is_empty() {
            let n = self.pairs;
            let deviation = (n * (n + 1.0) * (2.0 * n + 1.0) / 24.0).sqrt();
            return (2.0 * normal_cdf((most as f64 + 0.5 - 0.5 * self.means as f64) / deviation)).min(1.0);
        }
        (2.0 * self.shares[..=most as usize].iter().sum::<f64>()).min(1.0)
    }

    /// How many W on either side are rejected at 5 %.
    fn outside(&self) -> u64 {
        let (mut low, mut high) = (0, self.means / 2 + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.two_sided(middle) <= 0.05 { low = middle + 1 } else { high = middle }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{median, wilcoxon};
    use super::*;

    const INF: f64 = f64::INFINITY;

    fn of(differences: &[f64]) -> Location {
        signed_rank(differences).expect("a location")
    }

    #[test]
    fn what_mostly_is_the_same_did_not_change() {
        let differences = [[0.0; 13].as_slice(), &[-INF, -INF, -INF, 1.0]].concat();
        let found = of(&differences);
        assert_eq!((found.estimate, found.p_value), (0.0, 1.0));
        assert!(found.interval.low <= 0.0 && found.interval.high >= 0.0);
        let many: Vec<f64> = (0..1560).map(|number| if number % 6 == 0 { -INF } else { 0.0 }).collect();
        assert_eq!((of(&many).estimate, of(&many).p_value), (0.0, 1.0));
    }

    #[test]
    fn infinite_differences_count_as_the_largest() {
        let found = of(&[-INF; 8]);
        assert_eq!((found.estimate, found.p_value), (-INF, 2.0 / 256.0));
        assert_eq!((found.interval.low, found.interval.high), (-INF, -INF));
        let found = of(&[INF, -INF]);
        assert_eq!((found.estimate, found.p_value), (0.0, 1.0));
        assert_eq!(of(&[5.0]).interval, Interval { low: -INF, high: INF });
    }

    #[test]
    fn the_interval_of_a_textbook() {
        // Hollander and Wolfe's depression data: W = 40 of 45, p = 0.0391; R: pseudo-median −0.46, −0.786 to −0.01.
        let found = of(&[-0.952, 0.147, -1.022, -0.43, -0.62, -0.59, -0.49, 0.08, -0.01]);
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} and {b}");
        close(found.estimate, -0.46);
        close(found.p_value, 20.0 / 512.0);
        close(found.interval.low, -0.786);
        close(found.interval.high, -0.01);
    }

    #[test]
    fn many_pairs_are_nearly_those_that_are_counted() {
        let exact = Null::of(200);
        let normal = Null { shares: Vec::new(), ..Null::of(200) };
        for most in [8000, 8450, 9000, 9600] {
            let [a, b] = [&exact, &normal].map(|null| null.two_sided(most));
            assert!((a / b - 1.0).abs() < 0.02, "{a} and {b}");
        }
        assert!(exact.outside().abs_diff(normal.outside()) <= 5);
    }

    #[test]
    fn what_has_no_location_is_none() {
        assert_eq!((signed_rank(&[]), signed_rank(&[f64::NAN])), (None, None));
        assert!(median_difference(&[]).is_nan());
    }

    fn differences() -> impl Strategy<Value = Vec<f64>> {
        let one = prop_oneof![6 => -5..9_i32, 1 => Just(99), 1 => Just(-99)];
        prop::collection::vec(one.prop_map(|d| if d.abs() == 99 { f64::from(d) * INF } else { f64::from(d) }), 1..30)
    }

    proptest! {
        /// Estimate, interval and test say the same.
        #[test]
        fn the_test_rejects_exactly_what_is_outside(differences in differences()) {
            let Location { estimate, interval: Interval { low, high }, p_value } = of(&differences);
            prop_assert!(low <= estimate && estimate <= high);
            prop_assert_eq!(p_value <= 0.05, low > 0.0 || high < 0.0);
            let turned = of(&differences.iter().map(|d| -d).collect::<Vec<_>>());
            prop_assert_eq!((turned.estimate, turned.interval.low, turned.p_value), (-estimate, -high, p_value));
        }

        #[test]
        fn without_ties_it_is_the_usual_test(sizes in prop::collection::btree_set(1..10_000_u32, 1..40), seed in any::<u64>()) {
            let signed = |(place, size): (usize, u32)| f64::from(size) * if seed >> place & 1 == 1 { 1.0 } else { -1.0 };
            let differences: Vec<f64> = sizes.into_iter().enumerate().map(signed).collect();
            let expected = wilcoxon(&differences).unwrap().p_value;
            prop_assert!((of(&differences).p_value - expected).abs() < 1e-12);
            let means: Vec<f64> = (0..differences.len())
                .flat_map(|i| differences[i..].iter().map(move |b| (i, *b)))
                .map(|(i, b)| 0.5 * differences[i] + 0.5 * b)
                .collect();
            prop_assert_eq!(of(&differences).estimate, median(&means));
        }
    }
}

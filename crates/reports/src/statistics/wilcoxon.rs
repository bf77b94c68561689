//! Wilcoxon's signed-rank test of paired differences.

use super::distributions::normal_cdf;
use super::paired::{Method, PairedTest};
use super::ranks::{ranks, tie_correction};

/// Up to this many pairs that differ, all assignments of signs are counted, in a few milliseconds.
///
/// With 50 pairs the normal distribution still has p-values near 0.001 wrong by a third.
const EXACT: usize = 200;

/// The two-sided signed-rank test of paired differences (Wilcoxon 1945).
///
/// The sizes of differences are ranked, equal ones with the mean of their ranks, and W is the sum of
/// the ranks of those that are positive.
/// Differences of 0 are left out before, as Wilcoxon did and SciPy does by default.
/// An infinite difference is larger than all finite ones.
///
/// For up to 200 differences that are not 0 the p-value is exact, with ties as well: the share of the
/// 2ⁿ assignments of signs to these very ranks for which W is at least as far from its mean, by the
/// distribution of sums of (doubled) ranks.
/// Above, W is normal with mean n (n + 1) / 4 and variance (n (n + 1) (2 n + 1) − Σ (t³ − t) / 2) / 24
/// over groups of t equal sizes, without a continuity correction.
///
/// `None` if there are no differences or one is NaN.
/// If all are 0 the p-value is 1.
///
/// ```
/// use sgdlab_reports::statistics::wilcoxon;
/// let test = wilcoxon(&[1.0, 2.0, 3.0, -0.5, 0.0]).unwrap();
/// assert_eq!((test.different, test.p_value), (4, 4.0 / 16.0));
/// ```
#[must_use]
pub fn wilcoxon(differences: &[f64]) -> Option<PairedTest> {
    if differences.is_empty() || differences.iter().any(|d| d.is_nan()) {
        return None;
    }
    let different: Vec<f64> = differences.iter().copied().filter(|&d| d != 0.0).collect();
    let sizes: Vec<f64> = different.iter().map(|d| d.abs()).collect();
    // Doubled ranks are whole numbers.
    let ranks: Vec<usize> = ranks(&sizes)?.into_iter().map(|rank| (2.0 * rank) as usize).collect();
    let positive: usize = ranks.iter().zip(&different).filter(|(_, d)| **d > 0.0).map(|(rank, _)| rank).sum();
    let exact = different.len() <= EXACT;
    let (p_value, method) = if exact {
        (exact_p_value(&ranks, positive), Method::Exact)
    } else {
        (normal_p_value(&sizes, 0.5 * positive as f64), Method::Normal)
    };
    Some(PairedTest { pairs: differences.len(), different: different.len(), p_value, method })
}

fn exact_p_value(ranks: &[usize], positive: usize) -> f64 {
    let total: usize = ranks.iter().sum();
    // How likely each sum is; halves are exact, and so are sums of up to 53 of them.
    let mut shares = vec![0.0; total + 1];
    shares[0] = 1.0;
    let mut largest = 0;
    for &rank in ranks {
        largest += rank;
        for sum in (0..=largest).rev() {
            let without = if sum >= rank { shares[sum - rank] } else { 0.0 };
            shares[sum] = 0.5 * (shares[sum] + without);
        }
    }
    let least = positive.min(total - positive);
    (2.0 * shares[..=least].iter().sum::<f64>()).min(1.0)
}

fn normal_p_value(sizes: &[f64], positive: f64) -> f64 {
    let n = sizes.len() as f64;
    let variance = (n * (n + 1.0) * (2.0 * n + 1.0) - 0.5 * tie_correction(sizes)) / 24.0;
    let z = (positive - 0.25 * n * (n + 1.0)) / variance.sqrt();
    2.0 * normal_cdf(-z.abs())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INF: f64 = f64::INFINITY;

    fn p_value(differences: &[f64]) -> f64 {
        wilcoxon(differences).expect("a test").p_value
    }

    #[test]
    fn all_on_one_side_is_the_least_likely() {
        assert_eq!(p_value(&[1.0, 2.0, 3.0, 4.0, 5.0]), 2.0 / 32.0);
        assert_eq!(p_value(&[-0.3, -0.2, -0.9, -0.9, -0.9, -INF]), 2.0 / 64.0);
    }

    #[test]
    fn small_cases_are_counted_by_hand() {
        // Ranks 1, 2, 3, of which the 1 is negative: W is 0 or 1 in two of eight cases.
        assert_eq!(p_value(&[-1.0, 2.0, 3.0]), 4.0 / 8.0);
        // Ranks 1.5, 1.5, 3: sums of 0 and 1.5 are three of eight.
        assert_eq!(p_value(&[-1.0, 1.0, 3.0]), 6.0 / 8.0);
        assert_eq!(p_value(&[-INF, INF, 3.0]), 1.0);
    }

    #[test]
    fn pairs_that_are_equal_are_left_out() {
        let test = wilcoxon(&[0.0, 2.0, -0.0, 1.0]).unwrap();
        assert_eq!(test, PairedTest { pairs: 4, different: 2, p_value: 0.5, method: Method::Exact });
        assert_eq!(p_value(&[0.0]), 1.0);
    }

    #[test]
    fn two_hundred_pairs_are_counted_and_more_are_normal() {
        let method = |n: usize| wilcoxon(&vec![1.0; n]).unwrap().method;
        assert_eq!([method(200), method(201)], [Method::Exact, Method::Normal]);
        let sizes: Vec<f64> = (1..=200).map(f64::from).collect();
        let doubled: Vec<usize> = (1..=200).map(|rank| 2 * rank).collect();
        for positive in [8050, 8500, 9000, 9500] {
            let (exact, normal) = (exact_p_value(&doubled, 2 * positive), normal_p_value(&sizes, positive as f64));
            assert!((exact / normal - 1.0).abs() < 0.02, "{positive}: {exact} and {normal}");
        }
    }

    #[test]
    fn what_cannot_be_tested_is_none() {
        assert_eq!(wilcoxon(&[]), None);
        assert_eq!(wilcoxon(&[f64::NAN]), None);
        assert!(p_value(&[1.0; 60]) < 1e-10);
    }

    proptest! {
        /// With equal sizes the test is the sign test.
        #[test]
        fn equal_sizes_leave_only_signs(positive in prop::collection::vec(any::<bool>(), 1..20)) {
            let differences: Vec<f64> = positive.iter().map(|&yes| if yes { 0.7 } else { -0.7 }).collect();
            let n = positive.len() as u32;
            let choose = |k: u32| (0..k).fold(1.0, |product, i| product * f64::from(n - i) / f64::from(i + 1));
            let least = positive.iter().filter(|&&yes| yes).count().min(positive.iter().filter(|&&yes| !yes).count());
            let tail = (0..=least as u32).map(choose).sum::<f64>();
            let expected = (2.0 * tail / 2.0_f64.powi(n as i32)).min(1.0);
            prop_assert!((p_value(&differences) - expected).abs() < 1e-13);
        }

        #[test]
        fn only_the_order_matters(differences in prop::collection::vec(-9..9_i32, 1..30)) {
            let plain: Vec<f64> = differences.iter().map(|&d| f64::from(d)).collect();
            let cubed: Vec<f64> = plain.iter().map(|d| -d * d * d).collect();
            prop_assert_eq!(p_value(&plain), p_value(&cubed));
        }
    }
}

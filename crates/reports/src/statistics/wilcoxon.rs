//! Wilcoxon's signed-rank test of paired differences.

use super::distributions::normal_cdf;
use super::paired::{Method, PairedTest};
use super::ranks::{ranks, tie_correction};

/// Up to this many pairs that differ, all assignments of signs are counted; the counts are exact.
const EXACT: usize = 50;

/// The two-sided signed-rank test of paired differences (Wilcoxon 1945).
///
/// The sizes of differences are ranked, equal ones with the mean of their ranks, and W is the sum of
/// the ranks of those that are positive.
/// Differences of 0 are left out before, as Wilcoxon did and SciPy does by default.
/// An infinite difference is larger than all finite ones.
///
/// For up to 50 differences that are not 0 the p-value is exact, with ties as well: the share of the
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
    let mut counts = vec![0.0; total + 1];
    counts[0] = 1.0;
    let mut largest = 0;
    for &rank in ranks {
        largest += rank;
        for sum in (rank..=largest).rev() {
            counts[sum] += counts[sum - rank];
        }
    }
    let least = positive.min(total - positive);
    let tail: f64 = counts[..=least].iter().sum();
    (2.0 * tail / 2.0_f64.powi(ranks.len() as i32)).min(1.0)
}

fn normal_p_value(sizes: &[f64], positive: f64) -> f64 {
    let n = sizes.len() as f64;
    let variance = (n * (n + 1.0) * (2.0 * n + 1.0) - 0.5 * tie_correction(sizes)) / 24.0;
    let z = (positive - 0.25 * n * (n + 1.0)) / variance.sqrt();
    2.0 * normal_cdf(-z.abs())
}

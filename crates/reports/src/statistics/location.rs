//! Location and spread of numbers in which +∞ is a number like any other.

/// The quantile `q` of numbers that may be infinite, by linear interpolation between order
/// statistics (Hyndman and Fan's type 7, the default of NumPy and R); NaN if there are none, one is
/// NaN, or `q` is not in [0, 1].
///
/// Between a finite and an infinite number the interpolation is infinite.
///
/// ```
/// use sgdlab_reports::quantile;
/// assert_eq!(quantile(&[3.0, 1.0, 2.0, 4.0], 0.5), 2.5);
/// assert_eq!(quantile(&[1.0, f64::INFINITY, 2.0], 0.5), 2.0);
/// assert_eq!(quantile(&[1.0, f64::INFINITY], 0.5), f64::INFINITY);
/// ```
#[must_use]
pub fn quantile(numbers: &[f64], q: f64) -> f64 {
    sorted(numbers).map_or(f64::NAN, |sorted| quantile_of_sorted(&sorted, q))
}

/// `None` if there are no numbers or one is NaN.
pub(super) fn sorted(numbers: &[f64]) -> Option<Vec<f64>> {
    if numbers.is_empty() || numbers.iter().any(|x| x.is_nan()) {
        return None;
    }
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Some(sorted)
}

/// The quantile of at least one number in ascending order.
pub(super) fn quantile_of_sorted(sorted: &[f64], q: f64) -> f64 {
    if !(0.0..=1.0).contains(&q) {
        return f64::NAN;
    }
    let position = q * (sorted.len() - 1) as f64;
    let (below, weight) = (position.floor() as usize, position.fract());
    match (sorted[below], sorted.get(below + 1)) {
        (low, Some(&high)) if weight > 0.0 && low != high => {
            if high == f64::INFINITY {
                high
            } else if low == f64::NEG_INFINITY {
                low
            } else {
                low + weight * (high - low)
            }
        }
        (low, _) => low,
    }
}

/// The median: [`quantile`] ½.
///
/// ```
/// use sgdlab_reports::statistics::median;
/// assert_eq!(median(&[4.0, 1.0, f64::INFINITY]), 4.0);
/// ```
#[must_use]
pub fn median(numbers: &[f64]) -> f64 {
    quantile(numbers, 0.5)
}

/// The arithmetic mean, Σ x / n; NaN if there are none, one is NaN, or +∞ and −∞ are among them.
///
/// ```
/// use sgdlab_reports::statistics::mean;
/// assert_eq!(mean(&[1.0, 2.0, 6.0]), 3.0);
/// assert_eq!(mean(&[1.0, f64::INFINITY]), f64::INFINITY);
/// ```
#[must_use]
pub fn mean(numbers: &[f64]) -> f64 {
    let (sum, n) = (numbers.iter().sum::<f64>(), numbers.len() as f64);
    if sum.is_infinite() && numbers.iter().all(|x| x.is_finite()) {
        // The sum of large numbers is too large, their mean is not.
        return numbers.iter().map(|x| x / n).sum();
    }
    sum / n
}

/// The standard deviation of a sample, √(Σ (x − mean)² / (n − 1)); +∞ if a number is infinite, NaN if
/// there are fewer than two or one is NaN.
///
/// ```
/// use sgdlab_reports::statistics::standard_deviation;
/// assert_eq!(standard_deviation(&[1.0, 3.0, 5.0]), 2.0);
/// ```
#[must_use]
pub fn standard_deviation(numbers: &[f64]) -> f64 {
    if numbers.len() < 2 || numbers.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    if numbers.iter().any(|x| x.is_infinite()) {
        return f64::INFINITY;
    }
    let mean = mean(numbers);
    let largest = numbers.iter().map(|x| (x - mean).abs()).fold(0.0, f64::max);
    if largest == 0.0 {
        return 0.0;
    }
    // Squares of what is large would be infinite, those of what is small would be 0.
    let squares: f64 = numbers.iter().map(|x| (x - mean) / largest).map(|x| x * x).sum();
    largest * (squares / (numbers.len() - 1) as f64).sqrt()
}

/// The interquartile range, [`quantile`] ¾ minus [`quantile`] ¼; 0 where both are the same infinity.
///
/// ```
/// use sgdlab_reports::statistics::iqr;
/// assert_eq!(iqr(&[1.0, 2.0, 3.0, 4.0, 5.0]), 2.0);
/// assert_eq!(iqr(&[1.0, 2.0, f64::INFINITY, f64::INFINITY]), f64::INFINITY);
/// ```
#[must_use]
pub fn iqr(numbers: &[f64]) -> f64 {
    let Spread { q25, q75, .. } = Spread::of(numbers);
    super::difference(q75, q25)
}

/// The interquartile mean: [`trimmed_mean`] without a quarter at each end.
///
/// With n numbers ⌊n/4⌋ are left out at each end, none of them in part; that is what rliable
/// (Agarwal et al. 2021, *Deep Reinforcement Learning at the Edge of the Statistical Precipice*)
/// computes with `scipy.stats.trim_mean`.
/// So with fewer than four numbers it is the mean.
///
/// ```
/// use sgdlab_reports::statistics::iqm;
/// assert_eq!(iqm(&[1.0, 2.0, 4.0, f64::INFINITY]), 3.0);
/// assert_eq!(iqm(&[1.0, 2.0, 6.0]), 3.0);
/// ```
#[must_use]
pub fn iqm(numbers: &[f64]) -> f64 {
    trimmed_mean(numbers, 0.25)
}

/// The [`mean`] of what is left when ⌊`cut` · n⌋ numbers are left out at each end, as
/// `scipy.stats.trim_mean` has it; NaN also if `cut` is not in [0, ½).
///
/// It is infinite only if an infinite number is left, that is, if more than `cut` of the runs
/// diverged.
#[must_use]
pub fn trimmed_mean(numbers: &[f64], cut: f64) -> f64 {
    if !(0.0..0.5).contains(&cut) {
        return f64::NAN;
    }
    sorted(numbers).map_or(f64::NAN, |sorted| {
        let out = (cut * sorted.len() as f64) as usize;
        mean(&sorted[out..sorted.len() - out])
    })
}

/// The median and the quartiles of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Half of the numbers are below.
    pub median: f64,
    /// A quarter is below.
    pub q25: f64,
    /// Three quarters are below.
    pub q75: f64,
}

impl Spread {
    /// The spread of numbers; NaN if there are none.
    #[must_use]
    pub fn of(numbers: &[f64]) -> Self {
        let [median, q25, q75] =
            sorted(numbers).map_or([f64::NAN; 3], |sorted| [0.5, 0.25, 0.75].map(|q| quantile_of_sorted(&sorted, q)));
        Self { median, q25, q75 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_of_five_numbers_are_order_statistics() {
        assert_eq!(Spread::of(&[5.0, 1.0, 4.0, 2.0, 3.0]), Spread { median: 3.0, q25: 2.0, q75: 4.0 });
    }

    #[test]
    fn diverged_runs_move_the_upper_quartile_first() {
        let spread = Spread::of(&[1.0, 2.0, 3.0, f64::INFINITY, f64::INFINITY]);
        assert_eq!(spread, Spread { median: 3.0, q25: 2.0, q75: f64::INFINITY });
    }

    #[test]
    fn an_infinity_stays_on_its_side() {
        let (low, high) = (f64::NEG_INFINITY, f64::INFINITY);
        assert_eq!(quantile(&[low, 1.0], 0.5), low);
        assert_eq!(quantile(&[low, high], 0.5), high);
        assert_eq!(quantile(&[high, high], 0.5), high);
        assert_eq!(iqr(&[high, high]), 0.0);
        assert!(mean(&[low, high]).is_nan());
        assert_eq!(standard_deviation(&[1.0, high]), high);
    }

    #[test]
    fn a_quarter_is_left_out_at_each_end_in_whole_numbers() {
        assert_eq!(iqm(&[9.0, 1.0, 2.0, 3.0, 100.0]), 14.0 / 3.0);
        assert_eq!(iqm(&[8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]), 4.5);
        assert_eq!(trimmed_mean(&[1.0, 2.0, 3.0, 10.0], 0.0), 4.0);
        assert_eq!(iqm(&[1.0, 2.0, f64::INFINITY, f64::INFINITY]), f64::INFINITY);
    }

    #[test]
    fn large_numbers_are_not_infinite() {
        assert_eq!(mean(&[1.5e308, 1.5e308]), 1.5e308);
        assert_eq!(standard_deviation(&[1e200, 3e200, 5e200]), 2e200);
        assert_eq!(standard_deviation(&[1e-200, 3e-200, 5e-200]), 2e-200);
        assert_eq!(standard_deviation(&[2.0, 2.0]), 0.0);
    }

    #[test]
    fn one_number_is_its_own_summary() {
        let of_one = [median, mean, iqm, |x: &[f64]| trimmed_mean(x, 0.4)].map(|summary| summary(&[7.0]));
        assert_eq!(of_one, [7.0; 4]);
        assert_eq!(iqr(&[7.0]), 0.0);
        assert!(standard_deviation(&[7.0]).is_nan());
    }

    #[test]
    fn nothing_and_nan_have_no_spread() {
        assert!(Spread::of(&[]).median.is_nan());
        for summary in [median, mean, iqr, iqm, standard_deviation] {
            assert!(summary(&[]).is_nan());
            assert!(summary(&[1.0, f64::NAN, 2.0]).is_nan());
        }
        assert!(quantile(&[1.0, f64::NAN], 0.0).is_nan());
        assert!([-0.1, 1.1, f64::NAN].iter().all(|&q| quantile(&[1.0], q).is_nan()));
        assert!([-0.1, 0.5, f64::NAN].iter().all(|&cut| trimmed_mean(&[1.0], cut).is_nan()));
    }
}

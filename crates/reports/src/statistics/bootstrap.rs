//! Bootstrap intervals, percentile and BCa, repeatable to the last bit.
//!
//! Efron (1987), *Better bootstrap confidence intervals*; the multi-sample acceleration and the
//! treatment of ties are those of `scipy.stats.bootstrap`, the strata those of rliable.

use sgdlab_core::streams::{Key, index};

use super::distributions::{normal_cdf, normal_quantile};
use super::location::quantile_of_sorted;

/// A confidence interval; either end may be infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether `x` is in the interval, ends included.
    #[must_use]
    pub fn contains(&self, x: f64) -> bool {
        self.low <= x && x <= self.high
    }

    /// The interval on another scale, which has to be in the same order.
    #[must_use]
    pub fn map(self, scale: impl Fn(f64) -> f64) -> Self {
        Self { low: scale(self.low), high: scale(self.high) }
    }
}

/// How an interval is made.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many resamples are drawn, at least 1; 10 000 leave ends a Monte Carlo error of about 0.7 % of the width.
    pub resamples: u32,
    /// The share of such intervals that contain what they estimate, in (0, 1).
    pub confidence: f64,
    /// Where resamples are drawn from, resample `b` from stream `b`.
    pub key: Key,
}

impl Options {
    /// 10 000 resamples and 95 %.
    #[must_use]
    pub fn of(key: Key) -> Self {
        Self { resamples: 10_000, confidence: 0.95, key }
    }
}

/// How a BCa interval differs from a percentile interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pull {
    /// Bias correction z₀: the normal quantile of the share of resamples below the estimate.
    pub bias: f64,
    /// Acceleration a: how the standard error changes with the estimate, from the jackknife.
    pub acceleration: f64,
}

impl Pull {
    /// What of a distribution of resamples is below the end at `share`:
    /// Φ(z₀ + (z₀ + z) / (1 − a (z₀ + z))) with z = Φ⁻¹(`share`), and 0 or 1 beyond the pole.
    #[must_use]
    pub fn adjust(&self, share: f64) -> f64 {
        let z = self.bias + normal_quantile(share);
        match 1.0 - self.acceleration * z {
            slowed if slowed > 0.0 => normal_cdf(self.bias + z / slowed),
            _ if z > 0.0 => 1.0,
            _ => 0.0,
        }
    }
}

/// A statistic with its distribution over resamples, from which intervals of any confidence are read.
#[derive(Clone, Debug, PartialEq)]
pub struct Bootstrap {
    /// The statistic of the numbers themselves.
    pub estimate: f64,
    /// The statistic of every resample, in ascending order.
    pub resamples: Vec<f64>,
    /// How the statistic changes when one number is left out; `None` if it is NaN then.
    pub acceleration: Option<f64>,
}

impl Bootstrap {
    /// Draws resamples of several samples, each with replacement and on its own.
    ///
    /// Strata are the runs of each task, as rliable draws them, or the runs of two rules that are compared.
    /// The statistic is given the strata of a resample, and for the acceleration the strata with one number
    /// left out.
    /// `None` as for [`percentile`], or if no stratum has two numbers, or one has none.
    #[must_use]
    pub fn draw(strata: &[&[f64]], statistic: impl Fn(&[Vec<f64>]) -> f64, options: &Options) -> Option<Self> {
        let enough = strata.iter().any(|stratum| stratum.len() > 1) && strata.iter().all(|stratum| !stratum.is_empty());
        if !enough || options.resamples == 0 || strata.iter().any(|stratum| stratum.iter().any(|x| x.is_nan())) {
            return None;
        }
        let mut resample = owned(strata);
        let estimate = statistic(&resample);
        let mut resamples = Vec::with_capacity(options.resamples as usize);
        for number in 0..options.resamples {
            let mut stream = options.key.stream(u64::from(number));
            for (drawn, stratum) in resample.iter_mut().zip(strata) {
                let count = u32::try_from(stratum.len()).ok()?;
                drawn.iter_mut().for_each(|x| *x = stratum[index(&mut stream, count) as usize]);
            }
            resamples.push(statistic(&resample));
        }
        if estimate.is_nan() || resamples.iter().any(|x| x.is_nan()) {
            return None;
        }
        resamples.sort_unstable_by(f64::total_cmp);
        Some(Self { estimate, resamples, acceleration: acceleration(strata, &statistic) })
    }

    /// z₀ and a; `None` without an acceleration.
    ///
    /// Resamples that are equal to the estimate count half as below it.
    /// If all are above or all below there is no correction.
    #[must_use]
    pub fn pull(&self) -> Option<Pull> {
        let below = self.resamples.partition_point(|&x| x < self.estimate);
        let not_above = self.resamples.partition_point(|&x| x <= self.estimate);
        let share = 0.5 * (below + not_above) as f64 / self.resamples.len() as f64;
        let bias = if share > 0.0 && share < 1.0 { normal_quantile(share) } else { 0.0 };
        self.acceleration.map(|acceleration| Pull { bias, acceleration })
    }

    /// The percentile interval; `None` without resamples or if `confidence` is not in (0, 1).
    #[must_use]
    pub fn percentile(&self, confidence: f64) -> Option<Interval> {
        self.between(confidence, |share| share)
    }

    /// The BCa interval; `None` also without an acceleration.
    #[must_use]
    pub fn bca(&self, confidence: f64) -> Option<Interval> {
        let pull = self.pull()?;
        self.between(confidence, |share| pull.adjust(share).clamp(0.0, 1.0))
    }

    fn between(&self, confidence: f64, adjust: impl Fn(f64) -> f64) -> Option<Interval> {
        if self.resamples.is_empty() || !(confidence > 0.0 && confidence < 1.0) {
            return None;
        }
        let tail = 0.5 * (1.0 - confidence);
        let [low, high] = [tail, 1.0 - tail].map(|share| quantile_of_sorted(&self.resamples, adjust(share)));
        Some(Interval { low, high })
    }
}

/// The percentile interval of a statistic of independent numbers.
///
/// Numbers are drawn with replacement, the statistic is computed of each resample, and the ends are
/// quantiles of these.
/// For paired comparisons the numbers are the differences of pairs.
///
/// `None` if there are fewer than two numbers, if one is NaN, if the statistic of the numbers or of a
/// resample is NaN, or if `options` make no sense.
/// With few numbers the interval is too narrow: of five normal numbers, 95 % intervals of the mean
/// contain it in 84 % of all cases.
///
/// ```
/// use sgdlab_core::streams::Key;
/// use sgdlab_reports::statistics::{Options, median, percentile};
/// let options = Options::of(Key::new("an example"));
/// let interval = percentile(&[1.0, 2.0, 3.0, 4.0, f64::INFINITY], median, &options).unwrap();
/// assert_eq!((interval.low, interval.high), (1.0, f64::INFINITY));
/// ```
#[must_use]
pub fn percentile(numbers: &[f64], statistic: impl Fn(&[f64]) -> f64, options: &Options) -> Option<Interval> {
    Bootstrap::draw(&[numbers], |strata| statistic(&strata[0]), options)?.percentile(options.confidence)
}

/// The bias-corrected and accelerated interval (BCa) of a statistic of independent numbers.
///
/// Like [`percentile`], but the quantiles are adjusted by the [`Pull`] of bias and skewness.
/// If all resamples are equal the interval is that one point.
/// If a jackknife value is infinite there is no acceleration; if one is NaN there is no interval.
///
/// ```
/// use sgdlab_core::streams::Key;
/// use sgdlab_reports::statistics::{Options, bca, mean};
/// let options = Options::of(Key::new("an example"));
/// let interval = bca(&[1.0, 2.0, 3.0, 4.0, 10.0], mean, &options).unwrap();
/// assert!(interval.low > 1.5 && interval.high > 7.0);
/// assert_eq!(bca(&[2.0, 2.0], mean, &options).map(|interval| (interval.low, interval.high)), Some((2.0, 2.0)));
/// assert_eq!(bca(&[2.0], mean, &options), None);
/// ```
#[must_use]
pub fn bca(numbers: &[f64], statistic: impl Fn(&[f64]) -> f64, options: &Options) -> Option<Interval> {
    Bootstrap::draw(&[numbers], |strata| statistic(&strata[0]), options)?.bca(options.confidence)
}

fn owned(strata: &[&[f64]]) -> Vec<Vec<f64>> {
    strata.iter().map(|stratum| stratum.to_vec()).collect()
}

/// a = Σ_s Σ_i u³ / n³ / 6 / (Σ_s Σ_i u² / n²)^(3/2) with u = (n − 1) (mean of jackknife values − value);
/// 0 if these are all equal or one is infinite, `None` if one is NaN.
fn acceleration(strata: &[&[f64]], statistic: &impl Fn(&[Vec<f64>]) -> f64) -> Option<f64> {
    let mut pulls = Vec::new();
    for (position, stratum) in strata.iter().enumerate().filter(|(_, stratum)| stratum.len() > 1) {
        let n = stratum.len() as f64;
        let mut left = owned(strata);
        let values: Vec<f64> = (0..stratum.len())
            .map(|out| {
                left[position].clear();
                left[position].extend(stratum[..out].iter().chain(&stratum[out + 1..]));
                statistic(&left)
            })
            .collect();
        if values.iter().any(|x| x.is_nan()) {
            return None;
        }
        let mean = super::mean(&values);
        if !mean.is_finite() {
            return Some(0.0);
        }
        // Equal values have a mean that may differ in the last digit.
        let same = values.iter().all(|value| (mean - value).abs() <= 1e-14 * mean.abs());
        pulls.extend(values.iter().map(|value| if same { 0.0 } else { (n - 1.0) * (mean - value) / n }));
    }
    let largest = pulls.iter().fold(0.0_f64, |largest, u| largest.max(u.abs()));
    if largest == 0.0 || largest.is_infinite() {
        return Some(0.0);
    }
    // The unit does not matter, but cubes of large and small numbers are infinite and 0.
    let powers = |power: i32| pulls.iter().map(|u| (u / largest).powi(power)).sum::<f64>();
    Some(powers(3) / (6.0 * powers(2) * powers(2).sqrt()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{mean, median};
    use super::*;

    fn options(resamples: u32) -> Options {
        Options { resamples, ..Options::of(Key::new("bootstrap")) }
    }

    /// The distribution over all resamples of few numbers, none drawn.
    fn enumerated(numbers: &[f64], statistic: fn(&[f64]) -> f64) -> Bootstrap {
        let n = numbers.len();
        let resample = |code: usize| (0..n).map(|place| numbers[code / n.pow(place as u32) % n]).collect::<Vec<_>>();
        let mut resamples: Vec<f64> = (0..n.pow(n as u32)).map(|code| statistic(&resample(code))).collect();
        resamples.sort_unstable_by(f64::total_cmp);
        let acceleration = acceleration(&[numbers], &|strata: &[Vec<f64>]| statistic(&strata[0]));
        Bootstrap { estimate: statistic(numbers), resamples, acceleration }
    }

    #[test]
    fn two_numbers_have_three_means() {
        let found = enumerated(&[0.0, 2.0], mean);
        assert_eq!(found.resamples, [0.0, 1.0, 1.0, 2.0]);
        assert_eq!(found.pull(), Some(Pull { bias: 0.0, acceleration: 0.0 }));
        // The quantile ¼ stands at 3 ¼ of four places.
        assert_eq!(found.percentile(0.5), Some(Interval { low: 0.75, high: 1.25 }));
        assert_eq!(found.bca(0.5).map(|interval| (interval.low * 1e9).round()), Some(0.75e9));
    }

    #[test]
    fn the_mean_of_skewed_numbers_is_accelerated() {
        // Left out one by one, the means of 0, 0, 3 are 1.5, 1.5, 0, whose u are −1/3, −1/3, 2/3.
        let found = enumerated(&[0.0, 0.0, 3.0], mean).acceleration.unwrap();
        let expected = (6.0 / 27.0) / (6.0 * (6.0_f64 / 9.0).powf(1.5));
        assert!((found - expected).abs() < 1e-15, "{found}");
    }

    #[test]
    fn the_unit_does_not_matter() {
        let of = |unit: f64| enumerated(&[0.0, unit, 3.0 * unit, 7.0 * unit], mean).acceleration.unwrap();
        for unit in [1e-290, 1e200] {
            assert!((of(unit) - of(1.0)).abs() < 1e-14, "{unit}");
        }
        assert_eq!(enumerated(&[0.1; 5], mean).acceleration, Some(0.0));
    }

    #[test]
    fn beyond_the_pole_the_end_is_the_last_one() {
        let pull = |acceleration| Pull { bias: 0.0, acceleration };
        assert_eq!(pull(0.6).adjust(0.975), 1.0);
        assert_eq!(pull(-0.6).adjust(0.025), 0.0);
        assert!((pull(0.0).adjust(0.1) - 0.1).abs() < 1e-15);
    }

    #[test]
    fn drawn_resamples_are_those_that_were_counted() {
        let numbers = [1.0, 2.0, 4.0, 8.0, 16.0];
        for statistic in [mean, median] {
            let (drawn, counted) = (
                Bootstrap::draw(&[&numbers], |strata| statistic(&strata[0]), &options(40_000)).unwrap(),
                enumerated(&numbers, statistic),
            );
            // Kolmogorov's 1.95 / √n is exceeded once in a thousand times.
            let share = |all: &[f64], x: f64| all.partition_point(|&y| y <= x) as f64 / all.len() as f64;
            let apart = |&x: &f64| (share(&drawn.resamples, x) - share(&counted.resamples, x)).abs();
            let farthest = counted.resamples.iter().map(apart).fold(0.0, f64::max);
            assert!(farthest < 1.95 / 200.0, "{farthest}");
            assert_eq!((drawn.estimate, drawn.acceleration), (counted.estimate, counted.acceleration));
        }
    }

    #[test]
    fn the_same_key_draws_the_same() {
        let numbers = [1.0, 5.0, 2.0, 9.0];
        let draw = |resamples| Bootstrap::draw(&[&numbers], |strata| mean(&strata[0]), &options(resamples)).unwrap();
        assert_eq!(draw(100), draw(100));
        let other = Options { key: Key::new("another"), ..options(100) };
        assert_ne!(draw(100), Bootstrap::draw(&[&numbers], |strata| mean(&strata[0]), &other).unwrap());
    }

    #[test]
    fn strata_are_not_mixed() {
        let strata: [&[f64]; 2] = [&[1.0, 2.0], &[100.0]];
        let found = Bootstrap::draw(&strata, |strata| strata.iter().flatten().sum(), &options(200));
        let sums: Vec<f64> = found.unwrap().resamples;
        assert!(sums.iter().all(|sum| [102.0, 103.0, 104.0].contains(sum)));
        assert_eq!((sums[0], sums[199]), (102.0, 104.0));
    }

    #[test]
    fn diverged_runs_make_means_infinite_and_not_medians() {
        let inf = f64::INFINITY;
        let numbers = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, inf];
        let of_mean = bca(&numbers, mean, &options(1000)).unwrap();
        assert!(of_mean.low.is_finite() && of_mean.high == inf, "{of_mean:?}");
        let of_median = bca(&numbers, median, &options(1000)).unwrap();
        assert!(of_median.high.is_finite() && of_median.contains(4.5), "{of_median:?}");
        let all = Some(Interval { low: inf, high: inf });
        assert_eq!((bca(&[inf; 3], mean, &options(10)), percentile(&[inf; 3], median, &options(10))), (all, all));
    }

    #[test]
    fn too_little_has_no_interval() {
        let of = |numbers: &[f64]| (percentile(numbers, mean, &options(9)), bca(numbers, mean, &options(9)));
        for numbers in [&[][..], &[1.0], &[1.0, f64::NAN]] {
            assert_eq!(of(numbers), (None, None), "{numbers:?}");
        }
        assert_eq!(percentile(&[1.0, 2.0], |_| f64::NAN, &options(9)), None);
        assert_eq!(bca(&[1.0, 2.0], mean, &options(0)), None);
        assert_eq!(bca(&[1.0, 2.0], mean, &Options { confidence: 1.0, ..options(9) }), None);
        // Without one of two numbers there is no deviation.
        assert_eq!(bca(&[1.0, 2.0], super::super::standard_deviation, &options(9)), None);
        let empty: [&[f64]; 2] = [&[1.0, 2.0], &[]];
        assert_eq!(Bootstrap::draw(&empty, |_| 1.0, &options(9)), None);
        assert_eq!(Bootstrap::draw(&[], |_| 1.0, &options(9)), None);
    }

    proptest! {
        #[test]
        fn ends_are_in_order_and_within_the_numbers(
            numbers in prop::collection::vec(-1e3..1e3_f64, 2..12),
            confidence in 0.01..0.999_f64,
        ) {
            let options = Options { confidence, ..options(200) };
            let (least, most) = numbers.iter().fold((f64::MAX, f64::MIN), |(a, b), &x| (a.min(x), b.max(x)));
            for interval in [percentile(&numbers, median, &options), bca(&numbers, median, &options)] {
                let Interval { low, high } = interval.unwrap();
                prop_assert!(least <= low && low <= high && high <= most);
            }
        }

        #[test]
        fn intervals_move_with_the_numbers(numbers in prop::collection::vec(-100..100_i32, 2..10)) {
            let of = |scale: f64, shift: f64| {
                let moved: Vec<f64> = numbers.iter().map(|&x| scale * f64::from(x) + shift).collect();
                percentile(&moved, median, &options(100)).unwrap()
            };
            let (here, there) = (of(1.0, 0.0), of(4.0, 64.0));
            prop_assert!((4.0 * here.low + 64.0 - there.low).abs() < 1e-9);
            prop_assert!((4.0 * here.high + 64.0 - there.high).abs() < 1e-9);
        }
    }
}

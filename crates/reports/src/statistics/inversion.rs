//! What the sign-flip test says about the size of a difference.
//!
//! The test does not reject a center c of differences if the assignments of signs to d − c leave enough
//! sums as large as the given one.
//! Flipping a subset gives such a sum exactly if the mean of the subset is beyond c, so that the centers
//! which are not rejected lie between two of the 2ⁿ − 1 means of subsets (Hartigan 1969, *Using Subsample
//! Values as Typical Values*).

use rand::distr::Distribution;
use sgdlab_core::streams::Normal;

use super::bootstrap::Interval;
use super::power::{Design, minimum_detectable_difference};
use super::sign_flip::{Flips, Sum, unit};

/// Up to this many pairs, all subsets are looked at.
const EXACT: usize = 20;

/// Up to this many pairs, all subsets are looked at for every sample that is drawn.
const DRAWN: usize = 16;

/// From so many subsets outside on, the test finds what a t test finds, within 1 %; it is 2 % weaker with 12 of
/// them, 5 % with 3, and 24 % with one.
const LIKE_T: usize = 100;

/// Which mean of subsets is the end of the interval, counted from each side; 0 if nothing can be significant
/// at `alpha`.
fn outside(pairs: usize, alpha: f64) -> usize {
    // The share of the level that rounding may have taken.
    // Saturates for many pairs.
    (alpha * 2.0_f64.powi(pairs as i32 - 1) * (1.0 + 1e-12)) as usize
}

/// The means of all subsets but the empty one.
fn means(differences: &[f64]) -> Vec<f64> {
    let unit = unit(differences);
    let mut sums = vec![Sum::default()];
    for &difference in differences {
        let term = Sum::of(difference * unit);
        sums.extend_from_within(..);
        let half = sums.len() / 2;
        sums[half..].iter_mut().for_each(|sum| *sum = sum.plus(term));
    }
    // The place of a subset has a bit for each of its members.
    let counted = sums.iter().enumerate().skip(1);
    counted.map(|(subset, sum)| sum.over(f64::from(subset.count_ones())) / unit).collect()
}

/// The `place`-th smallest number, from 1.
fn smallest(numbers: &mut [f64], place: usize) -> f64 {
    *numbers.select_nth_unstable_by(place - 1, f64::total_cmp).1
}

/// The centers of paired differences that a two-sided [`sign_flip`](super::sign_flip) test does not reject at
/// 1 − `confidence`: an interval that is exact for differences that are symmetric about their center,
/// however few they are.
///
/// With too few pairs to reject anything ([`pairs_needed`](super::pairs_needed)) it is from −∞ to ∞.
/// An infinite difference makes subsets infinite, and an end if too few subsets are without it.
///
/// `None` without differences or for more than 20, where [`bca`](super::bca) is good; if one is NaN; or if
/// `confidence` is not in (0, 1).
///
/// ```
/// use sgdlab_reports::statistics::sign_flip_interval;
/// let interval = sign_flip_interval(&[3.0, 1.0, 4.0, 1.5, 9.0, 2.6], 0.95).unwrap();
/// assert_eq!((interval.low, interval.high), (1.0, 9.0));
/// let interval = sign_flip_interval(&[3.0, 1.0, 4.0, 1.5, 9.0], 0.95).unwrap();
/// assert_eq!((interval.low, interval.high), (f64::NEG_INFINITY, f64::INFINITY));
/// ```
#[must_use]
pub fn sign_flip_interval(differences: &[f64], confidence: f64) -> Option<Interval> {
    let possible = confidence > 0.0 && confidence < 1.0 && (1..=EXACT).contains(&differences.len());
    if !possible || differences.iter().any(|d| d.is_nan()) {
        return None;
    }
    let outside = outside(differences.len(), 1.0 - confidence);
    if outside == 0 {
        return Some(Interval { low: f64::NEG_INFINITY, high: f64::INFINITY });
    }
    let mut means = means(differences);
    let last = means.len() + 1 - outside;
    Some(Interval { low: smallest(&mut means, outside), high: smallest(&mut means, last) })
}

/// The smallest true mean difference of normal pairs that a two-sided sign-flip test finds as often as the
/// `design` promises, in the unit of `deviation`, the standard deviation of differences.
///
/// It is +∞ below [`pairs_needed`](super::pairs_needed).
/// For few pairs (fewer than 12 at 5 %, at most 16), `flips.draws` samples are drawn, each with the smallest
/// shift that would make it significant, and the answer is the quantile `design.power` of these;
/// 4000 draws leave an error of about 1 %.
/// For more it is [`minimum_detectable_difference`], which is then within 1 % at 5 %, and within 3 % at
/// 0.01 %.
///
/// `None` as for [`minimum_detectable_difference`], or without draws.
///
/// ```
/// use sgdlab_core::streams::Key;
/// use sgdlab_reports::statistics::{Design, Flips, sign_flip_detectable_difference};
/// let flips = Flips { draws: 1000, key: Key::new("an example") };
/// let of = |pairs| sign_flip_detectable_difference(pairs, 1.0, &Design::default(), &flips).unwrap();
/// assert_eq!(of(5), f64::INFINITY);
/// assert!(of(6) < 2.0 && of(7) < of(6));
/// ```
#[must_use]
pub fn sign_flip_detectable_difference(pairs: usize, deviation: f64, design: &Design, flips: &Flips) -> Option<f64> {
    let of_t = minimum_detectable_difference(pairs, deviation, design)?;
    if of_t == f64::INFINITY {
        return Some(of_t);
    }
    let outside = outside(pairs, design.alpha);
    if outside == 0 {
        return Some(f64::INFINITY);
    }
    if pairs > DRAWN || outside >= LIKE_T {
        return Some(of_t);
    }
    let shift = |draw: u32| {
        let mut stream = flips.key.stream(u64::from(draw));
        let sample: Vec<f64> = (0..pairs).map(|_| Normal.sample(&mut stream)).collect();
        -smallest(&mut means(&sample), outside)
    };
    let shifts: Vec<f64> = (0..flips.draws).map(shift).collect();
    (!shifts.is_empty()).then(|| deviation * super::quantile(&shifts, design.power))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sgdlab_core::streams::Key;

    use super::super::sign_flip;
    use super::*;

    const INF: f64 = f64::INFINITY;

    fn flips(draws: u32) -> Flips {
        Flips { draws, key: Key::new("inversion") }
    }

    #[test]
    fn subsets_have_means() {
        let mut found = means(&[1.0, 2.0, 6.0]);
        found.sort_by(f64::total_cmp);
        assert_eq!(found, [1.0, 1.5, 2.0, 3.0, 3.5, 4.0, 6.0]);
        assert_eq!(means(&[1.5e308, 1.5e308]), [1.5e308; 3]);
        let found = means(&[INF, -INF, 2.0]);
        assert_eq!(found, [INF, -INF, 0.0, 2.0, INF, -INF, 2.0 / 3.0]);
    }

    #[test]
    fn diverged_runs_open_one_side() {
        // Of 8 pairs the 6th mean of subsets is the end: after 1, 1.5, 2, 2 and 2 that is (1 + 2 + 4) / 3.
        let interval = sign_flip_interval(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, INF], 0.95).unwrap();
        assert_eq!((interval.low, interval.high), (7.0 / 3.0, INF));
        let interval = sign_flip_interval(&[INF; 8], 0.95).unwrap();
        assert_eq!((interval.low, interval.high), (INF, INF));
        let interval = sign_flip_interval(&[0.0; 8], 0.95).unwrap();
        assert_eq!((interval.low, interval.high), (0.0, 0.0));
    }

    #[test]
    fn what_has_no_interval_is_none() {
        for differences in [&[][..], &[f64::NAN], &[1.0; 21]] {
            assert_eq!(sign_flip_interval(differences, 0.95), None, "{differences:?}");
        }
        assert_eq!(sign_flip_interval(&[1.0], 1.0), None);
        assert_eq!(sign_flip_interval(&[1.0], f64::NAN), None);
    }

    #[test]
    fn of_six_pairs_all_must_be_on_one_side() {
        // P(all six above −δ) = Φ(δ)⁶ = 0.8 for δ = Φ⁻¹(0.8^(1/6)) = 1.790.
        let found = sign_flip_detectable_difference(6, 2.0, &Design::default(), &flips(20_000)).unwrap();
        assert!((found / 2.0 - 1.790).abs() < 0.03, "{found}");
        assert_eq!(
            sign_flip_detectable_difference(6, 2.0, &Design::default(), &flips(20_000)),
            Some(found),
            "the same key"
        );
    }

    #[test]
    fn with_more_pairs_it_is_nearly_that_of_t() {
        let design = Design::default();
        let found = sign_flip_detectable_difference(11, 1.0, &design, &flips(4000)).unwrap();
        let of_t = minimum_detectable_difference(11, 1.0, &design).unwrap();
        assert!((found / of_t - 1.0).abs() < 0.03, "{found} and {of_t}");
        // After Holm's correction for 100 comparisons only one subset of 12 pairs is outside.
        let design = Design { alpha: 0.0005, ..design };
        let found = sign_flip_detectable_difference(12, 1.0, &design, &flips(400)).unwrap();
        assert!(found > 1.2 * minimum_detectable_difference(12, 1.0, &design).unwrap(), "{found}");
        let design = Design::default();
        assert_eq!(
            sign_flip_detectable_difference(13, 1.0, &design, &flips(1)),
            minimum_detectable_difference(13, 1.0, &design)
        );
    }

    #[test]
    fn what_cannot_be_found_is_infinite() {
        let of = |pairs, deviation| sign_flip_detectable_difference(pairs, deviation, &Design::default(), &flips(10));
        assert_eq!([of(0, 1.0), of(1, 1.0), of(5, 1.0), of(8, INF)], [Some(INF); 4]);
        assert_eq!(of(8, -1.0), None);
        assert_eq!(of(8, 0.0), Some(0.0));
        assert_eq!(sign_flip_detectable_difference(8, 1.0, &Design::default(), &flips(0)), None);
    }

    proptest! {
        /// The interval is that of the test: centers within are not rejected, those beyond are.
        #[test]
        fn the_test_rejects_what_is_outside(differences in prop::collection::vec(-1e3..1e3_f64, 6..12)) {
            let Interval { low, high } = sign_flip_interval(&differences, 0.95).unwrap();
            let rejected = |center: f64| {
                let moved: Vec<f64> = differences.iter().map(|d| d - center).collect();
                sign_flip(&moved, &flips(1)).unwrap().p_value <= 0.05
            };
            let margin = 1e-6 * (high - low);
            prop_assert!(!rejected(low + margin) && !rejected(high - margin) && !rejected(0.5 * (low + high)));
            prop_assert!(rejected(low - margin) && rejected(high + margin));
        }
    }
}

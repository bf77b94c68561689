//! What tuning costs, and what of its success is luck.

use sgdlab_core::Real;

use super::location::sorted;

/// How the settings of k trials are drawn from those that were tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draw {
    /// Each trial on its own, so that a setting may be tried twice: random search over the settings.
    WithReplacement,
    /// k different settings.
    WithoutReplacement,
}

impl Draw {
    /// How likely none of `k` trials is among the best `better` of `n` settings.
    fn missed(self, better: usize, n: usize, k: usize) -> f64 {
        let worse = n - better;
        match self {
            Self::WithReplacement => power(worse as f64 / n as f64, k),
            Self::WithoutReplacement if worse < k => 0.0,
            // C(worse, k) / C(n, k), factor by factor.
            Self::WithoutReplacement => (0..k).map(|i| (worse - i) as f64 / (n - i) as f64).product(),
        }
    }

    fn can(self, k: usize, n: usize) -> bool {
        k > 0 && (self == Self::WithReplacement || k <= n)
    }
}

/// x to a whole power.
fn power(x: f64, k: usize) -> f64 {
    i32::try_from(k).map_or(if x < 1.0 { 0.0 } else { 1.0 }, |k| x.powi(k))
}

/// The expected best score after `k` trials, in closed form: Σᵢ v₍ᵢ₎ (qᵢ₋₁ − qᵢ), where v₍₁₎ ≤ v₍₂₎ ≤ … are the
/// scores of the n settings and qᵢ is the chance that none of the k trials is among the best i.
///
/// With replacement qᵢ = ((n − i) / n)ᵏ (Dodge et al. 2019, *Show Your Work*); without it
/// qᵢ = C(n − i, k) / C(n, k), which estimates without bias what k new settings would give
/// (Tang et al. 2020, *Showing Your Work Doesn't Always Work*).
/// It is infinite if all k trials can be settings that diverge: always with replacement, up to the
/// number of such settings without; [`quantile_of_best`] says more then.
///
/// `None` without scores, if one is NaN, if `k` is 0, or, without replacement, above n.
///
/// ```
/// use sgdlab_reports::statistics::{Draw, expected_best};
/// let scores = [3.0, 1.0, 2.0];
/// assert_eq!(expected_best(&scores, 1, Draw::WithoutReplacement), Some(2.0));
/// let best = expected_best(&scores, 2, Draw::WithoutReplacement).unwrap();
/// assert!((best - 4.0 / 3.0).abs() < 1e-15);
/// let best = expected_best(&scores, 2, Draw::WithReplacement).unwrap();
/// assert!((best - (5.0 * 1.0 + 3.0 * 2.0 + 1.0 * 3.0) / 9.0).abs() < 1e-15);
/// ```
#[must_use]
pub fn expected_best(scores: &[f64], k: usize, draw: Draw) -> Option<f64> {
    let sorted = sorted(scores)?;
    let n = sorted.len();
    if !draw.can(k, n) {
        return None;
    }
    let mut before = 1.0;
    let mut sum = 0.0;
    for (place, &score) in sorted.iter().enumerate() {
        let after = draw.missed(place + 1, n, k);
        // An infinite score that is never the best costs nothing.
        if before > after {
            sum += score * (before - after);
        }
        before = after;
    }
    Some(sum)
}

/// The score that the best of `k` trials is at most with probability `q`: the smallest v₍ᵢ₎ with 1 − qᵢ ≥ `q`
/// in the terms of [`expected_best`].
///
/// With `q` = ½ it is the median of the best, which is finite although some settings diverge.
///
/// `None` as for [`expected_best`], or if `q` is not in [0, 1].
///
/// ```
/// use sgdlab_reports::statistics::{Draw, quantile_of_best};
/// let scores = [1.0, 2.0, f64::INFINITY, f64::INFINITY];
/// let median = |k| quantile_of_best(&scores, k, 0.5, Draw::WithReplacement).unwrap();
/// assert_eq!([1, 2, 3].map(median), [2.0, 2.0, 1.0]);
/// ```
#[must_use]
pub fn quantile_of_best(scores: &[f64], k: usize, q: f64, draw: Draw) -> Option<f64> {
    let sorted = sorted(scores)?;
    let n = sorted.len();
    if !draw.can(k, n) || !(0.0..=1.0).contains(&q) {
        return None;
    }
    let reached = |place: &usize| 1.0 - draw.missed(place + 1, n, k) >= q;
    Some(sorted[(0..n).find(reached).unwrap_or(n - 1)])
}

/// The best setting on tuning replicates, and what it is worth on fresh ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WinnersCurse {
    /// The setting, by its place.
    pub best: usize,
    /// Its score on the replicates that it was chosen on, which is too good.
    pub tuned: f64,
    /// Its score on fresh replicates, which is honest.
    pub fresh: f64,
}

impl WinnersCurse {
    /// How much worse the setting is on fresh replicates, `fresh` − `tuned`; 0 if both are +∞.
    #[must_use]
    pub fn size(&self) -> f64 {
        super::difference(self.fresh, self.tuned)
    }

    /// The same as a ratio, `fresh` / `tuned`; 1 if both are equal, `None` for scores that are negative.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        if self.tuned < 0.0 || self.fresh < 0.0 {
            return None;
        }
        Some(if self.fresh == self.tuned { 1.0 } else { self.fresh / self.tuned })
    }
}

/// Chooses the setting with the smallest score on tuning replicates, the first of equal ones, and scores
/// it on fresh replicates.
///
/// `tuning[s]` and `fresh[s]` are the results of setting `s`; the score is often the median.
/// `None` without settings, if there are not as many of both, or if a score is NaN.
///
/// ```
/// use sgdlab_reports::statistics::{median, winners_curse};
/// let tuning: [&[f64]; 2] = [&[1.0, 2.0, 6.0], &[3.0, 3.0, 3.0]];
/// let fresh: [&[f64]; 2] = [&[4.0, 5.0, 6.0], &[3.0, 3.0, 3.0]];
/// let curse = winners_curse(&tuning, &fresh, median).unwrap();
/// assert_eq!((curse.best, curse.tuned, curse.fresh, curse.size()), (0, 2.0, 5.0, 3.0));
/// ```
#[must_use]
pub fn winners_curse(tuning: &[&[f64]], fresh: &[&[f64]], score: impl Fn(&[f64]) -> f64) -> Option<WinnersCurse> {
    let scores: Vec<f64> = tuning.iter().map(|replicates| score(replicates)).collect();
    if tuning.len() != fresh.len() || scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let best = (0..scores.len()).min_by(|&a, &b| scores[a].total_cmp(&scores[b]))?;
    let fresh = score(fresh[best]);
    (!fresh.is_nan()).then_some(WinnersCurse { best, tuned: scores[best], fresh })
}

/// The rates around the best one that are good enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GoodRange {
    /// The rate with the smallest score.
    pub best: f64,
    /// The smallest good rate.
    pub low: f64,
    /// The largest good rate.
    pub high: f64,
    /// How many of the rates that were tried are in the range.
    pub rates: usize,
    /// Whether the smallest or the largest rate that was tried is in the range, which then may go on.
    pub open: [bool; 2],
    /// Whether the best rate is the smallest or the largest one that was tried: a better one may be outside.
    pub best_at_edge: bool,
}

impl GoodRange {
    /// The width on a logarithmic axis: log₁₀(`high` / `low`), 0 for a single rate.
    #[must_use]
    pub fn decades(&self) -> f64 {
        (Real::ln(self.high) - Real::ln(self.low)) / std::f64::consts::LN_10
    }
}

/// The range of rates around the best one whose scores are at most `limit`, without a gap.
///
/// The best rate is the smallest of those with the smallest score.
/// Only rates that were tried are ends of the range.
///
/// `None` without rates, if there are not as many scores, if a rate is not positive and finite, if
/// a score or `limit` is NaN, or if the best score is +∞ or above `limit`.
///
/// ```
/// use sgdlab_reports::statistics::good_range;
/// let range = good_range(&[0.001, 0.01, 0.1, 1.0], &[90.0, 15.0, 10.0, f64::INFINITY], 20.0).unwrap();
/// assert_eq!((range.low, range.high, range.rates, range.open), (0.01, 0.1, 2, [false, false]));
/// assert!((range.decades() - 1.0).abs() < 1e-15);
/// ```
#[must_use]
pub fn good_range(rates: &[f64], scores: &[f64], limit: f64) -> Option<GoodRange> {
    let rated = rates.iter().all(|&rate| rate > 0.0 && rate.is_finite());
    if rates.len() != scores.len() || !rated || scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let mut order: Vec<usize> = (0..rates.len()).collect();
    order.sort_by(|&a, &b| rates[a].total_cmp(&rates[b]).then(scores[a].total_cmp(&scores[b])));
    let at = (0..order.len()).min_by(|&a, &b| scores[order[a]].total_cmp(&scores[order[b]]))?;
    let good = |place: usize| scores[order[place]] <= limit;
    if !good(at) || scores[order[at]] == f64::INFINITY {
        return None;
    }
    let first = (0..at).rev().take_while(|&place| good(place)).last().unwrap_or(at);
    let last = (at..order.len()).take_while(|&place| good(place)).last().unwrap_or(at);
    let rate = |place: usize| rates[order[place]];
    let (smallest, largest) = (rate(0), rate(order.len() - 1));
    let (best, low, high) = (rate(at), rate(first), rate(last));
    Some(GoodRange {
        best,
        low,
        high,
        rates: last - first + 1,
        open: [low == smallest, high == largest],
        best_at_edge: best == smallest || best == largest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const INF: f64 = f64::INFINITY;

    #[test]
    fn all_draws_find_the_best_and_one_the_mean() {
        let scores = [4.0, 8.0, 1.0, 3.0];
        assert_eq!(expected_best(&scores, 4, Draw::WithoutReplacement), Some(1.0));
        assert_eq!(expected_best(&scores, 1, Draw::WithReplacement), Some(4.0));
        assert_eq!(expected_best(&[2.0], 7, Draw::WithReplacement), Some(2.0));
        assert_eq!(quantile_of_best(&scores, 4, 0.0, Draw::WithoutReplacement), Some(1.0));
        assert_eq!(quantile_of_best(&scores, 1, 1.0, Draw::WithReplacement), Some(8.0));
    }

    #[test]
    fn settings_that_diverge_count_until_they_are_avoided() {
        let scores = [1.0, INF, 2.0, INF];
        let without = |k| expected_best(&scores, k, Draw::WithoutReplacement);
        assert_eq!([1, 2].map(without), [Some(INF); 2]);
        // Of the four triples, three have the best, and one the second.
        assert_eq!([3, 4].map(without), [Some(1.25), Some(1.0)]);
        assert_eq!(expected_best(&scores, 100, Draw::WithReplacement), Some(INF));
        assert_eq!(quantile_of_best(&scores, 1, 0.75, Draw::WithReplacement), Some(INF));
    }

    #[test]
    fn trials_that_cannot_be_made_have_no_best() {
        assert_eq!(expected_best(&[], 1, Draw::WithReplacement), None);
        assert_eq!(expected_best(&[1.0], 0, Draw::WithReplacement), None);
        assert_eq!(expected_best(&[1.0], 2, Draw::WithoutReplacement), None);
        assert_eq!(expected_best(&[f64::NAN], 1, Draw::WithReplacement), None);
        assert_eq!(quantile_of_best(&[1.0], 1, 1.5, Draw::WithReplacement), None);
    }

    #[test]
    fn curses_of_settings_that_diverge_are_defined() {
        let curse = winners_curse(&[&[INF], &[1.0]], &[&[2.0], &[INF]], super::super::median).unwrap();
        assert_eq!((curse.best, curse.size(), curse.ratio()), (1, INF, Some(INF)));
        let curse = winners_curse(&[&[INF]], &[&[INF]], super::super::median).unwrap();
        assert_eq!((curse.size(), curse.ratio()), (0.0, Some(1.0)));
        assert_eq!(winners_curse(&[], &[], super::super::median), None);
        assert_eq!(winners_curse(&[&[1.0]], &[&[]], super::super::median), None);
        assert_eq!(winners_curse(&[&[1.0]], &[], super::super::median), None);
        assert_eq!(WinnersCurse { best: 0, tuned: -1.0, fresh: 1.0 }.ratio(), None);
    }

    #[test]
    fn ranges_end_at_gaps_and_edges() {
        let rates = [1.0, 0.1, 10.0, 100.0];
        let range = good_range(&rates, &[3.0, 2.0, 9.0, 2.5], 5.0).unwrap();
        assert_eq!((range.low, range.high, range.rates), (0.1, 1.0, 2));
        assert_eq!((range.open, range.best_at_edge), ([true, false], true));
        let range = good_range(&rates, &[4.0; 4], 4.0).unwrap();
        assert_eq!((range.best, range.open), (0.1, [true, true]));
        assert!((range.decades() - 3.0).abs() < 1e-14);
    }

    #[test]
    fn without_a_good_rate_there_is_no_range() {
        assert_eq!(good_range(&[], &[], 1.0), None);
        assert_eq!(good_range(&[1.0], &[INF], INF), None);
        assert_eq!(good_range(&[1.0], &[2.0], 1.0), None);
        assert_eq!(good_range(&[0.0], &[2.0], 3.0), None);
        assert_eq!(good_range(&[1.0], &[2.0], f64::NAN), None);
        assert_eq!(good_range(&[1.0], &[2.0, 3.0], 5.0), None);
        let alone = good_range(&[1.0], &[2.0], 3.0).unwrap();
        assert_eq!((alone.decades(), alone.open, alone.best_at_edge), (0.0, [true, true], true));
    }
}

//! The sign-flip test of the mean of paired differences (Fisher 1935).

use rand::RngCore;
use sgdlab_core::streams::Key;

use super::paired::{Method, PairedTest};

/// Up to this many pairs that differ, all assignments of signs are counted.
const EXACT: usize = 32;

/// Sums of the same numbers in another order differ by less than this share of the sum of their sizes.
const ROUNDING: f64 = 1e-13;

/// How assignments of signs are drawn where there are too many to count.
#[derive(Clone, Copy, Debug)]
pub struct Flips {
    /// How many, at least 1.
    pub draws: u32,
    /// Where they are drawn from, assignment `b` from stream `b`.
    pub key: Key,
}

impl Flips {
    /// 100 000 assignments.
    #[must_use]
    pub fn of(key: Key) -> Self {
        Self { draws: 100_000, key }
    }
}

/// A sum of differences: those that are infinite are counted with their signs, which comes first in
/// comparisons, as if infinite differences were all the same very large number.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub(super) struct Sum {
    infinite: i64,
    finite: f64,
}

impl Sum {
    pub(super) fn of(difference: f64) -> Self {
        if difference.is_infinite() {
            Self { infinite: difference.signum() as i64, finite: 0.0 }
        } else {
            Self { infinite: 0, finite: difference }
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self { infinite: self.infinite + other.infinite, finite: self.finite + other.finite }
    }

    /// The mean of so many.
    pub(super) fn over(self, count: f64) -> f64 {
        match self.infinite {
            0 => self.finite / count,
            infinite if infinite > 0 => f64::INFINITY,
            _ => f64::NEG_INFINITY,
        }
    }

    fn minus(self, other: Self) -> Self {
        self.plus(other.negative())
    }

    fn negative(self) -> Self {
        Self { infinite: -self.infinite, finite: -self.finite }
    }

    fn size(self) -> Self {
        if self < Self::default() { self.negative() } else { self }
    }
}

/// The two-sided sign-flip test of paired differences: the share of the 2ⁿ assignments of signs for
/// which |Σ ± d| is at least |Σ d|.
///
/// It is exact for up to 32 differences that are not 0, which are counted, not drawn; above, signs are
/// drawn and the p-value is (1 + hits) / (1 + draws), with its standard error.
/// Differences of 0 are the same with both signs, so that they change nothing.
/// An infinite difference counts as one that is larger than all finite ones together.
/// Sums that differ by less than 10⁻¹³ of Σ |d| are equal.
///
/// `None` if there are no differences or one is NaN.
/// If all are 0 the p-value is 1.
/// The smallest possible p-value is [`smallest_p_value`](super::smallest_p_value): n = 5 cannot reach 0.05.
///
/// ```
/// use sgdlab_core::streams::Key;
/// use sgdlab_reports::statistics::{Flips, sign_flip};
/// let test = sign_flip(&[1.0, 2.0, 3.0, -0.5], &Flips::of(Key::new("an example"))).unwrap();
/// assert_eq!(test.p_value, 4.0 / 16.0);
/// ```
#[must_use]
pub fn sign_flip(differences: &[f64], flips: &Flips) -> Option<PairedTest> {
    if differences.is_empty() || differences.iter().any(|d| d.is_nan()) {
        return None;
    }
    let unit = unit(differences);
    let terms: Vec<Sum> = differences.iter().filter(|&&d| d != 0.0).map(|&d| Sum::of(d * unit)).collect();
    let sum = terms.iter().fold(Sum::default(), |sum, &term| sum.plus(term));
    let slack = ROUNDING * terms.iter().map(|term| term.finite.abs()).sum::<f64>();
    let size = sum.size();
    let bound = Sum { finite: size.finite - slack, ..size };
    let (p_value, method) = if bound <= Sum::default() {
        (1.0, Method::Exact)
    } else if terms.len() <= EXACT {
        let most = 2.0_f64.powi(terms.len() as i32);
        // The distribution of sums is symmetric.
        (2.0 * at_least(&terms, bound) as f64 / most, Method::Exact)
    } else {
        drawn(&terms, bound, flips)?
    };
    Some(PairedTest { pairs: differences.len(), different: terms.len(), p_value, method })
}

/// What differences are multiplied by so that no sum of them is too large for a number; mostly 1.
pub(super) fn unit(differences: &[f64]) -> f64 {
    let large = differences.iter().any(|d| d.abs() > 1e280 && d.is_finite());
    if large { 2.0_f64.powi(-80) } else { 1.0 }
}

/// The sums of terms with all assignments of signs.
fn sums(terms: &[Sum]) -> Vec<Sum> {
    let mut sums = vec![Sum::default()];
    for &term in terms {
        sums = sums.iter().flat_map(|&sum| [sum.plus(term), sum.minus(term)]).collect();
    }
    sums
}

/// The same in ascending order.
fn sorted_sums(terms: &[Sum]) -> Vec<Sum> {
    let mut sums = sums(terms);
    sums.sort_unstable_by(|a, b| a.infinite.cmp(&b.infinite).then(a.finite.total_cmp(&b.finite)));
    sums
}

/// How many assignments have a sum of at least `bound`: for each sum of one half, those of the other
/// half that are large enough, which are ever more as the first grows.
fn at_least(terms: &[Sum], bound: Sum) -> u64 {
    let (left, right) = terms.split_at(terms.len() / 2);
    let (left, right) = (sorted_sums(left), sorted_sums(right));
    let (mut count, mut start) = (0, right.len());
    for sum in left {
        while start > 0 && sum.plus(right[start - 1]) >= bound {
            start -= 1;
        }
        count += (right.len() - start) as u64;
    }
    count
}

fn drawn(terms: &[Sum], bound: Sum, flips: &Flips) -> Option<(f64, Method)> {
    if flips.draws == 0 {
        return None;
    }
    // A byte has the signs of eight terms, whose sums are looked up: three times as fast as adding them.
    let tables: Vec<Vec<Sum>> = terms.chunks(8).map(sums).collect();
    let mut signs = vec![0_u8; tables.len()];
    let mut hits = 0_u32;
    for draw in 0..flips.draws {
        flips.key.stream(u64::from(draw)).fill_bytes(&mut signs);
        let looked_up = tables.iter().zip(&signs).map(|(table, &signs)| table[usize::from(signs) % table.len()]);
        let sum = looked_up.fold(Sum::default(), Sum::plus);
        hits += u32::from(sum.size() >= bound);
    }
    let draws = f64::from(flips.draws);
    let p_value = (1.0 + f64::from(hits)) / (1.0 + draws);
    Some((p_value, Method::MonteCarlo { draws: flips.draws, error: (p_value * (1.0 - p_value) / draws).sqrt() }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INF: f64 = f64::INFINITY;

    fn p_value(differences: &[f64]) -> f64 {
        sign_flip(differences, &Flips { draws: 0, key: Key::new("flips") }).expect("an exact test").p_value
    }

    /// The definition, with 2ⁿ sums one after the other.
    fn by_counting(differences: &[f64]) -> f64 {
        let n = differences.len() as u32;
        let sum = |signs: u32| -> f64 {
            let signed = |(place, d): (usize, &f64)| if signs >> place & 1 == 0 { *d } else { -d };
            differences.iter().enumerate().map(signed).sum()
        };
        let least = sum(0).abs() - 1e-9;
        (0..1 << n).filter(|&signs| sum(signs).abs() >= least).count() as f64 / f64::from(1 << n)
    }

    #[test]
    fn five_pairs_cannot_be_significant() {
        assert_eq!(p_value(&[1.0, 2.0, 3.0, 4.0, 5.0]), 2.0 / 32.0);
        assert_eq!(p_value(&[-1.0, -1.0, -1.0, -1.0, -1.0, -1.0]), 2.0 / 64.0);
    }

    #[test]
    fn equal_sums_are_equal_in_spite_of_rounding() {
        // 0.3 ± 0.1 ± 0.2: only ±0.6 in exact numbers; and 0.1 + 0.2 − 0.3 is 0.
        assert_eq!(p_value(&[0.1, 0.2, 0.3]), 2.0 / 8.0);
        assert_eq!(p_value(&[0.1, 0.2, -0.3]), 1.0);
    }

    #[test]
    fn differences_of_nothing_say_nothing() {
        let test = sign_flip(&[0.0, 3.0, -0.0, 1.0], &Flips::of(Key::new("flips"))).unwrap();
        assert_eq!(test, PairedTest { pairs: 4, different: 2, p_value: 0.5, method: Method::Exact });
        assert_eq!(p_value(&[0.0, 0.0]), 1.0);
        assert_eq!(p_value(&[7.0]), 1.0);
    }

    #[test]
    fn infinite_differences_come_first() {
        // Of the sums ∞ ± 1 ± 2 one is as large.
        assert_eq!(p_value(&[INF, 1.0, 2.0]), 2.0 / 8.0);
        assert_eq!(p_value(&[INF, -1.0, -2.0]), 1.0);
        assert_eq!(p_value(&[INF, -INF]), 1.0);
        assert_eq!(p_value(&[INF, INF, 1.0]), 2.0 / 8.0);
        // All sums are ±5 or infinite.
        assert_eq!(p_value(&[INF, -INF, 5.0]), 1.0);
        assert_eq!(p_value(&[-INF; 6]), 2.0 / 64.0);
    }

    #[test]
    fn large_differences_are_not_infinite() {
        assert_eq!(p_value(&[1e308, 1e308, 1e308]), 2.0 / 8.0);
        assert_eq!(p_value(&[1e308, 1e308, -1e308, 1e308]), 10.0 / 16.0);
    }

    #[test]
    fn many_pairs_are_counted_too() {
        // Of 32 equal differences, 8 against the others: P(|B − 16| ≥ 8) for 32 tosses.
        let differences: Vec<f64> = (0..32).map(|place| if place % 4 == 0 { -0.1 } else { 0.1 }).collect();
        let choose = |k: u32| (0..k).fold(1.0, |product, i| product * f64::from(32 - i) / f64::from(i + 1));
        let expected = 2.0 * (0..=8).map(choose).sum::<f64>() / 2.0_f64.powi(32);
        let found = p_value(&differences);
        assert!((found - expected).abs() < 1e-15, "{found}, not {expected}");
    }

    #[test]
    fn more_pairs_are_drawn_with_their_error() {
        let differences: Vec<f64> = (0..100).map(|place| if place < 60 { 1.0 } else { -1.0 }).collect();
        let test = sign_flip(&differences, &Flips::of(Key::new("flips"))).unwrap();
        let Method::MonteCarlo { draws: 100_000, error } = test.method else { panic!("{test:?}") };
        // P(|B − 50| ≥ 10) for 100 tosses.
        assert!((test.p_value - 0.056_887_933_640_980_8).abs() < 4.0 * error, "{test:?}");
        assert!((error - 0.000_732).abs() < 0.000_02, "{error}");
        assert_eq!(sign_flip(&differences, &Flips::of(Key::new("flips"))), Some(test));
    }

    #[test]
    fn what_cannot_be_tested_is_none() {
        let flips = Flips { draws: 0, key: Key::new("flips") };
        assert_eq!(sign_flip(&[], &flips), None);
        assert_eq!(sign_flip(&[1.0, f64::NAN], &flips), None);
        assert_eq!(sign_flip(&[1.0; 40], &flips), None);
    }

    proptest! {
        #[test]
        fn halves_give_what_counting_gives(differences in prop::collection::vec(-20..20_i32, 1..11)) {
            let differences: Vec<f64> = differences.into_iter().map(|d| f64::from(d) / 10.0).collect();
            prop_assert_eq!(p_value(&differences), by_counting(&differences));
        }

        #[test]
        fn the_side_does_not_matter(differences in prop::collection::vec(-1e6..1e6_f64, 1..14)) {
            let other: Vec<f64> = differences.iter().map(|d| -d).collect();
            prop_assert_eq!(p_value(&differences), p_value(&other));
        }
    }
}

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
struct Sum {
    infinite: i64,
    finite: f64,
}

impl Sum {
    fn of(difference: f64) -> Self {
        if difference.is_infinite() {
            Self { infinite: difference.signum() as i64, finite: 0.0 }
        } else {
            Self { infinite: 0, finite: difference }
        }
    }

    fn plus(self, other: Self) -> Self {
        Self { infinite: self.infinite + other.infinite, finite: self.finite + other.finite }
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
    let terms: Vec<Sum> = differences.iter().filter(|&&d| d != 0.0).map(|&d| Sum::of(d)).collect();
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

/// All sums of terms with signs, in ascending order.
fn sums(terms: &[Sum]) -> Vec<Sum> {
    let mut sums = vec![Sum::default()];
    for &term in terms {
        sums = sums.iter().flat_map(|&sum| [sum.plus(term), sum.minus(term)]).collect();
    }
    sums.sort_unstable_by(|a, b| a.infinite.cmp(&b.infinite).then(a.finite.total_cmp(&b.finite)));
    sums
}

/// How many assignments have a sum of at least `bound`: for each sum of one half, those of the other
/// half that are large enough, which are ever more as the first grows.
fn at_least(terms: &[Sum], bound: Sum) -> u64 {
    let (left, right) = terms.split_at(terms.len() / 2);
    let (left, right) = (sums(left), sums(right));
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
    let mut hits = 0_u32;
    for draw in 0..flips.draws {
        let mut stream = flips.key.stream(u64::from(draw));
        let mut sum = Sum::default();
        for terms in terms.chunks(64) {
            let bits = stream.next_u64();
            for (bit, &term) in terms.iter().enumerate() {
                sum = if bits >> bit & 1 == 0 { sum.plus(term) } else { sum.minus(term) };
            }
        }
        hits += u32::from(sum.size() >= bound);
    }
    let draws = f64::from(flips.draws);
    let p_value = (1.0 + f64::from(hits)) / (1.0 + draws);
    Some((p_value, Method::MonteCarlo { draws: flips.draws, error: (p_value * (1.0 - p_value) / draws).sqrt() }))
}

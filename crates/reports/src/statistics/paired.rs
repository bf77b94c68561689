//! Differences of pairs, and what tests of them answer.

/// How a p-value was computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// By counting all assignments of signs.
    Exact,
    /// By drawing assignments of signs.
    MonteCarlo {
        /// How many were drawn.
        draws: u32,
        /// The standard error of the p-value.
        error: f64,
    },
    /// By the normal distribution of many pairs.
    Normal,
}

/// The answer of a two-sided test whether differences are as often positive as negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedTest {
    /// The number of pairs.
    pub pairs: usize,
    /// How many of them differ.
    pub different: usize,
    /// How likely differences at least this one-sided are if neither side is better.
    pub p_value: f64,
    /// How the p-value was computed.
    pub method: Method,
}

/// `a` − `b`, where equal numbers have the difference 0 although they may be infinite.
///
/// ```
/// use sgdlab_reports::statistics::difference;
/// assert_eq!(difference(f64::INFINITY, f64::INFINITY), 0.0);
/// assert_eq!(difference(1.0, f64::INFINITY), f64::NEG_INFINITY);
/// ```
#[must_use]
pub fn difference(a: f64, b: f64) -> f64 {
    if a == b { 0.0 } else { a - b }
}

/// The [`difference`] of each pair; `None` if there are not as many of both or one is NaN.
#[must_use]
pub fn differences(a: &[f64], b: &[f64]) -> Option<Vec<f64>> {
    let numbers = a.len() == b.len() && a.iter().chain(b).all(|x| !x.is_nan());
    numbers.then(|| a.iter().zip(b).map(|(&a, &b)| difference(a, b)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_both_diverged_are_equal() {
        let inf = f64::INFINITY;
        assert_eq!(differences(&[3.0, inf, 1.0, inf], &[1.0, inf, inf, 1.0]), Some(vec![2.0, 0.0, -inf, inf]));
        assert_eq!(differences(&[], &[]), Some(vec![]));
    }

    #[test]
    fn what_is_no_pair_of_numbers_has_no_difference() {
        assert_eq!(differences(&[1.0], &[]), None);
        assert_eq!(differences(&[1.0], &[f64::NAN]), None);
    }
}

//! Order statistics in which +∞ is a number like any other.

/// The quantile `q` in [0, 1] of numbers that may be infinite, by linear interpolation between
/// order statistics (Hyndman and Fan's type 7); NaN if there are none or one is NaN.
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
fn sorted(numbers: &[f64]) -> Option<Vec<f64>> {
    if numbers.is_empty() || numbers.iter().any(|x| x.is_nan()) {
        return None;
    }
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some(sorted)
}

fn quantile_of_sorted(sorted: &[f64], q: f64) -> f64 {
    let position = q * (sorted.len() - 1) as f64;
    let (below, weight) = (position.floor() as usize, position.fract());
    match (sorted[below], sorted.get(below + 1)) {
        (low, Some(&high)) if weight > 0.0 && low != high => {
            if high.is_infinite() || low.is_infinite() {
                high.max(low)
            } else {
                low + weight * (high - low)
            }
        }
        (low, _) => low,
    }
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
    fn nothing_and_nan_have_no_spread() {
        assert!(Spread::of(&[]).median.is_nan());
        assert!(quantile(&[1.0, f64::NAN], 0.0).is_nan());
    }
}

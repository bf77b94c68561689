//! The points of `{ log = [a, b], count = n }` and `{ lin = [a, b], count = n }`.

use sgdlab_core::Real;

/// How the points of a grid are spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spacing {
    Log,
    Lin,
}

/// `count` points from `low` to `high`; the ends are exact.
///
/// Inner points are rounded to 12 significant digits, so that four points from 1e-4 to 1e-1 have
/// the bits of `1e-4, 1e-3, 1e-2, 1e-1` and read like them in tables; all of it is portable.
/// Ends too close for that keep the unrounded points.
pub(super) fn points(spacing: Spacing, low: f64, high: f64, count: usize) -> Vec<f64> {
    let inner: Vec<f64> = (0..count).map(|i| point(spacing, low, high, i, count)).collect();
    let rounded: Vec<f64> = inner.iter().map(|&x| round(x)).collect();
    let ends = |mut list: Vec<f64>| {
        list[count - 1] = high;
        list[0] = low;
        list
    };
    let (inner, rounded) = (ends(inner), ends(rounded));
    if distinct(&rounded) { rounded } else { inner }
}

/// Whether every point is larger than the one before.
pub(super) fn distinct(points: &[f64]) -> bool {
    points.windows(2).all(|pair| pair[0] < pair[1])
}

fn point(spacing: Spacing, low: f64, high: f64, i: usize, count: usize) -> f64 {
    let t = if count > 1 { i as f64 / (count - 1) as f64 } else { 0.0 };
    match spacing {
        Spacing::Lin => low * (1.0 - t) + high * t,
        Spacing::Log => {
            let (start, end) = (Real::ln(low), Real::ln(high));
            Real::exp(start + (end - start) * t)
        }
    }
}

fn round(x: f64) -> f64 {
    // Rust's formatting and parsing of floats are exact on every platform. `+ 0.0` drops a sign on zero.
    format!("{x:.11e}").parse().unwrap_or(x) + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decades_are_decimal_numbers() {
        assert_eq!(points(Spacing::Log, 1e-4, 1e-1, 4), [1e-4, 1e-3, 1e-2, 1e-1]);
        assert_eq!(points(Spacing::Log, 1e-3, 1.0, 7)[1], 0.00316227766017);
        assert_eq!(points(Spacing::Lin, 0.0, 0.3, 4), [0.0, 0.1, 0.2, 0.3]);
        assert_eq!(points(Spacing::Lin, -1.0, 1.0, 3), [-1.0, 0.0, 1.0]);
    }

    #[test]
    fn one_point_is_the_lower_end() {
        assert_eq!(points(Spacing::Log, 0.5, 0.5, 1), [0.5]);
    }

    #[test]
    fn close_ends_keep_their_digits() {
        let list = points(Spacing::Lin, 1.0, 1.0 + 4.0 * f64::EPSILON, 5);
        assert!(distinct(&list));
        assert!(!distinct(&points(Spacing::Lin, 1.0, 1.0 + f64::EPSILON, 5)));
    }

    #[test]
    fn extreme_ends_stay_finite_and_exact() {
        let list = points(Spacing::Log, f64::MIN_POSITIVE, f64::MAX, 100);
        assert!(distinct(&list) && list[0] == f64::MIN_POSITIVE && list[99] == f64::MAX);
        let list = points(Spacing::Lin, -f64::MAX, f64::MAX, 3);
        assert_eq!(list, [-f64::MAX, 0.0, f64::MAX]);
    }
}

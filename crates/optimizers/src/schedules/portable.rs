//! Powers and the cosine, with the same bits on every machine.

use sgdlab_core::Real;

/// baseⁿ by repeated squaring.
pub(super) fn power(base: f64, n: u64) -> f64 {
    let (mut result, mut square, mut n) = (1.0, base, n);
    while n > 0 {
        if n & 1 == 1 {
            result *= square;
        }
        square *= square;
        n >>= 1;
    }
    result
}

/// baseˣ for base ≥ 0 and x ≥ 0.
pub(crate) fn real_power(base: f64, x: f64) -> f64 {
    // The logarithm of 0 is infinite, and 0 times it is not a number.
    if x.fract() == 0.0 || base == 0.0 {
        return if base == 0.0 && x > 0.0 { 0.0 } else { power(base, x as u64) };
    }
    power(base, x as u64) * Real::exp(x.fract() * Real::ln(base))
}

/// cos(πx) for x in [0, 1], to 2 units in the last place of 1.
pub(super) fn cos_pi(x: f64) -> f64 {
    // Around ½ the cosine is −sin(π(x − ½)); the series converge fast up to π/4.
    if x <= 0.25 {
        cos_series(x * std::f64::consts::PI)
    } else if x < 0.75 {
        sin_series((0.5 - x) * std::f64::consts::PI)
    } else {
        -cos_series((1.0 - x) * std::f64::consts::PI)
    }
}

/// (1 − cos(πx))/2 for x in [0, 1]: half a cosine from 0 up to 1.
pub(super) fn ease(x: f64) -> f64 {
    0.5 * (1.0 - cos_pi(x))
}

/// Σ (−1)ᵏ y²ᵏ/(2k)!, until a term is below 2⁻⁶⁰ at π/4.
fn cos_series(y: f64) -> f64 {
    (1..=9).rev().fold(1.0, |sum, k| 1.0 - y * y / f64::from((2 * k - 1) * (2 * k)) * sum)
}

/// Σ (−1)ᵏ y²ᵏ⁺¹/(2k + 1)!, likewise.
fn sin_series(y: f64) -> f64 {
    y * (1..=9).rev().fold(1.0, |sum, k| 1.0 - y * y / f64::from(2 * k * (2 * k + 1)) * sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosine_and_powers_agree_with_the_platform() {
        for i in 0..=1000 {
            let x = f64::from(i) / 1000.0;
            assert!((cos_pi(x) - (x * std::f64::consts::PI).cos()).abs() <= 5e-16, "cos(π {x})");
            let expected = 0.7_f64.powf(10.0 * x);
            assert!((real_power(0.7, 10.0 * x) - expected).abs() <= 1e-15 * expected, "0.7^{}", 10.0 * x);
        }
        assert_eq!([real_power(0.0, 0.0), real_power(0.0, 0.5), real_power(0.0, 2.0)], [1.0, 0.0, 0.0]);
        assert_eq!([cos_pi(0.0), cos_pi(0.5), cos_pi(1.0)], [1.0, 0.0, -1.0]);
        assert_eq!([power(0.5, 10), power(3.0, 5), power(0.9, 0)], [1.0 / 1024.0, 243.0, 1.0]);
    }
}

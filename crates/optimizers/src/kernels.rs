//! Arithmetic that elementwise rules have in common.

use sgdlab_core::Real;

use crate::vocabulary;

/// 10⁻¹⁵, which `pytorch_optimizer` adds under some roots.
pub(crate) const UNDER_ROOT: f64 = 1e-15;

/// Maximize and decay as numbers of a lane: [sign, decoupled decay, coupled decay].
pub(crate) fn decay_numbers(maximize: bool, weight_decay: f64, decoupled: bool) -> [f64; 3] {
    let (decoupled, coupled) = vocabulary::split_decay(weight_decay, decoupled);
    [vocabulary::sign(maximize), decoupled, coupled]
}

/// The parameter and the gradient with decay: (shrink · x, sign · g + coupled · x).
#[inline(always)]
pub(crate) fn decayed<R: Real>([sign, coupled, shrink]: [R; 3], x: R, g: R) -> (R, R) {
    (shrink * x, sign * g + coupled * x)
}

/// decay · old + (1 − decay) · new, with both shares given.
#[inline(always)]
pub(crate) fn mean<R: Real>([decay, rest]: [R; 2], old: R, new: R) -> R {
    decay * old + rest * new
}

/// One of two numbers, by a flag that is 0 or 1.
#[inline(always)]
pub(crate) fn choose<R: Real>(flag: R, yes: R, no: R) -> R {
    if flag == R::ONE { yes } else { no }
}

/// 1 at the first step, 0 afterwards.
#[inline(always)]
pub(crate) fn is_first(step: u64) -> f64 {
    if step == 1 { 1.0 } else { 0.0 }
}

/// x to the power of any number, for x ≥ 0; exact at the powers 0 and 1.
#[inline(always)]
pub(crate) fn power<R: Real>(x: R, exponent: R) -> R {
    let power = (exponent * x.ln()).exp();
    let power = if exponent == R::ONE { x } else { power };
    if exponent == R::ZERO { R::ONE } else { power }
}

/// The next power of `base`, correctly rounded in all but rare cases.
///
/// `memory` holds the power as a sum of two numbers, at first 1 and 0.
/// [`rectification`] multiplies the rounding of its power by as much as 1/(1 − beta2)², so that the products of
/// [`vocabulary::next_power`] are not enough.
///
/// Reference: Dekker (1971), A floating-point technique for extending the available precision, Numer. Math. 18.
#[inline(always)]
pub(crate) fn next_exact_power(memory: &mut [f64], base: f64) {
    let split = |x: f64| {
        let high = x * 134_217_729.0 - (x * 134_217_729.0 - x);
        (high, x - high)
    };
    let product = memory[0] * base;
    let ((high, low), (base_high, base_low)) = (split(memory[0]), split(base));
    let error = ((high * base_high - product) + high * base_low + low * base_high) + low * base_low;
    let rest = error + memory[1] * base;
    let next = product + rest;
    let next_rest = rest - (next - product);
    (memory[0], memory[1]) = if next < 1e-30 { (0.0, 0.0) } else { (next, next_rest) };
}

/// The length ρ of the averaged past of a mean of squares, and the rectification
/// √((ρ − 4)(ρ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρ)) of the steps that it scales, of which there is none for ρ ≤ 4.
///
/// ρ∞ = 2/(1 − beta2) − 1 and ρ = ρ∞ − 2 t beta2ᵗ/(1 − beta2ᵗ), with `power` = beta2ᵗ.
///
/// Reference: Liu et al. (2020), arXiv:1908.03265, algorithm 2.
pub(crate) fn rectification(beta2: f64, power: f64, step: u64) -> (f64, f64) {
    let end = 2.0 / (1.0 - beta2) - 1.0;
    let length = end - 2.0 * step as f64 * power / (1.0 - power);
    let square = (length - 4.0) * (length - 2.0) * end / ((end - 4.0) * (end - 2.0) * length);
    (length, square.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_agree_with_the_platform() {
        for i in -60..=60 {
            let x = 1.37 * 10.0_f64.powi(i);
            assert!((power(x, 0.3) - x.powf(0.3)).abs() <= 1e-14 * x.powf(0.3), "{x}^0.3");
        }
        assert_eq!([power(0.0, 0.5), power(0.0, 0.0)], [0.0, 1.0]);
        assert_eq!(power(1.7, 1.0), 1.7);
        assert!(power(f64::NAN, 0.5).is_nan());
    }

    #[test]
    fn exact_powers_are_rounded_once() {
        // The power of the fraction that 0.9995 is in memory, rounded once.
        let mut memory = [1.0, 0.0];
        let mut product = 1.0;
        for _ in 0..1000 {
            next_exact_power(&mut memory, 0.9995);
            product *= 0.9995;
        }
        assert_eq!(memory[0], 0.606454822840095);
        assert_ne!(product, memory[0]);
        for _ in 0..200_000 {
            next_exact_power(&mut memory, 0.9995);
        }
        assert_eq!(memory, [0.0, 0.0]);
    }

    #[test]
    fn the_rectification_grows_to_one() {
        let factor = |step: i32| rectification(0.99, 0.99_f64.powi(step), step as u64);
        assert!(factor(5).0 < 5.0 && factor(6).0 > 5.0);
        assert!(factor(6).1 < factor(60).1 && factor(60).1 < 1.0);
        assert!((factor(5000).1 - 1.0).abs() < 1e-12);
    }
}

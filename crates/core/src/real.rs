//! The number type of all mathematics: `f32` or `f64`, with portable elementary functions.

use bytemuck::Pod;
use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::kept::Kept;
use crate::{math, trigonometry};

/// A floating-point number.
///
/// Elementwise code is written once over `Real` as pure functions whose `if` has a value in both
/// arms; a loop over [lanes](crate::Lanes) of such a function becomes vector instructions, and
/// each lane has the bits of the scalar call.
/// `exp`, `ln`, `ln_1p`, `tanh`, `cbrt`, `sin` and `cos` are this crate's own, so that their bits depend neither on the
/// platform nor on the optimization level.
/// There is no fused multiply-add on purpose.
pub trait Real:
    Kept
    + Pod
    + Copy
    + Debug
    + Default
    + Display
    + PartialEq
    + PartialOrd
    + Send
    + Sync
    + Sum
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
{
    /// `"f32"` or `"f64"`, as plans spell it.
    const NAME: &'static str;
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;

    /// The nearest representable number.
    fn of(x: f64) -> Self;
    /// Widens, exactly.
    fn to_f64(self) -> f64;
    /// Square root, correctly rounded.
    fn sqrt(self) -> Self;
    /// Absolute value.
    fn abs(self) -> Self;
    /// The absolute value with the sign of another number.
    fn copysign(self, sign: Self) -> Self;
    /// The quotient self / divisor, with the bits of a division: for divisors that are the same throughout a loop.
    ///
    /// In `f32` it is a product with the reciprocal in `f64`, which a loop computes once.
    fn over(self, divisor: Self) -> Self;
    /// eˣ, portable.
    fn exp(self) -> Self;
    /// 1 + e^−|x|, with the bits of that expression over [`Self::exp`] but for less.
    fn one_plus_decay(self) -> Self;
    /// Natural logarithm, portable.
    fn ln(self) -> Self;
    /// ln(1 + x), portable and accurate near 0.
    fn ln_1p(self) -> Self;
    /// Hyperbolic tangent, portable.
    fn tanh(self) -> Self;
    /// Cube root, portable.
    fn cbrt(self) -> Self;
    /// Sine, portable; that of `f32` is the one of `f64`, rounded.
    fn sin(self) -> Self;
    /// Cosine, portable; that of `f32` is the one of `f64`, rounded.
    fn cos(self) -> Self;
    /// Whether [`Self::cbrt_of_moderate`] takes it: ±0, and from the least normal number to its reciprocal.
    fn is_moderate(self) -> bool;
    /// The bits of [`Self::cbrt`] for less, where [`Self::is_moderate`]; some number or NaN elsewhere.
    fn cbrt_of_moderate(self) -> Self;
    /// True for neither NaN nor ±∞.
    fn is_finite(self) -> bool;

    /// The larger of two numbers; NaN if either is NaN (unlike `f64::max`).
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        let larger = if self > other { self } else { other };
        if self == self { larger } else { self }
    }

    /// The smaller of two numbers; NaN if either is NaN (unlike `f64::min`).
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        let smaller = if self < other { self } else { other };
        if self == self { smaller } else { self }
    }

    /// −1, 0 or 1; 0 at ±0 (unlike `f64::signum`); NaN at NaN.
    #[inline(always)]
    fn sign(self) -> Self {
        let positive = if self > Self::ZERO { Self::ONE } else { Self::ZERO };
        let signed = if self < Self::ZERO { -Self::ONE } else { positive };
        if self == self { signed } else { self }
    }

    /// 1 / (1 + e⁻ˣ), without overflow.
    #[inline(always)]
    fn sigmoid(self) -> Self {
        let e = (-self.abs()).exp();
        let numerator = if self < Self::ZERO { e } else { Self::ONE };
        numerator / (Self::ONE + e)
    }

    /// ln(1 + eˣ), without overflow or cancellation.
    #[inline(always)]
    fn softplus(self) -> Self {
        self.max(Self::ZERO) + (-self.abs()).exp().ln_1p()
    }
}

macro_rules! real {
    ($float:ident, $math:ident) => {
        impl Real for $float {
            const NAME: &'static str = stringify!($float);
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;

            #[inline(always)]
            fn of(x: f64) -> Self {
                x as $float
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                self.sqrt()
            }
            #[inline(always)]
            fn abs(self) -> Self {
                self.abs()
            }
            #[inline(always)]
            fn copysign(self, sign: Self) -> Self {
                self.copysign(sign)
            }
            #[inline(always)]
            fn over(self, divisor: Self) -> Self {
                math::$math::over(self, divisor)
            }
            #[inline(always)]
            fn exp(self) -> Self {
                math::$math::exp(self)
            }
            #[inline(always)]
            fn one_plus_decay(self) -> Self {
                math::$math::one_plus_decay(self)
            }
            #[inline(always)]
            fn ln(self) -> Self {
                math::$math::ln(self)
            }
            #[inline(always)]
            fn ln_1p(self) -> Self {
                math::$math::ln_1p(self)
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                math::$math::tanh(self)
            }
            #[inline(always)]
            fn cbrt(self) -> Self {
                math::$math::cbrt(self)
            }
            #[inline(always)]
            fn sin(self) -> Self {
                trigonometry::sin(f64::from(self)) as $float
            }
            #[inline(always)]
            fn cos(self) -> Self {
                trigonometry::cos(f64::from(self)) as $float
            }
            #[inline(always)]
            fn is_moderate(self) -> bool {
                math::$math::is_moderate(self)
            }
            #[inline(always)]
            fn cbrt_of_moderate(self) -> Self {
                math::$math::cbrt_of_moderate(self)
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                self.is_finite()
            }
        }
    };
}

real!(f32, single);
real!(f64, double);

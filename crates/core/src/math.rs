//! Portable elementary functions: the same bits on every machine and in every build.
//!
//! Platform functions differ in the last bit between C libraries, and a call per lane keeps a
//! pack from being vectorized.
//! These are branch-free, so that a loop over lanes becomes vector instructions.
//!
//! Method: `exp` and `expm1` reduce to |r| ≤ ½ ln 2 by x = n ln 2 + r with ln 2 in two parts
//! and sum the Taylor series; `ln` splits x = 2ᵉ m with m in [√½, √2) and sums the series of
//! 2 artanh(f / (2 + f)), f = m − 1.
//! Largest errors found by the tests: under 1.5 units in the last place for `exp`, `ln` and
//! `ln_1p`, under 3 for `tanh`, under 1 for `cbrt`.

macro_rules! elementary {
    (
        $name:ident, $float:ident, $bits:ident, $int:ident,
        mantissa: $mantissa:literal, bias: $bias:literal, sqrt_half: $sqrt_half:literal,
        round: $round:literal, ln2_high: $ln2_high:literal, ln2_low: $ln2_low:literal,
        exp_range: ($exp_low:literal, $exp_high:literal), tanh_one: $tanh_one:literal, decay_one: $decay_one:literal,
        tiny: ($tiny:expr, $scale_up:expr, $scale_exponent:literal),
        cbrt: ($third:expr, $shift:literal, $origin:literal, $steps:literal, $cube:literal, $root:literal),
        over: $over:expr, exp_series: $exp_series:expr, ln_series: $ln_series:expr
    ) => {
        #[doc = concat!("The functions for `", stringify!($float), "`.")]
        pub(crate) mod $name {
            /// 1/2!, 1/3!, … highest order first.
            const EXP: &[$float] = &$exp_series;
            /// 2/3, 2/5, … highest order first.
            const LN: &[$float] = &$ln_series;

            #[inline(always)]
            fn horner(x: $float, coefficients: &[$float]) -> $float {
                let mut sum = coefficients[0];
                for &c in &coefficients[1..] {
                    sum = sum * x + c;
                }
                sum
            }

            #[inline(always)]
            fn power_of_two(n: $int) -> $float {
                $float::from_bits((n.wrapping_add($bias) as $bits).wrapping_shl($mantissa))
            }

            /// (eʳ − 1, n) with x = n ln 2 + r.
            #[inline(always)]
            fn reduce(x: $float) -> ($float, $int) {
                let shifted = x * std::$float::consts::LOG2_E + $round;
                let whole = shifted - $round;
                let n = (shifted.to_bits() as $int).wrapping_sub(($round as $float).to_bits() as $int);
                let r = (x - whole * $ln2_high) - whole * $ln2_low;
                (r + r * r * horner(r, EXP), n)
            }

            /// The bits of a / b, for b that are the same throughout a loop.
            #[inline(always)]
            pub(crate) fn over(a: $float, b: $float) -> $float {
                let over: fn($float, $float) -> $float = $over;
                over(a, b)
            }

            /// eˣ.
            #[inline(always)]
            pub(crate) fn exp(x: $float) -> $float {
                let x = if x > $exp_high { $exp_high } else { x };
                // A product that underflows costs a hundred times another one: do not even try.
                let underflows = x < $exp_low;
                let x = if underflows { 0.0 } else { x };
                let (fraction, n) = reduce(x);
                let half = n >> 1;
                let value = (1.0 + fraction) * power_of_two(half) * power_of_two(n.wrapping_sub(half));
                if underflows { 0.0 } else { value }
            }

            /// 1 + e^−|x|, with the bits of `1.0 + exp(-x.abs())`.
            ///
            /// Where eˣ is under half a unit in the last place of 1 it may be anything, so that it need not become
            /// subnormal and one power of two is enough.
            #[inline(always)]
            pub(crate) fn one_plus_decay(x: $float) -> $float {
                let size = x.abs();
                let size = if size > $decay_one { $decay_one } else { size };
                let (fraction, n) = reduce(-size);
                1.0 + (1.0 + fraction) * power_of_two(n)
            }

            /// Hyperbolic tangent: −u / (u + 2) with u = e^(−2|x|) − 1.
            #[inline(always)]
            pub(crate) fn tanh(x: $float) -> $float {
                let size = x.abs();
                let size = if size > $tanh_one { $tanh_one } else { size };
                let (fraction, n) = reduce(-2.0 * size);
                let scale = power_of_two(n);
                let u = scale * fraction + (scale - 1.0);
                // Not −u: at ±0 the sign is that of x.
                ((0.0 - u) / (u + 2.0)).copysign(x)
            }

            /// Natural logarithm; −∞ at 0, NaN below.
            #[inline(always)]
            pub(crate) fn ln(x: $float) -> $float {
                let small = x < $tiny;
                let scaled = if small { x * $scale_up } else { x };
                let bits = scaled.to_bits();
                // Shift the exponent so that the mantissa lands in [√½, √2).
                let e = (bits as $int).wrapping_sub(($sqrt_half as $float).to_bits() as $int) >> $mantissa;
                let m = $float::from_bits(bits.wrapping_sub((e as $bits).wrapping_shl($mantissa)));
                let e = e as $float - if small { $scale_exponent } else { 0.0 };
                let f = m - 1.0;
                let s = f / (2.0 + f);
                let z = s * s;
                let half_square = 0.5 * f * f;
                let series = z * horner(z, LN);
                let value = e * $ln2_high - ((half_square - (s * (half_square + series) + e * $ln2_low)) - f);
                let value = if x == 0.0 { $float::NEG_INFINITY } else { value };
                let value = if x == $float::INFINITY { x } else { value };
                if x >= 0.0 { value } else { $float::NAN }
            }

            /// Cube root of a normal number whose triple is finite: Halley's iteration from a third of the exponent.
            #[inline(always)]
            fn halley(size: $float) -> $float {
                let third: fn($bits) -> $bits = $third;
                let mut root = $float::from_bits((third(size.to_bits() >> $shift) + $origin) << $shift);
                for _ in 0..$steps {
                    let cube = root * root * root;
                    root -= root * ((cube - size) / (cube + cube + size));
                }
                root
            }

            /// Cube root.
            #[inline(always)]
            pub(crate) fn cbrt(x: $float) -> $float {
                let magnitude = x.abs();
                let (small, large) = (magnitude < $tiny, magnitude > 1.0 / $tiny);
                let scale = if large { 1.0 / $cube } else { 1.0 };
                let size = magnitude * if small { $cube } else { scale };
                let scale = if large { $root } else { 1.0 };
                let root = halley(size) * if small { 1.0 / $root } else { scale };
                // Neither 0 nor infinite nor NaN, in one comparison.
                let regular = magnitude.to_bits().wrapping_sub(1) < $float::INFINITY.to_bits() - 1;
                let root = if regular { root } else { size };
                root.copysign(x)
            }

            /// Whether [`cbrt_of_moderate`] takes x: ±0, and from the least normal number to its reciprocal.
            #[inline(always)]
            pub(crate) fn is_moderate(x: $float) -> bool {
                let least = ($tiny as $float).to_bits();
                // In one comparison, as negative numbers and NaN have greater bits.
                (x == 0.0) | (x.to_bits().wrapping_sub(least) <= (1.0 / $tiny).to_bits() - least)
            }

            /// The bits of [`cbrt`] where [`is_moderate`] holds, without what scaling, signs and NaN need.
            ///
            /// Without scaling of subnormal numbers too: with it, both sides of the choice are computed to the end.
            #[inline(always)]
            pub(crate) fn cbrt_of_moderate(x: $float) -> $float {
                let root = halley(x);
                if x == 0.0 { x } else { root }
            }

            /// ln(1 + x).
            #[inline(always)]
            pub(crate) fn ln_1p(x: $float) -> $float {
                let u = 1.0 + x;
                let lost = (x - (u - 1.0)) / u;
                let value = ln(u) + lost;
                let value = if x == -1.0 { $float::NEG_INFINITY } else { value };
                let value = if x == 0.0 { x } else { value };
                if u == $float::INFINITY { u } else { value }
            }
        }
    };
}

/// a / b, rounded once, as a product with 1/b in double precision.
///
/// Of quotients of numbers of 24 bits none is nearer than 2⁻⁴⁹ of itself to a number halfway between two of 24 bits,
/// unless it is one, as it can be among subnormal numbers.
/// The product is off by less than 2 units of its last place, 2⁻⁵¹; rounding it to 51 bits first moves no other
/// quotient across a halfway number, and those that are one onto it.
#[inline(always)]
fn over_in_double(a: f32, b: f32) -> f32 {
    let product = f64::from(a) * (1.0 / f64::from(b));
    f64::from_bits(product.to_bits().wrapping_add(2) & !3) as f32
}

elementary!(
    double, f64, u64, i64,
    mantissa: 52, bias: 1023, sqrt_half: 0.707_106_781_186_547_5,
    round: 6_755_399_441_055_744.0, ln2_high: 6.931_471_803_691_238e-1, ln2_low: 1.908_214_929_270_587_7e-10,
    exp_range: (-745.14, 710.0), tanh_one: 22.0, decay_one: 80.0,
    tiny: (f64::MIN_POSITIVE, 18_014_398_509_481_984.0, 54.0),
    cbrt: (|high| (high * 0xAAAA_AAAB) >> 33, 32, 715_094_163, 3, 18_014_398_509_481_984.0, 262_144.0),
    over: |a, b| a / b,
    exp_series: [
        1.0 / 6_227_020_800.0, 1.0 / 479_001_600.0, 1.0 / 39_916_800.0, 1.0 / 3_628_800.0, 1.0 / 362_880.0,
        1.0 / 40_320.0, 1.0 / 5_040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5
    ],
    ln_series: [
        2.0 / 23.0, 2.0 / 21.0, 2.0 / 19.0, 2.0 / 17.0, 2.0 / 15.0, 2.0 / 13.0, 2.0 / 11.0, 2.0 / 9.0, 2.0 / 7.0,
        2.0 / 5.0, 2.0 / 3.0
    ]
);

elementary!(
    single, f32, u32, i32,
    mantissa: 23, bias: 127, sqrt_half: 0.707_106_77,
    round: 12_582_912.0, ln2_high: 0.693_359_4, ln2_low: -2.121_944_4e-4,
    exp_range: (-104.0, 89.5), tanh_one: 10.0, decay_one: 80.0,
    tiny: (f32::MIN_POSITIVE, 33_554_432.0, 25.0),
    cbrt: (|bits| bits / 3, 0, 709_958_130, 2, 16_777_216.0, 256.0),
    over: super::over_in_double,
    exp_series: [1.0 / 40_320.0, 1.0 / 5_040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5],
    ln_series: [2.0 / 11.0, 2.0 / 9.0, 2.0 / 7.0, 2.0 / 5.0, 2.0 / 3.0]
);

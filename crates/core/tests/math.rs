//! The portable elementary functions, against the platform's `f64` ones.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Lanes, Real, WIDTH};

/// The largest error found: units in the last place, and where.
struct Worst {
    ulps: f64,
    at: f64,
}

impl Worst {
    fn new() -> Self {
        Self { ulps: 0.0, at: 0.0 }
    }

    fn note(&mut self, ulps: f64, at: f64) {
        // NaN is the worst, and stays so.
        if ulps > self.ulps || ulps.is_nan() {
            *self = Self { ulps, at };
        }
    }
}

/// e^x, ln |x|, ln(1 + |x|), tanh x and ∛x, lane by lane in vector registers.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn in_lanes<R: Real>(x: &[Lanes<R, WIDTH>], out: &mut [[Lanes<R, WIDTH>; 5]]) {
    for (x, out) in x.iter().zip(out) {
        for l in 0..WIDTH {
            out[0][l] = x[l].exp();
            out[1][l] = x[l].abs().ln();
            out[2][l] = x[l].abs().ln_1p();
            out[3][l] = x[l].tanh();
            out[4][l] = x[l].cbrt();
        }
    }
}

/// The bits of the five functions at all points, folded into one number each (FNV-1a on 64-bit words).
fn fold<R: Real>(values: impl Iterator<Item = [R; 5]>) -> [u64; 5] {
    values.fold([0xcbf2_9ce4_8422_2325; 5], |hash, values| {
        std::array::from_fn(|f| (hash[f] ^ values[f].to_f64().to_bits()).wrapping_mul(0x0000_0100_0000_01b3))
    })
}

macro_rules! accuracy {
    ($float:ident, $module:ident, $bits:expr) => {
        mod $module {
            use super::*;

            /// One unit in the last place of numbers of the size of `x`.
            fn ulp(x: f64) -> f64 {
                let rounded = (x as $float).abs().min($float::MAX);
                let below = $float::from_bits(rounded.to_bits().saturating_sub(1));
                let above = $float::from_bits(rounded.to_bits() + 1);
                let unit = if above.is_finite() { above - rounded } else { rounded - below };
                f64::from(unit)
            }

            fn check(
                what: &str,
                bound: f64,
                grid: impl Iterator<Item = $float>,
                f: fn($float) -> $float,
                exact: fn(f64) -> f64,
            ) {
                let (mut worst, mut points) = (Worst::new(), 0);
                for x in grid {
                    let (value, exact) = (f64::from(f(x)), exact(f64::from(x)));
                    if (exact as $float).is_infinite() {
                        assert_eq!(value as $float, exact as $float, "{what}({x:e})");
                    } else {
                        worst.note((value - exact).abs() / ulp(exact), f64::from(x));
                    }
                    points += 1;
                }
                assert!(points >= 90_000, "{what}: a dense grid, not {points} points");
                assert!(worst.ulps <= bound, "{what}: {} ulp at {:e}", worst.ulps, worst.at);
            }

            fn even(low: f64, high: f64) -> impl Iterator<Item = $float> {
                (0..=200_000).map(move |i| (low + (high - low) * f64::from(i) / 200_000.0) as $float)
            }

            /// Positive numbers from the smallest subnormal to the largest, evenly in their bits.
            fn positive() -> impl Iterator<Item = $float> {
                let stride = ($float::MAX.to_bits() / 200_000) as usize;
                (1..=$float::MAX.to_bits()).step_by(stride).map($float::from_bits)
            }

            fn both_signs() -> impl Iterator<Item = $float> {
                positive().flat_map(|x| [x, -x])
            }

            #[test]
            fn exp_is_accurate() {
                let (low, high) = (f64::from($float::MIN_POSITIVE).ln(), f64::from($float::MAX).ln());
                check("exp", 1.5, even(low, high), Real::exp, f64::exp);
                check("exp near 0", 1.5, even(-1.0, 1.0), Real::exp, f64::exp);
                // Down to 0 through the subnormal results, and up to infinity.
                check("exp below", 1.5, even(1.1 * low, low), Real::exp, f64::exp);
                check("exp above", 1.5, even(0.99 * high, 1.01 * high), Real::exp, f64::exp);
                check("exp everywhere", 1.5, both_signs(), Real::exp, f64::exp);
            }

            #[test]
            fn ln_is_accurate() {
                check("ln", 1.5, positive(), Real::ln, f64::ln);
                check("ln near 1", 1.5, even(0.5, 2.0), Real::ln, f64::ln);
                check("ln closer to 1", 1.5, even(0.999, 1.001), Real::ln, f64::ln);
            }

            #[test]
            fn ln_1p_is_accurate() {
                check("ln_1p", 1.5, positive(), Real::ln_1p, f64::ln_1p);
                check("ln_1p below 0", 1.5, positive().map(|x| -x).filter(|&x| x > -1.0), Real::ln_1p, f64::ln_1p);
                check("ln_1p near 0", 1.5, even(-0.9, 3.0), Real::ln_1p, f64::ln_1p);
            }

            #[test]
            fn tanh_is_accurate() {
                check("tanh", 3.0, both_signs(), Real::tanh, f64::tanh);
                check("tanh in the middle", 3.0, even(-3.0, 3.0), Real::tanh, f64::tanh);
                check("tanh to 1", 3.0, even(-25.0, 25.0), Real::tanh, f64::tanh);
            }

            #[test]
            fn cbrt_is_accurate() {
                check("cbrt", 1.0, both_signs(), Real::cbrt, f64::cbrt);
                check("cbrt in the middle", 1.0, even(-3.0, 3.0), Real::cbrt, f64::cbrt);
            }

            #[track_caller]
            fn same(value: $float, expected: $float) {
                let equal = value.to_bits() == expected.to_bits() || (value.is_nan() && expected.is_nan());
                assert!(equal, "{value:?}, not {expected:?}");
            }

            fn check_values<const K: usize>(f: fn($float) -> $float, at: [$float; K], expected: [$float; K]) {
                at.into_iter().zip(expected).for_each(|(x, expected)| same(f(x), expected));
            }

            const INF: $float = $float::INFINITY;
            const NAN: $float = $float::NAN;
            const MAX: $float = $float::MAX;
            /// The smallest positive number.
            const LEAST: $float = $float::from_bits(1);

            #[test]
            fn special_values() {
                check_values(Real::exp, [0.0, -0.0, INF, -INF, NAN], [1.0, 1.0, INF, 0.0, NAN]);
                check_values(Real::exp, [MAX, -MAX, LEAST, -LEAST], [INF, 0.0, 1.0, 1.0]);
                check_values(Real::ln, [1.0, 0.0, -0.0, INF, -INF], [0.0, -INF, -INF, INF, NAN]);
                check_values(Real::ln, [-1.0, -LEAST, NAN], [NAN; 3]);
                check_values(Real::ln_1p, [0.0, -0.0, -1.0, INF, -INF], [0.0, -0.0, -INF, INF, NAN]);
                check_values(Real::ln_1p, [-1.5, NAN, LEAST, -LEAST], [NAN, NAN, LEAST, -LEAST]);
                check_values(Real::tanh, [0.0, -0.0, INF, -INF, NAN], [0.0, -0.0, 1.0, -1.0, NAN]);
                check_values(Real::cbrt, [0.0, -0.0, INF, -INF, NAN], [0.0, -0.0, INF, -INF, NAN]);
                check_values(Real::cbrt, [1.0, -8.0, 27.0], [1.0, -2.0, 3.0]);
                check_values(Real::tanh, [LEAST, -LEAST, MAX, -MAX], [LEAST, -LEAST, 1.0, -1.0]);
            }

            #[test]
            fn lanes_have_the_bits_of_calls() {
                let points: Vec<$float> = both_signs().collect();
                let pack: Vec<Lanes<$float, WIDTH>> = points.as_chunks::<WIDTH>().0.to_vec();
                let mut packed = vec![[[0.0; WIDTH]; 5]; pack.len()];
                in_lanes(&pack, &mut packed);
                let packed = packed.iter().flat_map(|values| (0..WIDTH).map(|l| values.map(|lanes| lanes[l])));
                let called = pack.as_flattened().iter().map(|&x| {
                    let size = Real::abs(x);
                    [Real::exp(x), Real::ln(size), Real::ln_1p(size), Real::tanh(x), Real::cbrt(x)]
                });
                assert_eq!(fold(called), $bits);
                assert_eq!(fold(packed), $bits);
            }

            #[test]
            fn one_plus_decay_has_the_bits_of_its_formula() {
                for x in
                    both_signs().chain(even(-100.0, 100.0)).chain(even(-1.0, 1.0)).chain([0.0, -0.0, INF, -INF, NAN])
                {
                    same(Real::one_plus_decay(x), 1.0 + Real::exp(-Real::abs(x)));
                }
            }

            #[test]
            fn moderate_cube_roots_have_the_bits_of_all() {
                let (least, top) = ($float::MIN_POSITIVE, 1.0 / $float::MIN_POSITIVE);
                let edges =
                    [0.0, LEAST, least.next_down(), least, least.next_up(), top.next_down(), top, top.next_up()];
                for x in positive().chain(even(0.0, 3.0)).chain(edges).chain([MAX, INF]) {
                    assert_eq!(Real::is_moderate(x), x == 0.0 || (least..=top).contains(&x), "{x:e}");
                    assert_eq!(Real::is_moderate(-x), x == 0.0, "-{x:e}");
                    for x in [x, -x].into_iter().filter(|&x| Real::is_moderate(x)) {
                        assert_eq!(Real::cbrt_of_moderate(x).to_bits(), Real::cbrt(x).to_bits(), "{x:e}");
                    }
                }
                assert!(!Real::is_moderate(NAN) && !Real::is_moderate(-NAN));
            }

            #[test]
            fn over_has_the_bits_of_a_division() {
                for divisor in [0.0, LEAST, $float::MIN_POSITIVE, 1e-6, 0.1, 1.0, 3.0, 49.0, 1e6, MAX, INF, NAN] {
                    for x in both_signs().chain([0.0, -0.0, INF, -INF, NAN]) {
                        same(Real::over(x, divisor), x / divisor);
                    }
                }
                // Quotients halfway between subnormal numbers, and their neighbours.
                for odd in (1..1000).step_by(2) {
                    let scale: $float = 1_073_741_824.0; // 2³⁰
                    let divisor = odd as $float * scale;
                    for twice in (1..400).step_by(2) {
                        let tie = (twice * odd) as $float * (0.5 * scale * LEAST);
                        for x in [tie.next_down(), tie, tie.next_up()] {
                            same(Real::over(x, divisor), x / divisor);
                        }
                    }
                }
            }

            /// 401 neighbours around `x`, in increasing order.
            fn around(x: f64) -> impl Iterator<Item = $float> {
                let start = (0..200).fold(x as $float, |x, _| x.next_down());
                (0..401).scan(start, |x, _| {
                    let here = *x;
                    *x = here.next_up();
                    Some(here)
                })
            }

            fn check_monotonic(what: &str, x: f64, f: fn($float) -> $float) {
                let values: Vec<_> = around(x).map(|x| (x, f(x))).collect();
                for pair in values.windows(2) {
                    let [(x, fx), (y, fy)] = [pair[0], pair[1]];
                    assert!(fx <= fy, "{what}({x:e}) = {fx:e} > {what}({y:e}) = {fy:e}");
                }
            }

            /// Where the argument reduction jumps, the value must not step back.
            #[test]
            fn monotonic_where_reductions_jump() {
                for n in -100..=100 {
                    let edge = (f64::from(n) + 0.5) * std::f64::consts::LN_2;
                    if edge.abs() < f64::from($float::MAX).ln() {
                        check_monotonic("exp", edge, Real::exp);
                    }
                    check_monotonic("ln", std::f64::consts::FRAC_1_SQRT_2 * 2_f64.powi(n), Real::ln);
                    check_monotonic("tanh", edge / 2.0, Real::tanh);
                }
                check_monotonic("ln of subnormals", f64::from($float::MIN_POSITIVE), Real::ln);
            }

            #[test]
            fn overflow_is_at_the_edge() {
                let edge = f64::from($float::MAX).ln() as $float;
                let finite = (0..4).fold(edge, |x, _| x.next_down());
                let infinite = (0..4).fold(edge, |x, _| x.next_up());
                assert!(Real::exp(finite).is_finite() && Real::exp(finite) > 0.999 * $float::MAX);
                assert_eq!(Real::exp(infinite), $float::INFINITY);
            }

            #[test]
            fn order_and_sign() {
                let (nan, x): ($float, $float) = ($float::NAN, 2.0);
                same(Real::max(x, -x), x);
                same(Real::min(x, -x), -x);
                for [a, b] in [[nan, x], [x, nan], [nan, nan]] {
                    same(Real::max(a, b), nan);
                    same(Real::min(a, b), nan);
                }
                let signs = [(x, 1.0), (-x, -1.0), (0.0, 0.0), (-0.0, 0.0), (nan, nan), ($float::NEG_INFINITY, -1.0)];
                signs.into_iter().for_each(|(x, sign)| same(Real::sign(x), sign));
            }

            #[test]
            fn sigmoid_and_softplus_neither_overflow_nor_cancel() {
                for x in even(-80.0, 80.0).chain([$float::MAX, $float::MIN]) {
                    let wide = f64::from(x);
                    let sigmoid =
                        if wide < 0.0 { wide.exp() / (1.0 + wide.exp()) } else { 1.0 / (1.0 + (-wide).exp()) };
                    let softplus = wide.max(0.0) + (-wide.abs()).exp().ln_1p();
                    for (value, exact) in [(Real::sigmoid(x), sigmoid), (Real::softplus(x), softplus)] {
                        let ulps = (f64::from(value) - exact).abs() / ulp(exact);
                        assert!(ulps <= 4.0, "at {x:e}: {value:e}, not {exact:e}");
                    }
                }
            }
        }
    };
}

// The folded bits of the five functions: the same on every machine.
accuracy!(
    f32,
    single,
    [0x042d_ffd3_8e8f_b665, 0xc9cf_c10c_ae8f_b665, 0xa408_6049_6e8f_b665, 0x11fe_8e44_2e8f_b665, 0x48f3_b007_ae8f_b665]
);
accuracy!(
    f64,
    double,
    [0xc604_5ca6_8bf5_525e, 0x7a3e_3e7c_e0a5_80db, 0xea9a_557a_8177_b36f, 0xe373_c5cd_21ce_623d, 0x87ae_31fb_55fb_fd5f]
);

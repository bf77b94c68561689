//! The portable sine and cosine, against the platform's.

use std::f64::consts::PI;

use sgdlab_core::Real;

/// One unit in the last place of numbers of the size of `x`.
fn ulp(x: f64) -> f64 {
    x.abs().next_up() - x.abs()
}

fn even(low: f64, high: f64) -> impl Iterator<Item = f64> {
    (0..=200_000).map(move |i| low + (high - low) * f64::from(i) / 200_000.0)
}

#[track_caller]
fn check(what: &str, bound: f64, grid: impl Iterator<Item = f64>) {
    let (mut worst, mut at) = (0.0, 0.0);
    for x in grid {
        for (value, exact) in [(Real::sin(x), f64::sin(x)), (Real::cos(x), f64::cos(x))] {
            let ulps = (value - exact).abs() / ulp(exact);
            if ulps > worst || ulps.is_nan() {
                (worst, at) = (ulps, x);
            }
        }
    }
    assert!(worst <= bound, "{what}: {worst} ulp at {at:e}");
}

#[test]
fn errors_are_small() {
    check("in the middle", 2.5, even(-4.0, 4.0));
    check("far out", 2.5, even(-1e4, 1e4));
    check("as far as the bound is promised", 2.5, even(-1e6, 1e6));
    check("near multiples of a quarter turn", 2.5, (-200_000..200_000).map(|n| f64::from(n) * (PI / 2.0)));
}

/// Farther out the error is that of the argument's last place.
#[test]
fn errors_grow_with_the_last_place_of_the_argument() {
    for x in even(1e6, 1e15) {
        assert!((Real::sin(x) - f64::sin(x)).abs() <= ulp(x) + 1e-15, "{x:e}");
    }
}

#[test]
fn single_precision_is_rounded_from_double() {
    for x in even(-1e3, 1e3).map(|x| x as f32) {
        let difference = (f64::from(Real::sin(x)) - f64::from(x).sin()).abs();
        assert!(difference <= 0.51 * f64::from(f32::EPSILON), "{x}: {difference:e}");
        assert_eq!(Real::cos(x).to_bits(), (Real::cos(f64::from(x)) as f32).to_bits());
    }
}

#[test]
fn special_values() {
    assert_eq!([Real::sin(0.0), Real::cos(0.0)], [0.0, 1.0]);
    assert_eq!(Real::sin(f64::MIN_POSITIVE), f64::MIN_POSITIVE);
    for x in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        assert!(Real::sin(x).is_nan() && Real::cos(x).is_nan());
    }
    for x in [1e16, -1e100, f64::MAX] {
        assert_eq!([Real::sin(x), Real::cos(x)], [0.0, 1.0], "{x:e}");
    }
}

/// The same on every machine, folded into one number (FNV-1a on 64-bit words).
#[test]
fn bits_are_fixed() {
    let bits = |grid: f64| {
        even(-grid, grid)
            .flat_map(|x| [Real::sin(x), Real::cos(x)])
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, value| (hash ^ value.to_bits()).wrapping_mul(0x0000_0100_0000_01b3))
    };
    assert_eq!([bits(10.0), bits(1e5)], [0x4ef3_277d_cacc_a4f2, 0x3c4f_bfd6_f7f9_f85d]);
}

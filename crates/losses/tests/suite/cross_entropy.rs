//! Softmax cross-entropy: lanes, consistency and constants. Its numbers are in `records`.

use num_dual::{Dual2, DualNum};
use sgdlab_core::{Lanes, NARROW, Real, WIDTH};
use sgdlab_losses::cross_entropy;

const SPECIAL: [f64; 12] =
    [0.0, -0.0, 1.0, -2.5, 40.0, 1e-9, -1e3, 750.0, 1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];

/// Logits of `classes` classes; the first half of the lanes is ordinary, the others meet special numbers.
fn logits<R: Real, const N: usize>(classes: usize) -> Vec<Lanes<R, N>> {
    let at = |c: usize, l: usize| match (l < N / 2, (3 * c + 5 * l) % 19) {
        (false, k) if k < SPECIAL.len() && (c + l).is_multiple_of(3) => SPECIAL[k],
        (_, k) => 0.7 * k as f64 - 6.0,
    };
    (0..classes).map(|c| std::array::from_fn(|l| R::of(at(c, l)))).collect()
}

/// Bits; any NaN equals any other.
fn bits<R: Real, const N: usize>(x: Lanes<R, N>) -> [Option<u64>; N] {
    x.map(|x| (x == x).then(|| x.to_f64().to_bits()))
}

fn check_lanes<R: Real, const N: usize>(classes: usize) {
    let z = logits::<R, N>(classes);
    for label in [0, classes / 2, classes - 1] {
        let mut slopes = z.clone();
        let value = cross_entropy::value_and_slopes(&mut slopes, label);
        assert_eq!(
            bits(value),
            bits(cross_entropy::value(&mut z.clone(), label)),
            "the value alone, {classes} classes"
        );
        let mut curvatures = z.clone();
        cross_entropy::curvatures(&mut curvatures);
        for l in 0..N {
            let alone: Vec<Lanes<R, 1>> = z.iter().map(|z| [z[l]]).collect();
            let mut slopes_alone = alone.clone();
            assert_eq!(bits([value[l]]), bits(cross_entropy::value_and_slopes(&mut slopes_alone, label)));
            let mut curvatures_alone = alone;
            cross_entropy::curvatures(&mut curvatures_alone);
            for c in 0..classes {
                assert_eq!(bits([slopes[c][l]]), bits(slopes_alone[c]), "slope {c} of {classes} in lane {l}");
                assert_eq!(bits([curvatures[c][l]]), bits(curvatures_alone[c]), "curvature {c} of {classes}, lane {l}");
            }
        }
    }
}

#[test]
fn lanes_have_the_bits_of_single_runs() {
    for classes in [1, 2, 10, 16, 37] {
        check_lanes::<f32, WIDTH>(classes);
        check_lanes::<f64, WIDTH>(classes);
        check_lanes::<f32, NARROW>(classes);
        check_lanes::<f64, NARROW>(classes);
    }
}

#[test]
fn derivatives_agree_with_dual_numbers() {
    let z: [f64; 5] = [0.3, -1.2, 2.0, 0.0, -4.5];
    for label in 0..z.len() {
        let mut slopes = z.map(|z| [z]);
        let mut curvatures = slopes;
        let [value] = cross_entropy::value_and_slopes(&mut slopes, label);
        cross_entropy::curvatures(&mut curvatures);
        for c in 0..z.len() {
            let mut dual = z.map(Dual2::<f64>::from_re);
            dual[c] = dual[c].derivative();
            let sum: Dual2<f64> = dual.iter().map(|z| z.exp()).sum();
            let exact = sum.ln() - dual[label];
            for (ours, exact) in [(value, exact.re), (slopes[c][0], exact.v1), (curvatures[c][0], exact.v2)] {
                assert!((ours - exact).abs() <= 1e-14, "label {label}, class {c}: {ours:e} instead of {exact:e}");
            }
        }
    }
}

/// ‖p − e_label‖ and vᵀ(diag(p) − p pᵀ)v for two classes that share the probability, v = (1, −1)/√2.
fn extremes(logits: [f64; 3], label: usize) -> (f64, f64) {
    let mut slopes = logits.map(|z| [z]);
    cross_entropy::value_and_slopes(&mut slopes, label);
    let norm = slopes.iter().map(|s| s[0] * s[0]).sum::<f64>().sqrt();
    let mut p = slopes.map(|s| s[0]);
    p[label] += 1.0;
    let mean = (p[0] - p[1]) / std::f64::consts::SQRT_2;
    (norm, (p[0] + p[1]) / 2.0 - mean * mean)
}

#[test]
fn constants_are_attained_and_not_passed() {
    let steps = || (-12..=12).map(|i| f64::from(i) * 2.5);
    let (mut norm, mut curvature) = (0.0_f64, 0.0_f64);
    for (a, b) in steps().flat_map(|a| steps().map(move |b| (a, b))) {
        for label in 0..3 {
            let (n, c) = extremes([a, b, 0.0], label);
            (norm, curvature) = (norm.max(n), curvature.max(c));
        }
    }
    let one_ulp = 1.0 + f64::EPSILON;
    assert!(norm <= cross_entropy::LIPSCHITZ * one_ulp && norm >= cross_entropy::LIPSCHITZ * (1.0 - 1e-10), "{norm}");
    assert!(curvature <= cross_entropy::SMOOTHNESS * one_ulp, "{curvature}");
    assert!(curvature >= cross_entropy::SMOOTHNESS * (1.0 - 1e-10), "{curvature}");
}

#[test]
#[should_panic(expected = "index out of bounds")]
fn labels_must_be_classes() {
    cross_entropy::value(&mut [[0.0_f64], [1.0]], 2);
}

//! Losses of several inputs against dual numbers of the formulas as textbooks write them, at extremes and at kinks.
//!
//! The recorded numbers of torch are replayed by the crate `replay`.

use num_dual::{Dual2, DualNum};
use sgdlab_losses::structured::{
    ClassWeights, Derivatives, Margin, Reduction, Rivals, Triplet, cosine_embedding, cross_entropy, cross_entropy_soft,
    focal, gaussian_nll, kl_divergence, margin_ranking, multi_margin, multilabel_margin, multilabel_soft_margin,
    negative_log_likelihood, triplet_margin,
};

type Dual = Dual2<f64>;

const LOGITS: [f64; 4] = [0.3, -1.25, 2.0, 0.5];
const WEIGHTS: [f64; 4] = [0.5, 2.0, 1.0, 1.5];

/// A value with its gradient and the diagonal of its Hessian.
#[derive(Debug, PartialEq)]
struct All {
    value: f64,
    gradient: Vec<f64>,
    curvature: Vec<f64>,
}

fn all(size: usize, loss: impl Fn(Derivatives<'_>) -> f64) -> All {
    let (mut gradient, mut curvature) = (vec![f64::NAN; size], vec![f64::NAN; size]);
    let value = loss(Derivatives { gradient: &mut gradient, curvature: &mut curvature });
    All { value, gradient, curvature }
}

/// Expects of `ours` the derivatives of a formula, coordinate by coordinate.
#[track_caller]
fn check(ours: &All, at: &[f64], formula: impl Fn(&[Dual]) -> Dual) {
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-12 * b.abs().max(1.0);
    for i in 0..at.len() {
        let x: Vec<Dual> = at.iter().map(|&x| Dual::from_re(x)).collect();
        let moved: Vec<Dual> = (0..at.len()).map(|k| if k == i { x[k].derivative() } else { x[k] }).collect();
        let expected = formula(&moved);
        assert!(near(ours.value, expected.re), "value {} for {}", ours.value, expected.re);
        assert!(near(ours.gradient[i], expected.v1), "slope {i}: {} for {}", ours.gradient[i], expected.v1);
        assert!(near(ours.curvature[i], expected.v2), "curvature {i}: {} for {}", ours.curvature[i], expected.v2);
    }
}

fn log_softmax(z: &[Dual], c: usize) -> Dual {
    z[c] - z.iter().fold(Dual::from_re(0.0), |sum, z| sum + z.exp()).ln()
}

#[test]
fn cross_entropies_are_those_of_the_textbook() {
    for smoothing in [0.0, 0.3, 1.0] {
        for (label, weights) in [(0, None), (1, Some(&WEIGHTS[..])), (2, None)] {
            let classes = ClassWeights { weights, ignored: Some(3) };
            let ours = all(4, |out| cross_entropy(&LOGITS, label, classes, smoothing, out));
            let mass = |c: usize| if c == label { 1.0 - smoothing } else { 0.0 } + smoothing / 4.0;
            let weight = |c: usize| weights.map_or(1.0, |weights| weights[c]);
            check(&ours, &LOGITS, |z| -(0..4).map(|c| log_softmax(z, c) * (mass(c) * weight(c))).sum::<Dual>());
        }
    }
    let target = [0.1, 0.2, 0.3, 0.4];
    let mut in_target = [0.0; 4];
    let ours = {
        let (mut gradient, mut curvature) = (vec![0.0; 4], vec![0.0; 4]);
        let out = Derivatives { gradient: &mut gradient, curvature: &mut curvature };
        let value = cross_entropy_soft(&LOGITS, &target, (Some(&WEIGHTS), 0.2), out, &mut in_target);
        All { value, gradient, curvature }
    };
    let mass = |c: usize| WEIGHTS[c] * (0.8 * target[c] + 0.05);
    check(&ours, &LOGITS, |z| -(0..4).map(|c| log_softmax(z, c) * mass(c)).sum::<Dual>());
    let z = LOGITS.map(Dual::from_re);
    assert!((0..4).all(|c| (in_target[c] + 0.8 * WEIGHTS[c] * log_softmax(&z, c).re).abs() < 1e-14));
}

#[test]
fn the_focal_loss_is_that_of_the_textbook() {
    for gamma in [0.0, 0.5, 1.0, 2.0, 3.5] {
        for label in 0..4 {
            let classes = ClassWeights { weights: Some(&WEIGHTS), ignored: None };
            let ours = all(4, |out| focal(&LOGITS, label, classes, gamma, out));
            check(&ours, &LOGITS, |z| {
                let log = log_softmax(z, label);
                let power = if gamma == 0.0 { Dual::from_re(1.0) } else { (-log.exp() + 1.0).powf(gamma) };
                -(power * log * WEIGHTS[label])
            });
        }
    }
    // Without discount it is the cross-entropy.
    let plain = all(4, |out| cross_entropy(&LOGITS, 2, ClassWeights::default(), 0.0, out));
    let undiscounted = all(4, |out| focal(&LOGITS, 2, ClassWeights::default(), 0.0, out));
    assert_eq!(plain.value, undiscounted.value);
    assert!(plain.gradient.iter().zip(&undiscounted.gradient).all(|(a, b)| (a - b).abs() < 1e-15));
}

#[test]
fn hinges_of_classes_are_those_of_the_textbook() {
    let positive = |x: Dual| if x.re > 0.0 { x } else { Dual::from_re(0.0) };
    for (margin, squared) in [(1.0, false), (0.5, true), (2.5, true)] {
        let power = |x: Dual| if squared { x * x } else { x };
        for label in 0..4 {
            let how = |rivals, weights| Margin { margin, squared, rivals, weights };
            let term = |z: &[Dual], c: usize| power(positive(z[c] - z[label] + margin));
            let others = || (0..4).filter(move |&c| c != label);
            let ours = all(4, |out| multi_margin(&LOGITS, label, how(Rivals::Sum, None), out));
            check(&ours, &LOGITS, |z| others().map(|c| term(z, c)).sum());
            let ours = all(4, |out| multi_margin(&LOGITS, label, how(Rivals::Mean, Some(&WEIGHTS)), out));
            check(&ours, &LOGITS, |z| others().map(|c| term(z, c)).sum::<Dual>() * (WEIGHTS[label] / 4.0));
            let largest = others().max_by(|&a, &b| LOGITS[a].total_cmp(&LOGITS[b])).unwrap();
            let ours = all(4, |out| multi_margin(&LOGITS, label, how(Rivals::Largest, None), out));
            check(&ours, &LOGITS, |z| term(z, largest));
        }
    }
    // Both labels against both other classes: 1 + 0.3 + 1.25, 1 − 1.7, …
    let mut gradient = [0.0; 4];
    let value = multilabel_margin(&LOGITS, &[1, 2], &mut gradient);
    assert!((value - (2.55 + 2.75) / 4.0).abs() < 1e-15, "{value}");
    assert_eq!(gradient, [0.25, -0.5, 0.0, 0.25]);
    let target = [0.0, 1.0, 0.25, 1.0];
    let ours = all(4, |out| multilabel_soft_margin(&LOGITS, &target, Some(&WEIGHTS), out));
    check(&ours, &LOGITS, |z| {
        let cost = |c: usize| ((z[c].exp() + 1.0).ln() - z[c] * target[c]) * WEIGHTS[c];
        (0..4).map(cost).sum::<Dual>() / 4.0
    });
}

#[test]
fn losses_of_pairs_and_triplets_are_those_of_the_textbook() {
    let (a, p, n) = ([1.0, 0.5, -0.3], [0.8, 0.75, -0.1], [0.2, 0.4, 0.3]);
    let distance = |x: &[Dual], y: &[f64], q: f64, sign: f64| {
        let size = |d: Dual| if d.re < 0.0 { -d } else { d };
        let power = x.iter().zip(y).map(|(x, y)| size((*x - *y) * sign + 1e-3).powf(q)).sum::<Dual>();
        power.powf(1.0 / q)
    };
    for (q, swap) in [(1.0, false), (2.0, false), (2.0, true), (3.0, true)] {
        let how = Triplet { margin: 1.0, p: q, eps: 1e-3, swap };
        let mut gradients = [[0.0; 3]; 3];
        let mut curvatures = [[0.0; 3]; 3];
        let value = {
            let [g0, g1, g2] = &mut gradients;
            let [c0, c1, c2] = &mut curvatures;
            let out = [(g0, c0), (g1, c1), (g2, c2)];
            triplet_margin([&a, &p, &n], how, out.map(|(gradient, curvature)| Derivatives { gradient, curvature }))
        };
        let of = |k: usize| All { value, gradient: gradients[k].to_vec(), curvature: curvatures[k].to_vec() };
        let fixed = |x: &[f64; 3]| x.map(Dual::from_re);
        let swapped = swap && distance(&fixed(&p), &n, q, 1.0).re < distance(&fixed(&a), &n, q, 1.0).re;
        let far = |anchor: &[Dual], positive: &[Dual]| distance(if swapped { positive } else { anchor }, &n, q, 1.0);
        check(&of(0), &a, |a| distance(a, &p, q, 1.0) - far(a, &fixed(&p)) + 1.0);
        check(&of(1), &p, |p| distance(p, &a, q, -1.0) - far(&fixed(&a), p) + 1.0);
        let from = if swapped { p } else { a };
        check(&of(2), &n, |n| distance(&fixed(&a), &p, q, 1.0) - distance(n, &from, q, -1.0) + 1.0);
    }
    for target in [1.0, -1.0] {
        let (mut in_a, mut in_b) = (([0.0; 3], [0.0; 3]), ([0.0; 3], [0.0; 3]));
        let out = [&mut in_a, &mut in_b].map(|(gradient, curvature)| Derivatives { gradient, curvature });
        let value = cosine_embedding([&a, &p], target, 0.25, out);
        for (of, x, other) in [(in_a, a, p), (in_b, p, a)] {
            let ours = All { value, gradient: of.0.to_vec(), curvature: of.1.to_vec() };
            check(&ours, &x, |x| {
                let dot = x.iter().zip(&other).map(|(x, y)| *x * *y).sum::<Dual>();
                let square = x.iter().map(|x| *x * *x).sum::<Dual>() + 1e-12;
                let cosine = dot / (square * (other.iter().map(|y| y * y).sum::<f64>() + 1e-12)).sqrt();
                if target > 0.0 { -cosine + 1.0 } else { cosine - 0.25 }
            });
        }
    }
    let (mean, variance) = (0.7, 0.4);
    let (value, gradient, curvature) = gaussian_nll(mean, variance, -0.5, 1e-6, true);
    let ours = All { value, gradient: gradient.to_vec(), curvature: curvature.to_vec() };
    check(&ours, &[mean, variance], |x| ((x[1] * std::f64::consts::TAU).ln() + (x[0] + 0.5).powi(2) / x[1]) * 0.5);
    assert_eq!(margin_ranking(1.0, 1.5, 1.0, 0.25), (0.75, [-1.0, 1.0]));
    assert_eq!(margin_ranking(1.0, 1.5, -1.0, 0.25), (0.0, [0.0, 0.0]));
    assert_eq!(kl_divergence(-1.0, 0.0, false), (0.0, 0.0));
    assert!((kl_divergence(-1.0, 0.5, false).0 - 0.5 * (0.5_f64.ln() + 1.0)).abs() < 1e-16);
    assert_eq!(kl_divergence(-1.0, 0.0, true), (1.0, -1.0));
}

#[test]
fn extreme_logits_keep_their_digits() {
    let plain = ClassWeights::default();
    // ln(1 + e^−40) is e^−40 to the last digit, and 1 − p as well.
    let far = all(2, |out| cross_entropy(&[40.0, 0.0], 0, plain, 0.0, out));
    let tiny = (-40.0_f64).exp();
    assert!((far.value / tiny - 1.0).abs() < 1e-15 && (far.gradient[0] / tiny + 1.0).abs() < 1e-15, "{far:?}");
    assert!((far.curvature[0] / tiny - 1.0).abs() < 1e-15, "{far:?}");
    let focused = all(2, |out| focal(&[40.0, 0.0], 0, plain, 2.0, out));
    assert!((focused.value / tiny.powi(3) - 1.0).abs() < 1e-14, "{focused:?}");
    for loss in [0.0, 2.0] {
        let wrong = all(2, |out| focal(&[-1e4, 0.0], 0, plain, loss, out));
        assert_eq!((wrong.value, &wrong.gradient[..], &wrong.curvature[..]), (1e4, &[-1.0, 1.0][..], &[0.0, 0.0][..]));
        let sure = all(2, |out| focal(&[1e4, 0.0], 0, plain, loss, out));
        assert_eq!((sure.value, &sure.gradient[..], &sure.curvature[..]), (0.0, &[0.0, 0.0][..], &[0.0, 0.0][..]));
    }
    // A class of probability 0 costs nothing if it is not the label, and ∞ if it is.
    let gone = all(2, |out| cross_entropy(&[f64::NEG_INFINITY, 1.0], 1, plain, 0.0, out));
    assert_eq!(gone, All { value: 0.0, gradient: vec![0.0, 0.0], curvature: vec![0.0, 0.0] });
    assert_eq!(all(2, |out| cross_entropy(&[f64::NEG_INFINITY, 1.0], 0, plain, 0.0, out)).value, f64::INFINITY);
}

#[test]
fn ignored_labels_cost_and_weigh_nothing() {
    let classes = ClassWeights { weights: Some(&WEIGHTS), ignored: Some(1) };
    let nothing = All { value: 0.0, gradient: vec![0.0; 4], curvature: vec![0.0; 4] };
    let near_zero = |all: &All| all.value == 0.0 && all.gradient.iter().chain(&all.curvature).all(|&x| x == 0.0);
    assert!(near_zero(&all(4, |out| cross_entropy(&LOGITS, 1, classes, 0.1, out))));
    assert_eq!(all(4, |out| focal(&LOGITS, 1, classes, 2.0, out)), nothing);
    let mut gradient = [f64::NAN; 4];
    assert_eq!(negative_log_likelihood(&LOGITS, 1, classes, &mut gradient), 0.0);
    assert_eq!((gradient, classes.term(1), classes.term(3)), ([0.0; 4], 0.0, 1.5));
}

#[test]
fn reductions_are_the_stated_ones() {
    let values = [1.0, 2.0, 6.0];
    assert_eq!(Reduction::Sum.value(&values, 3.0), 9.0);
    assert_eq!(Reduction::Mean.value(&values, 4.5), 2.0);
    assert_eq!(Reduction::BatchMean { rows: 2 }.value(&values, 3.0), 4.5);
    assert!(Reduction::Mean.value(&[0.0], 0.0).is_nan());
}

#[test]
fn nan_stays_nan() {
    let nan = f64::NAN;
    for all in [
        all(2, |out| cross_entropy(&[nan, 0.0], 1, ClassWeights::default(), 0.0, out)),
        all(2, |out| focal(&[nan, 0.0], 1, ClassWeights::default(), 2.0, out)),
    ] {
        assert!(all.value.is_nan() && all.gradient.iter().all(|slope| slope.is_nan()), "{all:?}");
    }
    for rivals in [Rivals::Mean, Rivals::Sum, Rivals::Largest] {
        let how = Margin { margin: 1.0, squared: false, rivals, weights: None };
        assert!(all(3, |out| multi_margin(&[0.0, nan, 3.0], 0, how, out)).value.is_nan(), "{rivals:?}");
    }
    assert!(margin_ranking(nan, 0.0, 1.0, 0.0).0.is_nan());
    assert!(gaussian_nll(nan, 1.0, 0.0, 1e-6, false).0.is_nan());
    assert!(kl_divergence(nan, 0.5, false).0.is_nan());
}

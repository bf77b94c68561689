//! Every multiclass loss: against the losses of several inputs in double precision, dual numbers, differences, and lanes.

use num_dual::{Dual2, DualNum};
use sgdlab_core::{Domain, Entry, Lanes, Real, Settings, Value, WIDTH};
use sgdlab_losses::structured::{ClassWeights, Derivatives, Margin, Rivals, cross_entropy, focal, multi_margin};
use sgdlab_losses::{Label, Labels, MulticlassKernel, MulticlassSpec, Packs, multiclass_entries};

type Dual = Dual2<f64>;

const LOGITS: [f64; 5] = [0.3, -1.2, 2.0, 0.5, 1.75];
const WEIGHTS: [f64; 5] = [0.5, 2.0, 1.0, 0.0, 1.5];

/// Every loss with its numbers and flags along their ranges.
fn variants() -> Vec<Settings> {
    let variant = |entry: &'static Entry, u: f64, flag: bool| {
        let given = entry.hyperparameters.iter().filter_map(|h| match &h.domain {
            Domain::Number { range, .. } if range.high.is_finite() => Some((h.name, Value::Number(u * range.high))),
            Domain::Number { .. } => Some((h.name, Value::Number(3.0 * u + 1.0))),
            Domain::Flag { .. } => Some((h.name, Value::Flag(flag))),
            _ => None,
        });
        Settings::new(entry, given).unwrap()
    };
    let of_entry = |entry: &'static Entry| {
        let given = [(0.0, false), (0.25, true), (0.75, false), (1.0, true)].map(|(u, flag)| variant(entry, u, flag));
        [vec![Settings::defaults(entry)], given.to_vec()].concat()
    };
    let mut all: Vec<Settings> = multiclass_entries().into_iter().flat_map(of_entry).collect();
    let focal = all.iter().find(|settings| settings.name() == "focal").unwrap().clone();
    all.push(focal.with("gamma", Value::Number(0.0)).unwrap());
    all
}

/// The same loss as the function of several inputs has it: its value, gradient and the diagonal of its Hessian.
fn structured(settings: &Settings, logits: &[f64], class: usize, weights: Option<&[f64]>) -> (f64, Vec<f64>, Vec<f64>) {
    let (mut gradient, mut curvature) = (vec![f64::NAN; logits.len()], vec![f64::NAN; logits.len()]);
    let out = Derivatives { gradient: &mut gradient, curvature: &mut curvature };
    let classes = ClassWeights { weights, ignored: None };
    let hinge =
        |rivals| Margin { margin: settings.number("margin"), squared: settings.flag("squared"), rivals, weights };
    let value = match settings.name() {
        "cross-entropy" => cross_entropy(logits, class, classes, settings.number("label-smoothing"), out),
        "focal" => focal(logits, class, classes, settings.number("gamma"), out),
        "crammer-singer" => multi_margin(logits, class, hinge(Rivals::Largest), out),
        "weston-watkins" if settings.flag("mean") => multi_margin(logits, class, hinge(Rivals::Mean), out),
        "weston-watkins" => multi_margin(logits, class, hinge(Rivals::Sum), out),
        "one-hot" => {
            let curvature =
                weights.map_or(1.0, |weights| weights[class]) * if settings.flag("half") { 1.0 } else { 2.0 };
            let residual = |c: usize| logits[c] - if c == class { 1.0 } else { 0.0 };
            (0..logits.len()).for_each(|c| (out.gradient[c], out.curvature[c]) = (curvature * residual(c), curvature));
            0.5 * curvature * (0..logits.len()).map(|c| residual(c).powi(2)).sum::<f64>()
        }
        other => panic!("{other} is among no losses of several inputs"),
    };
    (value, gradient, curvature)
}

/// Value, slopes and the product of the Hessian with a vector, of one term.
fn of<R: Packs<N>, const N: usize>(
    loss: &MulticlassSpec,
    logits: &[Lanes<R, N>],
    vector: &[Lanes<R, N>],
    (class, weights): (usize, &[R]),
) -> (Lanes<R, N>, Vec<Lanes<R, N>>, Vec<Lanes<R, N>>) {
    let kernel: &dyn MulticlassKernel<R, N> = loss.kernel();
    let of = Labels { classes: logits.len(), labels: &[0, class as u32], weights };
    let (mut used, mut slopes) = (logits.to_vec(), logits.to_vec());
    kernel.values_of(of, &[1], &mut used);
    kernel.slopes(of, &[1], &mut slopes);
    let (mut again, mut moved) = (logits.to_vec(), vector.to_vec());
    kernel.move_slopes(of, &[1], &mut again, &mut moved);
    for (a, b) in again.as_flattened().iter().zip(slopes.as_flattened()) {
        assert_eq!(bits(*a), bits(*b), "slopes {a} and {b} of {loss:?}");
    }
    let (mut used_again, mut values) = (logits.to_vec(), vec![[R::ZERO; N]]);
    kernel.values(Labels { labels: &[class as u32], ..of }, &mut used_again, &mut values);
    assert_eq!(values[0].map(bits), used[0].map(bits), "{loss:?}");
    (used[0], slopes, moved)
}

/// Bits; any NaN equals any other.
fn bits<R: Real>(x: R) -> Option<u64> {
    (x == x).then(|| x.to_f64().to_bits())
}

fn single(x: &[f64]) -> Vec<Lanes<f64, 1>> {
    x.iter().map(|&x| [x]).collect()
}

#[track_caller]
fn near(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance * expected.abs().max(1.0), "{what}: {found} for {expected}");
}

#[test]
fn every_loss_is_that_of_several_inputs() {
    for settings in variants() {
        let loss = MulticlassSpec::new(&settings).unwrap();
        for class in 0..LOGITS.len() {
            for weights in [&[][..], &WEIGHTS] {
                let given = (!weights.is_empty()).then_some(weights);
                let (value, gradient, curvature) = structured(&settings, &LOGITS, class, given);
                let what = format!("{settings}, class {class}, weights {weights:?}");
                for c in 0..LOGITS.len() {
                    let mut unit = vec![[0.0]; LOGITS.len()];
                    unit[c] = [1.0];
                    let (found, slopes, moved) = of(&loss, &single(&LOGITS), &unit, (class, weights));
                    near(found[0], value, 1e-14, &what);
                    near(slopes[c][0], gradient[c], 1e-14, &what);
                    near(moved[c][0], curvature[c], 1e-13, &what);
                }
            }
        }
    }
}

/// The formula as textbooks write it.
fn formula(settings: &Settings, z: &[Dual], class: usize) -> Dual {
    let log = |c: usize| z[c] - z.iter().fold(Dual::from_re(0.0), |sum, z| sum + z.exp()).ln();
    let others = || (0..z.len()).filter(move |&c| c != class);
    let hinge = |c: usize| {
        let missing = z[c] - z[class] + settings.number("margin");
        let missing = if missing.re > 0.0 { missing } else { Dual::from_re(0.0) };
        if settings.flag("squared") { missing * missing } else { missing }
    };
    match settings.name() {
        "cross-entropy" => {
            let smoothing = settings.number("label-smoothing");
            let share = (0..z.len()).map(|c| log(c) * (smoothing / z.len() as f64)).sum::<Dual>();
            -(log(class) * (1.0 - smoothing) + share)
        }
        "focal" if settings.number("gamma") == 0.0 => -log(class),
        "focal" => -((-log(class).exp() + 1.0).powf(settings.number("gamma")) * log(class)),
        "crammer-singer" => hinge(others().max_by(|&a, &b| z[a].re.total_cmp(&z[b].re)).unwrap()),
        "weston-watkins" => {
            others().map(hinge).sum::<Dual>() * if settings.flag("mean") { 1.0 / z.len() as f64 } else { 1.0 }
        }
        "one-hot" => {
            let square = |c: usize| (z[c] - if c == class { 1.0 } else { 0.0 }).powi(2);
            (0..z.len()).map(square).sum::<Dual>() * if settings.flag("half") { 0.5 } else { 1.0 }
        }
        other => panic!("no formula for {other}"),
    }
}

/// Along u, the first and second derivative are the slopes times u and u times the product with u.
#[test]
fn derivatives_along_a_vector_agree_with_dual_numbers() {
    let u = [0.5, -1.0, 0.75, 0.25, -0.4];
    for settings in variants() {
        let loss = MulticlassSpec::new(&settings).unwrap();
        for class in 0..LOGITS.len() {
            let z: Vec<Dual> = LOGITS.iter().zip(u).map(|(&z, u)| Dual::new(z, u, 0.0)).collect();
            let exact = formula(&settings, &z, class);
            let (value, slopes, moved) = of(&loss, &single(&LOGITS), &single(&u), (class, &[]));
            let along = |x: &[Lanes<f64, 1>]| x.iter().zip(u).map(|(x, u)| x[0] * u).sum::<f64>();
            let what = format!("{settings}, class {class}");
            near(value[0], exact.re, 1e-13, &what);
            near(along(&slopes), exact.v1, 1e-13, &what);
            near(along(&moved), exact.v2, 1e-12, &what);
        }
    }
}

/// The change of the slopes by central differences, whose error is h² times a third derivative.
#[test]
fn products_are_the_derivatives_of_slopes() {
    let (u, h) = ([0.5, -1.0, 0.75, 0.25, -0.4], 1e-5);
    for settings in variants() {
        let loss = MulticlassSpec::new(&settings).unwrap();
        for (class, weights) in [(0, &[][..]), (1, &WEIGHTS), (2, &[]), (3, &WEIGHTS), (4, &WEIGHTS)] {
            let slopes = |step: f64| {
                let at: Vec<f64> = LOGITS.iter().zip(u).map(|(z, u)| z + step * u).collect();
                of(&loss, &single(&at), &single(&u), (class, weights)).1
            };
            let (ahead, back) = (slopes(h), slopes(-h));
            let moved = of(&loss, &single(&LOGITS), &single(&u), (class, weights)).2;
            for c in 0..LOGITS.len() {
                let expected = (ahead[c][0] - back[c][0]) / (2.0 * h);
                near(moved[c][0], expected, 1e-8, &format!("{settings}, class {class}, logit {c}"));
            }
        }
    }
}

/// Ordinary lanes, and lanes that meet ties, infinities and NaN.
fn lanes<R: Real>(classes: usize) -> Vec<Lanes<R, WIDTH>> {
    const SPECIAL: [f64; 11] =
        [0.0, -0.0, 1.0, 40.0, 1e-9, -1e3, 750.0, 1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    let at = |c: usize, l: usize| match (l < 6, (3 * c + 5 * l) % 19) {
        (false, k) if k < SPECIAL.len() && (c + l).is_multiple_of(2) => SPECIAL[k],
        (_, k) => 0.7 * k as f64 - 6.0,
    };
    (0..classes).map(|c| std::array::from_fn(|l| R::of(at(c, l)))).collect()
}

fn check_lanes<R: Packs<1> + Packs<WIDTH>>(classes: usize) {
    let (z, weights) = (lanes::<R>(classes), (0..classes).map(|c| R::of(0.5 * (c % 3) as f64)).collect::<Vec<R>>());
    let vector: Vec<Lanes<R, WIDTH>> =
        z.iter().rev().map(|z| z.map(|z| if z.is_finite() { z } else { R::ONE })).collect();
    for settings in variants() {
        let loss = MulticlassSpec::new(&settings).unwrap();
        for term in [(0, &[][..]), (1, &weights[..]), (classes - 1, &weights), (classes - 1, &[])] {
            let pack = of(&loss, &z, &vector, term);
            for l in 0..WIDTH {
                let alone = |x: &[Lanes<R, WIDTH>]| -> Vec<Lanes<R, 1>> { x.iter().map(|x| [x[l]]).collect() };
                let single = of(&loss, &alone(&z), &alone(&vector), term);
                let what = format!("{settings}, {classes} classes, class {}, lane {l} in {}", term.0, R::NAME);
                assert_eq!(bits(pack.0[l]), bits(single.0[0]), "value of {what}");
                for c in 0..classes {
                    assert_eq!(bits(pack.1[c][l]), bits(single.1[c][0]), "slope {c} of {what}");
                    assert_eq!(bits(pack.2[c][l]), bits(single.2[c][0]), "product {c} of {what}");
                }
            }
        }
    }
}

#[test]
fn lanes_have_the_bits_of_single_runs() {
    for classes in [2, 3, 10, 17] {
        check_lanes::<f32>(classes);
        check_lanes::<f64>(classes);
    }
}

/// A default loss is the function of its module to the bit.
#[test]
fn the_plain_cross_entropy_has_the_bits_it_always_had() {
    let loss = MulticlassSpec::new(&Settings::defaults(multiclass_entries()[0])).unwrap();
    let z = lanes::<f32>(10);
    for class in 0..10 {
        let (value, slopes, moved) = of(&loss, &z, &z, (class, &[]));
        let mut expected = z.clone();
        assert_eq!(value.map(bits), sgdlab_losses::cross_entropy::value_and_slopes(&mut expected, class).map(bits));
        let flat = |x: &[Lanes<f32, WIDTH>]| x.as_flattened().iter().map(|&x| bits(x)).collect::<Vec<_>>();
        assert_eq!(flat(&slopes), flat(&expected));
        let (mut logits, mut product) = (z.clone(), z.clone());
        sgdlab_losses::cross_entropy::curvature_times(&mut logits, &mut product);
        assert_eq!(flat(&moved), flat(&product));
    }
}

/// Values at extreme logits, where naive formulas overflow or cancel.
#[test]
fn extreme_logits_are_those_of_several_inputs() {
    let (infinite, nan) = (f64::INFINITY, f64::NAN);
    for settings in variants() {
        let loss = MulticlassSpec::new(&settings).unwrap();
        for logits in [[40.0, 0.0, -5.0], [1e4, 0.0, 0.0], [-1e4, 0.0, 0.0], [0.0, -infinite, 1.0], [0.0, nan, 3.0]] {
            for weights in [&[][..], &[2.0, 1.0, 0.5]] {
                let given = (!weights.is_empty()).then_some(weights);
                let (value, _, _) = structured(&settings, &logits, 0, given);
                let ([found], slopes, _) = of(&loss, &single(&logits), &single(&[1.0, -1.0, 0.5]), (0, weights));
                let what = format!("{settings} at {logits:?}");
                assert!(found == value || found.is_nan() == value.is_nan(), "{what}: {found} for {value}");
                if value.is_finite() {
                    near(found, value, 1e-13, &what);
                    assert!(slopes.iter().all(|slope| slope[0].is_finite()), "{what}: {slopes:?}");
                }
            }
        }
        // Nothing is left of a term without weight, whatever its logits are.
        let none = of(&loss, &single(&[nan, 1.0, 2.0]), &single(&[1.0; 3]), (0, &[0.0; 3]));
        assert_eq!(none, ([0.0], vec![[0.0]; 3], vec![[0.0]; 3]), "{settings}");
    }
    // 1 − p is e^−40 to the last digit.
    let focal = variants().into_iter().find(|settings| settings.name() == "focal").unwrap();
    let focal = MulticlassSpec::new(&focal).unwrap();
    let ([value], _, _) = of(&focal, &single(&[40.0, 0.0]), &single(&[0.0; 2]), (0, &[]));
    assert!((value / (-120.0_f64).exp() - 1.0).abs() < 1e-13, "{value:e}");
}

/// Hessians of single terms from products with unit vectors; the bound holds and, where all rivals are near, is met.
#[test]
fn curvature_is_bounded_by_the_stated_constant() {
    for settings in variants() {
        let loss = MulticlassSpec::new(&settings).unwrap();
        let points =
            (0..40).map(|k| -> Vec<f64> { (0..5).map(|c| ((7 * k + 3 * c * k + c) % 11) as f64 / 4.0).collect() });
        for at in points.chain([LOGITS.to_vec(), vec![0.0; 5]]) {
            for (class, weights) in [(0, &[][..]), (1, &WEIGHTS), (4, &WEIGHTS)] {
                let Some(bound) = loss.smoothness(5, Label { class, weights }) else { continue };
                let mut u = vec![0.3, -1.0, 0.7, 0.2, 0.9];
                let mut size = 0.0;
                for _ in 0..100 {
                    let (_, _, moved) = of(&loss, &single(&at), &single(&u), (class, weights));
                    let norm = u.iter().map(|u| u * u).sum::<f64>().sqrt();
                    size = moved.iter().map(|x| x[0] * x[0]).sum::<f64>().sqrt() / norm;
                    u = moved.iter().map(|x| x[0] / size.max(1e-300)).collect();
                }
                assert!(size <= bound * (1.0 + 1e-12) || size.is_nan(), "{settings} at {at:?}: {size} above {bound}");
                if settings.name() == "weston-watkins" && at == [0.0; 5] {
                    near(size, bound, 1e-12, &settings.to_string());
                }
            }
        }
    }
    let convex = |settings: &Settings| MulticlassSpec::new(settings).unwrap().facts().convex;
    for settings in variants() {
        let bent = settings.name() == "focal" && settings.number("gamma") != 0.0;
        assert_eq!(convex(&settings), !bent, "{settings}");
    }
}

//! Averages, transforms and drivers around other rules.

mod support;

use sgdlab_core::Value::{self, Number, Word};
use sgdlab_core::streams::Key;
use sgdlab_core::{Domain, Layout, Settings};
use sgdlab_optimizers::{Rule, RuleSpec, Signal, Span};
use support::{entries_and_dialects, entry, rule, single, step};

/// A rule around a base.
fn around(name: &str, base: &RuleSpec, settings: Settings, given: &[(&'static str, Value)]) -> RuleSpec {
    assert_eq!(base.entry().name, settings.name());
    let given = given.iter().cloned().chain([("base", Value::Item(settings))]);
    RuleSpec::new(&Settings::new(entry(name), given).expect("accepted one by one")).expect("accepted together")
}

/// The gradient of a quadratic with a little of something that changes from step to step.
fn gradient(t: u64) -> impl Fn(&[f64]) -> Vec<f64> {
    move |x| x.iter().enumerate().map(|(i, x)| 0.3 * x + ((i as u64 * 7 + t * 5) % 11) as f64 / 11.0 - 0.4).collect()
}

const STEPS: u64 = 12;

/// Hyperparameters of an average.
type Given = &'static [(&'static str, Value)];

/// What the answers of an average are to be, of the iterates x₁, … of its base.
type Expected = fn(&[Vec<f64>]) -> Option<Vec<f64>>;

fn mean(of: &[Vec<f64>]) -> Vec<f64> {
    let sum = |i: usize| of.iter().map(|x| x[i]).sum::<f64>();
    (0..of[0].len()).map(|i| sum(i) / of.len() as f64).collect()
}

fn weighted(of: &[Vec<f64>], weight: impl Fn(usize) -> f64) -> Vec<f64> {
    let total: f64 = (0..of.len()).map(&weight).sum();
    (0..of[0].len()).map(|i| of.iter().enumerate().map(|(s, x)| weight(s) * x[i]).sum::<f64>() / total).collect()
}

#[test]
fn averages_are_those_of_the_iterates() {
    let cases: [(&str, Given, Expected); 8] = [
        ("polyak-ruppert", &[], |x| Some(mean(x))),
        // Weights (1 + power)/(t + power) Π (s − 1)/(s + power) are proportional to t where power = 1.
        ("polyak-ruppert", &[("power", Number(1.0))], |x| Some(weighted(x, |s| (s + 1) as f64))),
        ("tail-average", &[("from", Number(5.0))], |x| {
            Some(mean(x.get(5..).filter(|x| !x.is_empty()).unwrap_or(&x[x.len() - 1..])))
        }),
        ("suffix-average", &[("share", Number(0.25))], |x| {
            Some(mean(x.get(9..).filter(|x| !x.is_empty()).unwrap_or(&x[x.len() - 1..])))
        }),
        ("ema", &[("decay", Number(0.7))], |x| Some(weighted(x, |s| 0.7_f64.powi(-(s as i32))))),
        ("ema", &[("decay", Number(0.7)), ("debias", Value::Flag(false))], |x| {
            Some(weighted(x, |s| 0.7_f64.powi(-(s as i32)) * if s == 0 { 1.0 } else { 0.3 }))
        }),
        ("swa", &[("start", Number(0.25)), ("cycle", Number(4.0))], |x| {
            let taken: Vec<_> = [6, 10].iter().filter_map(|&t| x.get(t).cloned()).collect();
            (!taken.is_empty()).then(|| mean(&taken))
        }),
        ("swa", &[("start", Number(0.0))], |x| {
            let taken: Vec<_> = [4, 9].iter().filter_map(|&t| x.get(t).cloned()).collect();
            (!taken.is_empty()).then(|| mean(&taken))
        }),
    ];
    for base in ["sgd", "adam", "nag", "lamb"] {
        for (name, given, expected) in &cases {
            let spec = rule(base, None, &[]);
            let averaged = around(name, &spec, Settings::defaults(entry(base)), given);
            let (mut alone, mut averaged) = (single(&spec, 3), single(&averaged, 3));
            averaged.begin(&Span { steps: STEPS, steps_per_epoch: 5, ..Span::default() });
            let mut iterates: Vec<Vec<f64>> = Vec::new();
            let (mut x, mut y) = ([[1.0], [-2.0], [0.5]], [[1.0], [-2.0], [0.5]]);
            for t in 0..STEPS {
                step(&mut *alone, &mut x, 0.1, gradient(t));
                step(&mut *averaged, &mut y, 0.1, gradient(t));
                assert_eq!(x, y, "an average leaves the iterates alone");
                iterates.push(x.as_flattened().to_vec());
                let answer = averaged.answer(&y).map(|answer| answer.as_flattened().to_vec());
                match (answer, expected(&iterates)) {
                    (None, None) => {}
                    (Some(answer), Some(expected)) => {
                        for (a, b) in answer.iter().zip(&expected) {
                            assert!((a - b).abs() <= 1e-14, "{name} around {base}, step {t}: {a} for {b}");
                        }
                    }
                    other => panic!("{name} around {base}, step {t}: {other:?}"),
                }
            }
        }
    }
}

#[test]
fn an_average_does_not_hide_what_is_not_finite() {
    for name in ["polyak-ruppert", "tail-average", "ema"] {
        let mut rule = single(&rule(name, None, &[("base", Value::Item(Settings::defaults(entry("sgd"))))]), 1);
        let mut x = [[1.0]];
        for g in [1.0, f64::NAN, 1.0] {
            rule.update(&mut x, Signal::of(&[[g]]), &[0.1]);
        }
        assert!(rule.answer(&x).expect(name)[0][0].is_nan(), "{name}");
    }
}

/// One step of SGD at rate 1 from 0 with a transformed gradient gives its negative.
fn transformed(
    name: &str,
    dialect: Option<&str>,
    given: &[(&'static str, Value)],
    layout: &Layout,
    g: &[f64],
) -> Vec<f64> {
    let mut bound = RuleSpec::bind::<f64, 1>(&[rule(name, dialect, given)], layout);
    let mut x = vec![[0.0]; g.len()];
    let gradient: Vec<_> = g.iter().map(|&g| [g]).collect();
    bound.update(&mut x, Signal::of(&gradient), &[1.0]);
    x.iter().map(|x| -x[0]).collect()
}

#[test]
fn clipping_bounds_norms_and_values() {
    let layout = Layout::new([("a", vec![2]), ("b", vec![2])]);
    let clipped = |dialect, by: &str, threshold| {
        let given = [("by", Word(by.to_owned())), ("threshold", Number(threshold))];
        transformed("clipped", dialect, &given, &layout, &[3.0, 4.0, 0.0, -12.0])
    };
    let scaled = |factor: f64| [3.0, 4.0, 0.0, -12.0].map(|g| factor * g);
    assert_eq!(clipped(None, "norm", 6.5), scaled(0.5));
    assert_eq!(clipped(None, "norm", 13.0), scaled(1.0));
    assert_eq!(clipped(None, "norm", 20.0), scaled(1.0));
    assert_eq!(clipped(Some("torch"), "norm", 6.5), scaled(6.5 / (13.0 + 1e-6)));
    // torch shrinks a gradient whose norm is the threshold, by a millionth of it.
    assert_eq!(clipped(Some("torch"), "norm", 13.0), scaled(13.0 / (13.0 + 1e-6)));
    assert_eq!(clipped(None, "tensor-norm", 6.0), [3.0, 4.0, 0.0, -6.0]);
    assert_eq!(clipped(None, "tensor-norm", 2.5), [1.5, 2.0, 0.0, -2.5]);
    assert_eq!(clipped(None, "value", 3.5), [3.0, 3.5, 0.0, -3.5]);
    for by in ["norm", "tensor-norm", "value"] {
        let given = [("by", Word(by.to_owned()))];
        let x = transformed("clipped", None, &given, &layout, &[f64::NAN, 1.0, 0.0, 0.0]);
        assert!(x[0].is_nan(), "{by}");
        let x = transformed("clipped", None, &given, &layout, &[f64::INFINITY, 1.0, 0.0, 0.0]);
        assert!(x[0].is_nan() || x[0] == 1.0, "{by}: {}", x[0]);
    }
}

#[test]
fn centralization_takes_the_mean_over_inputs() {
    let layout = Layout::new([("weight", vec![2, 3]), ("bias", vec![2])]);
    let g = [1.0, 2.0, 3.0, 5.0, 2.0, 1.0, 7.0, 8.0];
    let last = transformed("centralized", None, &[], &layout, &g);
    assert_eq!(last, [-2.0, 0.0, 1.0, 2.0, 0.0, -1.0, 7.0, 8.0]);
    let first = transformed("centralized", None, &[("units", Word("first".into()))], &layout, &g);
    let third = 8.0 / 3.0;
    assert_eq!(first, [-1.0, 0.0, 1.0, 5.0 - third, 2.0 - third, 1.0 - third, 7.0, 8.0]);
}

#[test]
fn coupled_decay_is_that_of_rules_that_have_it() {
    let decay = [("weight-decay", Number(0.3))];
    for (name, dialect) in [("sgd", "torch"), ("adam", "torch"), ("rmsprop", "torch"), ("adagrad", "torch")] {
        let own = rule(name, Some(dialect), &decay);
        let around = around("coupled-decay", &rule(name, Some(dialect), &[]), Settings::defaults(entry(name)), &decay);
        let (mut own, mut around) = (single(&own, 3), single(&around, 3));
        let (mut x, mut y) = ([[1.0], [-2.0], [0.5]], [[1.0], [-2.0], [0.5]]);
        for t in 0..STEPS {
            step(&mut *own, &mut x, 0.1, gradient(t));
            step(&mut *around, &mut y, 0.1, gradient(t));
            for (x, y) in x.iter().zip(&y) {
                assert!((x[0] - y[0]).abs() <= 1e-14, "{name}: {x:?} for {y:?}");
            }
        }
    }
}

/// The noise that 4000 steps add, at two keys and with the same key again.
fn noise(name: &str, given: &[(&'static str, Value)], key: &str, rate: f64) -> Vec<f64> {
    let mut bound = single(&rule(name, None, given), 2);
    bound.begin(&Span { key: Key::new(key), ..Span::default() });
    let mut draws = Vec::new();
    for _ in 0..4000 {
        let mut x = [[0.0]; 2];
        bound.update(&mut x, Signal::of(&[[0.0]; 2]), &[rate]);
        draws.extend(x.as_flattened());
    }
    draws
}

#[test]
fn noise_has_the_variance_that_it_says() {
    let second = |draws: &[f64]| draws.iter().map(|x| x * x).sum::<f64>() / draws.len() as f64;
    // Of 8000 normal numbers the mean square has a standard error of √(2/8000) = 0.0158.
    let gaussian = noise("perturbed", &[("sigma", Number(3.0))], "a", 1.0);
    assert!((second(&gaussian) / 9.0 - 1.0).abs() < 4.0 * 0.0158);
    assert_eq!(gaussian, noise("perturbed", &[("sigma", Number(3.0))], "a", 1.0));
    assert_ne!(gaussian, noise("perturbed", &[("sigma", Number(3.0))], "b", 1.0));
    let langevin = noise("sgld", &[("temperature", Number(0.5))], "a", 0.04);
    assert!((second(&langevin) / (2.0 * 0.5 * 0.04) - 1.0).abs() < 4.0 * 0.0158);
    let sphere = noise("perturbed", &[("sigma", Number(3.0)), ("noise", Word("sphere".into()))], "a", 1.0);
    for pair in sphere.as_chunks::<2>().0 {
        assert!((pair[0].hypot(pair[1]) - 3.0).abs() < 1e-14);
    }
    // Variances 9/t: at step 3600 the standard deviation is a sixtieth of that without decay.
    let falling = noise("perturbed", &[("sigma", Number(3.0)), ("decay", Number(1.0))], "a", 1.0);
    assert!((falling[7198] * 60.0 - gaussian[7198]).abs() < 1e-12);
    assert!(noise("sgld", &[], "a", 0.0).iter().all(|&x| x == 0.0));
}

/// Every number of every rule's hyperparameters that can change without changing what the rule keeps.
fn drivable() -> Vec<(RuleSpec, RuleSpec)> {
    let mut pairs = Vec::new();
    for (entry, dialect) in entries_and_dialects() {
        let defaults = Settings::in_dialect(entry, dialect, []).expect("defaults");
        for h in entry.hyperparameters {
            let Domain::Number { range, .. } = h.domain else { continue };
            let other = [0.625, 1.5, 0.0625].into_iter().find(|&x| range.contains(x));
            let Some(other) = other.and_then(|x| defaults.with(h.name, Number(x)).ok()) else { continue };
            let (Ok(from), Ok(to)) = (RuleSpec::new(&defaults), RuleSpec::new(&other)) else { continue };
            if from.can_share_pack(&to) {
                pairs.push((from, to));
            }
        }
    }
    pairs
}

#[test]
fn a_rule_that_adopts_goes_on_with_its_state() {
    let layout = Layout::new([("matrix", vec![3, 4]), ("bias", vec![3])]);
    let pairs = drivable();
    assert!(pairs.len() > 150, "{} pairs", pairs.len());
    for (from, to) in pairs {
        let mut x: Vec<_> = (0..15).map(|i| [0.1 * f64::from(i) - 0.7]).collect();
        let mut bound = RuleSpec::bind::<f64, 1>(std::array::from_ref(&from), &layout);
        (0..4).for_each(|t| drop(step(&mut *bound, &mut x, 0.01, gradient(t))));
        let saved = bound.save();
        let small = RuleSpec::bind::<f64, 1>(std::array::from_ref(&to), &Layout::default());
        let adopted = bound.adopt(&*small);
        let layers = ["lookahead", "polyak-ruppert", "tail-average", "suffix-average", "ema", "swa", "clipped"];
        let more =
            ["coupled-decay", "perturbed", "sgld", "by-tag", "driven", "drop-on-plateau", "drop-when-stationary"];
        let name = from.entry().name;
        assert_eq!(adopted, !layers.contains(&name) && !more.contains(&name), "{name}");
        if adopted {
            let mut restored = RuleSpec::bind::<f64, 1>(std::array::from_ref(&to), &layout);
            restored.restore(&saved).expect("the same rule");
            let mut y = x.clone();
            for t in 4..8 {
                step(&mut *bound, &mut x, 0.01, gradient(t));
                step(&mut *restored, &mut y, 0.01, gradient(t));
                let bits = |x: &[[f64; 1]]| x.iter().map(|x| x[0].to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&x), bits(&y), "{from:?} becomes {to:?}");
            }
        }
    }
}

#[test]
fn a_driven_momentum_is_that_of_each_step() {
    let base = Settings::new(entry("heavy-ball"), [("momentum", Number(0.5))]).expect("accepted");
    let given = [
        ("base", Value::Item(base)),
        ("hyperparameter", Word("momentum".into())),
        ("from", Number(0.5)),
        ("to", Number(0.9)),
    ];
    let spec = rule("driven", None, &given);
    let mut bound = single(&spec, 1);
    bound.begin(&Span { steps: 4, steps_per_epoch: 2, ..Span::default() });
    let (mut x, mut expected, mut velocity) = ([[1.0]], 1.0_f64, 0.0);
    for momentum in [0.5, 0.6, 0.7, 0.8] {
        velocity = momentum * velocity + 0.5 * expected;
        step(&mut *bound, &mut x, 0.1, |x| vec![0.5 * x[0]]);
        expected -= 0.1 * velocity;
        assert!((x[0][0] - expected).abs() < 1e-15, "{} for {expected}", x[0][0]);
    }
}

#[test]
fn driving_is_checked_when_it_is_written() {
    let refused = |given: &[(&'static str, Value)], field: &str| {
        let settings = Settings::new(entry("driven"), given.iter().cloned()).expect("accepted one by one");
        assert_eq!(RuleSpec::new(&settings).expect_err("refused").field, field);
    };
    let what = |name: &str| ("hyperparameter", Word(name.to_owned()));
    refused(&[what("weight-decoy")], "hyperparameter");
    refused(&[what("nesterov")], "nesterov");
    refused(&[what("momentum"), ("from", Number(0.5)), ("to", Number(1.5))], "momentum");
    // Without momentum there is no velocity to keep.
    refused(&[what("momentum"), ("from", Number(0.0)), ("to", Number(0.5))], "from");
}

#[test]
fn both_parts_of_a_split_are_the_rule_alone() {
    let layout = Layout::new([("bias", vec![3]), ("weight", vec![2, 2]), ("scale", vec![2])]);
    for name in ["sgd", "adam", "nag", "lamb", "adafactor", "schedule-free-sgd"] {
        let item = || Value::Item(Settings::defaults(entry(name)));
        for tag in ["matrix", "decays"] {
            let spec = rule("by-tag", None, &[("tagged", item()), ("others", item()), ("tag", Word(tag.into()))]);
            let mut split = RuleSpec::bind::<f64, 1>(&[spec], &layout);
            let mut alone = RuleSpec::bind::<f64, 1>(&[rule(name, None, &[])], &layout);
            let mut x: Vec<_> = (0..9).map(|i| [0.1 * f64::from(i) - 0.7]).collect();
            let mut y = x.clone();
            for t in 0..STEPS {
                step(&mut *split, &mut x, 0.1, gradient(t));
                step(&mut *alone, &mut y, 0.1, gradient(t));
                assert_eq!(x, y, "{name} by {tag}");
            }
            assert_eq!(split.answer(&x).map(<[_]>::to_vec), alone.answer(&y).map(<[_]>::to_vec), "{name}");
        }
    }
}

#[test]
fn tensors_are_moved_by_the_rule_of_their_tag() {
    let layout = Layout::new([("weight", vec![2]), ("bias", vec![1])]).with_decay(|name| name == "weight");
    let decaying = Settings::new(entry("sgd"), [("weight-decay", Number(1.0))]).expect("accepted");
    let given = [
        ("tag", Word("decays".into())),
        ("tagged", Value::Item(decaying)),
        ("others", Value::Item(Settings::defaults(entry("signsgd")))),
        ("others-rate", Number(0.5)),
    ];
    let mut bound = RuleSpec::bind::<f64, 1>(&[rule("by-tag", None, &given)], &layout);
    let mut x = [[2.0], [4.0], [1.0]];
    bound.update(&mut x, Signal::of(&[[0.0], [0.0], [7.0]]), &[0.5]);
    assert_eq!(x, [[1.0], [2.0], [0.75]]);
}

/// Rates that a layer around SGD uses under these gradients of one number, as ratios to the rate.
fn factors(layer: &mut dyn Rule<f64, 1>, steps: usize, signal: impl Fn(usize, f64) -> (f64, f64)) -> Vec<f64> {
    let mut x = [[0.0]];
    let mut factors = Vec::new();
    for t in 0..steps {
        let before = x[0][0];
        let (g, value) = signal(t, before);
        layer.update(&mut x, Signal { value: Some(&[value]), ..Signal::of(&[[g]]) }, &[1.0]);
        factors.push((before - x[0][0]) / g);
    }
    factors
}

#[test]
fn a_plateau_lowers_the_rate() {
    let given = [("patience", Number(1.0)), ("drop", Number(0.25)), ("every", Number(2.0))];
    let mut bound = single(&rule("drop-on-plateau", None, &given), 1);
    // Means of two steps: 3, 2, 2, 2 (two bad ones), then 1.
    let values = [4.0, 2.0, 2.0, 2.0, 3.0, 1.0, 1.0, 3.0, 1.0, 1.0];
    let found = factors(&mut *bound, 10, |t, _| (1.0, values[t]));
    assert_eq!(found, [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.25, 0.25]);
}

#[test]
fn stationarity_lowers_the_rate_and_progress_does_not() {
    for test in ["inner-product", "distance"] {
        let given = [("test", Word(test.into())), ("burn-in", Number(10.0)), ("drop", Number(0.5))];
        let mut bound = single(&rule("drop-when-stationary", None, &given), 1);
        // A constant gradient: the distance grows like n, and successive gradients agree.
        let found = factors(&mut *bound, 200, |_, _| (1.0, 0.0));
        assert!(found.iter().all(|&factor| (factor - 1.0).abs() < 1e-12), "{test}");
        let mut bound = single(&rule("drop-when-stationary", None, &given), 1);
        // Gradients of x²/4 and alternating noise: the iterates alternate between two points.
        let found = factors(&mut *bound, 200, |t, x| (0.5 * x + if t % 2 == 0 { 1.0 } else { -1.0 }, 0.0));
        assert!(found[..9].iter().all(|&factor| (factor - 1.0).abs() < 1e-12), "{test}: not before the burn-in");
        assert!(found[199] < 0.51, "{test}: {}", found[199]);
    }
}

//! A rule that restores what another one has saved goes on with the same bits.

mod support;

use sgdlab_core::{Domain, Lanes, Layout, Real, Settings, Value};
use sgdlab_optimizers::{Packs, Rule, RuleSpec, Signal};
use support::{Answers, entries_and_dialects, rule};

/// One step at gradients that change from step to step, some of them 0.
fn step<R: Real, const N: usize>(rule: &mut dyn Rule<R, N>, x: &mut [Lanes<R, N>], t: u64) {
    let noise = |i: usize| ((i as u64 * 7 + t * 5) % 11) as f64 / 11.0 - 0.4;
    let sparse = |i: usize, x: R| if (i as u64 + t).is_multiple_of(5) { R::ZERO } else { x };
    let gradient = |at: &[Lanes<R, N>]| -> Vec<Lanes<R, N>> {
        at.iter().enumerate().map(|(i, x)| x.map(|x| sparse(i, R::of(0.3) * x + R::of(noise(i))))).collect()
    };
    if rule.asks() {
        let answer = |at: &[Lanes<R, N>], out: &mut [Lanes<R, N>]| out.copy_from_slice(&gradient(at));
        return rule.search(x, &mut Answers::new(answer), &[0.01; N]);
    }
    let at = rule.probe(x).map_or_else(|| x.to_vec(), <[_]>::to_vec);
    let gradient = gradient(&at);
    let curvature: Vec<_> = at.iter().map(|x| x.map(|x| R::of(0.3) + x.abs())).collect();
    let value = at[0].map(|x| x * x + R::ONE);
    let signal = Signal { value: Some(&value), curvature: Some(&curvature), ..Signal::of(&gradient) };
    rule.update(x, signal, &[0.01; N]);
}

fn bits<R: Real, const N: usize>(x: &[Lanes<R, N>]) -> Vec<u64> {
    x.as_flattened().iter().map(|x| x.to_f64().to_bits()).collect()
}

fn check<R: Packs<N>, const N: usize>(spec: &RuleSpec, layout: &Layout) {
    let pack: [RuleSpec; N] = std::array::from_fn(|_| spec.clone());
    let mut rule = RuleSpec::bind::<R, N>(&pack, layout);
    let mut x: Vec<_> = (0..layout.size()).map(|i| [R::of(0.1 * i as f64 - 0.7); N]).collect();
    for before in [0_u64, 1, 6, 13] {
        (before / 2..before).for_each(|t| step(&mut *rule, &mut x, t));
        let saved = rule.save();
        let mut other = RuleSpec::bind::<R, N>(&pack, layout);
        other.restore(&saved).expect("the same rule");
        assert_eq!(bits(&other.save().into_iter().map(|x| [x]).collect::<Vec<_>>()), {
            bits(&saved.iter().map(|&x| [x]).collect::<Vec<_>>())
        });
        let mut y = x.clone();
        for t in before..before + 9 {
            step(&mut *rule, &mut x, t);
            step(&mut *other, &mut y, t);
            assert_eq!(bits(&x), bits(&y), "{spec:?}, {} x {N}, step {t} after {before}", R::NAME);
        }
        let answers = [rule.answer(&x).map(bits), other.answer(&y).map(bits)];
        assert_eq!(answers[0], answers[1], "{spec:?}");
    }
}

#[test]
fn every_rule_goes_on_with_the_same_bits() {
    let layouts = [Layout::vector(19), Layout::new([("matrix", vec![3, 4]), ("bias", vec![3]), ("number", vec![])])];
    for (entry, dialect) in entries_and_dialects() {
        let flags: Vec<_> =
            entry.hyperparameters.iter().filter(|h| matches!(h.domain, Domain::Flag { .. })).map(|h| h.name).collect();
        for mask in 0..1_usize << flags.len() {
            let on = flags.iter().enumerate().map(|(k, name)| (*name, Value::Flag(mask >> k & 1 == 1)));
            let settings = Settings::in_dialect(entry, dialect, on).expect("accepted one by one");
            let Ok(spec) = RuleSpec::new(&settings) else { continue };
            for layout in &layouts {
                check::<f32, 1>(&spec, layout);
                if !spec.needs().asking {
                    check::<f64, 16>(&spec, layout);
                }
            }
        }
    }
}

#[test]
fn another_state_is_refused_and_changes_nothing() {
    let layout = Layout::vector(3);
    let spec = rule("adam", None, &[]);
    let mut adam = RuleSpec::bind::<f64, 1>(std::array::from_ref(&spec), &layout);
    let mut x = vec![[1.0]; 3];
    (0..4).for_each(|t| step(&mut *adam, &mut x, t));
    let saved = adam.save();
    for wrong in [&saved[1..], &[&saved[..], &[1.0]].concat(), &[]] {
        let error = adam.restore(wrong).expect_err("another length");
        assert_eq!((error.field.as_str(), error.value), ("state", format!("{} numbers", wrong.len())));
        assert_eq!(error.accepts, format!("{} numbers for what is restored", saved.len()));
        assert_eq!(adam.save(), saved);
    }
}

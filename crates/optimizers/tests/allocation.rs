//! Nothing allocates inside a step.

mod support;

use sgdlab_core::{Layout, Value};
use sgdlab_optimizers::{RuleSpec, Signal};
use support::{Answers, entries_and_dialects, entry, layout, rule};

/// Rules whose matrices nalgebra decomposes, which takes memory that the caller cannot provide.
const DECOMPOSING: &[&str] = &["shampoo", "soap", "newton", "irls"];

/// Of a rule that asks, and runs alone.
fn allocations_of_questions(spec: &RuleSpec) -> u64 {
    let mut single = RuleSpec::bind::<f32, 1>(std::array::from_ref(spec), &layout(37));
    let mut x = vec![[1.0]; 37];
    let mut answers = Answers::new(|at: &[[f32; 1]], out: &mut [[f32; 1]]| out.copy_from_slice(at));
    let counted = allocation_counter::measure(|| (0..10).for_each(|_| single.search(&mut x, &mut answers, &[0.01])));
    assert!(answers.gradients >= 10, "{spec:?}");
    counted.count_total
}

fn allocations(spec: &RuleSpec) -> u64 {
    if spec.needs().asking {
        return allocations_of_questions(spec);
    }
    let mut single = RuleSpec::bind::<f32, 1>(std::array::from_ref(spec), &layout(37));
    let mut pack = RuleSpec::bind::<f64, 16>(&std::array::from_fn(|_| spec.clone()), &layout(37));
    let (mut x, mut xs) = (vec![[1.0]; 37], vec![[1.0; 16]; 37]);
    let (g, gs) = (vec![[0.5]; 37], vec![[0.5; 16]; 37]);
    let signal = Signal { value: Some(&[2.0]), curvature: Some(&g), ..Signal::of(&g) };
    let signals = Signal { value: Some(&[2.0; 16]), curvature: Some(&gs), ..Signal::of(&gs) };
    let counted = allocation_counter::measure(|| {
        for step in 1..=10 {
            let rate = 0.01 / f64::from(step);
            single.probe(&x);
            single.update(&mut x, signal, &[rate]);
            single.answer(&x);
            pack.probe(&xs);
            pack.update(&mut xs, signals, &[rate; 16]);
            pack.answer(&xs);
        }
    });
    counted.count_total
}

#[test]
fn no_update_allocates() {
    for (entry, dialect) in entries_and_dialects() {
        if DECOMPOSING.contains(&entry.name) {
            continue;
        }
        assert_eq!(allocations(&rule(entry.name, dialect, &[])), 0, "{} in {dialect:?}", entry.name);
    }
    // The kernels with more memory.
    for (name, given) in [
        ("sgd", ("momentum", Value::Number(0.9))),
        ("rmsprop", ("centered", Value::Flag(true))),
        ("adam", ("amsgrad", Value::Flag(true))),
        ("adabound", ("ams-bound", Value::Flag(true))),
        ("madgrad", ("momentum", Value::Number(0.0))),
        ("lbfgs", ("line-search-fn", Value::Word("strong-wolfe".to_owned()))),
    ] {
        assert!(entry(name).position(given.0).is_some());
        assert_eq!(allocations(&rule(name, None, &[given])), 0, "{name}");
    }
    for form in ["plus", "minus", "improved-plus"] {
        let given = [("form", Value::Word(form.to_owned()))];
        assert_eq!(allocations(&rule("rprop", Some("paper"), &given)), 0, "rprop, {form}");
    }
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocation_counter::measure(|| drop(std::hint::black_box(vec![1.0_f64]))).count_total, 1);
}

/// The numbers per parameter that an entry states, if it states one number for parameters of all shapes and settings.
fn stated(cost: &str) -> Option<u64> {
    let memory = cost.strip_prefix("Memory: ")?.split_once(". ")?.0;
    let words = ["none", "one number", "two numbers", "three numbers", "four numbers", "five numbers"];
    let plain =
        |n: &usize| [words[*n].to_owned(), format!("{} per parameter", words[*n])].iter().any(|text| text == memory);
    (0..words.len()).find(plain).map(|n| n as u64)
}

#[test]
fn the_stated_memory_is_what_is_allocated() {
    let mut checked = 0;
    for (entry, dialect) in entries_and_dialects() {
        let Some(stated) = stated(entry.cost) else { continue };
        let spec = rule(entry.name, dialect, &[]);
        let bytes = |n: usize| {
            let layout = Layout::vector(n);
            let bind = || drop(RuleSpec::bind::<f64, 1>(std::array::from_ref(&spec), &layout));
            allocation_counter::measure(bind).bytes_max
        };
        let allocated = (bytes(48) - bytes(16)) / (32 * 8);
        // Rules for one run have a buffer more, in which the lanes of a pack are put together.
        assert!(allocated == stated || allocated == stated + 1, "{} in {dialect:?}: {allocated}", entry.name);
        checked += 1;
    }
    assert!(checked > 60, "{checked}");
}

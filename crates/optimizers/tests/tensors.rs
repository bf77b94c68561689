//! What holds by definition for the rules that look at each tensor.

mod support;

use sgdlab_core::Layout;
use sgdlab_core::Value::{self, Flag, Number};
use sgdlab_optimizers::{RuleSpec, Signal};
use support::{entry, layout, rule};

const PER_TENSOR: &[&str] = &[
    "adafactor",
    "adam-mini",
    "adamp",
    "came",
    "cautious-adamw",
    "cautious-lion",
    "fromage",
    "lamb",
    "lars",
    "mars",
    "novograd",
    "sgdp",
    "sm3",
    "stable-adamw",
];

/// Numbers between −1 and 1, none of them 0, that look irregular.
fn numbers(n: usize, seed: usize) -> Vec<f64> {
    (0..n).map(|i| ((i * i + 7 * i * seed + 3 * seed) % 23) as f64 / 11.5 - 0.98).collect()
}

/// The iterate after 20 steps from x with the gradients x/4 + numbers, in every second step against x.
fn iterate(spec: &RuleSpec, layout: &Layout, x: &[f64], range: std::ops::Range<usize>) -> Vec<f64> {
    let mut bound = RuleSpec::bind::<f64, 1>(std::array::from_ref(spec), layout);
    let mut at: Vec<_> = x[range.clone()].iter().map(|&x| [x]).collect();
    for t in 0..20 {
        let noise = &numbers(x.len(), t)[range.clone()];
        let gradient: Vec<_> = at.iter().zip(noise).map(|(x, noise)| [0.25 * x[0] + noise]).collect();
        bound.update(&mut at, Signal::of(&gradient), &[0.02]);
    }
    at.as_flattened().to_vec()
}

#[test]
fn a_tensor_moves_as_it_would_alone() {
    let shapes = [vec![5], vec![4, 3], vec![2, 3, 4], vec![1], vec![3, 1]];
    let together = Layout::new(shapes.iter().map(|shape| ("tensor", shape.clone())));
    let x = numbers(together.size(), 5);
    for name in PER_TENSOR {
        for dialect in entry(name).dialects {
            let spec = rule(name, Some(dialect.name), &[]);
            let expected = iterate(&spec, &together, &x, 0..x.len());
            for tensor in together.tensors() {
                let range = tensor.offset..tensor.offset + tensor.size();
                let alone = Layout::new([("alone", tensor.shape.clone())]);
                let found = iterate(&spec, &alone, &x, range.clone());
                assert_eq!(found, expected[range], "{name} in {}, {:?}", dialect.name, tensor.shape);
            }
        }
    }
}

#[test]
fn a_tensor_of_matrices_moves_as_its_matrices() {
    let x = numbers(24, 5);
    for name in ["adafactor", "came"] {
        for dialect in entry(name).dialects {
            // Without what is the same for all matrices of a tensor: the limit on the step and its size.
            let limit = if dialect.name == "torch" { "d" } else { "clip-threshold" };
            let mut given = vec![(limit, Number(1e9))];
            match (name, dialect.name) {
                ("adafactor", "torch") => given.push(("eps2", Number(1e3))),
                ("adafactor", _) => given.push(("scale-parameter", Flag(false))),
                _ => {}
            }
            let spec = rule(name, Some(dialect.name), &given);
            let matrices = Layout::new([("matrices", vec![2, 3, 4])]);
            let apart = Layout::new([("first", vec![3, 4]), ("second", vec![3, 4])]);
            let found = iterate(&spec, &matrices, &x, 0..24);
            assert_eq!(found, iterate(&spec, &apart, &x, 0..24), "{name} in {}", dialect.name);
        }
    }
}

/// One step at the rate ½ of a tensor of this shape; returns the step.
fn first_step(name: &str, given: &[(&'static str, Value)], shape: &[usize], x: &[f64], g: &[f64]) -> Vec<f64> {
    let layout = Layout::new([("x", shape.to_vec())]);
    let mut bound = RuleSpec::bind::<f64, 1>(&[rule(name, None, given)], &layout);
    let mut at: Vec<_> = x.iter().map(|&x| [x]).collect();
    let gradient: Vec<_> = g.iter().map(|&g| [g]).collect();
    bound.update(&mut at, Signal::of(&gradient), &[0.5]);
    at.as_flattened().iter().zip(x).map(|(new, old)| new - old).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn check_close(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance, "{a} for {b}");
}

#[test]
fn steps_have_the_length_that_the_tensor_says() {
    let (x, g) = (numbers(12, 5), numbers(12, 8));
    let size = dot(&x, &x).sqrt();
    for (name, given, ratio) in [("lamb", vec![], 0.5), ("lars", vec![("trust-coefficient", Number(0.1))], 0.05)] {
        let step = first_step(name, &given, &[4, 3], &x, &g);
        check_close(dot(&step, &step).sqrt(), ratio * size, 1e-14);
    }
}

#[test]
fn fromage_keeps_the_norm_at_orthogonal_gradients_and_shrinks_without() {
    // (3, 4) and (4, −3) are orthogonal and equally long.
    let step = first_step("fromage", &[], &[2], &[3.0, 4.0], &[4.0, -3.0]);
    let moved = [3.0 + step[0], 4.0 + step[1]];
    check_close(dot(&moved, &moved), 25.0, 1e-13);
    let step = first_step("fromage", &[], &[2], &[3.0, 4.0], &[0.0, 0.0]);
    check_close(step[0], 3.0 * (1.0 / 1.25_f64.sqrt() - 1.0), 1e-15);
}

#[test]
fn projected_steps_are_orthogonal_to_the_weights() {
    // Rows of x and g are orthogonal; the signs of Adam's first step are not.
    let (x, g) = ([1.0, 2.0, -1.0, 3.0, 0.0, 1.0], [2.0, 1.0, 4.0, -1.0, 5.0, 3.0]);
    let along = |step: &[f64]| [dot(&step[..3], &x[..3]), dot(&step[3..], &x[3..])];
    let exact = [("eps", Number(0.0))];
    let adam = first_step("adam", &exact, &[2, 3], &x, &g);
    let adamp = first_step("adamp", &exact, &[2, 3], &x, &g);
    for row in 0..2 {
        assert!(along(&adam)[row].abs() > 0.9);
        check_close(along(&adamp)[row], 0.0, 1e-14);
    }
    // A vector is not projected.
    let vector = first_step("adamp", &exact, &[6], &x, &g);
    adam.iter().zip(vector).for_each(|(&adam, vector)| check_close(vector, adam, 1e-14));
}

#[test]
fn cautious_steps_are_never_against_the_gradient() {
    for name in ["cautious-adamw", "cautious-lion"] {
        let mut bound = RuleSpec::bind::<f64, 1>(&[rule(name, None, &[("weight-decay", Number(0.0))])], &layout(17));
        let mut x = [[0.0]; 17];
        let mut left_out = 0;
        for t in 0..20 {
            let (before, g) = (x, numbers(17, t));
            let gradient: Vec<_> = g.iter().map(|&g| [g]).collect();
            bound.update(&mut x, Signal::of(&gradient), &[0.1]);
            for (i, g) in g.iter().enumerate() {
                let step = x[i][0] - before[i][0];
                assert!(step * g <= 0.0, "{name}, step {t}: {step} at gradient {g}");
                left_out += usize::from(step == 0.0);
            }
        }
        assert!(left_out > 0 && left_out < 300, "{name}: {left_out} of 340 are left out");
    }
}

#[test]
fn what_becomes_another_rule_does() {
    let x = numbers(17, 5);
    let check = |(a, given_a): (&str, &[_]), (b, dialect, given_b): (&str, Option<&str>, &[_]), shape: &Layout| {
        let a = iterate(&rule(a, None, given_a), shape, &x, 0..17);
        let b = iterate(&rule(b, dialect, given_b), shape, &x, 0..17);
        a.iter().zip(b).for_each(|(&a, b)| check_close(a, b, 1e-13));
    };
    let decay = [("weight-decay", Number(0.3))];
    let plain = [("weight-decay", Number(0.3)), ("cautious", Flag(false))];
    check(("cautious-lion", &plain), ("lion", None, &decay), &layout(17));
    // In a vector the bounds of SM3 are Adagrad's sums.
    let from_zero = [("initial-accumulator-value", Number(0.0)), ("eps", Number(1e-8))];
    check(("sm3", &[("momentum", Number(0.0))]), ("adagrad", Some("optax"), &from_zero), &Layout::vector(17));
    // Tensors of one number have a mean square of their own each.
    let numbers = Layout::new((0..17).map(|i| (format!("x{i}"), vec![1])));
    check(("adam-mini", &decay), ("adamw", None, &decay), &numbers);
    // Where no row looks invariant.
    let momentum = [("momentum", Number(0.9)), ("delta", Number(0.0))];
    check(("sgdp", &momentum), ("heavy-ball", None, &[]), &layout(17));
}

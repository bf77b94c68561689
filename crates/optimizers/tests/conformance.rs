//! What every rule of the registry has to do: repeat itself, keep its precision, and get somewhere.

mod support;

use sgdlab_core::{Lanes, Layout, Local, Product, Real};
use sgdlab_optimizers::{Packs, RuleSpec, Signal, Span};
use support::{entries_and_dialects, rule};

/// Two tensors: a vector of five numbers and a matrix of four rows.
fn layout() -> Layout {
    Layout::new([("vector", vec![5]), ("matrix", vec![4, 3])])
}

/// Curvatures between 0.05 and 1.
fn curvature(i: usize) -> f64 {
    0.05 * 20.0_f64.powf((i * 5 % 17) as f64 / 16.0)
}

/// f(x) = ½ Σ cᵢ (xᵢ − 1)².
fn value<R: Real>(x: &[Lanes<R, 1>]) -> f64 {
    x.iter().enumerate().map(|(i, x)| 0.5 * curvature(i) * (x[0].to_f64() - 1.0).powi(2)).sum()
}

/// ∇f(x).
fn gradient<R: Real>(x: &[Lanes<R, 1>]) -> Vec<Lanes<R, 1>> {
    x.iter().enumerate().map(|(i, x)| [R::of(curvature(i)) * (x[0] - R::ONE)]).collect()
}

/// f, for rules that ask.
struct Bowl;

impl<R: Real> Local<R, 1> for Bowl {
    fn value(&mut self, at: &[Lanes<R, 1>]) -> Lanes<R, 1> {
        [R::of(value(at))]
    }

    fn gradient(&mut self, at: &[Lanes<R, 1>], out: &mut [Lanes<R, 1>]) -> Lanes<R, 1> {
        out.copy_from_slice(&gradient(at));
        self.value(at)
    }

    fn curvature_times(&mut self, asked: Product<'_, R, 1>, out: &mut [Lanes<R, 1>]) {
        for (i, (out, v)) in out.iter_mut().zip(asked.vector).enumerate() {
            *out = [R::of(curvature(i)) * v[0]];
        }
    }
}

/// The answers after each of `steps` steps on f from 0, at a rate that falls linearly to 0 where `falling`.
fn run<R: Packs<1>>(spec: &RuleSpec, steps: u64, rate: f64, falling: bool) -> Vec<Vec<Lanes<R, 1>>> {
    let layout = layout();
    let mut bound = RuleSpec::bind::<R, 1>(std::array::from_ref(spec), &layout);
    bound.begin(&Span { steps, steps_per_epoch: 10, ..Span::default() });
    // Away from 0, where LARS and its kin do not move.
    let mut x: Vec<_> = (0..layout.size()).map(|i| [R::of(0.1 + 0.05 * (i % 3) as f64)]).collect();
    let mut answers = Vec::new();
    for t in 0..steps {
        let rate = if falling { rate * (1.0 - t as f64 / steps as f64) } else { rate };
        if bound.asks() {
            bound.search(&mut x, &mut Bowl, &[rate]);
            answers.push(bound.answer(&x).map_or_else(|| x.clone(), <[_]>::to_vec));
            continue;
        }
        let at = bound.probe(&x).map_or_else(|| x.clone(), <[_]>::to_vec);
        let gradient = gradient(&at);
        let curvatures: Vec<_> = (0..at.len()).map(|i| [R::of(curvature(i))]).collect();
        let here = [R::of(value(&at))];
        let signal = Signal { value: Some(&here), curvature: Some(&curvatures), ..Signal::of(&gradient) };
        bound.update(&mut x, signal, &[rate]);
        answers.push(bound.answer(&x).map_or_else(|| x.clone(), <[_]>::to_vec));
    }
    answers
}

#[test]
fn the_same_run_has_the_same_bits() {
    for (entry, dialect) in entries_and_dialects() {
        let spec = rule(entry.name, dialect, &[]);
        let bits = |answers: Vec<Vec<[f64; 1]>>| answers.concat().iter().map(|x| x[0].to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(run(&spec, 20, 0.05, false)), bits(run(&spec, 20, 0.05, false)), "{}", entry.name);
    }
}

/// How far `f32` may be from `f64` after 20 steps, in parameters of size 1.
const NEAR: f64 = 2e-5;

/// The basis that SOAP takes for the null space of its first moments, which have rank 1, is that of rounding.
const BASIS: &[(&str, f64)] = &[("soap", 0.1)];

#[test]
fn single_precision_is_near_double_precision() {
    for (entry, dialect) in entries_and_dialects() {
        let spec = rule(entry.name, dialect, &[]);
        let (single, double) = (run::<f32>(&spec, 20, 0.05, false), run::<f64>(&spec, 20, 0.05, false));
        let tolerance = BASIS.iter().find(|(name, _)| *name == entry.name).map_or(NEAR, |(_, tolerance)| *tolerance);
        for (single, double) in single[19].iter().zip(&double[19]) {
            let apart = (f64::from(single[0]) - double[0]).abs();
            assert!(apart <= tolerance * double[0].abs().max(1.0), "{} in {dialect:?}: {apart:e} apart", entry.name);
        }
    }
}

/// Steps in which f is to fall to a ten-thousandth at the best of the rates of [`RATES`], where 400 are not enough.
const BUDGETS: &[(&str, u64)] = &[("adafactor", 800), ("adam-mini", 800)];

/// Rules that do not go to a minimum by definition: those that add noise which does not fall, and that which keeps the
/// means of matrices.
const RESTLESS: &[&str] = &["perturbed", "sgld", "centralized"];

/// Rules whose iterate is a sum times the present rate, so that it goes to 0 with the rate.
const PROPORTIONAL: &[&str] = &["ftrl"];

/// Tried for every rule, with a linear fall to 0 where the rule permits it.
const RATES: [f64; 9] = [1e-3, 3.2e-3, 1e-2, 3.2e-2, 0.1, 0.32, 1.0, 3.2, 10.0];

#[test]
fn every_rule_reaches_the_minimum_within_its_budget() {
    let start = value(&run::<f64>(&rule("sgd", None, &[]), 1, 0.0, false)[0]);
    for (entry, dialect) in entries_and_dialects() {
        if RESTLESS.contains(&entry.name) {
            continue;
        }
        let spec = rule(entry.name, dialect, &[]);
        let steps = BUDGETS.iter().find(|(name, _)| *name == entry.name).map_or(400, |(_, steps)| *steps);
        let falling = !PROPORTIONAL.contains(&entry.name);
        let last = |rate: f64| value(run::<f64>(&spec, steps, rate, falling).last().expect("a step"));
        let best = RATES.map(last).into_iter().filter(|value| value.is_finite()).fold(f64::INFINITY, f64::min);
        assert!(best <= 1e-4 * start, "{} in {dialect:?}: {:e} after {steps} steps", entry.name, best / start);
    }
}

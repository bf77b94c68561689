//! Linear convergence with SGD on a strongly convex sum, against the rates of the theorems.
//!
//! The theorems bound expectations over uniform indices with replacement; the means over 40 replicates are to be below.

use sgdlab_core::streams::{Key, index};
use sgdlab_core::{Batch, Oracle};
use sgdlab_estimators::{Ask, Context, EstimatorSpec, Initial};

use crate::support::*;

const TERMS: usize = 20;
const REPLICATES: u64 = 40;
const START: [f64; 2] = [4.0, -3.0];

fn plane() -> Plane {
    Plane::new(TERMS, 0.1)
}

/// The points before each of `steps` steps of SGD with batches of one term, and the last.
fn path(spec: EstimatorSpec, rate: f64, steps: u64, replicate: u64) -> Vec<[f64; 2]> {
    let plane = plane();
    let mut oracle = Oracle::new(&plane, 1);
    let key = Key::new("rates").child(&format!("replicate {replicate}"));
    let mut estimator = spec.bind::<f64, 1>(&Context { key, ..context(2, TERMS, TERMS as u64) });
    let mut draws = key.child("indices").stream(0);
    let (mut at, mut out) = (START.map(|x| [x]), [[0.0]; 2]);
    let mut points = vec![START];
    for step in 0..steps {
        let batch = Batch { indices: &[index(&mut draws, TERMS as u32)], scale: 1.0 };
        estimator.estimate(&mut oracle, &at, Ask { step, rates: &[rate], batch }, &mut out);
        (0..2).for_each(|j| at[j][0] -= rate * out[j][0]);
        points.push(at.map(|[x]| x));
    }
    points
}

/// The means over replicates of `measure` at the points of every step.
fn means(spec: EstimatorSpec, rate: f64, steps: u64, measure: impl Fn([f64; 2]) -> f64) -> Vec<f64> {
    let mut means = vec![0.0; steps as usize + 1];
    for replicate in 0..REPLICATES {
        for (mean, x) in means.iter_mut().zip(path(spec, rate, steps, replicate)) {
            *mean += measure(x) / REPLICATES as f64;
        }
    }
    means
}

fn square_distance(x: [f64; 2]) -> f64 {
    let minimizer = plane().minimizer();
    (0..2).map(|j| (x[j] - minimizer[j]).powi(2)).sum()
}

/// |∇f(x)|².
fn square_gradient(x: [f64; 2]) -> f64 {
    let mean = |j: usize| (0..TERMS).map(|i| plane().of_term(x, i)[j]).sum::<f64>() / TERMS as f64;
    mean(0).powi(2) + mean(1).powi(2)
}

/// `found[k]` ≤ `first` · `factor`^(k / `every`) at all multiples of `every` from the first on, down to where numbers are rounded.
#[track_caller]
fn check(spec: EstimatorSpec, found: &[f64], (first, factor): (f64, f64), every: usize) {
    assert!(0.0 < factor && factor < 1.0, "{spec:?}: {factor} is no rate");
    for (k, &x) in found.iter().enumerate().step_by(every).skip(1) {
        let bound = first * factor.powi((k / every) as i32);
        assert!(x <= bound + 1e-26, "{spec:?}, step {k}: {x:e} is above {bound:e}");
    }
    let last = found[found.len() - 1];
    assert!(last <= 1e-10 * found[0], "{spec:?} is still at {last:e}");
}

/// Defazio, Bach and Lacoste-Julien (2014), corollary 1: rate 1/(2(μn + L)).
#[test]
fn saga() {
    let (plane, n) = (plane(), TERMS as f64);
    let (l, mu) = (plane.smoothness(), plane.strong_convexity());
    let spec = crate::support::saga(Initial::Gradients);
    let found = means(spec, 1.0 / (2.0 * (mu * n + l)), 3000, square_distance);
    let first = square_distance(START) + n / (mu * n + l) * plane.gap(START);
    check(spec, &found, (first, 1.0 - mu / (2.0 * (mu * n + l))), 1);
}

/// Schmidt, Le Roux and Bach (2017), theorem 1: rate 1/(16 L), f(x) − f* from a table of zeros.
#[test]
fn sag() {
    let (plane, n) = (plane(), TERMS as f64);
    let (l, mu) = (plane.smoothness(), plane.strong_convexity());
    for initial in [Initial::Zeros, Initial::Gradients] {
        let spec = crate::support::sag(initial);
        let found = means(spec, 1.0 / (16.0 * l), 6000, |x| plane.gap(x));
        let first = plane.gap(START) + 4.0 * l / n * square_distance(START) + plane.noise() / (16.0 * l);
        check(spec, &found, (first, 1.0 - (mu / (16.0 * l)).min(1.0 / (8.0 * n))), 1);
    }
}

/// For snapshots at the last iterate: since E |g|² ≤ 2 L ⟨∇f(x), x − x*⟩ + 2 L² |s − x*|², a step of size η contracts
/// |x − x*|² by 1 − 2ημ(1 − ηL) and adds 2η²L² |s − x*|², and a period of m steps multiplies |s − x*|² by
/// (1 − 2ημ(1 − ηL))^m + ηL² / (μ(1 − ηL)).
#[test]
fn svrg() {
    let plane = plane();
    let (l, mu) = (plane.smoothness(), plane.strong_convexity());
    let eta = mu / (4.0 * l * l);
    let contraction = 1.0 - 2.0 * eta * mu * (1.0 - eta * l);
    let steps = 20 * TERMS;
    let factor = contraction.powi(steps as i32) + eta * l * l / (mu * (1.0 - eta * l));
    let spec = crate::support::svrg(20.0);
    let found = means(spec, eta, 12 * steps as u64, square_distance);
    check(spec, &found, (square_distance(START), factor), steps);
}

/// Kovalev, Horváth and Richtárik (2020), theorem 5: rate 1/(6 L).
#[test]
fn l_svrg() {
    let (plane, p) = (plane(), 1.0 / TERMS as f64);
    let (l, mu) = (plane.smoothness(), plane.strong_convexity());
    let eta = 1.0 / (6.0 * l);
    let spec = crate::support::l_svrg(None);
    let found = means(spec, eta, 3000, square_distance);
    let spread = 4.0 * eta * eta / p * plane.mean_square_change(START, plane.minimizer());
    check(spec, &found, (square_distance(START) + spread, (1.0 - eta * mu).max(1.0 - p / 2.0)), 1);
}

/// Nguyen, Liu, Scheinberg and Takáč (2017), lemma 2 and theorem 1b: with η ≤ 2/(μ' + L) and terms that are μ'-strongly
/// convex, E |v_m|² ≤ ρ^m |∇f(s)|² with ρ = 1 − 2μ'Lη/(μ' + L), and E |∇f(x_m) − v_m|² ≤ ηL/(2 − ηL) |∇f(s)|².
/// So a period that ends with x_m multiplies |∇f|² by at most 2 ηL/(2 − ηL) + 2 ρ^m.
#[test]
fn sarah() {
    let plane = plane();
    let (l, mu) = (plane.smoothness(), 0.1);
    let eta = 1.0 / (4.0 * l);
    let steps = 10 * TERMS;
    let rho: f64 = 1.0 - 2.0 * mu * l * eta / (mu + l);
    let factor = 2.0 * eta * l / (2.0 - eta * l) + 2.0 * rho.powi(steps as i32);
    let spec = crate::support::sarah(10.0);
    let found = means(spec, eta, 24 * steps as u64, square_gradient);
    check(spec, &found, (square_gradient(START), factor), steps);
}

/// Without reduction the same problem stalls: E |x − x*|² ≤ (1 − ημ)^k |x₀ − x*|² + 2ησ²/μ for η ≤ 1/(2L)
/// (Needell, Srebro and Ward 2016; Gower et al. 2019, theorem 3.1), and the last step alone leaves E |x − x*|² ≥ η²σ²
/// but for the change of the noise around x*.
#[test]
fn plain_stalls_at_its_noise() {
    let plane = plane();
    let (l, mu, noise) = (plane.smoothness(), plane.strong_convexity(), plane.noise());
    let eta = 1.0 / (4.0 * l);
    let found = means(PLAIN, eta, 3000, square_distance);
    for (k, &x) in found.iter().enumerate() {
        let bound = (1.0 - eta * mu).powi(k as i32) * square_distance(START) + 2.0 * eta * noise / mu;
        assert!(x <= bound, "step {k}: {x:e} is above {bound:e}");
    }
    let floor = found[2000..].iter().sum::<f64>() / 1001.0;
    assert!(floor >= 0.5 * eta * eta * noise, "{floor:e} below the floor of {:e}", eta * eta * noise);
}

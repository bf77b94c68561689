//! Bias and noise, by enumeration of all batches after all histories.

use sgdlab_core::{Batch, Value};
use sgdlab_estimators::{EstimatorSpec, Initial, Moments, Situation, moments};
use sgdlab_objectives::{Problem, Quadratic, Stored};

use crate::support::*;

/// The law of a step at `at`, whose batch is one of `law`, after steps at `past`.
fn law(problem: &Problem, spec: EstimatorSpec, past: &[(Vec<f64>, &[u32])], at: &[f64], law: &[Vec<u32>]) -> Moments {
    let lanes: Vec<_> = past.iter().map(|(x, _)| single(x)).collect();
    let past: Vec<_> =
        lanes.iter().zip(past).map(|(x, (_, indices))| (&x[..], Batch { indices, scale: 1.0 })).collect();
    let situation = Situation {
        objective: f64::model(problem).objective(),
        context: context(at.len(), problem.terms(), 4),
        rate: 0.1,
        past: &past,
        at: &single(at),
    };
    let batches: Vec<_> = law.iter().map(|indices| Batch { indices, scale: 1.0 }).collect();
    moments(spec, &situation, &batches)
}

/// A problem with 3 terms.
fn three() -> Problem {
    load("noisy-quadratic", &[("terms", Value::Number(3.0)), ("dimension", Value::Number(2.0))])
}

/// Every history of three steps with one term, of three.
fn histories() -> Vec<[[u32; 1]; 3]> {
    (0..27).map(|code| [[code / 9], [code / 3 % 3], [code % 3]]).collect()
}

const UNBIASED: [EstimatorSpec; 9] = [
    PLAIN,
    svrg(1.0),
    svrg(0.5),
    l_svrg(None),
    l_svrg(Some(0.5)),
    l_svrg(Some(1.0)),
    saga(Initial::Zeros),
    saga(Initial::Gradients),
    sarah(0.25),
];

#[test]
fn estimates_are_unbiased_given_the_past() {
    for (name, problem) in &problems()[..2] {
        let d = problem.layout().size();
        let past: [(Vec<f64>, &[u32]); 3] =
            [(point(0, 1.0, d), &[0, 2]), (point(1, 1.0, d), &[4, 4, 1]), (point(2, 1.0, d), &[3])];
        for spec in UNBIASED {
            for batches in laws(problem.terms() as u32) {
                let found = law(problem, spec, &past, &point(3, 1.0, d), &batches);
                close(&found.bias, &vec![0.0; d], 1e-14, &format!("{spec:?} on {name}"));
            }
        }
    }
}

#[test]
fn estimates_are_unbiased_after_every_history() {
    let problem = three();
    let singles = [vec![0], vec![1], vec![2]];
    for spec in UNBIASED {
        for history in histories() {
            let past: Vec<(Vec<f64>, &[u32])> =
                history.iter().enumerate().map(|(step, term)| (point(step as u64, 1.0, 2), &term[..])).collect();
            let found = law(&problem, spec, &past, &point(3, 1.0, 2), &singles);
            close(&found.bias, &[0.0; 2], 1e-14, &format!("{spec:?} after {history:?}"));
        }
    }
}

/// Given the past an estimate of SARAH is wrong by what the last one was, and STORM's by a share of it.
/// Over all histories of the same points both are right if they began so: STORM's first batch is random, too.
#[test]
fn recursions_inherit_the_last_error() {
    let problem = neuron();
    let singles: Vec<_> = (0..8).map(|i| vec![i]).collect();
    let [x0, x1, x2] = [0, 1, 2].map(|i| point(i, 1.0, 2));
    for (spec, starts_exact, keep) in
        [(sarah(1.0), true, 1.0), (page(Some(1e-300)), true, 1.0), (storm(0.0), false, 1.0), (storm(0.25), false, 0.75)]
    {
        let mut total = [0.0; 2];
        for history in 0..64_u32 {
            let (i, j) = ([history / 8], [history % 8]);
            let first = if starts_exact { full_gradient(&problem, &x0) } else { gradient(&problem, &x0, &i) };
            let [new, old] = [&x1, &x0].map(|x| gradient(&problem, x, &j));
            let last: Vec<f64> = (0..2).map(|k| new[k] + keep * (first[k] - old[k])).collect();
            let exact = full_gradient(&problem, &x1);
            let expected: Vec<f64> = (0..2).map(|k| keep * (last[k] - exact[k])).collect();
            let found = law(&problem, spec, &[(x0.clone(), &i), (x1.clone(), &j)], &x2, &singles);
            close(&found.bias, &expected, 1e-14, &format!("{spec:?} after {history}"));
            assert!(found.bias.iter().any(|b| b.abs() > 1e-6), "{spec:?} after {history}");
            total = [0, 1].map(|k| total[k] + found.bias[k] / 64.0);
        }
        close(&total, &[0.0; 2], 1e-14, &format!("{spec:?} over all histories"));
    }
}

/// A batch of b different terms refreshes the share b/n of the table, whose rest is old.
#[test]
fn sag_is_biased_towards_its_table() {
    let problem = neuron();
    let [x0, x] = [0, 1].map(|i| point(i, 1.0, 2));
    let [singles, pairs, _] = laws(8);
    // All of the table is of x0.
    for (batches, share) in [(singles, 1.0 / 8.0), (pairs, 2.0 / 8.0)] {
        let found = law(&problem, sag(Initial::Gradients), &[(x0.clone(), &[5])], &x, &batches);
        let (new, old) = (full_gradient(&problem, &x), full_gradient(&problem, &x0));
        let expected: Vec<f64> = (0..2).map(|k| (1.0 - share) * (old[k] - new[k])).collect();
        close(&found.bias, &expected, 1e-15, "sag");
        assert!(expected.iter().all(|bias| bias.abs() > 1e-4), "{expected:?}");
    }
}

/// What is not seen does not count: after term 5, the estimate is that of 5 renewed, or the mean of two.
#[test]
fn sag_divides_by_what_it_has_seen() {
    let problem = neuron();
    let [x0, x] = [0, 1].map(|i| point(i, 1.0, 2));
    let [singles, ..] = laws(8);
    let found = law(&problem, sag(Initial::Zeros), &[(x0.clone(), &[5])], &x, &singles);
    let old = gradient(&problem, &x0, &[5]);
    let of = |i: u32| {
        let new = gradient(&problem, &x, &[i]);
        [0, 1].map(|k| if i == 5 { new[k] } else { 0.5 * (new[k] + old[k]) })
    };
    let expected = [0, 1].map(|k| (0..8).map(|i| of(i)[k]).sum::<f64>() / 8.0);
    close(&found.mean, &expected, 1e-15, "sag");
}

/// fᵢ(x) = ½ (x − cᵢ)ᵀ Λ (x − cᵢ) in numbers that are sums of powers of 2, so that nothing is rounded.
const SPECTRUM: [f64; 2] = [2.0, 0.5];
const CENTERS: [[f64; 2]; 4] = [[1.0, -2.0], [3.0, 0.0], [-5.0, 1.0], [1.0, 1.0]];

fn exact(spec: EstimatorSpec, past: &[([f64; 2], &[u32])], at: [f64; 2], batches: &[Vec<u32>]) -> Moments {
    let objective = Quadratic::<f64>::new(&SPECTRUM, CENTERS.as_flattened());
    let past: Vec<_> = past.iter().map(|(x, indices)| (x.map(|x| [x]), Batch { indices, scale: 1.0 })).collect();
    let past: Vec<_> = past.iter().map(|(x, batch)| (&x[..], *batch)).collect();
    let context = context(2, 4, 4);
    let situation = Situation { objective: &objective, context, rate: 0.25, past: &past, at: &at.map(|x| [x]) };
    let batches: Vec<_> = batches.iter().map(|indices| Batch { indices, scale: 1.0 }).collect();
    moments(spec, &situation, &batches)
}

/// The covariance of one term's gradient is Λ Cov(c) Λ: 4 · 36/4 + ¼ · 6/4; that of a batch of b is 1/b of it, or
/// (n − b) / (n − 1) of that if its terms are different.
#[test]
fn moments_are_those_of_the_closed_form() {
    let [singles, different, pairs] = laws(4);
    for (batches, factor) in [(singles, 1.0), (pairs, 0.5), (different, 0.5 * 2.0 / 3.0)] {
        let found = exact(PLAIN, &[], [3.0, 4.0], &batches);
        assert_eq!(found.bias, [0.0, 0.0]);
        let expected = factor * 36.375;
        assert!((found.variance - expected).abs() < 1e-13, "{} instead of {expected}", found.variance);
        // The gradient is (6, 2).
        assert!((found.noise_scale - expected / 40.0).abs() < 1e-14, "{}", found.noise_scale);
    }
}

/// The variance of the plain estimate at the minimizer 0 is 36.375; that of the reduced ones is 0 once they have seen it.
#[test]
fn noise_vanishes_at_the_minimizer() {
    let past: [([f64; 2], &[u32]); 3] = [([0.0; 2], &[0, 1]), ([0.0; 2], &[2]), ([0.0; 2], &[3, 3])];
    let [singles, ..] = laws(4);
    for spec in [
        svrg(4.0),
        l_svrg(None),
        saga(Initial::Zeros),
        saga(Initial::Gradients),
        sag(Initial::Zeros),
        sag(Initial::Gradients),
        sarah(4.0),
        page(None),
    ] {
        let found = exact(spec, &past, [0.0; 2], &singles);
        assert_eq!((found.mean.as_slice(), found.variance), (&[0.0; 2][..], 0.0), "{spec:?}");
    }
    for spec in [PLAIN, sam(0.0, false)] {
        assert_eq!(exact(spec, &past, [0.0; 2], &singles).variance, 36.375, "{spec:?}");
    }
    // STORM keeps the noise of its past: it refreshes a share of what it knows.
    assert_eq!(exact(storm(0.5), &past, [0.0; 2], &singles).variance, 0.25 * 36.375);
}

/// All terms have the same curvature: differences of gradients are exact.
#[test]
fn differences_on_a_quadratic_have_no_noise() {
    let past: [([f64; 2], &[u32]); 2] = [([3.0, -1.0], &[0]), ([1.0, 2.5], &[2])];
    for batches in laws(4) {
        for spec in [svrg(4.0), l_svrg(Some(1.0)), sarah(4.0), page(None)] {
            let found = exact(spec, &past, [-2.0, 0.75], &batches);
            assert_eq!((found.bias.as_slice(), found.variance), (&[0.0; 2][..], 0.0), "{spec:?}");
        }
        // SAGA's rows are of points of their own: only after all of one point is there no noise.
        assert!(exact(saga(Initial::Gradients), &past, [-2.0, 0.75], &batches).variance > 0.1);
        assert_eq!(exact(saga(Initial::Gradients), &[], [-2.0, 0.75], &batches).variance, 0.0);
    }
}

/// Johnson and Zhang (2013), the proof of theorem 1: E |g|² ≤ 4 L (f(x) − f* + f(s) − f*) for convex terms.
#[test]
fn the_noise_of_svrg_is_bounded_by_the_gaps() {
    let plane = Plane::new(10, 0.1);
    let singles: Vec<_> = (0..10).map(|i| [i]).collect();
    for k in 0..20 {
        let [s, x] = [2 * k, 2 * k + 1].map(|i| point(i, 4.0, 2));
        let [s, x] = [[s[0], s[1]], [x[0], x[1]]];
        let at = s.map(|x| [x]);
        let past = [(&at[..], Batch { indices: &[0], scale: 1.0 })];
        let situation =
            Situation { objective: &plane, context: context(2, 10, 10), rate: 0.1, past: &past, at: &x.map(|x| [x]) };
        let batches: Vec<_> = singles.iter().map(|indices| Batch { indices, scale: 1.0 }).collect();
        let found = moments(svrg(4.0), &situation, &batches);
        let square = found.variance + found.mean.iter().map(|g| g * g).sum::<f64>();
        let bound = 4.0 * plane.smoothness() * (plane.gap(x) + plane.gap(s));
        assert!(square <= bound, "{square} is more than {bound}");
        assert!(found.variance > 1e-6 && square > 0.02 * bound, "{found:?}: the bound says nothing");
    }
}

//! Single estimates against their formulas, from plain gradients.

use sgdlab_core::Batch;
use sgdlab_estimators::{Ask, EstimatorSpec, Initial, Sample};
use sgdlab_objectives::Problem;

use crate::support::*;

/// The estimate at `x` after a snapshot at `s`.
fn after_snapshot(problem: &Problem, s: &[f64], x: &[f64], batch: &[u32]) -> Vec<f64> {
    let mut svrg = bind(svrg(4.0), problem);
    let mut oracle = oracle(problem);
    estimate(&mut *svrg, &mut oracle, 0, s, (&[0], 1.0));
    estimate(&mut *svrg, &mut oracle, 1, x, (batch, 1.0))
}

/// The corrections are the estimates' only noise: without distance to the snapshot there is none.
#[test]
fn svrg_at_the_snapshot_is_the_full_gradient() {
    for (name, problem) in &problems() {
        let s = point(0, 1.0, problem.layout().size());
        for batch in [&[0][..], &[3, 3, 5], &[1, 2]] {
            assert_eq!(after_snapshot(problem, &s, &s, batch), full_gradient(problem, &s), "{name}");
        }
    }
}

/// Between snapshots it is ∇f_batch(x) − ∇f_batch(s) + ∇f(s), from plain gradients.
#[test]
fn svrg_is_its_formula() {
    for (name, problem) in &problems() {
        let d = problem.layout().size();
        let (s, x) = (point(0, 1.0, d), point(1, 1.0, d));
        let batch = [4, 1, 1];
        let (new, old, full) =
            (gradient(problem, &x, &batch), gradient(problem, &s, &batch), full_gradient(problem, &s));
        let expected: Vec<_> = (0..d).map(|j| new[j] - old[j] + full[j]).collect();
        assert_eq!(after_snapshot(problem, &s, &x, &batch), expected, "{name}");
        assert_ne!(expected, new, "{name}");
    }
}

/// The snapshot is the iterate at every second step of four, and nothing else is.
#[test]
fn snapshots_are_taken_every_period() {
    let problem = neuron();
    let mut svrg = bind(svrg(0.5), &problem);
    let mut oracle = oracle(&problem);
    for step in 0..8 {
        let x = point(step, 1.0, 2);
        let found = estimate(&mut *svrg, &mut oracle, step, &x, (&[5], 1.0));
        let full = full_gradient(&problem, &x);
        if step % 2 == 0 {
            assert_eq!(found, full, "step {step}");
        } else {
            assert_ne!(found, full, "step {step}");
            assert_eq!(found, after_snapshot(&problem, &point(step - 1, 1.0, 2), &x, &[5]), "step {step}");
        }
    }
}

/// The scale of a short batch multiplies the estimate: for SAM not the perturbation.
#[test]
fn rescaled_batches_scale_the_estimate() {
    for (name, problem) in &problems() {
        let d = problem.layout().size();
        let (s, x) = (point(0, 1.0, d), point(1, 1.0, d));
        for spec in ESTIMATORS {
            let at_scale = |scale: f64| {
                let (mut estimator, mut oracle) = (bind(spec, problem), oracle(problem));
                estimate(&mut *estimator, &mut oracle, 0, &s, (&[0, 2], 1.0));
                estimate(&mut *estimator, &mut oracle, 1, &x, (&[3, 4, 4], scale))
            };
            // A power of 2 is exact.
            let expected: Vec<_> = at_scale(1.0).iter().map(|g| 0.25 * g).collect();
            assert_eq!(at_scale(0.25), expected, "{spec:?} on {name}");
        }
    }
}

#[test]
fn a_ball_of_radius_0_changes_nothing() {
    for (name, problem) in &problems() {
        let x = point(0, 1.0, problem.layout().size());
        let of = |spec: EstimatorSpec| estimate(&mut *bind(spec, problem), &mut oracle(problem), 0, &x, (&[2, 3], 1.0));
        for adaptive in [false, true] {
            assert_eq!(of(sam(0.0, adaptive)), of(PLAIN), "{name}");
        }
    }
}

/// The perturbation has length rho: in units of x where it is adaptive.
#[test]
fn sam_looks_rho_away() {
    for (name, problem) in &problems() {
        let d = problem.layout().size();
        let x = point(0, 1.0, d);
        let of = |spec: EstimatorSpec, at: &[f64]| {
            estimate(&mut *bind(spec, problem), &mut oracle(problem), 0, at, (&[2, 3], 1.0))
        };
        let g = of(PLAIN, &x);
        for adaptive in [false, true] {
            let size = |j: usize| if adaptive { x[j].abs() } else { 1.0 };
            let norm = (0..d).map(|j| (size(j) * g[j]).powi(2)).sum::<f64>().sqrt();
            let perturbed: Vec<_> = (0..d).map(|j| x[j] + 0.3 * size(j).powi(2) * g[j] / norm).collect();
            let found = of(sam(0.3, adaptive), &x);
            close(&found, &of(PLAIN, &perturbed), 1e-11, name);
            assert_ne!(found, g, "{name}");
        }
    }
}

/// Batches with terms twice, of several lengths, the last of every four rescaled.
const BATCHES: [(&[u32], f64); 8] = [
    (&[0, 2], 1.0),
    (&[3, 4, 4], 1.0),
    (&[1], 1.0),
    (&[5, 0], 0.75),
    (&[2, 2], 1.0),
    (&[4, 1, 0], 1.0),
    (&[3], 1.0),
    (&[1, 5], 0.5),
];

/// Compares the estimates along [`BATCHES`] at points of their own with those of `expected`, which is told step, point
/// and batch.
fn check(spec: EstimatorSpec, mut expected: impl FnMut(&Problem, u64, &[f64], (&[u32], f64)) -> Vec<f64>) {
    for (name, problem) in &problems()[..2] {
        let (mut estimator, mut oracle) = (bind(spec, problem), oracle(problem));
        for (step, batch) in BATCHES.into_iter().enumerate() {
            let (step, x) = (step as u64, point(step as u64, 1.0, problem.layout().size()));
            let found = estimate(&mut *estimator, &mut oracle, step, &x, batch);
            let what = format!("{spec:?} on {name}, step {step}");
            close(&found, &expected(problem, step, &x, batch), 1e-13, &what);
        }
    }
}

/// Σ cᵢ xᵢ.
fn combine<const K: usize>(factors: [f64; K], vectors: [&[f64]; K]) -> Vec<f64> {
    let at = |j: usize| factors.iter().zip(vectors).map(|(c, x)| c * x[j]).sum();
    (0..vectors[0].len()).map(at).collect()
}

/// A table of gradients, written down row by row.
struct Rows(Vec<Option<Vec<f64>>>);

impl Rows {
    fn new(problem: &Problem, initial: Initial, x: &[f64]) -> Self {
        let row = |i: u32| match initial {
            Initial::Zeros => None,
            Initial::Gradients => Some(gradient(problem, x, &[i])),
        };
        Self((0..problem.terms() as u32).map(row).collect())
    }

    fn row(&self, term: u32, d: usize) -> Vec<f64> {
        self.0[term as usize].clone().unwrap_or_else(|| vec![0.0; d])
    }

    fn sum(&self, d: usize) -> Vec<f64> {
        (0..self.0.len() as u32).fold(vec![0.0; d], |sum, i| combine([1.0, 1.0], [&sum, &self.row(i, d)]))
    }

    fn seen(&self) -> f64 {
        self.0.iter().flatten().count() as f64
    }

    fn refresh(&mut self, problem: &Problem, x: &[f64], batch: &[u32]) {
        for &i in batch {
            self.0[i as usize] = Some(gradient(problem, x, &[i]));
        }
    }
}

#[test]
fn saga_is_its_formula() {
    for initial in [Initial::Zeros, Initial::Gradients] {
        let mut rows = Rows(Vec::new());
        check(saga(initial), |problem, step, x, (batch, scale)| {
            if step == 0 {
                rows = Rows::new(problem, initial, x);
            }
            let (d, n, b) = (x.len(), problem.terms() as f64, batch.len() as f64);
            let old = batch.iter().fold(vec![0.0; d], |sum, &i| combine([1.0, 1.0], [&sum, &rows.row(i, d)]));
            let new = gradient(problem, x, batch);
            let expected = combine([scale, -scale / b, scale / n], [&new, &old, &rows.sum(d)]);
            rows.refresh(problem, x, batch);
            expected
        });
    }
}

#[test]
fn sag_is_its_formula() {
    for initial in [Initial::Zeros, Initial::Gradients] {
        let mut rows = Rows(Vec::new());
        check(sag(initial), |problem, step, x, (batch, scale)| {
            if step == 0 {
                rows = Rows::new(problem, initial, x);
            }
            rows.refresh(problem, x, batch);
            combine([scale / rows.seen()], [&rows.sum(x.len())])
        });
    }
}

/// SARAH and STORM, and PAGE whose coin never falls.
#[test]
fn recursions_are_their_formula() {
    // Full gradients every so many steps, or none; what is kept.
    for (spec, full, keep) in [
        (sarah(1.0), Some(4), 1.0),
        (sarah(0.75), Some(3), 1.0),
        (sarah(100.0), Some(400), 1.0),
        (page(Some(1e-300)), Some(400), 1.0),
        (page(Some(1.0)), Some(1), 1.0),
        (storm(0.0), None, 1.0),
        (storm(0.25), None, 0.75),
        (storm(1.0), None, 0.0),
    ] {
        let (mut v, mut y) = (Vec::new(), Vec::new());
        check(spec, |problem, step, x, (batch, scale)| {
            v = match full {
                Some(period) if step % period == 0 => full_gradient(problem, x),
                None if step == 0 => gradient(problem, x, batch),
                _ => combine([1.0, keep, -keep], [&gradient(problem, x, batch), &v, &gradient(problem, &y, batch)]),
            };
            y = x.to_vec();
            combine([scale], [&v])
        });
    }
}

/// At probability 1 the snapshot is always the last point.
#[test]
fn loopless_svrg_is_its_formula() {
    for (probability, moves) in [(1.0, true), (1e-300, false)] {
        let mut s = Vec::new();
        check(l_svrg(Some(probability)), |problem, step, x, (batch, scale)| {
            if step == 0 {
                s = x.to_vec();
            }
            let (new, old, full) =
                (gradient(problem, x, batch), gradient(problem, &s, batch), full_gradient(problem, &s));
            if moves {
                s = x.to_vec();
            }
            combine([scale, -scale, scale], [&new, &old, &full])
        });
    }
}

/// ∇f_batch(x − step · rate · ∇f_batch(x)), at the rate of the tests, which is 0.1.
#[test]
fn the_extragradient_is_its_formula() {
    for step in [0.0, 0.5, 1.0, 3.0] {
        check(extragradient(step, Sample::Same), |problem, _, x, (batch, scale)| {
            let there = combine([1.0, -0.1 * step], [x, &gradient(problem, x, batch)]);
            combine([scale], [&gradient(problem, &there, batch)])
        });
    }
}

/// Every lane extrapolates with its own rate, and with the rate of the step.
#[test]
fn the_extragradient_follows_the_rates() {
    let problem = neuron();
    let spec = extragradient(2.0, Sample::Same);
    let mut pack = spec.bind::<f64, 16>(&context(2, 8, 4));
    let objective = <f64 as sgdlab_objectives::Stored>::model(&problem).objective::<16>();
    let mut oracle = sgdlab_core::Oracle::new(objective, 2);
    let (x, batch) = (point(0, 1.0, 2), [2, 3]);
    let at: Vec<[f64; 16]> = x.iter().map(|&x| [x; 16]).collect();
    for step in 0..2 {
        let rates: [f64; 16] = std::array::from_fn(|lane| 0.125 * lane as f64 + step as f64);
        let mut out = [[f64::NAN; 16]; 2];
        let batch_of_step = Batch { indices: &batch, scale: 1.0 };
        pack.estimate(&mut oracle, &at, Ask { step, rates: &rates, batch: batch_of_step }, &mut out);
        for (lane, rate) in rates.into_iter().enumerate() {
            let there = combine([1.0, -2.0 * rate], [&x, &gradient(&problem, &x, &batch)]);
            let found = out.map(|g| g[lane]);
            close(&found, &gradient(&problem, &there, &batch), 1e-13, &format!("lane {lane}"));
        }
    }
}

//! What the kernels refuse, and that they are pure.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sgdlab_core::Sample;
use sgdlab_objectives::Stored;

use crate::support::{CASES, batch, evaluate, gradient, load, point, single};

/// Whether a gradient with these lengths is refused.
fn refused(case: &str, lengths: [usize; 3], batch: &[u32]) -> bool {
    let problem = load(case);
    let objective = f64::model(&problem).objective::<1>();
    let [at, scratch, out] = lengths.map(|length| vec![[0.0]; length]);
    let (mut scratch, mut out) = (scratch, out);
    catch_unwind(AssertUnwindSafe(|| objective.gradient(&at, Sample::of(batch), &mut scratch, &mut out))).is_err()
}

#[test]
fn gradients_refuse_what_does_not_fit() {
    for case in [
        "ridge data=iris",
        "ridge data=iris intercept=false",
        "softmax data=iris",
        "mlp data=iris",
        "noisy-quadratic",
        "diagonal-network",
    ] {
        let problem = load(case);
        let (n, d) = (problem.terms() as u32, problem.layout().size());
        let space = f64::model(&problem).objective::<1>().scratch(2);
        assert!(!refused(case, [d, space, d], &[0, n - 1]), "{case}");
        assert!(refused(case, [d, space, d], &[0, n]), "{case}: an index that is not below n");
        assert!(refused(case, [d, space, d], &[]), "{case}: an empty batch");
        for (at, out) in [(d - 1, d), (d + 1, d), (d, d - 1), (d, d + 1)] {
            assert!(refused(case, [at, space, out], &[0, 1]), "{case}: {at} parameters, {out} slopes");
        }
    }
}

#[test]
fn evaluations_refuse_vectors_of_the_wrong_length() {
    for case in [
        "ridge data=iris",
        "ridge data=iris intercept=false",
        "softmax data=iris",
        "mlp data=iris",
        "noisy-quadratic",
        "diagonal-network",
    ] {
        let problem = load(case);
        for length in [problem.layout().size() - 1, problem.layout().size() + 1] {
            let at = single::<f64>(&vec![0.0; length]);
            assert!(catch_unwind(AssertUnwindSafe(|| evaluate(&problem, &at))).is_err(), "{case}: {length}");
        }
    }
}

/// Buffers hold whatever was evaluated before; that must not matter.
#[test]
fn results_do_not_depend_on_what_was_evaluated_before() {
    for case in CASES {
        let problem = load(case);
        let objective = f32::model(&problem).objective::<1>();
        let (at, other) = (single(&point(case, 0, 0.3, problem.layout().size())), batch(&problem, 40));
        let batch = batch(&problem, 5);
        let mut scratch = vec![[0.0]; objective.scratch(40)];
        let mut out = vec![[0.0]; at.len()];
        objective.gradient(&at, Sample::of(&other), &mut scratch, &mut out);
        objective.evaluate(&at, true, &mut scratch);
        objective.gradient(&at, Sample::of(&batch), &mut scratch, &mut out);
        assert_eq!(out, gradient::<f32, 1>(&problem, &at, &batch), "{case}");
        assert_eq!(objective.evaluate(&at, true, &mut scratch), evaluate(&problem, &at), "{case}");
    }
}

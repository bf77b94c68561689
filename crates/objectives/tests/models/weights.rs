//! Terms with weights.

use sgdlab_core::{Batch, Lanes, Oracle, Sample, WIDTH};
use sgdlab_objectives::{Packs, Problem, Stored};

use crate::support::{CASES, batch, close, everything, gradient, gradient_at, largest, load, point, single, value_of};

/// Weights that are exact in both precisions.
fn weights(size: usize) -> Vec<f64> {
    (0..size).map(|i| [0.5, 2.0, 0.0, 1.0, 3.0][i % 5]).collect()
}

/// The weighted gradient and value, with buffers full of NaN that must not matter.
fn weighted<R: Stored + Packs<N>, const N: usize>(
    problem: &Problem,
    at: &[Lanes<R, N>],
    sample: Sample<'_>,
) -> (Vec<Lanes<R, N>>, Lanes<R, N>) {
    let objective = R::model(problem).objective::<N>();
    let mut scratch = vec![[R::of(f64::NAN); N]; objective.scratch(sample.indices.len())];
    let mut out = vec![[R::of(f64::NAN); N]; at.len()];
    objective.gradient(at, sample, &mut scratch, &mut out);
    scratch.fill([R::of(f64::NAN); N]);
    (out, objective.value(at, sample, &mut scratch))
}

#[test]
fn weights_of_one_change_no_bit() {
    for case in CASES {
        let problem = load(case);
        let (at, indices) = (single::<f32>(&point(case, 0, 0.3, problem.layout().size())), batch(&problem, 7));
        let ones = [1.0; 7];
        let (slopes, value) = weighted(&problem, &at, Sample { indices: &indices, weights: Some(&ones) });
        assert_eq!(slopes, gradient(&problem, &at, &indices), "{case}");
        assert_eq!(value, value_of(&problem, &at, &indices), "{case}");
    }
}

/// (1/b) Σ wᵢ ∇fᵢ from gradients of single terms, each with the whole penalty.
#[test]
fn weighted_samples_are_sums_of_their_terms() {
    for case in CASES {
        let problem = load(case);
        let at = point(case, 1, 0.3, problem.layout().size());
        let indices = batch(&problem, 7);
        let weights = weights(7);
        let (slopes, value) =
            weighted(&problem, &single::<f64>(&at), Sample { indices: &indices, weights: Some(&weights) });
        let mut expected = vec![0.0; at.len()];
        let mut expected_value = 0.0;
        for (&i, weight) in indices.iter().zip(&weights) {
            let one = gradient_at(&problem, &at, &[i]);
            expected.iter_mut().zip(one).for_each(|(sum, g)| *sum += weight * g / 7.0);
            expected_value += weight * value_of::<f64, 1>(&problem, &single(&at), &[i])[0] / 7.0;
        }
        let tolerance = 1e-12 * (1.0 + largest(&expected));
        for (found, expected) in slopes.iter().zip(&expected) {
            close(found[0], *expected, tolerance, case);
        }
        close(value[0], expected_value, 1e-12 * (1.0 + expected_value.abs()), case);
    }
}

/// Σ pᵢ ∇f_{i}/(N pᵢ) is the gradient, penalty included.
#[test]
fn draws_that_are_reweighted_are_unbiased() {
    for case in [
        "ridge data=iris l2=0.5",
        "softmax data=iris l2=0.1",
        "softmax data=wine l2=0.1 loss=cross-entropy(class-weights=balanced)",
        "softmax data=wine l2=0.1 loss=crammer-singer(class-weights=[1,2,0.5])",
        "mlp data=iris l2=0.1",
        "noisy-quadratic",
        "diagonal-network terms=20",
    ] {
        let problem = load(case);
        let at = point(case, 2, 0.3, problem.layout().size());
        let n = problem.terms();
        let total = (1..=n).sum::<usize>() as f64;
        let mut mean = vec![0.0; at.len()];
        for i in 0..n {
            let p = (i + 1) as f64 / total;
            let weight = [1.0 / (n as f64 * p)];
            let sample = Sample { indices: &[i as u32], weights: Some(&weight) };
            let (slopes, _) = weighted(&problem, &single::<f64>(&at), sample);
            mean.iter_mut().zip(slopes).for_each(|(sum, g)| *sum += p * g[0]);
        }
        let expected = gradient_at(&problem, &at, &everything(&problem));
        for (found, expected) in mean.iter().zip(&expected) {
            close(*found, *expected, 1e-12 * (1.0 + largest(&mean)), case);
        }
    }
}

#[test]
fn lanes_have_the_bits_of_single_runs() {
    for case in CASES {
        let problem = load(case);
        let lanes: Vec<Vec<f64>> =
            (0..WIDTH as u64).map(|lane| point(case, lane, 0.3, problem.layout().size())).collect();
        let pack: Vec<Lanes<f32, WIDTH>> =
            (0..lanes[0].len()).map(|j| std::array::from_fn(|l| lanes[l][j] as f32)).collect();
        let (indices, weights) = (batch(&problem, 6), weights(6));
        let sample = Sample { indices: &indices, weights: Some(&weights) };
        let (slopes, value) = weighted(&problem, &pack, sample);
        for (l, lane) in lanes.iter().enumerate() {
            let (alone, alone_value) = weighted(&problem, &single::<f32>(lane), sample);
            assert!(slopes.iter().zip(alone).all(|(pack, alone)| pack[l].to_bits() == alone[0].to_bits()), "{case}");
            assert_eq!(value[l].to_bits(), alone_value[0].to_bits(), "{case}");
        }
    }
}

#[test]
fn the_estimate_of_no_terms_is_zero_and_free() {
    for case in ["ridge data=iris l2=0.5", "mlp data=iris", "noisy-quadratic"] {
        let problem = load(case);
        let mut oracle = Oracle::<f64, 1>::new(f64::model(&problem).objective(), 1);
        let at = single(&point(case, 0, 0.3, problem.layout().size()));
        let mut out = vec![[f64::NAN]; at.len()];
        let nothing = Batch { scale: 0.0, ..Batch::of(&[]) };
        oracle.gradient(&at, nothing, &mut out);
        assert!(out.iter().all(|x| *x == [0.0]), "{case}");
        assert_eq!((oracle.value(&at, nothing), oracle.evaluations()), ([0.0], 0), "{case}");
    }
}

#[test]
fn constants_and_norms_of_terms_are_those_of_the_facts() {
    for case in [
        "ridge data=iris l2=0.5",
        "logistic data=breast-cancer",
        "softmax data=iris l2=0.1",
        "softmax data=wine l2=0.1 loss=cross-entropy(class-weights=[1,5,0.5],label-smoothing=0.1)",
        "softmax data=wine loss=weston-watkins(squared=true,class-weights=[1,5,0.5])",
        "noisy-quadratic",
    ] {
        let problem = load(case);
        let smoothness = problem.term_smoothness().expect("a smooth loss");
        assert_eq!(smoothness.len(), problem.terms());
        let most = problem.facts().term_smoothness.expect("a smooth loss");
        close(largest(smoothness), most, 1e-14 * most, case);
        let at = point(case, 3, 0.3, problem.layout().size());
        for (i, norm) in (0..).zip(problem.gradient_norms(&at)) {
            let slopes = gradient_at(&problem, &at, &[i]);
            close(norm, slopes.iter().map(|x| x * x).sum::<f64>().sqrt(), 1e-14 * (1.0 + norm), case);
        }
    }
    for case in ["mlp data=iris", "svm data=breast-cancer", "softmax data=iris loss=focal"] {
        assert_eq!(load(case).term_smoothness(), None, "{case}");
    }
    let classes = |case: &str| load(case).classes().map(<[u32]>::len);
    assert_eq!(classes("softmax data=iris"), Some(150));
    assert_eq!(classes("ridge data=diabetes"), None);
}

/// At 0 all logits are equal: every term costs its weight times ln 3, times (2/3)^γ under the focal loss.
#[test]
fn weights_of_classes_have_the_mean_1_over_training_and_over_held_out_terms() {
    for (loss, expected) in [
        ("cross-entropy(class-weights=[1,5,0.5])", 3f64.ln()),
        ("cross-entropy(class-weights=balanced)", 3f64.ln()),
        ("focal(gamma=2,class-weights=[1,5,0.5])", 4.0 / 9.0 * 3f64.ln()),
    ] {
        let problem = load(&format!("softmax data=wine test=0.25 loss={loss}"));
        let at = vec![[0.0]; problem.layout().size()];
        for model in [f64::model(&problem), f64::held_out(&problem).expect("held-out terms")] {
            let objective = model.objective::<1>();
            let mut scratch = vec![[0.0]; objective.scratch(1)];
            close(objective.evaluate(&at, false, &mut scratch).value[0], expected, 1e-14, loss);
        }
    }
    // The hinges divide by the number of terms: 59, 71 and 48 of them miss the whole margin.
    let problem = load("softmax data=wine loss=crammer-singer(class-weights=[1,5,0.5])");
    let at = single(&vec![0.0; problem.layout().size()]);
    let expected = (59.0 + 5.0 * 71.0 + 0.5 * 48.0) / 178.0;
    close(value_of::<f64, 1>(&problem, &at, &everything(&problem))[0], expected, 1e-14, "crammer-singer");
}

//! Shares of errors, counted by hand.

use sgdlab_core::{Objective, Real};
use sgdlab_losses::{BinaryCrossEntropy, CrossEntropy, Logistic, LossSpec, MulticlassSpec, Squared};
use sgdlab_objectives::{Activation, Answers, Biases, Classes, Linear, LinearSpec, Network, NetworkSpec, Outputs};

/// The share of errors of w x over one feature, in `f64`.
fn linear(loss: LossSpec, targets: &[f64], classes: bool, x: &[f64], w: f64) -> Option<f64> {
    let spec = LinearSpec { loss, factor: 1.0, l2: 0.0, intercept: false, classes };
    error::<f64>(&Linear::new(spec, x, 1, targets), &[w])
}

fn error<R: Real>(objective: &dyn Objective<R, 1>, at: &[f64]) -> Option<f64> {
    let at: Vec<[R; 1]> = at.iter().map(|&x| [R::of(x)]).collect();
    let mut scratch = vec![[R::ZERO]; objective.scratch(1)];
    assert_eq!(objective.evaluate(&at, false, &mut scratch).error, None, "nobody asked");
    objective.evaluate(&at, true, &mut scratch).error.map(|[share]| share.to_f64())
}

#[test]
fn a_linear_classifier_is_wrong_on_the_other_side_of_0_and_on_0() {
    let signs = LossSpec::Logistic(Logistic);
    let share = |targets: &[f64], x: &[f64], w| linear(signs, targets, true, x, w);
    assert_eq!(share(&[1.0, -1.0], &[2.0, -0.5], 1.0), Some(0.0));
    assert_eq!(share(&[1.0, -1.0], &[2.0, -0.5], -1.0), Some(1.0));
    assert_eq!(share(&[1.0, 1.0, -1.0, -1.0], &[1.0, -1.0, 3.0, -1e-300], 1.0), Some(0.5));
    assert_eq!(share(&[1.0, -1.0, 1.0, -1.0], &[0.0, 0.0, -0.0, -0.0], 1.0), Some(1.0));
    assert_eq!(share(&[1.0, -1.0, -1.0], &[1.0, -1.0, -1.0], f64::NAN), Some(1.0));
    assert_eq!(share(&[1.0, -1.0, -1.0, -1.0], &[1.0, 1.0, -1.0, -1.0], f64::INFINITY), Some(0.25));
    assert_eq!(share(&[1.0; 3], &[1.0, -1.0, -1.0], 1.0), Some(2.0 / 3.0));
}

#[test]
fn a_logit_counts_as_its_sign_against_targets_0_and_1() {
    let probabilities = LossSpec::BinaryCrossEntropy(BinaryCrossEntropy);
    let share = |targets: &[f64], x: &[f64]| linear(probabilities, targets, true, x, 1.0);
    assert_eq!(share(&[1.0, 0.0], &[0.1, -0.1]), Some(0.0));
    assert_eq!(share(&[1.0, 0.0, 1.0, 0.0], &[-0.1, 0.1, 0.9, 0.0]), Some(0.75));
}

#[test]
fn numbers_have_no_errors() {
    assert_eq!(linear(LossSpec::Squared(Squared::new(true)), &[1.0, 2.0], false, &[0.0, 1.0], 1.0), None);
}

/// Logits are the biases: the only feature is 0.
fn softmax(labels: &[u32], logits: &[f64]) -> Option<f64> {
    let loss = MulticlassSpec::CrossEntropy(CrossEntropy::default());
    let spec = NetworkSpec {
        hidden: vec![],
        residual: false,
        biases: Biases::All,
        activation: Activation::Relu,
        l2: 0.0,
        outputs: Outputs::Classes(Classes { count: logits.len(), loss, weights: vec![] }),
    };
    let network = Network::<f32>::new(spec, &vec![0.0; labels.len()], 1, Answers::Labels(labels));
    error::<f32>(&network, &[&vec![0.0; logits.len()], logits].concat())
}

#[test]
fn a_network_is_right_where_one_logit_is_above_all_others() {
    assert_eq!(softmax(&[0, 1, 2, 2], &[0.0, 1.0, 3.0]), Some(0.5));
    assert_eq!(softmax(&[0, 1, 2, 2], &[0.0, 3.0, 3.0]), Some(1.0));
    assert_eq!(softmax(&[0, 0, 0, 1], &[1.0, -1.0, -1.0]), Some(0.25));
    assert_eq!(softmax(&[0, 1], &[0.0, 0.0]), Some(1.0));
    assert_eq!(softmax(&[0, 1, 2, 1], &[f64::NAN, 1.0, 0.0]), Some(1.0));
    assert_eq!(softmax(&[0, 1], &[f64::NEG_INFINITY, 0.0]), Some(0.5));
}

/// More terms than an evaluation has in flight: every chunk is counted.
#[test]
fn all_chunks_are_counted() {
    for n in [63_u32, 64, 65, 200] {
        let labels: Vec<u32> = (0..n).map(|i| u32::from(i % 5 == 0)).collect();
        let wrong = n.div_ceil(5) as f32 / n as f32;
        assert_eq!(softmax(&labels, &[1.0, 0.0]), Some(f64::from(wrong)), "{n} terms");
    }
}

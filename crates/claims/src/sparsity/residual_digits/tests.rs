//! Schedules, splits, and claims that are made false on purpose.

use sgdlab_core::Value;

use super::{ALL, ARMS, BLOCKS, HUGE, LARGE, Point, Run, SEEDS, SMALL, decide, digits};
use crate::testing::each_claim_can_fail;
use crate::{Measured, Outcome};

#[test]
fn steps_are_divided_at_their_times() {
    let factors = |arm: usize| {
        let lane = ARMS[arm].lane(Vec::new());
        let schedule = lane.schedule.of_run(1500, 25, 16);
        [0, 449, 450, 749, 750, 1349, 1350, 1499].map(|step| lane.rate * schedule.factor(step))
    };
    assert_eq!(factors(SMALL), [0.02; 8]);
    assert_eq!(factors(1), [0.1, 0.1, 0.1, 0.1, 0.1 * 0.1, 0.1 * 0.1, 0.1 * 0.01, 0.1 * 0.01]);
    let large = [0.15, 0.15, 0.15 * 0.1, 0.15 * 0.1, 0.15 * 0.1, 0.15 * 0.1, 0.15 * 0.01, 0.15 * 0.01];
    assert_eq!(factors(LARGE), large);
    assert_eq!(factors(HUGE), large.map(|rate| rate / 0.15 * 0.3));
}

#[test]
fn a_split_has_400_images_to_train_on() {
    let problem = digits(Value::Number(7.0));
    assert_eq!((problem.terms(), problem.held_out_terms()), (400, 1397));
    assert_eq!(problem.layout().tensors().len(), 2 * (2 * BLOCKS + 2));
}

/// Eight seeds with these numbers for every arm: sparsity, test error, loss in the phase, last loss, fall of the loss.
fn runs(numbers: [[f64; 5]; 4]) -> Vec<Run> {
    let run = |arm: usize, seed: usize| {
        let [sparsity, test_error, phase, train, fall] = numbers[arm];
        // Seeds differ a little.
        let test_error = test_error + 0.001 * (seed * (arm + 1) % 5) as f64;
        let course = [(8.0, fall), (16.0, 1.0)].map(|(epoch, loss)| Point { epoch, loss, sparsity }).to_vec();
        let (split, seed) = (seed / SEEDS, seed % SEEDS);
        let sparsity = vec![sparsity; BLOCKS + 1];
        Run { arm, split, seed, train, phase, test_error, test_loss: 0.2, sparsity, active: 0.9, course }
    };
    (0..4).flat_map(|arm| (0..2 * SEEDS).map(move |seed| run(arm, seed))).collect()
}

fn failed(numbers: [[f64; 5]; 4]) -> Vec<&'static str> {
    let mut out = Outcome::default();
    decide(&runs(numbers), &[LARGE], &mut out);
    let mut failed: Vec<_> = out.findings.iter().filter(|f| !f.holds()).map(|f| f.claim.name).collect();
    failed.dedup();
    failed
}

/// What another program measured, and the same with one thing that is otherwise.
#[test]
fn verdicts_follow_the_numbers() {
    let measured = [
        [0.83, 0.067, 0.84, 0.001, 5.0],
        [0.65, 0.055, 0.01, 0.0005, 50.0],
        [0.5, 0.052, 0.033, 0.0006, 50.0],
        [0.216, 0.058, 0.74, 0.0036, 5.0],
    ];
    let with = |arm: usize, place: usize, number: f64| {
        let mut numbers = measured;
        numbers[arm][place] = number;
        failed(numbers)
    };
    assert_eq!(failed(measured), [""; 0]);
    assert_eq!(with(LARGE, 0, 0.72), ["sparser"]);
    assert_eq!(with(LARGE, 1, 0.067), ["generalizes"]);
    assert_eq!(with(HUGE, 0, 0.6), ["much-sparser"]);
    assert_eq!(with(HUGE, 3, 0.6), ["learns"]);
    assert_eq!(with(HUGE, 4, 50.0), ["loss-is-held-up"]);
    assert_eq!(with(LARGE, 2, 0.6), ["sparse-without-being-held-up"]);
    assert!(with(LARGE, 3, f64::NAN).contains(&"few-diverge"));
}

#[test]
fn every_claim_can_fail() {
    each_claim_can_fail(
        ALL,
        &[
            ("sparser", Measured::of(1.0), "small steps against themselves"),
            ("much-sparser", Measured::of(1.0), "small steps against themselves"),
            (
                "generalizes",
                Measured::of(-0.3).give_or_take(0.2),
                "small steps against those of other seeds, in points",
            ),
            ("loss-is-held-up", Measured::of(1.0), "the step 0.15 against itself"),
            ("sparse-without-being-held-up", Measured::of(1.0), "the step 0.3 against itself"),
            ("learns", Measured::of(2.3), "guesses"),
            ("few-diverge", Measured::of(0.9), "a step that is too large"),
        ],
    );
}

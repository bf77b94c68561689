//! The laws, against everything that the samplers' own mechanisms can produce.

mod common;

use common::{POLICIES, law, orders, outcomes, spec};
use sgdlab_samplers::{BatchBuffer, Cut, Expectation, Law, Remainder, per_batch, with_replacement};

const POPULATION: [[f64; 2]; 6] = [[1.0, 2.0], [-3.0, 0.5], [0.0, 4.0], [2.5, -1.0], [0.5, 0.5], [-1.0, 3.0]];
const TOLERANCE: f64 = 1e-12;

type Vector = [f64; 2];

/// scale × the mean of the population over the batch.
fn estimate(batch: &BatchBuffer) -> Vector {
    let scale = batch.scale / batch.indices.len() as f64;
    [0, 1].map(|axis| batch.indices.iter().map(|&i| scale * POPULATION[i as usize][axis]).sum())
}

fn axis(vectors: impl IntoIterator<Item = Vector>, axis: usize) -> Vec<f64> {
    vectors.into_iter().map(|vector| vector[axis]).collect()
}

fn mean(xs: &[f64]) -> f64 {
    xs.iter().sum::<f64>() / xs.len() as f64
}

fn covariance(xs: &[f64], ys: &[f64]) -> f64 {
    let (x, y) = (mean(xs), mean(ys));
    xs.iter().zip(ys).map(|(a, b)| (a - x) * (b - y)).sum::<f64>() / xs.len() as f64
}

/// Over equally likely outcomes: the mean is `expectation` and the covariance `factor` × S.
fn check(what: &str, terms: usize, (left, right): (&[Vector], &[Vector]), expectation: &Expectation, factor: f64) {
    for i in 0..2 {
        let population = axis(POPULATION[..terms].iter().copied(), i);
        let (measured, exact) = (mean(&axis(left.iter().copied(), i)), expectation.of(&population));
        assert!((measured - exact).abs() <= TOLERANCE, "{what}: expectation {measured}, not {exact}");
        for j in 0..2 {
            let other = axis(POPULATION[..terms].iter().copied(), j);
            let exact = factor * covariance(&population, &other);
            let measured = covariance(&axis(left.iter().copied(), i), &axis(right.iter().copied(), j));
            assert!((measured - exact).abs() <= TOLERANCE, "{what}: covariance {measured}, not {exact}");
        }
    }
}

/// Estimates of all batches (outer) under all orders (inner).
fn estimates(cut: &Cut, orders: &[Vec<u32>]) -> Vec<Vec<Vector>> {
    let mut batch = BatchBuffer::with_capacity(cut.batch());
    let mut of = |k| {
        let each = orders.iter().map(|order| {
            cut.fill(order, k, &mut batch);
            estimate(&batch)
        });
        each.collect()
    };
    (0..cut.batches()).map(&mut of).collect()
}

fn epoch_means(estimates: &[Vec<Vector>], weight: f64) -> Vec<Vector> {
    let mean = |order: usize| [0, 1].map(|axis| estimates.iter().map(|batch| weight * batch[order][axis]).sum());
    (0..estimates[0].len()).map(mean).collect()
}

fn check_order_law(what: &str, law: &Law, cut: &Cut, orders: &[Vec<u32>]) {
    let estimates = estimates(cut, orders);
    assert_eq!(law.batches_per_epoch(), estimates.len() as u64, "{what}");
    for (k, left) in (0..).zip(&estimates) {
        for (l, right) in (0..).zip(&estimates) {
            check(
                &format!("{what}, batches {k} and {l}"),
                cut.terms(),
                (left, right),
                &law.expectation(k),
                law.factor(k, l).unwrap(),
            );
        }
    }
    let epoch = law.epoch_mean().unwrap();
    let means = epoch_means(&estimates, epoch.weight);
    check(&format!("{what}, epoch"), cut.terms(), (&means, &means), &epoch.expectation, epoch.covariance);
}

/// Numbers of terms and batch sizes; (5, 2) has two whole batches and a short one.
fn sizes() -> impl Iterator<Item = (usize, usize)> {
    (1..=6).map(|batch| (6, batch)).chain((1..=5).map(|batch| (5, batch))).chain([(1, 1)])
}

#[test]
fn enumeration_makes_every_order_once() {
    let mut all = orders(6);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 720);
}

#[test]
fn random_orders_have_their_law() {
    for (terms, batch) in sizes() {
        let orders = orders(terms as u32);
        for (word, remainder) in POLICIES {
            let cut = Cut::new("test", terms, batch, remainder).unwrap();
            for name in ["reshuffle", "shuffle-once"] {
                let law = law(&spec(name, Some(word)), terms, batch).unwrap();
                check_order_law(&format!("{name} {word} {batch} of {terms}"), &law, &cut, &orders);
            }
        }
    }
}

#[test]
fn between_epochs_reshuffle_is_independent_and_shuffle_once_repeats() {
    for (word, _) in POLICIES {
        let reshuffle = law(&spec("reshuffle", Some(word)), 5, 2).unwrap();
        let once = law(&spec("shuffle-once", Some(word)), 5, 2).unwrap();
        let m = once.batches_per_epoch();
        for k in 0..m {
            for l in 0..m {
                assert_eq!(reshuffle.factor(k, m + l).unwrap(), 0.0);
                assert_eq!(once.factor(k, m + l).unwrap(), once.factor(k, l).unwrap());
            }
            assert_eq!(once.expectation(m + k), once.expectation(k));
        }
    }
}

/// Pairs of orders: the mechanism of two epochs.
#[test]
fn independent_orders_have_uncorrelated_batches() {
    let orders = orders(4);
    let cut = Cut::new("test", 4, 3, Remainder::Wrap).unwrap();
    let alone = estimates(&cut, &orders);
    let pairs = |k: usize, l: usize| -> (Vec<Vector>, Vec<Vector>) {
        let each = alone[k].iter().flat_map(|&left| alone[l].iter().map(move |&right| (left, right)));
        each.unzip()
    };
    let law = law(&spec("reshuffle", Some("wrap")), 4, 3).unwrap();
    for (k, l) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let (left, right) = pairs(k, l);
        let (k, l) = (k as u64, l as u64);
        check("two epochs", 4, (&left, &right), &law.expectation(k), law.factor(k, 2 + l).unwrap());
    }
}

#[test]
fn sequential_is_a_point() {
    for (terms, batch) in sizes() {
        let identity = vec![(0..terms as u32).collect::<Vec<_>>()];
        for (word, remainder) in POLICIES {
            let cut = Cut::new("test", terms, batch, remainder).unwrap();
            let law = law(&spec("sequential", Some(word)), terms, batch).unwrap();
            check_order_law(&format!("sequential {word} {batch} of {terms}"), &law, &cut, &identity);
        }
    }
}

#[test]
fn draws_with_replacement_have_their_law() {
    for batch in 1..=6 {
        let mut out = BatchBuffer::with_capacity(batch);
        let each = outcomes(vec![6; batch]).map(|mut rng| {
            with_replacement::draw(6, batch, &mut rng, &mut out);
            estimate(&out)
        });
        let all: Vec<Vector> = each.collect();
        let law = law(&spec("with-replacement", None), 6, batch).unwrap();
        check(&format!("{batch} with replacement"), 6, (&all, &all), &law.expectation(0), law.factor(0, 0).unwrap());
        check_independent_steps(&law, 6_usize.div_ceil(batch), 1.0 / batch as f64);
    }
}

#[test]
fn subsets_have_their_law() {
    for batch in 1..=6 {
        let mut terms: Vec<u32> = (0..6).collect();
        let mut swaps = vec![0; batch];
        let mut out = BatchBuffer::with_capacity(batch);
        let mut seen = std::collections::BTreeMap::<Vec<u32>, usize>::new();
        let each = outcomes((0..batch as u32).map(|k| 6 - k).collect()).map(|mut rng| {
            per_batch::draw(&mut terms, &mut swaps, &mut rng, &mut out);
            assert_eq!(terms, [0, 1, 2, 3, 4, 5], "the swaps are undone");
            *seen.entry(out.indices.clone()).or_default() += 1;
            estimate(&out)
        });
        let all: Vec<Vector> = each.collect();
        assert!(seen.values().all(|&times| times == 1), "every ordered subset once: {seen:?}");
        let law = law(&spec("per-batch", None), 6, batch).unwrap();
        check(&format!("subsets of {batch}"), 6, (&all, &all), &law.expectation(0), law.factor(0, 0).unwrap());
        check_independent_steps(&law, 6_usize.div_ceil(batch), (6 - batch) as f64 / (5 * batch) as f64);
    }
}

/// Steps are independent and alike, so an epoch's mean has 1/m of their covariance.
fn check_independent_steps(law: &Law, batches: usize, factor: f64) {
    assert_eq!(law.batches_per_epoch(), batches as u64);
    assert_eq!(law.factor(3, 8).unwrap(), 0.0);
    assert_eq!(law.factor(8, 8).unwrap(), law.factor(0, 0).unwrap());
    let epoch = law.epoch_mean().unwrap();
    assert!((epoch.covariance - factor / batches as f64).abs() <= TOLERANCE);
    assert_eq!(epoch.weight, 1.0 / batches as f64);
}

#[test]
fn full_batch_is_the_gradient() {
    let spec = spec("full-batch", None);
    let mut sampler = common::bind(&spec, 6, 4, sgdlab_core::streams::Key::new("unused")).unwrap();
    let all = [estimate(&common::fill(&mut *sampler, 7))];
    let law = law(&spec, 6, 4).unwrap();
    check("full batch", 6, (&all, &all), &law.expectation(7), law.factor(7, 7).unwrap());
    assert_eq!(law.batches_per_epoch(), 1);
}

/// The table of closed forms, by hand for 5 terms in batches of 2: N − 1 = 4, b = 1, S factors.
#[test]
fn closed_forms_by_hand() {
    let of = |word: &str| law(&spec("reshuffle", Some(word)), 5, 2).unwrap();
    let cases = [
        // (policy, whole, last, two whole, first and last, second and last, epoch)
        ("keep", 3.0 / 8.0, 1.0, -0.25, -0.25, -0.25, 1.0 / 36.0),
        ("rescale", 3.0 / 8.0, 0.25, -0.25, -0.125, -0.125, 0.0),
        ("wrap", 3.0 / 8.0, 3.0 / 8.0, -0.25, 1.0 / 16.0, -0.25, 1.0 / 36.0),
    ];
    for (word, whole, last, between, first_last, second_last, epoch) in cases {
        let law = of(word);
        let measured = [(0, 0), (2, 2), (0, 1), (0, 2), (1, 2)].map(|(k, l)| law.factor(k, l).unwrap());
        for (measured, exact) in measured.into_iter().zip([whole, last, between, first_last, second_last]) {
            assert!((measured - exact).abs() <= TOLERANCE, "{word}: {measured}, not {exact}");
        }
        assert!(
            (law.epoch_mean().unwrap().covariance - epoch).abs() <= TOLERANCE,
            "{word}: {:?}",
            law.epoch_mean().unwrap()
        );
    }
    // Four of five terms, without replacement.
    assert_eq!(of("drop").epoch_mean().unwrap().covariance, 1.0 / 16.0);
    assert_eq!(of("rescale").expectation(2), Expectation::Gradient(0.5));
}

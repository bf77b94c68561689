//! Everything that samplers draw of six gradients.

use sgdlab_core::Value;
use sgdlab_core::streams::Key;
use sgdlab_samplers::{
    BatchBuffer, Context, Cut, Law, Remainder, SamplerSpec, antithetic, block, class_balanced, draws, per_batch,
    poisson, stratified, systematic, with_replacement,
};

use crate::tools::outcomes::{Scripted, orders, outcomes, weights};
use crate::tools::population::label;
use crate::tools::sampler::sampler_spec;

/// N.
pub(super) const TERMS: usize = 6;

/// The gradients, in the plane.
pub(super) const GRADIENTS: [[f64; 2]; TERMS] =
    [[1.0, 2.0], [-3.0, 0.5], [0.0, 4.0], [2.5, -1.0], [0.5, 0.5], [-1.0, 3.0]];

/// Two classes of three.
const CLASSES: [u32; TERMS] = [0, 1, 0, 1, 1, 0];

/// Weights of draws that are not uniform: probabilities are multiples of 1/12.
const WEIGHTS: [f64; TERMS] = [1.0, 2.0, 3.0, 2.0, 1.0, 3.0];

/// Estimates of some steps under everything that a sampler draws, all equally likely.
pub(super) struct Enumerated {
    pub(super) sampler: String,
    pub(super) batch: usize,
    pub(super) law: Law,
    /// Step by step, outcome by outcome.
    pub(super) steps: Vec<Vec<[f64; 2]>>,
}

/// The mean of equally likely vectors.
pub(super) fn mean(of: &[[f64; 2]]) -> [f64; 2] {
    [0, 1].map(|j| of.iter().map(|x| x[j]).sum::<f64>() / of.len() as f64)
}

/// The covariance of two vectors over equally likely outcomes.
pub(super) fn covariance(one: &[[f64; 2]], other: &[[f64; 2]]) -> [[f64; 2]; 2] {
    let (m, n) = (mean(one), mean(other));
    let entry = |i: usize, j: usize| {
        one.iter().zip(other).map(|(x, y)| (x[i] - m[i]) * (y[j] - n[j])).sum::<f64>() / one.len() as f64
    };
    [0, 1].map(|i| [0, 1].map(|j| entry(i, j)))
}

/// One coordinate of all gradients.
pub(super) fn coordinate(j: usize) -> [f64; TERMS] {
    GRADIENTS.map(|g| g[j])
}

/// |gᵢ|.
pub(super) fn norms() -> [f64; TERMS] {
    GRADIENTS.map(|[x, y]| x.hypot(y))
}

fn estimate(batch: &BatchBuffer) -> [f64; 2] {
    let weights = weights(batch, TERMS);
    [0, 1].map(|j| weights.iter().zip(GRADIENTS).map(|(a, g)| a * g[j]).sum())
}

fn filled(fill: impl FnOnce(&mut BatchBuffer)) -> [f64; 2] {
    let mut out = BatchBuffer::with_capacity(TERMS);
    fill(&mut out);
    estimate(&out)
}

fn one_step(bounds: &[u32], mut draw: impl FnMut(&mut Scripted, &mut BatchBuffer)) -> Vec<Vec<[f64; 2]>> {
    vec![outcomes(bounds).map(|mut rng| filled(|out| draw(&mut rng, out))).collect()]
}

/// The batches of an epoch, and of the next where that goes the other way.
fn of_orders(batch: usize, orders: &[Vec<u32>], and_back: bool) -> Vec<Vec<[f64; 2]>> {
    let cut = Cut::new("enumerated", TERMS, batch, Remainder::Keep).expect("batches of the terms");
    let step = |(back, k): (bool, usize)| {
        let of = |order: &Vec<u32>| {
            let mut order = order.clone();
            if back {
                order.reverse();
            }
            filled(|out| cut.fill(&order, k, out))
        };
        orders.iter().map(of).collect()
    };
    let ways: &[bool] = if and_back { &[false, true] } else { &[false] };
    ways.iter().flat_map(|&back| (0..cut.batches()).map(move |k| (back, k))).map(step).collect()
}

fn word(name: &'static str, word: &str) -> (&'static str, Value) {
    (name, Value::Word(word.to_owned()))
}

/// A sampler of the catalogue, and the estimates of everything it draws.
type Case = (String, SamplerSpec, Vec<Vec<[f64; 2]>>);

fn case(spec: SamplerSpec, steps: Vec<Vec<[f64; 2]>>) -> Case {
    (label(&spec), spec, steps)
}

/// Samplers that go through orders.
fn through_orders(batch: usize) -> Vec<Case> {
    let all = orders(TERMS);
    let given = [(0..TERMS as u32).collect::<Vec<_>>()];
    let flip_flop = |base: &str| sampler_spec("flip-flop", [word("base", base)]);
    vec![
        case(sampler_spec("reshuffle", []), of_orders(batch, &all, false)),
        case(sampler_spec("shuffle-once", []), of_orders(batch, &all, false)),
        case(sampler_spec("sequential", []), of_orders(batch, &given, false)),
        case(flip_flop("reshuffle"), of_orders(batch, &all, true)),
        case(flip_flop("shuffle-once"), of_orders(batch, &all, true)),
        case(flip_flop("sequential"), of_orders(batch, &given, true)),
        // Its first epoch is one of shuffle-once; later ones depend on the gradients.
        ("grab, first epoch".to_owned(), sampler_spec("shuffle-once", []), of_orders(batch, &all, false)),
    ]
}

/// Samplers of independent steps in which terms are alike.
fn alike(batch: usize) -> Vec<Case> {
    let n = TERMS as u32;
    let mut cases = Vec::new();
    let with = one_step(&vec![n; batch], |rng, out| with_replacement::draw(n, batch, rng, out));
    cases.push(case(sampler_spec("with-replacement", []), with));
    let (mut terms, mut swaps): (Vec<u32>, _) = ((0..n).collect(), vec![0; batch]);
    let fewer: Vec<u32> = (0..batch as u32).map(|k| n - k).collect();
    let subsets = one_step(&fewer, |rng, out| per_batch::draw(&mut terms, &mut swaps, rng, out));
    cases.push(case(sampler_spec("per-batch", []), subsets));
    for (estimator, ratio) in [("horvitz-thompson", false), ("ratio", true)] {
        let draw = |rng: &mut Scripted, out: &mut BatchBuffer| poisson::draw((n, batch as u32), ratio, rng, out);
        cases.push(case(sampler_spec("poisson", [word("estimator", estimator)]), one_step(&[n; TERMS], draw)));
    }
    let mut full =
        sampler_spec("full-batch", []).bind(&Context::of(TERMS), batch, Key::new("none")).expect("all terms");
    cases.push(case(sampler_spec("full-batch", []), vec![vec![filled(|out| full.fill(0, out))]]));
    cases
}

/// Samplers that use the order of the terms.
fn placed(batch: usize) -> Vec<Case> {
    let n = TERMS as u32;
    let starts = |fill: &dyn Fn(u32, &mut BatchBuffer)| (0..n).map(|start| filled(|out| fill(start, out))).collect();
    let systematic = starts(&|start, out| systematic::fill_from(start, n, batch, out));
    let block = |step: u32| starts(&|start, out| block::fill_from((start + step * batch as u32) % n, n, batch, out));
    let mut cases = vec![
        case(sampler_spec("systematic", []), vec![systematic]),
        case(sampler_spec("block", []), vec![block(0)]),
        case(sampler_spec("block", [word("order", "cyclic")]), vec![block(0), block(1), block(2)]),
    ];
    if batch.is_multiple_of(2) {
        let pairs = one_step(&vec![n; batch / 2], |rng, out| antithetic::draw(n, batch / 2, rng, out));
        cases.push(case(sampler_spec("antithetic", []), pairs));
    }
    cases
}

/// Samplers that know something about the terms.
fn informed(batch: usize, context: &Context<'_>) -> Vec<Case> {
    let mut cases = Vec::new();
    let allocations: &[&str] = if batch > 1 { &["proportional", "neyman"] } else { &[] };
    for &allocation in allocations {
        let spec = sampler_spec("stratified", [word("allocation", allocation)]);
        let mut strata = stratified::Strata::new(spec.settings(), context, batch).expect("two strata");
        let bounds: Vec<u32> = strata.counts().iter().flat_map(|&count| (0..count as u32).map(|k| 3 - k)).collect();
        let steps = one_step(&bounds, |rng, out| strata.draw(rng, out));
        cases.push(case(spec, steps));
    }
    let classes = [vec![0, 2, 5], vec![1, 3, 4]];
    for reweight in [false, true] {
        // Classes are alike, so that all weights are 1.
        let weights = if reweight { vec![1.0; TERMS] } else { Vec::new() };
        let draw = |rng: &mut Scripted, out: &mut BatchBuffer| {
            class_balanced::draw((&classes, &weights), batch, rng, out);
        };
        let spec = sampler_spec("class-balanced", [("reweight", Value::Flag(reweight))]);
        cases.push(case(spec, one_step(&[2, 3].repeat(batch), draw)));
    }
    for (name, reweight) in [("importance", true), ("weighted", false)] {
        let probabilities = WEIGHTS.map(|w| w / 12.0);
        let ends = draws::ends(&probabilities);
        let weights: Vec<f64> = probabilities.iter().filter(|_| reweight).map(|p| 1.0 / (6.0 * p)).collect();
        let draw = |rng: &mut Scripted, out: &mut BatchBuffer| draws::draw((&ends, &weights), batch, rng, out);
        let spec = sampler_spec(name, [word("by", "weights"), ("weights", Value::Numbers(WEIGHTS.to_vec()))]);
        cases.push(case(spec, one_step(&vec![12; batch], draw)));
    }
    cases
}

/// Every sampler whose mechanism can be enumerated, with batches of this size.
pub(super) fn all(batch: usize) -> Vec<Enumerated> {
    let norms = norms();
    let context = Context { classes: Some(&CLASSES), norms: Some(&norms), ..Context::of(TERMS) };
    let cases = [alike(batch), through_orders(batch), placed(batch), informed(batch, &context)].concat();
    let enumerated = |(sampler, spec, steps): Case| {
        let law = spec.law(&context, batch).expect("batches of the terms");
        Enumerated { sampler, batch, law, steps }
    };
    cases.into_iter().map(enumerated).collect()
}

//! Orders whose prefixes stay balanced.

mod figures;
#[cfg(test)]
mod tests;

use rand::Rng;
use rayon::prelude::*;
use sgdlab_core::streams::{Key, shuffle};
use sgdlab_core::{Oracle, Value};
use sgdlab_samplers::{BatchBuffer, Context};

use crate::tools::moments::Mean;
use crate::tools::population::Population;
use crate::tools::sampler::sampler_spec;
use crate::{Claim, Criterion, Experiment, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "herding",
    title: "Balanced orders",
    sentence: "Orders that balance gradients beat random orders.",
    reference: "Lu, Guo and De Sa 2022, GraB: Finding Provably Better Data Permutations than Random Reshuffling, algorithms 3 \
                and 4; Cooper et al. 2023, Coordinating Distributed Example Orders (pairs); Cha, Lee and Yun 2023, Tighter \
                Lower Bounds for Shuffling SGD",
    statement: "For n vectors zᵢ with mean 0 and largest norm 1 the herding bound of an order is its largest prefix norm, \
                max over k of |z_π(1) + … + z_π(k)|, on which the bounds of shuffled methods depend. A pass adds every \
                vector to a sum with the sign that keeps the sum short; those with + come first, those with − last and in \
                reverse. Every such pass about halves what the order before had, down to a floor.",
    setup: "n = 1000 vectors in 16 and in 128 dimensions and n = 4000 in 16 dimensions, uniform in the cube, centered and \
            scaled. The project's sampler grab (balance = mean, and pair) is shown the vectors as gradients of single terms \
            for 10 passes, from 32 random first orders each (8 with --quick); beside it 20 orders of the sampler \
            reshuffle.",
    exactness: "Vectors and first orders are drawn, everything else is computed.",
    limits: "The floor grows with the dimension: after 6 passes 0.13 of a random order's in 16 dimensions, 0.3 in 128. \
             The vectors stand still here; gradients of a run move, and an order is chosen by those of the epoch before. \
             Balanced pairs need no mean of the epoch before, and reach about the same.",
    truth: Truth::Holds,
    claims: &[&RANDOM, &SIXTEEN, &MANY, &FALLS, &PAIRS, &GROWTH],
    tables: &[&figures::PREFIXES],
    run,
};

static RANDOM: Claim = Claim {
    name: "random-orders",
    statement: "Random orders have a largest prefix norm of about 0.44 √n in 16 dimensions.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.36, 0.48),
    because: "Mean of 20 orders over √n: 0.43 to 0.45 were found.",
};

static SIXTEEN: Claim = Claim {
    name: "balanced-in-16",
    statement: "Six balanced passes leave at most a fifth of a random order's largest prefix norm in 16 dimensions.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.2),
    because: "Mean after six passes over the mean of random orders.",
};

static MANY: Claim = Claim {
    name: "balanced-in-128",
    statement: "In 128 dimensions they leave at most two fifths.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.4),
    because: "As above.",
};

static FALLS: Claim = Claim {
    name: "every-pass-helps",
    statement: "Each of the first two passes takes at least a quarter of what is left.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.75),
    because: "Largest ratio of the means after and before a pass.",
};

static PAIRS: Claim = Claim {
    name: "balanced-pairs",
    statement: "Balancing differences of neighbors does so too.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 0.5),
    because: "Mean after ten passes over the mean of random orders.",
};

static GROWTH: Claim = Claim {
    name: "does-not-grow",
    statement: "Four times as many vectors double the prefix norm of random orders, but hardly change that of balanced ones.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.7, 1.3),
    because: "Mean after ten passes of 4000 over that of 1000 vectors in 16 dimensions.",
};

/// Sizes: vectors and dimensions.
const SIZES: [(usize, usize); 3] = [(1000, 16), (1000, 128), (4000, 16)];

const PASSES: usize = 10;

/// Centered vectors, uniform in the cube, with largest norm 1.
fn vectors(key: Key, (count, dimension): (usize, usize)) -> Population {
    let mut rng = key.stream(0);
    let mut all: Vec<f64> = (0..count * dimension).map(|_| rng.random::<f64>()).collect();
    let mean = Population::new(all.clone(), dimension).mean();
    all.iter_mut().enumerate().for_each(|(i, x)| *x -= mean[i % dimension]);
    let norm = |z: &[f64]| z.iter().map(|x| x * x).sum::<f64>().sqrt();
    let largest = all.chunks(dimension).map(norm).fold(0.0, f64::max);
    Population::new(all.into_iter().map(|x| x / largest).collect(), dimension)
}

/// The largest prefix norm of an order.
fn herding(of: &Population, order: &[u32]) -> f64 {
    let mut sum = vec![0.0; of.dimension];
    let mut largest: f64 = 0.0;
    for &i in order {
        let vector = &of.gradients[i as usize * of.dimension..][..of.dimension];
        sum.iter_mut().zip(vector).for_each(|(s, z)| *s += z);
        largest = largest.max(sum.iter().map(|s| s * s).sum::<f64>());
    }
    largest.sqrt()
}

/// The largest prefix norms of the orders that grab goes through, from the first, random one on.
fn balanced(of: &Population, balance: &str, key: Key) -> Vec<f64> {
    let spec = sampler_spec("grab", [("balance", Value::Word(balance.to_owned()))]);
    let context = Context { parameters: of.dimension, ..Context::of(of.terms()) };
    let mut sampler = spec.bind(&context, 1, key).expect("single terms");
    let (objective, at) = of.objective();
    let mut oracle = Oracle::new(objective, 1);
    let mut batch = BatchBuffer::with_capacity(1);
    let mut gradient = at.clone();
    let count = of.terms() as u64;
    let mut pass = |pass: u64| {
        let mut order = Vec::with_capacity(of.terms());
        for step in pass * count..(pass + 1) * count {
            sampler.fill(step, &mut batch);
            order.extend_from_slice(&batch.indices);
            oracle.gradient(&at, batch.batch(), &mut gradient);
            sampler.observe(step, gradient.as_flattened());
        }
        herding(of, &order)
    };
    (0..=PASSES as u64).map(&mut pass).collect()
}

/// Largest prefix norms of random orders, and pass by pass of balanced ones.
struct Size {
    of: (usize, usize),
    random: Mean,
    mean: Vec<Mean>,
    pair: Vec<Mean>,
}

impl Size {
    fn of(setting: &Setting, of: (usize, usize)) -> Self {
        let key = setting.key.child(&format!("{} in {}", of.0, of.1));
        let vectors = vectors(key.child("vectors"), of);
        let order = |i: u64| {
            let mut order: Vec<u32> = (0..of.0 as u32).collect();
            shuffle(&mut order, &mut key.child("random").stream(i));
            herding(&vectors, &order)
        };
        let random = Mean::of(&(0..20).map(order).collect::<Vec<_>>());
        let starts = setting.choose(8, 32);
        let passes = |balance: &str| {
            let one = |i: u64| balanced(&vectors, balance, key.child(&format!("{balance}, {i}")));
            let runs: Vec<Vec<f64>> = (0..starts).into_par_iter().map(one).collect();
            let pass = |k: usize| Mean::of(&runs.iter().map(|run| run[k]).collect::<Vec<_>>());
            (0..=PASSES).map(pass).collect()
        };
        Self { of, random, mean: passes("mean"), pair: passes("pair") }
    }

    fn name(&self) -> String {
        format!("{} in {} dimensions", self.of.0, self.of.1)
    }
}

fn run(setting: &Setting, out: &mut Outcome) {
    let sizes = SIZES.map(|of| Size::of(setting, of));
    for size in &sizes {
        let share = |mean: &Mean| Measured::of(mean.value / size.random.value);
        if size.of.1 == 16 {
            out.decide(&RANDOM, size.name(), Measured::of(size.random.value / (size.of.0 as f64).sqrt()));
            out.decide(&SIXTEEN, size.name(), share(&size.mean[6]));
        } else {
            out.decide(&MANY, size.name(), share(&size.mean[6]));
        }
        let worst = size.mean[..3].windows(2).map(|pair| pair[1].value / pair[0].value).fold(0.0, f64::max);
        out.decide(&FALLS, size.name(), Measured::of(worst));
        out.decide(&PAIRS, size.name(), share(&size.pair[PASSES]));
    }
    let ends = [0, 2].map(|size: usize| sizes[size].mean[PASSES].value);
    out.decide(&GROWTH, "4000 over 1000", Measured::of(ends[1] / ends[0]));
    figures::table(&sizes, out);
    out.draw("prefixes", figures::prefixes(&sizes));
}

//! Variances of the estimates of every sampler of the catalogue, sampled.

mod figures;
#[cfg(test)]
mod tests;
mod ways;

use rayon::prelude::*;
use sgdlab_core::streams::Key;

use self::ways::{Known, Size, Way, catalogue};
use crate::tools::population::Population;
use crate::{Claim, Criterion, Experiment, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "batch-variance",
    title: "How noisy a minibatch gradient is",
    sentence: "The variance of a minibatch gradient is σ²/B.",
    reference: "Cochran 1977, Sampling Techniques, chapters 2, 5 and 8 (with and without replacement, strata, systematic \
                samples); Owen 1997, Scrambled net variance for integrals of smooth functions",
    statement: "σ² is the variance of the N gradients with divisor N, B the batch size. Independent draws have σ²/B, draws \
                without replacement σ²/B · (N − B)/(N − 1). Whoever knows an order in which gradients are alike can do \
                better, by taking terms from everywhere, or worse, by taking neighbors.",
    setup: "1000 gradients, normal with mean 2 and standard deviation 1, sorted, so that the order of the terms means \
            something; three classes of 100, 300 and 600 neighbors. Batches of 4, 16, 64 and 256 from every sampler of the \
            catalogue, 20 000 of each (1000 with --quick), independent of each other: of all steps, of one step of each \
            epoch, or of runs with different keys where a sampler draws once (a quarter as many, Sobol's a twentieth, but at least 500).",
    exactness: "Laws are exact. Means and variances are sampled; standard errors of variances come from the kurtosis \
                of the same estimates. The first epoch of grab is one of shuffle-once, whose law it has.",
    limits: "σ²/B is right for independent draws alone. At B = 256 of 1000 it is a third too much for batches of a random \
             order. On sorted terms systematic samples have less than a tenth of it at B = 64, blocks of neighbors some \
             fifty times as much. Where the order means nothing all of these are alike.",
    truth: Truth::Limited,
    claims: &[&VARIANCE, &MEAN, &FIXED, &WINDOW, &HELPS, &HARMS],
    tables: &[&figures::VARIANCES],
    run,
};

static VARIANCE: Claim = Claim {
    name: "variance",
    statement: "The measured variance is that of the sampler's law.",
    stance: Stance::Corrects,
    criterion: Criterion::Within { errors: 4.0, share: 0.0 },
    because: "|z| ≤ 4, with the standard error that the law's variance and the measured kurtosis give.",
};

static MEAN: Claim = Claim {
    name: "mean",
    statement: "The mean of the estimates is that of the sampler's law, which is G unless terms are preferred.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.0, share: 0.0 },
    because: "|z| ≤ 4, with the standard error that the law's variance gives.",
};

static FIXED: Claim = Claim {
    name: "no-noise",
    statement: "The law of a fixed order and of the full gradient has no variance, and the estimates of one step are \
                the same in all runs.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 0.0),
    because: "The law's variance, plus the largest difference between runs with 20 different keys.",
};

static WINDOW: Claim = Claim {
    name: "text-is-too-large",
    statement: "Batches of 256 of 1000 terms of a random order have three quarters of σ²/B.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.71, 0.78),
    because: "Measured variance of 20 000 batches over σ²/B, where (N − B)/(N − 1) = 0.745; a standard error is 0.0075.",
};

static HELPS: Claim = Claim {
    name: "order-helps",
    statement: "On sorted terms systematic, antithetic, Sobol and stratified batches of 64 have far less noise than σ²/B.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 0.5),
    because: "Measured variance over σ²/B; strata of three classes remove least, about two thirds.",
};

static HARMS: Claim = Claim {
    name: "order-harms",
    statement: "Blocks of 64 neighbors have many times as much.",
    stance: Stance::Adds,
    criterion: Criterion::Between(30.0, 64.0),
    because: "Measured variance over σ²/B: at most B, which it is where neighbors are the same.",
};

/// N.
const TERMS: usize = 1000;

/// B.
const SIZES: [usize; 4] = [4, 16, 64, 256];

/// Sorted gradients.
fn population(key: Key) -> Population {
    let mut gradients = Population::draw(key, TERMS, &[2.0], 1.0).gradients;
    gradients.sort_by(f64::total_cmp);
    Population::new(gradients, 1)
}

fn run(setting: &Setting, out: &mut Outcome) {
    let count = setting.choose(1000, 20_000);
    let known = Known::of(population(setting.key.child("population")));
    let ways = catalogue();
    let measure = |way: &Way, batch: usize, count: usize| {
        let key = setting.key.child(&format!("{}, {batch}", way.name));
        Size::of(way, &known, batch, (key, count))
    };
    let pairs: Vec<(&Way, usize)> = ways.iter().flat_map(|way| SIZES.map(|batch| (way, batch))).collect();
    let random = pairs.par_iter().filter(|(way, _)| !way.is_fixed());
    let sizes: Vec<Size> = random.map(|&(way, batch)| measure(way, batch, count)).collect();
    decide(&sizes, out);
    for &(way, batch) in pairs.iter().filter(|(way, _)| way.is_fixed()) {
        out.decide(
            &FIXED,
            format!("{}, B = {batch}", way.name),
            Measured::of(differences(way, &known, batch, setting)),
        );
    }
    let text = |batch: usize| known.population.variances()[0] / batch as f64;
    let dealt = ways.iter().find(|way| way.name == "reshuffle").expect("it is in the catalogue");
    let ratio = measure(dealt, 256, 20_000).variance / text(256);
    out.decide(&WINDOW, "variance · B/σ²", Measured::of(ratio));
    for size in sizes.iter().filter(|size| size.batch == 64) {
        let ratio = Measured::of(size.variance / text(64));
        match size.sampler.as_str() {
            "systematic" | "antithetic" | "sobol" | "stratified" => out.decide(&HELPS, &size.sampler, ratio),
            "block" | "block, cyclic" => out.decide(&HARMS, &size.sampler, ratio),
            _ => {}
        }
    }
    figures::variances(&sizes, out);
    out.draw("variance", figures::variance(&sizes, &text));
    out.draw("z", figures::deviations(&sizes));
}

fn decide(sizes: &[Size], out: &mut Outcome) {
    for size in sizes {
        let what = format!("{}, B = {}", size.sampler, size.batch);
        out.decide(&VARIANCE, &what, Measured::of(size.variance).beside(size.law.1).give_or_take(size.error));
        out.decide(&MEAN, what, Measured::of(size.mean).beside(size.law.0).give_or_take(size.error_of_mean()));
    }
}

/// The law's variance, plus the largest difference between the first estimates of 20 runs.
fn differences(way: &Way, known: &Known, batch: usize, setting: &Setting) -> f64 {
    let first = |run: u64| way.estimates(known, batch, (setting.key.child(&format!("fixed, {run}")), 1))[0];
    let of_runs: Vec<f64> = (0..20).map(first).collect();
    let spread = of_runs.iter().map(|x| (x - of_runs[0]).abs()).fold(0.0, f64::max);
    way.law(known, batch).1 + spread
}

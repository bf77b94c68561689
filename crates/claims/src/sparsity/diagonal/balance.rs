//! What shrinks: every step multiplies u² − v² by a known factor.

use std::slice;

use rayon::prelude::*;
use sgdlab_core::{Objective, Oracle, WIDTH};
use sgdlab_objectives::{Model, Stored};
use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Mark, Reference, Series};

use super::runs::{ALPHA, Course, Data, Lane, Run, SIZES, SMALL, Step, median};
use super::sample::shrinking;
use crate::tools::drawing::line;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(in crate::sparsity) static BALANCE: Experiment = Experiment {
    name: "diagonal-balance",
    title: "The clock of regularization",
    sentence: "SGD's noise shrinks the effective initialization of a diagonal network, and the more so the larger its steps.",
    reference: "Pesme, Pillaud-Vivien and Flammarion 2021, Implicit Bias of SGD for Diagonal Linear Networks: a Provable \
                Benefit of Stochasticity, NeurIPS, for the flow; Even et al. 2023, NeurIPS, for steps",
    statement: "A step u ← u − γ r x ∘ v, v ← v − γ r x ∘ u multiplies uⱼ² − vⱼ² by 1 − γ² r² xⱼ². From u = α, v = 0 on \
                |uⱼ² − vⱼ²| = α² Πₜ |1 − γₜ² rₜ² xₜⱼ²|, about α² e^(−Γ) with the clock Γ = Σₜ γₜ² rₜ².",
    setup: "The data of diagonal-large-steps, 20 000 updates of SGD with batches of one, of which every one is watched: c = \
            0.05, and c = 0.2, 0.4 and 0.6, each divided by 4 after 20, 60, 200, 600 and 10 000 updates, on the same \
            batches. 12 seeds (5 with --quick).",
    exactness: "The product is an identity of every run, whatever its batches: the two sides differ by rounding. How well Γ \
                stands for it is measured over sampled runs.",
    limits: "The identity needs plain steps on this model: with momentum, an adaptive rule or a penalty there is another or \
             none. e^(−Γ) for the product needs γ² r² xⱼ² below 1, and coordinates whose feature has mean square 1; near \
             the edge of divergence single steps are larger, and Γ says too little. Over the runs of all seeds together \
             the order is less strict, −0.945 to −0.986 with twelve keys: the same clock is not worth the same on \
             other data.",
    truth: Truth::Holds,
    claims: ALL,
    tables: &[&CLOCKS],
    run,
};

pub(super) static ALL: &[&Claim] = &[&IDENTITY, &CLOCK, &STOPPED, &EXPLAINS, &BETTER];

static IDENTITY: Claim = Claim {
    name: "product-identity",
    statement: "|uⱼ² − vⱼ²| at the end is α² Πₜ |1 − γₜ² rₜ² xₜⱼ²| for every coordinate of every finite run.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-11),
    because: "The largest difference, relative to the largest of all u², v² of its run: 20 000 roundings of 10⁻¹⁶ are 2 · \
              10⁻¹² at the most; 10⁻¹³ in a prototype.",
};

static CLOCK: Claim = Claim {
    name: "clock",
    statement: "The clock says how much has shrunk: ln(α²/|u² − v²|) is about Γ.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.9, 1.25),
    because: "The ratio of the two, the left one the middle one of all coordinates; median over seeds, and over the decay \
              times of each c. Γ is the first term of −Σ ln(1 − γ² r² x²), so that larger steps have a larger ratio.",
};

static STOPPED: Claim = Claim {
    name: "small-steps-hardly-shrink",
    statement: "With c = 0.05 the clock hardly moves: u² − v² keeps nine tenths of its size.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.2),
    because: "Median over seeds of Γ; 0.09 in a prototype.",
};

static EXPLAINS: Claim = Claim {
    name: "clock-explains-the-test-loss",
    statement: "On the same data the clock orders the test losses: the later, the smaller.",
    stance: Stance::Adds,
    criterion: Criterion::Between(-1.0, -0.97),
    because: "Spearman's correlation of Γ with the test loss over the finite runs of a seed, at most 16, median over seeds. Of \
              144 seeds 8 were above −0.97, where a run is close to divergence, and half are at −1. So medians of five are \
              above −0.97 in 2 of 1000 draws, and medians of twelve in 1 of 100 000.",
};

static BETTER: Claim = Claim {
    name: "clock-explains-more-than-the-step",
    statement: "It explains them better than the step does, which does not know how long it lasted.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.02, 1.0),
    because: "How much nearer to −1 the correlation of Γ is than that of c, median over seeds: −1.00 and −0.91 are typical.",
};

/// One run with its clock.
struct Watched {
    run: Run,
    clock: f64,
    /// The largest difference between the two sides of the identity, relative to the largest u² or v².
    error: f64,
}

/// Which power of γ r x a step's factor has: 2, unless a test says so.
type Power = i32;

const STEPS: [f64; 3] = [0.2, 0.4, 0.6];
/// When the step decays, as a share of the run.
const TIMES: [f64; 5] = [0.001, 0.003, 0.01, 0.03, 0.5];

fn lanes() -> Vec<Lane> {
    let large = STEPS.into_iter().flat_map(|c| TIMES.map(|at| Lane { c, decay: Some(at) }));
    [Lane { c: SMALL, decay: None }].into_iter().chain(large).collect()
}

fn run(setting: &Setting, out: &mut Outcome) {
    let lanes = lanes();
    let course = Course { sampler: ("with-replacement", 1), steps: 20_000, every: 2000, lanes: &lanes };
    let of_seed = |seed| watch(&course, &Data::draw(setting.key, seed, 10), 2);
    let seeds: Vec<Vec<Watched>> = (0..setting.choose(5, 12)).into_par_iter().map(of_seed).collect();
    judge(&seeds, out);
    tabulate(&seeds, out);
    out.draw("balance", figure(&seeds));
}

/// The runs of a course with batches of one, and both sides of the identity.
fn watch(course: &Course<'_>, data: &Data, power: Power) -> Vec<Watched> {
    let model = f64::model(&data.problem);
    let objective: &dyn Objective<f64, WIDTH> = model.objective();
    let Model::Diagonal(network) = model else { unreachable!("it is a diagonal network") };
    let mut oracle = Oracle::new(objective, 1);
    let mut factors = vec![[1.0; WIDTH]; SIZES[1]];
    let mut clocks = [0.0; WIDTH];
    let runs = course.run(data, |step: &Step<'_>| {
        // The loss of the term is ½ r².
        let value = oracle.value(step.at, step.batch);
        let moved: [f64; WIDTH] = std::array::from_fn(|l| step.rates[l] * step.rates[l] * (value[l] + value[l]));
        for (factor, &x) in factors.iter_mut().zip(network.row(step.batch.indices[0] as usize)) {
            let square = x * x;
            for (factor, &moved) in factor.iter_mut().zip(&moved) {
                *factor *= 1.0 - if power == 2 { moved * square } else { (moved * square).sqrt() };
            }
        }
        clocks.iter_mut().zip(&moved).for_each(|(clock, moved)| *clock += moved);
    });
    let compare = |(lane, run): (usize, Run)| {
        let largest = run.end.iter().fold(0.0, |largest: f64, x| largest.max(x * x));
        let sides = run.imbalance().into_iter().zip(&factors);
        let errors = sides.map(|(now, factor)| (now - ALPHA * ALPHA * factor[lane].abs()).abs());
        let error = errors.fold(0.0, f64::max) / largest;
        Watched { clock: clocks[lane], error, run }
    };
    runs.into_iter().enumerate().map(compare).collect()
}

/// The finite runs, with the first run of their seed.
fn finite(seeds: &[Vec<Watched>]) -> impl Iterator<Item = (&Watched, &Watched)> {
    let all = seeds.iter().flat_map(|runs| runs.iter().map(move |run| (run, &runs[0])));
    all.filter(|(watched, _)| watched.run.diverged_at.is_none())
}

/// Those with a step.
fn of_step(seeds: &[Vec<Watched>], c: f64) -> impl Iterator<Item = &Watched> {
    finite(seeds).map(|(watched, _)| watched).filter(move |watched| watched.run.lane.c == c)
}

fn judge(seeds: &[Vec<Watched>], out: &mut Outcome) {
    let error = finite(seeds).map(|(watched, _)| watched.error).fold(0.0, f64::max);
    out.decide(&IDENTITY, "largest relative difference", Measured::of(error));
    let pace = |watched: &Watched| shrinking(&watched.run, &watched.run) / watched.clock;
    for c in STEPS {
        let pace = median(of_step(seeds, c).map(pace));
        out.decide(&CLOCK, format!("median of the shrinking over Γ, c = {c}"), Measured::of(pace));
    }
    let stopped = median(of_step(seeds, SMALL).map(|watched| watched.clock));
    out.decide(&STOPPED, "median of Γ", Measured::of(stopped));
    let of_seed = |number: fn(&Watched) -> f64| {
        let explained = move |runs: &Vec<Watched>| explained(slice::from_ref(runs), number);
        seeds.iter().map(explained).collect::<Vec<_>>()
    };
    let (of_clock, of_step) = (of_seed(|watched| watched.clock), of_seed(|watched| watched.run.lane.c));
    let nearer = of_clock.iter().zip(&of_step).map(|(clock, step)| step - clock);
    out.decide(&BETTER, "median difference of rank correlations", Measured::of(median(nearer)));
    out.decide(&EXPLAINS, "median of rank correlations", Measured::of(median(of_clock)));
}

/// How well a number orders the test losses of the finite runs: the rank correlation.
fn explained(seeds: &[Vec<Watched>], number: fn(&Watched) -> f64) -> f64 {
    let (numbers, tests): (Vec<f64>, Vec<f64>) =
        finite(seeds).map(|(watched, small)| (number(watched), test(watched, small))).unzip();
    rank_correlation(&numbers, &tests)
}

/// The test loss over that of the small step.
fn test(watched: &Watched, small: &Watched) -> f64 {
    watched.run.ratio(&small.run)
}

/// Spearman's correlation: that of the ranks, equal numbers having the mean of theirs.
fn rank_correlation(a: &[f64], b: &[f64]) -> f64 {
    let ranks = |numbers: &[f64]| -> Vec<f64> {
        let count = |keep: &dyn Fn(&f64) -> bool| numbers.iter().filter(|x| keep(x)).count() as f64;
        numbers.iter().map(|x| count(&|other| other < x) + 0.5 * (count(&|other| other == x) - 1.0)).collect()
    };
    let middle = 0.5 * (a.len() as f64 - 1.0);
    let (a, b) = (ranks(a), ranks(b));
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - middle) * (b - middle)).sum::<f64>();
    product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt()
}

static CLOCKS: Header = Header {
    table: "clocks",
    row: "one run: a seed and a step",
    columns: &[
        ("seed", "which data, counted from 0"),
        ("c", "normalized step: the rate times ‖θ*‖₁"),
        ("decay_at", "when the rate is divided by 4, as a share of the run; empty if never"),
        ("diverged_at", "the measured step at which the loss had exceeded 10¹⁰; empty if it did not"),
        ("clock", "Γ = Σ γ² r² over the run; beyond the divergence of those that diverged"),
        ("shrinking", "median over coordinates of ln(α²/|uⱼ² − vⱼ²|) at the end"),
        ("identity_error", "largest ||u² − v²| − α² Π |1 − γ² r² x²|| over the largest u² or v²"),
        ("test", "½ ‖u∘v − θ*‖² at the end, or before it diverged"),
        ("test_ratio", "that over the test loss of c = 0.05 on the same data; NaN if it diverged"),
    ],
};

fn tabulate(seeds: &[Vec<Watched>], out: &mut Outcome) {
    let row = |seed: usize, watched: &Watched, small: &Watched| {
        let run = &watched.run;
        let gone = run.diverged_at.map(|step| step.to_string()).unwrap_or_default();
        let decay = run.lane.decay.map(|at| at.to_string()).unwrap_or_default();
        let numbers = [watched.clock, shrinking(run, run), watched.error, run.last().test, run.ratio(&small.run)];
        [seed.to_string(), run.lane.c.to_string(), decay, gone].into_iter().chain(numbers.map(|x| x.to_string()))
    };
    let rows = seeds.iter().enumerate();
    out.tabulate(&CLOCKS, rows.flat_map(|(seed, runs)| runs.iter().map(move |run| row(seed, run, &runs[0]))));
}

/// The test losses of a step, from the best to the worst, as a line around the step: points would hide each other.
fn in_order(seeds: &[Vec<Watched>], style: usize, c: f64) -> Series {
    let own = finite(seeds).filter(|(watched, _)| watched.run.lane.c == c);
    let mut y: Vec<f64> = own.map(|(watched, small)| test(watched, small)).collect();
    y.sort_by(f64::total_cmp);
    let place = |i: usize| c + 0.12 * ((i as f64 + 0.5) / y.len() as f64 - 0.5);
    let x: Vec<f64> = (0..y.len()).map(place).collect();
    Series { name: format!("runs with c = {c}"), style, marks: vec![line(&x, y)] }
}

fn figure(seeds: &[Vec<Watched>]) -> Figure {
    let series = |x: fn(&Watched) -> f64, y: fn(&Watched, &Watched) -> f64| -> Vec<Series> {
        let of_step = |(style, c): (usize, f64)| {
            let own = finite(seeds).filter(|(watched, _)| watched.run.lane.c == c);
            let (x, y) = own.map(|(watched, small)| (x(watched), y(watched, small))).unzip();
            Series { name: format!("runs with c = {c}"), style, marks: vec![Mark::Points { x, y }] }
        };
        [SMALL].into_iter().chain(STEPS).enumerate().map(of_step).collect()
    };
    let chart =
        |title: &str, x: Axis, y: Axis, series| Chart { title: title.to_owned(), x, y, series, ..Chart::default() };
    let clock = || Axis::new("clock Γ = Σ γ² r²", "").log();
    let most = finite(seeds).map(|(watched, _)| watched.clock).fold(0.0, f64::max);
    let ends = vec![0.05, most];
    let shrink = Chart {
        references: vec![Reference { name: "Γ".to_owned(), guide: Guide::Curve { x: ends.clone(), y: ends } }],
        ..chart(
            "How much has shrunk",
            clock(),
            Axis::new("median of ln(α²/|u² − v²|)", "").log(),
            series(|watched| watched.clock, |watched, _| shrinking(&watched.run, &watched.run)),
        )
    };
    let ratio = || Axis::new("test loss, of that with c = 0.05", "").log();
    let by_clock = chart("Test loss by clock", clock(), ratio(), series(|watched| watched.clock, test));
    let by_step = chart(
        "Test loss by step, runs in order",
        Axis::new("normalized step c", "").between(0.0, 0.7),
        ratio(),
        [SMALL].into_iter().chain(STEPS).enumerate().map(|(style, c)| in_order(seeds, style, c)).collect(),
    );
    let figure = Figure::multiples(
        "The clock says how much has shrunk, and how well a run predicts",
        vec![shrink, by_clock, by_step],
        3,
    );
    Figure { height: 300.0, ..figure }
        .with_subtitle(
            "Diagonal network, n = 80, d = 200, 10 weights; 20 000 steps of SGD, divided by 4 at five times.",
        )
        .with_note(&format!(
            "Every run of {} seeds that did not diverge; on the right from the best to the worst of a step.",
            seeds.len()
        ))
}

#[cfg(test)]
mod tests {
    use sgdlab_core::streams::Key;

    use super::*;
    use crate::testing::each_claim_can_fail;

    fn watched(power: Power, sampler: &str) -> Outcome {
        let lanes = lanes();
        let course = Course { sampler: (sampler, 1), steps: 500, every: 250, lanes: &lanes };
        let seeds: Vec<_> =
            (0..2).map(|seed| watch(&course, &Data::draw(Key::new("square"), seed, 10), power)).collect();
        let mut out = Outcome::default();
        judge(&seeds, &mut out);
        out
    }

    /// The identity holds for any order of terms, and needs its square.
    #[test]
    fn without_the_square_there_is_no_identity() {
        let identity = |power, sampler| watched(power, sampler).findings[0].holds();
        assert!(identity(2, "with-replacement") && identity(2, "reshuffle") && identity(2, "sequential"));
        assert!(!identity(1, "with-replacement"));
    }

    #[test]
    fn equal_numbers_have_the_mean_of_their_ranks() {
        assert_eq!(rank_correlation(&[1.0, 2.0, 3.0], &[9.0, 5.0, 1.0]), -1.0);
        // Ranks 0.5, 0.5, 2 and 0, 1, 2: 1.5/√(1.5 · 2).
        let tied = rank_correlation(&[1.0, 1.0, 3.0], &[1.0, 5.0, 9.0]);
        assert!((tied - 0.75f64.sqrt()).abs() < 1e-15, "{tied}");
    }

    #[test]
    fn every_claim_can_fail() {
        each_claim_can_fail(
            ALL,
            &[
                ("product-identity", Measured::of(1e-3), "a factor without its square"),
                ("clock", Measured::of(2.0), "a clock of the losses r²/2 in the place of r²"),
                ("small-steps-hardly-shrink", Measured::of(1.5), "the step c = 0.2"),
                ("clock-explains-the-test-loss", Measured::of(-0.90), "the step in the place of the clock"),
                ("clock-explains-more-than-the-step", Measured::of(0.0), "the step in the place of the clock"),
            ],
        );
    }
}

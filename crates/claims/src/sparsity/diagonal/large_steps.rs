//! Large steps of stochastic gradient descent make a diagonal network sparse.

use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Reference};

use super::runs::{Course, Lane, Run, SMALL, median, share};
use super::sample::{self, RUNS, Seeds, at, medians, phase_loss, ratio, support};
use crate::tools::drawing::curve;
use crate::{Claim, Criterion, Experiment, Measured, Outcome, Setting, Stance, Truth};

pub(in crate::sparsity) static LARGE_STEPS: Experiment = Experiment {
    name: "diagonal-large-steps",
    title: "Large steps learn sparse features: diagonal networks",
    sentence: "SGD with large step sizes learns sparse features, and so predicts better.",
    reference: "Andriushchenko, Varre, Pillaud-Vivien and Flammarion 2023, SGD with Large Step Sizes Learns Sparse \
                Features, ICML, section 3; Pesme, Pillaud-Vivien and Flammarion 2021, NeurIPS, for small steps",
    statement: "x ↦ ⟨u ∘ v, x⟩ under 1/(2n) Σ (⟨u ∘ v, xᵢ⟩ − yᵢ)², batches of one with replacement. At the sparse \
                solution θ* term i has the curvature 2 Σⱼ xᵢⱼ² |θ*ⱼ|, 2 ‖θ*‖₁ in the mean, so the rate is c/‖θ*‖₁: c = 1 \
                is the limit of stability of the mean term. The test loss is ½ ‖u ∘ v − θ*‖², exactly that of new \
                Gaussian data.",
    setup: "n = 80 Gaussian rows of d = 200 features, θ* with 10 positive weights and 2-norm 1, u = 0.1 and v = 0 at the \
            start, 20 000 steps. 16 steps c from 0.05 to 1 on the same batches; all but c = 0.05 are divided by 4 \
            half-way. 20 seeds (10 with --quick).",
    exactness: "The test loss is the exact expectation. Data and batches are sampled; medians are over the seeds whose run \
                is finite (sweeps count diverged runs as +∞ instead), and diverged runs are rows with the step at which \
                it was seen. The figure leaves out medians of fewer than half of the seeds.",
    limits: "From c = 0.7 on more and more runs diverge, and at c = 1 nearly all: at the edge survival is chaotic, decided \
             by rounding, so that nothing is said here about a single run there. Weights below 10⁻⁵⁰, which the article \
             counts, are not reached in 20 000 steps; 10⁻³ tells the difference. A plateau of the loss is not needed: at \
             c = 0.6 the loss is tiny long before the step decays.",
    truth: Truth::Limited,
    claims: ALL,
    tables: &[&RUNS],
    run,
};

pub(super) static ALL: &[&Claim] =
    &[&RATIO_04, &RATIO_06, &MONOTONE_TEST, &MONOTONE_SUPPORT, &SPARSER, &SAFE, &EDGE, &NO_PLATEAU];

static RATIO_04: Claim = Claim {
    name: "test-loss-at-0-4",
    statement: "With c = 0.4 the test loss is at most half of that with c = 0.05.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.5),
    because: "Median over seeds of the ratio on the same data and batches; a prototype had 0.35 over 40 seeds, at most \
              0.47.",
};

static RATIO_06: Claim = Claim {
    name: "test-loss-at-0-6",
    statement: "With c = 0.6 it is at most an eighth.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.12),
    because: "As above; a prototype had 0.037, at most 0.096.",
};

static MONOTONE_TEST: Claim = Claim {
    name: "test-loss-falls-with-the-step",
    statement: "From c = 0.05 over 0.2 and 0.4 to 0.6 the test loss falls with every increase of the step.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.9, 1.0),
    because: "The share of seeds of which that is true, runs that diverge left out: 18 of 20, or 9 of 10.",
};

static MONOTONE_SUPPORT: Claim = Claim {
    name: "support-falls-with-the-step",
    statement: "So does the number of weights above 10⁻³.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.9, 1.0),
    because: "As above; equal numbers are allowed.",
};

static SPARSER: Claim = Claim {
    name: "sparser",
    statement: "With c = 0.6 fewer than three quarters as many weights are above 10⁻³ as with c = 0.05.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.75),
    because: "Median over seeds of the ratio; 73 against 180 in a prototype.",
};

static SAFE: Claim = Claim {
    name: "no-divergence-up-to-0-4",
    statement: "Up to c = 0.4 no run diverges.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 0.0),
    because: "How many runs of all seeds and these steps diverged.",
};

static EDGE: Claim = Claim {
    name: "divergence-at-1",
    statement: "At c = 1, the limit of stability of the mean term, most runs diverge.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.75, 1.0),
    because: "The share of seeds; 39 of 40 at c = 0.9 in a prototype.",
};

static NO_PLATEAU: Claim = Claim {
    name: "sparse-without-a-plateau",
    statement: "The loss need not stabilize for that: at c = 0.6 it is below 10⁻⁴ while the step is large.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.0, 1e-4),
    because: "Median over seeds of the median training loss between 10 % and 50 % of the run, against some 0.5 at the \
              start. The article tells the effect by a loss that stabilizes.",
};

const GRID: [f64; 16] = [SMALL, 0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0];

fn run(setting: &Setting, out: &mut Outcome) {
    let lanes = GRID.map(Lane::half_way);
    let course = Course { sampler: ("with-replacement", 1), steps: 20_000, every: 500, lanes: &lanes };
    let seeds = course.of_seeds(setting.key, (setting.choose(10, 20), 10));
    judge(&seeds, out);
    sample::tabulate(&course, &seeds, out);
    out.draw("large_steps", figure(&seeds));
}

fn judge(seeds: &Seeds, out: &mut Outcome) {
    let of = |numbers: Vec<f64>| Measured::of(median(numbers));
    out.decide(&RATIO_04, "median ratio of test losses", of(at(seeds, 0.4, ratio)));
    out.decide(&RATIO_06, "median ratio of test losses", of(at(seeds, 0.6, ratio)));
    let falling = |number: fn(&Run) -> f64, strictly: bool| {
        Measured::of(share(seeds.iter().map(|runs| falls(runs, number, strictly))))
    };
    out.decide(&MONOTONE_TEST, "share of seeds", falling(|run| run.last().test, true));
    out.decide(&MONOTONE_SUPPORT, "share of seeds", falling(|run| run.last().support[0] as f64, false));
    let fewer = at(seeds, 0.6, |run, small| support(run, small) / support(small, small));
    out.decide(&SPARSER, "median ratio of numbers of weights", of(fewer));
    let gone = |c: f64| at(seeds, c, ratio).into_iter().map(f64::is_nan);
    let safe = GRID.into_iter().filter(|&c| c <= 0.4).flat_map(gone).filter(|&gone| gone).count();
    out.decide(&SAFE, "diverged runs", Measured::of(safe as f64));
    out.decide(&EDGE, "share of seeds", Measured::of(share(gone(1.0))));
    out.decide(&NO_PLATEAU, "median loss at the large step", of(at(seeds, 0.6, phase_loss)));
}

/// Whether a number of the finite runs falls from step to step.
fn falls(runs: &[Run], number: fn(&Run) -> f64, strictly: bool) -> bool {
    let steps = [SMALL, 0.2, 0.4, 0.6];
    let finite = runs.iter().filter(|run| steps.contains(&run.lane.c) && run.diverged_at.is_none());
    let numbers: Vec<f64> = finite.map(number).collect();
    numbers.windows(2).all(|pair| pair[1] < pair[0] || (!strictly && pair[1] == pair[0]))
}

fn figure(seeds: &Seeds) -> Figure {
    let gone = GRID.map(|c| share(at(seeds, c, ratio).into_iter().map(f64::is_nan)));
    // A median of the few that are left says nothing about the step.
    let all = |number: fn(&Run, &Run) -> f64| -> Vec<Vec<f64>> {
        let steps = GRID.into_iter().zip(gone);
        steps.map(|(c, gone)| if gone > 0.5 { Vec::new() } else { at(seeds, c, number) }).collect()
    };
    let x = || Axis::new("normalized step c", "");
    let chart = |title: &str, y: Axis, series| Chart { title: title.to_owned(), x: x(), y, series, ..Chart::default() };
    let test = chart(
        "Test loss, of that with c = 0.05",
        Axis::new("ratio", "").log(),
        vec![medians("median and quartiles", 0, &GRID, &all(ratio))],
    );
    let gone = chart(
        "Runs that diverged",
        Axis::new("share of seeds", "").between(0.0, 1.0),
        vec![curve("diverged", 1, &GRID, gone.to_vec())],
    );
    let weights = Chart {
        references: vec![Reference { name: "of the teacher".to_owned(), guide: Guide::Horizontal(10.0) }],
        ..chart(
            "Weights above 10⁻³",
            Axis::new("weights", "").between(0.0, 200.0),
            vec![medians("median and quartiles", 0, &GRID, &all(support))],
        )
    };
    let losses = chart(
        "Training loss",
        Axis::new("loss", "").log(),
        vec![
            medians("while the step is large", 2, &GRID, &all(phase_loss)),
            medians("at the end", 3, &GRID, &all(|run, _| run.last().train)),
        ],
    );
    Figure::multiples(
        "The larger the step, the sparser the solution, until it diverges",
        vec![test, gone, weights, losses],
        2,
    )
    .with_subtitle("Diagonal network, n = 80, d = 200, 10 weights; 20 000 steps of SGD, divided by 4 half-way.")
    .with_note(&format!(
        "{} seeds; medians are over the runs that did not diverge, and stand where these are at least half.",
        seeds.len()
    ))
}

#[cfg(test)]
mod tests {
    use sgdlab_core::streams::Key;

    use super::*;
    use crate::testing::each_claim_can_fail;

    /// Steps that are all the small one, whatever they are called.
    #[test]
    fn without_large_steps_the_claims_fail() {
        let lanes = [Lane::half_way(SMALL); GRID.len()];
        let course = Course { sampler: ("with-replacement", 1), steps: 400, every: 200, lanes: &lanes };
        let mut seeds = course.of_seeds(Key::new("small steps"), (2, 10));
        seeds.iter_mut().for_each(|runs| runs.iter_mut().zip(GRID).for_each(|(run, c)| run.lane.c = c));
        let mut out = Outcome::default();
        judge(&seeds, &mut out);
        let holds = |name| out.findings.iter().any(|finding| finding.claim.name == name && finding.holds());
        for claim in [&RATIO_04, &RATIO_06, &MONOTONE_TEST, &SPARSER, &EDGE] {
            assert!(!holds(claim.name), "{}", claim.name);
        }
    }

    #[test]
    fn every_claim_can_fail() {
        each_claim_can_fail(
            ALL,
            &[
                ("test-loss-at-0-4", Measured::of(1.1), "full batches"),
                ("test-loss-at-0-6", Measured::of(0.362), "a teacher with 20 weights"),
                ("test-loss-falls-with-the-step", Measured::of(0.85), "17 of 20 seeds"),
                ("support-falls-with-the-step", Measured::of(0.8), "8 of 10 seeds"),
                ("sparser", Measured::of(0.94), "the step c = 0.2"),
                ("no-divergence-up-to-0-4", Measured::of(1.0), "one run that diverged"),
                ("divergence-at-1", Measured::of(0.0), "full batches"),
                ("sparse-without-a-plateau", Measured::of(0.02), "the step c = 0.9"),
            ],
        );
    }
}

//! Large steps of full batches make a diagonal network worse.

use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Reference};

use super::runs::{Course, Lane, SMALL, median, share};
use super::sample::{self, RUNS, Seeds, at, medians, quotients, references, support};
use crate::{Claim, Criterion, Experiment, Measured, Outcome, Setting, Stance, Truth};

pub(in crate::sparsity) static FULL_BATCH: Experiment = Experiment {
    name: "diagonal-full-batch",
    title: "With full batches the sign flips",
    sentence: "It is the noise that makes large steps sparse: gradient descent with large steps predicts worse.",
    reference: "Even, Pesme, Gunasekar and Flammarion 2023, (S)GD over Diagonal Linear Networks: Implicit Regularisation, \
                Large Stepsizes and Edge of Stability, NeurIPS; Andriushchenko et al. 2023, ICML, appendix, for full \
                batches",
    statement: "As diagonal-large-steps, with all n terms in every batch. Ratios are of the exact test loss ½ ‖u ∘ v − θ*‖² \
                to that of SGD, batches of one, with c = 0.05, on the same data.",
    setup: "The data of diagonal-large-steps. Full batches with 13 steps c from 0.4 to 10, divided by 4 half-way, 2000 steps \
            (1000 with --quick); beside them SGD with 16 steps c from 0.05 to 1, 20 000 steps. 20 seeds (8 with --quick).",
    exactness: "Gradient descent draws nothing but its data; the test loss is exact. Medians are over the seeds whose run is \
                finite.",
    limits: "From c = 6 on some runs diverge. That large steps of gradient descent hurt is a statement about this start, \
             u = α and v = 0, with a sparse teacher: the article shows starts where it does not.",
    truth: Truth::Holds,
    claims: ALL,
    tables: &[&RUNS],
    run,
};

pub(super) static ALL: &[&Claim] = &[&SMALL_STEPS, &LARGE_HURTS, &SIGN];

static SMALL_STEPS: Claim = Claim {
    name: "small-full-batch-steps",
    statement: "Full batches with c = 1 end about where small steps of SGD do.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.9, 1.35),
    because: "Median over seeds of the ratio of test losses; SGD with c = 0.4 has 0.35. It is 1.16 after many steps: small \
              steps of SGD have a little noise, too.",
};

static LARGE_HURTS: Claim = Claim {
    name: "large-full-batch-steps-hurt",
    statement: "Full batches with c = 6 have at least twice that test loss.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(2.0, f64::INFINITY),
    because: "Median over seeds of the ratio; 4.6 in a prototype.",
};

static SIGN: Claim = Claim {
    name: "sign-flips",
    statement: "Of the same data, a larger step makes the test loss of SGD smaller and that of full batches larger.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.85, 1.0),
    because: "The share of seeds where SGD with c = 0.4 is below SGD with c = 0.05, and full batches with c = 6 are above \
              full batches with c = 1; seeds of which one of these runs diverged are left out.",
};

const FULL: [f64; 13] = [0.4, 1.0, 2.0, 3.0, 4.0, 4.5, 5.0, 5.5, 6.0, 7.0, 8.0, 9.0, 10.0];
const SINGLE: [f64; 16] = [SMALL, 0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0];

fn run(setting: &Setting, out: &mut Outcome) {
    let (single, full) = (SINGLE.map(Lane::half_way), FULL.map(Lane::half_way));
    let single = Course { sampler: ("with-replacement", 1), steps: 20_000, every: 2000, lanes: &single };
    let full = Course { sampler: ("full-batch", 80), steps: setting.choose(1000, 2000), every: 100, lanes: &full };
    let seeds = setting.choose(8, 20);
    let [of_single, of_full] = [single, full].map(|course| course.of_seeds(setting.key, (seeds, 10)));
    judge(&of_single, &of_full, out);
    let references = references(&of_single);
    let rows = [sample::rows(&single, &of_single, &references), sample::rows(&full, &of_full, &references)];
    out.tabulate(&RUNS, rows.concat());
    out.draw("full_batch", figure(&of_single, &of_full));
}

/// Ratios of test losses to that of the small step of SGD.
fn ratios(single: &Seeds, full: &Seeds, c: f64) -> Vec<f64> {
    let own = at(full, c, |run, _| run.last().test);
    own.into_iter().zip(single).map(|(test, runs)| test / runs[0].last().test).collect()
}

fn judge(single: &Seeds, full: &Seeds, out: &mut Outcome) {
    let of = |c: f64| Measured::of(median(ratios(single, full, c)));
    out.decide(&SMALL_STEPS, "median ratio of test losses", of(1.0));
    out.decide(&LARGE_HURTS, "median ratio of test losses", of(6.0));
    let tests = |seeds: &Seeds, c: f64| at(seeds, c, |run, _| run.last().test);
    let falls = quotients(tests(single, 0.4), tests(single, SMALL));
    let rises = quotients(tests(full, 6.0), tests(full, 1.0));
    let both = falls.into_iter().zip(rises).filter(|(falls, rises)| !falls.is_nan() && !rises.is_nan());
    out.decide(&SIGN, "share of seeds", Measured::of(share(both.map(|(falls, rises)| falls < 1.0 && rises > 1.0))));
}

fn figure(single: &Seeds, full: &Seeds) -> Figure {
    let chart = |title: &str, y: Axis, series| Chart {
        title: title.to_owned(),
        x: Axis::new("normalized step c", "").log(),
        y,
        series,
        ..Chart::default()
    };
    let of = |seeds: &Seeds, c: f64| ratios(single, seeds, c);
    let test = Chart {
        references: vec![Reference { name: "SGD with c = 0.05".to_owned(), guide: Guide::Horizontal(1.0) }],
        ..chart(
            "Test loss, of that of SGD with c = 0.05",
            Axis::new("ratio", "").log(),
            vec![
                medians("SGD, batches of one", 0, &SINGLE, &SINGLE.map(|c| of(single, c))),
                medians("full batches", 1, &FULL, &FULL.map(|c| of(full, c))),
            ],
        )
    };
    let weights = chart(
        "Weights above 10⁻³",
        Axis::new("weights", "").between(0.0, 200.0),
        vec![
            medians("SGD, batches of one", 0, &SINGLE, &SINGLE.map(|c| at(single, c, support))),
            medians("full batches", 1, &FULL, &FULL.map(|c| at(full, c, support))),
        ],
    );
    Figure::multiples("Large steps help SGD and hurt gradient descent", vec![test, weights], 2)
        .with_subtitle("Diagonal network, n = 80, d = 200, 10 weights; steps are divided by 4 half-way.")
        .with_note(&format!("{} seeds; medians and quartiles over the runs that did not diverge.", single.len()))
}

#[cfg(test)]
mod tests {
    use sgdlab_core::streams::Key;

    use super::*;
    use crate::testing::each_claim_can_fail;

    /// Batches of one in the place of full batches: large steps diverge, and c = 0.4 is better than the small step.
    #[test]
    fn with_batches_of_one_the_sign_does_not_flip() {
        let (single, noisy) = (SINGLE.map(Lane::half_way), FULL.map(Lane::half_way));
        let course = |lanes| Course { sampler: ("with-replacement", 1), steps: 4000, every: 2000, lanes };
        let [single, noisy] =
            [course(&single), course(&noisy)].map(|course| course.of_seeds(Key::new("noise"), (3, 10)));
        let mut out = Outcome::default();
        judge(&single, &noisy, &mut out);
        assert!(out.findings.iter().all(|finding| !finding.holds()), "{:?}", out.findings);
    }

    #[test]
    fn every_claim_can_fail() {
        each_claim_can_fail(
            ALL,
            &[
                ("small-full-batch-steps", Measured::of(0.35), "batches of one"),
                ("large-full-batch-steps-hurt", Measured::of(1.42), "full batches with c = 4"),
                ("sign-flips", Measured::of(0.0), "batches of one in their place"),
            ],
        );
    }
}

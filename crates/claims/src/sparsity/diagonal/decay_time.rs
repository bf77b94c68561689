//! How long the large step has to last.

use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Reference, Series};

use super::runs::{Course, Lane, Point, Run, SMALL, median, share};
use super::sample::{self, RUNS, Seeds, of_lane, phase_loss, ratio};
use crate::tools::drawing::line;
use crate::{Claim, Criterion, Experiment, Measured, Outcome, Setting, Stance, Truth};

pub(in crate::sparsity) static DECAY_TIME: Experiment = Experiment {
    name: "diagonal-decay-time",
    title: "How long the large step has to last",
    sentence: "The longer the large step lasts, the sparser the solution after its decay.",
    reference: "Andriushchenko et al. 2023, SGD with Large Step Sizes Learns Sparse Features, ICML, section 3 and its \
                notebook: decay at 10, 30 and 50 % of the run",
    statement: "As diagonal-large-steps: the rate is c/‖θ*‖₁, and a quarter of that from a share of the run on. Ratios are of \
                the exact test loss ½ ‖u ∘ v − θ*‖² to that of c = 0.05 without decay.",
    setup: "n = 80, d = 200, a teacher of 20 weights as in the article, u = 0.1 and v = 0 at the start, 20 000 steps of SGD \
            with batches of one. Steps c = 0.6, 0.7 and 0.8, each divided by 4 at 1, 5, 10, 30 and 80 % of the run, on \
            the same batches; beside them c = 0.05. 20 seeds (10 with --quick).",
    exactness: "The test loss is the exact expectation. Data and batches are sampled; medians are over the seeds whose run \
                is finite.",
    limits: "It is true near the edge of divergence, where noise keeps the loss up and goes on: at c = 0.6 the loss \
             falls by itself, and 1000 steps do all that 16 000 do. Even at c = 0.8 most is gained in the first 1000. Runs \
             that last longer at the large step also diverge more often, so that the medians of late decays are over fewer \
             seeds.",
    truth: Truth::Limited,
    claims: ALL,
    tables: &[&RUNS],
    run,
};

pub(super) static ALL: &[&Claim] = &[&LONGER, &SPARSER, &ORDERED, &PLATEAU, &WITHOUT, &FIRST];

static LONGER: Claim = Claim {
    name: "longer-is-better",
    statement: "At c = 0.8 the test loss is lower with the decay at 80 % of the run than with the decay at 5 %.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.95),
    because: "Median over seeds of the ratio of the two on the same data; 0.3 to 0.8 for the keys that were tried with \
              --quick.",
};

static SPARSER: Claim = Claim {
    name: "longer-is-sparser",
    statement: "So is the number of weights above 10⁻⁶.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.99),
    because: "As above; 0.7 to 0.95 for the keys that were tried with --quick.",
};

static ORDERED: Claim = Claim {
    name: "longer-is-better-in-every-run",
    statement: "That the later decay is the better one is true of nearly every run, for each of the three steps.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.8, 1.0),
    because: "The share of the finite runs of all seeds and steps; 0.93 or more for the keys that were tried.",
};

static PLATEAU: Claim = Claim {
    name: "loss-stays-up",
    statement: "At c = 0.8 noise keeps the loss up while the step is large, far above that at c = 0.6.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(10.0, f64::INFINITY),
    because: "The ratio of the two medians over seeds of the median loss between 10 % and 80 % of the run.",
};

static WITHOUT: Claim = Claim {
    name: "without-a-plateau-nothing-is-gained",
    statement: "At c = 0.6 the decay at 80 % of the run is hardly better than that at 5 %.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.9, 1.0),
    because: "Median over seeds of the ratio of test losses on the same data; 0.97.",
};

static FIRST: Claim = Claim {
    name: "most-is-gained-at-once",
    statement: "Even at c = 0.8 the first 5 % of the run gain more than all that follows.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.5, 1.0),
    because: "ln of the median test ratio with the decay at 5 % over that with the decay at 80 %; about 0.8.",
};

const STEPS: [f64; 3] = [0.6, 0.7, 0.8];
const TIMES: [f64; 5] = [0.01, 0.05, 0.1, 0.3, 0.8];

/// The lane of a step and a decay time.
fn lane(step: usize, time: usize) -> usize {
    1 + step * TIMES.len() + time
}

fn lanes() -> Vec<Lane> {
    let large = STEPS.into_iter().flat_map(|c| TIMES.map(|at| Lane { c, decay: Some(at) }));
    [Lane { c: SMALL, decay: None }].into_iter().chain(large).collect()
}

fn run(setting: &Setting, out: &mut Outcome) {
    let lanes = lanes();
    let course = Course { sampler: ("with-replacement", 1), steps: 20_000, every: 250, lanes: &lanes };
    let seeds = course.of_seeds(setting.key, (setting.choose(10, 20), 20));
    judge(&seeds, out);
    sample::tabulate(&course, &seeds, out);
    out.draw("decay_time", figure(&course, &seeds));
}

fn judge(seeds: &Seeds, out: &mut Outcome) {
    let of_time = |step: usize, time: usize, number: fn(&Run, &Run) -> f64| of_lane(seeds, lane(step, time), number);
    // The decay at 80 % against that at 5 %.
    let quotients = |step: usize, number: fn(&Run, &Run) -> f64| {
        let (early, late) = (of_time(step, 1, number), of_time(step, 4, number));
        late.into_iter().zip(early).map(|(late, early)| late / early).collect::<Vec<_>>()
    };
    let middle = |numbers: Vec<f64>| Measured::of(median(numbers));
    out.decide(&LONGER, "median ratio of test losses", middle(quotients(2, ratio)));
    let small = quotients(2, |run, _| run.last().support[1] as f64);
    out.decide(&SPARSER, "median ratio of weights", middle(small));
    let all = (0..STEPS.len()).flat_map(|step| quotients(step, ratio)).filter(|ratio| !ratio.is_nan());
    out.decide(&ORDERED, "share of runs", Measured::of(share(all.map(|ratio| ratio < 1.0))));
    let [low, high] = [0, 2].map(|step| median(of_time(step, 4, phase_loss)));
    out.decide(&PLATEAU, "ratio of losses at the large step", Measured::of(high / low));
    out.decide(&WITHOUT, "median ratio of test losses", middle(quotients(0, ratio)));
    let [early, late] = [1, 4].map(|time| median(of_time(2, time, ratio)).ln());
    out.decide(&FIRST, "share of the logarithm", Measured::of(early / late));
}

/// The median over seeds of a number along the runs of a lane.
fn along(seeds: &Seeds, lane: usize, number: impl Fn(&Point) -> f64) -> (Vec<f64>, Vec<f64>) {
    let finite = || seeds.iter().map(|runs| &runs[lane]).filter(|run| run.diverged_at.is_none());
    let Some(first) = finite().next() else { return (Vec::new(), Vec::new()) };
    let step = |k: usize| first.points[k].step as f64;
    (0..first.points.len()).map(|k| (step(k), median(finite().map(|run| number(&run.points[k]))))).unzip()
}

fn figure(course: &Course<'_>, seeds: &Seeds) -> Figure {
    let chart = |title: &str, y: Axis, number: fn(&Point) -> f64| {
        let series = |(style, lane, name): (usize, usize, String)| {
            let (x, y) = along(seeds, lane, number);
            Series { name, style, marks: vec![line(&x, y)] }
        };
        let of_time = |(k, at): (usize, f64)| (1 + k, lane(2, k), format!("decay at {} %", 100.0 * at));
        let small = (0, 0, "c = 0.05".to_owned());
        let guide = |at: f64| Guide::Vertical(at * course.steps as f64);
        Chart {
            title: title.to_owned(),
            x: Axis::new("step", ""),
            y,
            references: TIMES.map(|at| Reference { name: "decay".to_owned(), guide: guide(at) }).to_vec(),
            series: [small].into_iter().chain(TIMES.into_iter().enumerate().map(of_time)).map(series).collect(),
            ..Chart::default()
        }
    };
    let weights = |title: &str, number| chart(title, Axis::new("weights", "").between(0.0, 200.0), number);
    let charts = vec![
        chart("Training loss", Axis::new("loss", "").log(), |point| point.train),
        chart("Test loss", Axis::new("loss", "").log(), |point| point.test),
        weights("Weights above 10⁻³", |point| point.support[0] as f64),
        weights("Weights above 10⁻⁶", |point| point.support[1] as f64),
    ];
    Figure::multiples("A longer large step is sparser, but most comes at once", charts, 2)
        .with_subtitle("Diagonal network, n = 80, d = 200, 20 weights; SGD with c = 0.8, divided by 4 at the decay.")
        .with_note(&format!("Medians over those of {} seeds that did not diverge.", seeds.len()))
}

#[cfg(test)]
mod tests {
    use sgdlab_core::streams::Key;

    use super::*;
    use crate::testing::each_claim_can_fail;

    /// Runs that decay in the wrong order: what is late comes early.
    #[test]
    fn decay_times_that_are_swapped_fail() {
        let mut lanes = lanes();
        for step in 0..STEPS.len() {
            lanes.swap(lane(step, 1), lane(step, 4));
        }
        let course = Course { sampler: ("with-replacement", 1), steps: 4000, every: 2000, lanes: &lanes };
        let mut out = Outcome::default();
        judge(&course.of_seeds(Key::new("swapped"), (3, 20)), &mut out);
        for finding in out.findings.iter().filter(|finding| [LONGER.name, ORDERED.name].contains(&finding.claim.name)) {
            assert!(!finding.holds(), "{}: {:?}", finding.claim.name, finding.measured);
        }
    }

    #[test]
    fn every_claim_can_fail() {
        each_claim_can_fail(
            ALL,
            &[
                ("longer-is-better", Measured::of(1.0), "a decay that does nothing"),
                ("longer-is-sparser", Measured::of(1.0), "a decay that does nothing"),
                ("longer-is-better-in-every-run", Measured::of(0.0), "decay times that are swapped"),
                ("loss-stays-up", Measured::of(1.0), "the step c = 0.6"),
                ("without-a-plateau-nothing-is-gained", Measured::of(0.42), "the step c = 0.8"),
                ("most-is-gained-at-once", Measured::of(0.4), "a gain that is even in time"),
            ],
        );
    }
}

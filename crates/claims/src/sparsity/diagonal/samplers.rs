//! The effect of large steps under the samplers and batch sizes that people use.

use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Reference};

use super::runs::{Course, Lane, Run, SMALL, median, share};
use super::sample::{self, RUNS, Seeds, at, medians, quotients, references, shrinking};
use crate::tools::drawing::curve;
use crate::{Claim, Criterion, Experiment, Measured, Outcome, Setting, Stance, Truth};

pub(in crate::sparsity) static SAMPLERS: Experiment = Experiment {
    name: "diagonal-samplers",
    title: "Reshuffling and batches of four",
    sentence: "Toolkits reshuffle and theory draws with replacement; the sparse features are the same.",
    reference: "Andriushchenko et al. 2023, ICML, whose code draws with replacement; the comparison is ours",
    statement: "As diagonal-large-steps. Ratios are of the exact test loss ½ ‖u ∘ v − θ*‖² to that of batches of one with \
                replacement and c = 0.05, on the same data. With batches of B the noise of a step is 1/B as large, and its \
                limit of stability higher.",
    setup: "The data of diagonal-large-steps, 20 000 steps of each: batches of one with replacement and reshuffled with steps \
            c from 0.05 to 0.8, and reshuffled batches of four with c from 0.4 to 2; all but c = 0.05 are divided by 4 \
            half-way. 12 seeds (5 with --quick).",
    exactness: "The test loss is the exact expectation. Data and batches are sampled; medians are over the seeds whose run \
                is finite.",
    limits: "Samplers are compared at equal numbers of steps, so that batches of four see four times as many examples. With \
             full batches the sign flips: see diagonal-full-batch.",
    truth: Truth::Holds,
    claims: ALL,
    tables: &[&RUNS],
    run,
};

pub(super) static ALL: &[&Claim] = &[&RESHUFFLED, &ALIKE, &FOUR, &FOUR_LESS, &SHRINKS];

static RESHUFFLED: Claim = Claim {
    name: "reshuffled-large-steps",
    statement: "Reshuffled, c = 0.4 halves the test loss as well, and c = 0.6 takes it to an eighth.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 1.0),
    because: "Median over seeds of the ratio, over 0.5 for c = 0.4 and over 0.12 for c = 0.6: 0.340 and 0.020 in a prototype.",
};

static ALIKE: Claim = Claim {
    name: "samplers-alike",
    statement: "At c = 0.4 the test losses of the two samplers differ by less than a quarter.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.75, 1.25),
    because: "Median over seeds of the ratio of reshuffled to drawn with replacement; 0.340/0.347 in a prototype.",
};

static FOUR: Claim = Claim {
    name: "batches-of-four",
    statement: "Batches of four need larger steps: at c = 1.6 the test loss is at most half.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 0.5),
    because: "Median over seeds of the ratio; 0.32 in a prototype, with replacement.",
};

static FOUR_LESS: Claim = Claim {
    name: "noise-and-not-the-step",
    statement: "At the same step c = 0.4 batches of four gain less than batches of one.",
    stance: Stance::Adds,
    criterion: Criterion::Between(1.5, f64::INFINITY),
    because: "Median over seeds of the ratio of test losses, four to one, both reshuffled; 0.93/0.34 in a prototype.",
};

static SHRINKS: Claim = Claim {
    name: "less-noise-shrinks-less",
    statement: "So does u² − v² shrink by less: by less than a third as many factors e.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 0.3),
    because: "Median over seeds of ln(α²/|u² − v²|) at c = 0.4, of four over that of one: the noise of four is a quarter.",
};

const SINGLE: [f64; 10] = [SMALL, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.8];
const OF_FOUR: [f64; 11] = [0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.5, 1.6, 1.7, 1.8, 2.0];

/// Batches of one with replacement, of one reshuffled, of four reshuffled.
type Samples = [Vec<Vec<Run>>; 3];

fn run(setting: &Setting, out: &mut Outcome) {
    let (single, four) = (SINGLE.map(Lane::half_way), OF_FOUR.map(Lane::half_way));
    let course = |sampler, lanes| Course { sampler, steps: 20_000, every: 2000, lanes };
    let courses = courses(course, &single, &four);
    let samples = courses.map(|course| course.of_seeds(setting.key, (setting.choose(5, 12), 10)));
    judge(&samples, out);
    let references = references(&samples[0]);
    let rows = courses.iter().zip(&samples).flat_map(|(course, seeds)| sample::rows(course, seeds, &references));
    out.tabulate(&RUNS, rows);
    out.draw("samplers", figure(&samples));
}

fn courses<'a>(
    course: impl Fn((&'static str, usize), &'a [Lane]) -> Course<'a>,
    single: &'a [Lane],
    four: &'a [Lane],
) -> [Course<'a>; 3] {
    [course(("with-replacement", 1), single), course(("reshuffle", 1), single), course(("reshuffle", 4), four)]
}

/// Test losses at a step.
fn tests(seeds: &Seeds, c: f64) -> Vec<f64> {
    at(seeds, c, |run, _| run.last().test)
}

fn judge([replaced, reshuffled, four]: &Samples, out: &mut Outcome) {
    let of = |above: Vec<f64>, below: Vec<f64>| Measured::of(median(quotients(above, below)));
    let small = || tests(replaced, SMALL);
    for (c, most) in [(0.4, 0.5), (0.6, 0.12)] {
        let ratio = Measured::of(of(tests(reshuffled, c), small()).value / most);
        out.decide(&RESHUFFLED, format!("median ratio over {most}, c = {c}"), ratio);
    }
    out.decide(&ALIKE, "median ratio of test losses", of(tests(reshuffled, 0.4), tests(replaced, 0.4)));
    out.decide(&FOUR, "median ratio of test losses", of(tests(four, 1.6), small()));
    out.decide(&FOUR_LESS, "median ratio of test losses", of(tests(four, 0.4), tests(reshuffled, 0.4)));
    let shrunk = of(at(four, 0.4, shrinking), at(reshuffled, 0.4, shrinking));
    out.decide(&SHRINKS, "median ratio of logarithms", shrunk);
}

fn figure([replaced, reshuffled, four]: &Samples) -> Figure {
    let of = |seeds: &Seeds, c: f64| quotients(tests(seeds, c), tests(replaced, SMALL));
    let gone = |seeds: &Seeds, c: f64| share(tests(seeds, c).into_iter().map(f64::is_nan));
    let x = || Axis::new("normalized step c", "").log();
    let names = ["batches of one, with replacement", "batches of one, reshuffled", "batches of four, reshuffled"];
    let test = Chart {
        title: "Test loss, of that of SGD with c = 0.05".to_owned(),
        x: x(),
        y: Axis::new("ratio", "").log(),
        references: vec![Reference { name: "SGD with c = 0.05".to_owned(), guide: Guide::Horizontal(1.0) }],
        series: vec![
            medians(names[0], 0, &SINGLE, &SINGLE.map(|c| of(replaced, c))),
            medians(names[1], 1, &SINGLE, &SINGLE.map(|c| of(reshuffled, c))),
            medians(names[2], 2, &OF_FOUR, &OF_FOUR.map(|c| of(four, c))),
        ],
        ..Chart::default()
    };
    let diverged = Chart {
        title: "Runs that diverged".to_owned(),
        x: x(),
        y: Axis::new("share of seeds", "").between(0.0, 1.0),
        series: vec![
            curve(names[0], 0, &SINGLE, SINGLE.map(|c| gone(replaced, c)).to_vec()),
            curve(names[1], 1, &SINGLE, SINGLE.map(|c| gone(reshuffled, c)).to_vec()),
            curve(names[2], 2, &OF_FOUR, OF_FOUR.map(|c| gone(four, c)).to_vec()),
        ],
        ..Chart::default()
    };
    Figure::multiples("Reshuffling changes little; batches of four need larger steps", vec![test, diverged], 2)
        .with_subtitle("Diagonal network, n = 80, d = 200, 10 weights; 20 000 steps of SGD, divided by 4 half-way.")
        .with_note(&format!("{} seeds; medians and quartiles over the runs that did not diverge.", replaced.len()))
}

#[cfg(test)]
mod tests {
    use sgdlab_core::streams::Key;

    use super::*;
    use crate::testing::each_claim_can_fail;

    /// Steps and samplers that are all the same, whatever they are called.
    #[test]
    fn without_other_steps_and_samplers_the_claims_fail() {
        let lanes = [Lane::half_way(SMALL); 16];
        let course = Course { sampler: ("with-replacement", 1), steps: 400, every: 200, lanes: &lanes };
        let seeds = course.of_seeds(Key::new("small steps"), (2, 10));
        let called = |steps: &[f64]| -> Vec<Vec<Run>> {
            let call = |(run, &c): (&Run, &f64)| Run { lane: Lane { c, ..run.lane }, ..run.clone() };
            seeds.iter().map(|runs| runs.iter().zip(steps).map(call).collect()).collect()
        };
        let mut out = Outcome::default();
        judge(&[called(&SINGLE), called(&SINGLE), called(&OF_FOUR)], &mut out);
        for finding in out.findings {
            assert!(!finding.holds() || finding.claim.name == ALIKE.name, "{}", finding.claim.name);
        }
    }

    #[test]
    fn every_claim_can_fail() {
        each_claim_can_fail(
            ALL,
            &[
                ("reshuffled-large-steps", Measured::of(1.1 / 0.5), "full batches"),
                ("samplers-alike", Measured::of(3.0), "full batches instead of reshuffled terms"),
                ("batches-of-four", Measured::of(0.93), "the step c = 0.4"),
                ("noise-and-not-the-step", Measured::of(1.0), "batches of one in the place of four"),
                ("less-noise-shrinks-less", Measured::of(1.0), "batches of one in the place of four"),
            ],
        );
    }
}

//! Only the ratio of rate and batch size matters.

use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Reference};

use super::well::{Passage, exact};
use crate::tools::drawing::{means, reference};
use crate::tools::moments::Mean;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "noise-temperature",
    title: "Only rate over batch size matters",
    sentence: "The noise of stochastic gradient descent has a temperature, the learning rate over the batch size.",
    reference: "Mandt, Hoffman and Blei 2017, Stochastic gradient descent as approximate Bayesian inference, section 3; Smith \
                and Le 2018, A Bayesian perspective on generalization and stochastic gradient descent, section 5; the law \
                of steps is an own derivation",
    statement: "In units of η · steps, small steps with noise of the variance σ²/B are a diffusion with the temperature Θ = \
                ησ²/(2B), and nothing else of η and B is left in it. So the mean time out of a minimum is one function of \
                Θ. At a finite rate the time of steps, T = 1 + K T, divided by the diffusion's is 1 + O(η).",
    setup: "The landscape double-well with 4096 terms with normal noise, from one minimum to the other, rule sgd. Θ = 0.08 by \
            (η, B) = (0.02, 1), (0.04, 2) and (0.08, 4); Θ = 0.12 and 0.06 by B = 1 and 2 at η = 0.05; Θ = 0.1 by η = 0.2, \
            0.1, 0.05 and 0.025. 4096 runs each (1024 at Θ = 0.06); with --quick 256 (64).",
    exactness: "The integral and the law of steps are computed. Times are sampled.",
    limits: "The ratio stops being all that matters where steps are no longer small: at Θ = 0.1 runs with η = 0.2, where η times \
             the curvature is 0.4, leave 7 % sooner than the diffusion; at η = 0.05 they do not leave sooner any more. Θ says \
             nothing about how the noise is distributed in space: here it is the same everywhere.",
    truth: Truth::Limited,
    claims: &[&RATIO, &ALONE, &STEPS, &SMALL, &LARGE],
    tables: &[&TEMPERATURES],
    run,
};

static RATIO: Claim = Claim {
    name: "rate-over-batch-size",
    statement: "Larger batches at proportionally larger rates leave a minimum after the same time.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.0, share: 0.02 },
    because: "Mean times beside the one integral of Θ = 0.08: four standard errors, and 2 % for rates up to 0.08.",
};

static ALONE: Claim = Claim {
    name: "batch-size-alone",
    statement: "Larger batches at the same rate stay in a minimum exponentially longer.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.0, share: 0.03 },
    because: "Time with B = 2 over time with B = 1 beside the ratio of the integrals, 7.8: four standard errors, and 3 % for \
              the rate.",
};

static STEPS: Claim = Claim {
    name: "law-of-steps",
    statement: "At every rate the mean time solves T = 1 + K T.",
    stance: Stance::Adds,
    criterion: Criterion::Within { errors: 4.0, share: 0.005 },
    because: "Four standard errors, and half a percent because the noise is that of 4096 terms, not of a normal law.",
};

static SMALL: Claim = Claim {
    name: "small-steps",
    statement: "Up to a rate of 0.1, the times of steps are those of the diffusion within 2.5 %.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.975, 1.025),
    because: "The ratio of two computed numbers at Θ = 0.1.",
};

static LARGE: Claim = Claim {
    name: "large-steps-leave-sooner",
    statement: "A rate of 0.2 is too large for a temperature: at the same η/B its runs leave 5 % to 9 % sooner.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.91, 0.95),
    because: "The ratio of two computed numbers at Θ = 0.1.",
};

static TEMPERATURES: Header = Header {
    table: "temperatures",
    row: "one pair of rate and batch size",
    columns: &[
        ("temperature", "Θ = ησ²/(2B)"),
        ("rate", "η"),
        ("batch_size", "B"),
        ("runs", "how many were sampled"),
        ("mean_time", "mean of η · steps from one minimum to the other"),
        ("standard_error", "of that mean"),
        ("integral", "mean time of the diffusion"),
        ("steps", "mean of η · steps by T = 1 + K T"),
        ("ratio", "mean time over integral"),
    ],
};

/// Times of one pair of rate and batch size.
struct Row {
    passage: Passage,
    runs: usize,
    mean: Mean,
}

fn measure(setting: &Setting, temperature: f64, rate: f64, batch: usize) -> Row {
    let most = setting.choose(256, 4096);
    let runs = if temperature < 0.07 { most / 4 } else { most };
    let passage = Passage { rate, batch, temperature };
    Row { passage, runs, mean: Mean::of(&passage.sample(setting.key, runs)) }
}

impl Row {
    fn integral(&self) -> f64 {
        exact(self.passage.temperature, 1.0)
    }

    fn what(&self) -> String {
        format!("η = {}, B = {}", self.passage.rate, self.passage.batch)
    }

    fn fields(&self) -> Vec<String> {
        let Passage { rate, batch, temperature } = self.passage;
        let Mean { value, error } = self.mean;
        let steps = self.passage.law(1.0).mean;
        let settings = [temperature.to_string(), rate.to_string(), batch.to_string(), self.runs.to_string()];
        let numbers = [value, error, self.integral(), steps, value / self.integral()];
        settings.into_iter().chain(numbers.map(|x| x.to_string())).collect()
    }
}

fn run(setting: &Setting, out: &mut Outcome) {
    let same = [(0.02, 1), (0.04, 2), (0.08, 4)].map(|(rate, batch)| measure(setting, 0.08, rate, batch));
    for row in &same {
        out.decide(&RATIO, row.what(), row.mean.beside(row.integral()));
    }
    let [hot, cold] = [(0.12, 1), (0.06, 2)].map(|(temperature, batch)| measure(setting, temperature, 0.05, batch));
    let expected = cold.integral() / hot.integral();
    out.decide(&ALONE, "time with B = 2 over B = 1", cold.mean.over(hot.mean).beside(expected));
    let rates = [0.025, 0.05, 0.1, 0.2].map(|rate| measure(setting, 0.1, rate, 1));
    for row in &rates {
        let law = row.passage.law(1.0).mean;
        out.decide(&STEPS, row.what(), row.mean.beside(law));
        let claim = if row.passage.rate > 0.1 { &LARGE } else { &SMALL };
        out.decide(claim, row.what(), Measured::of(law / row.integral()));
    }
    let all = || same.iter().chain([&hot, &cold]).chain(&rates);
    out.tabulate(&TEMPERATURES, all().map(Row::fields));
    out.draw("temperature", temperature(&same));
    out.draw("rates", of_rates(&rates));
}

fn temperature(rows: &[Row]) -> Figure {
    let x: Vec<f64> = rows.iter().map(|row| row.passage.batch as f64).collect();
    let between: Vec<f64> = (0..=40).map(|i| 4f64.powf(f64::from(i) / 40.0)).collect();
    let chart = Chart {
        x: Axis::new("batch size B", "").between(0.8, 4.2),
        y: Axis::new("mean time to the other minimum", "η · steps").log().between(50.0, 1e7),
        references: vec![
            reference("same rate: the integral of Θ = 0.08/B", &between, |b| exact(0.08 / b, 1.0)),
            reference("rate ∝ B: the integral of Θ = 0.08", &between, |_| exact(0.08, 1.0)),
        ],
        series: vec![means("rate ∝ B, measured", 0, &x, &rows.iter().map(|row| row.mean).collect::<Vec<_>>())],
        ..Chart::default()
    };
    Figure::of("A batch and a rate that are both larger leave after the same time", chart).with_subtitle(&format!(
        "x⁴/4 − x²/2 at η = 0.02 B, σ² = 8; {} runs each; the band is ± 4 standard errors.",
        rows[0].runs
    ))
}

fn of_rates(rows: &[Row]) -> Figure {
    let x: Vec<f64> = rows.iter().map(|row| row.passage.rate).collect();
    let integral = rows[0].integral();
    let between: Vec<f64> = (0..=24).map(|i| 0.025 * 8f64.powf(f64::from(i) / 24.0)).collect();
    let ratio = |rate: f64| Passage { rate, batch: 1, temperature: 0.1 }.law(1.0).mean / integral;
    let ratios: Vec<Mean> = rows.iter().map(|row| row.mean.times(1.0 / integral)).collect();
    let chart = Chart {
        x: Axis::new("rate η", "").log(),
        y: Axis::new("mean time over that of the diffusion", ""),
        references: vec![
            reference("steps with normal noise, exact", &between, ratio),
            Reference { name: "diffusion".to_owned(), guide: Guide::Horizontal(1.0) },
        ],
        series: vec![means("measured", 0, &x, &ratios)],
        ..Chart::default()
    };
    let figure = Figure::of("Where steps are too large for a temperature", chart)
        .with_subtitle(&format!("Θ = 0.1 at every rate; {} runs each; the band is ± 4 standard errors.", rows[0].runs));
    // What is to be seen is as large as the difference of both lines.
    let seen = 1.0 - ratio(0.2) > 4.0 * ratios[3].error;
    if seen { figure } else { figure.with_note("So few runs do not tell the two lines apart.") }
}

#[cfg(test)]
mod tests {
    use sgdlab_core::streams::Key;

    use super::*;
    use crate::testing::each_claim_can_fail;

    /// Measured by the code of the experiment with something wrong in it.
    #[test]
    fn every_claim_can_fail() {
        let at = |rate: f64, temperature: f64| Passage { rate, batch: 1, temperature };
        // The rate grows and the batch does not.
        let hot = Mean::of(&at(0.08, 0.32).sample(Key::new("wrong"), 512));
        let large = at(0.4, 0.2);
        let wrong = Mean::of(&large.sample(Key::new("wrong"), 512));
        let ratio = |passage: Passage| Measured::of(passage.law(1.0).mean / exact(passage.temperature, 1.0));
        each_claim_can_fail(
            EXPERIMENT.claims,
            &[
                ("rate-over-batch-size", hot.beside(exact(0.08, 1.0)), "a larger rate with the same batch"),
                ("batch-size-alone", hot.over(hot).beside(7.8), "noise that batches do not average"),
                ("law-of-steps", wrong.beside(at(0.1, 0.2).law(1.0).mean), "the law of another rate"),
                ("small-steps", ratio(at(0.3, 0.1)), "a rate of 0.3"),
                ("large-steps-leave-sooner", ratio(at(0.05, 0.1)), "a rate of 0.05"),
            ],
        );
    }
}

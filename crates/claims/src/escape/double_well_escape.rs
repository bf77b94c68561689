//! Out of a minimum: a time that is exponential in its depth over the temperature.

use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Reference, Series};

use super::passage::Law;
use super::well::{Passage, exact, kramers};
use crate::tools::drawing::{line, means, reference};
use crate::tools::moments::{Central, Mean, slope};
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "double-well-escape",
    title: "Noise leaves a minimum after an exponential time",
    sentence: "The noise of stochastic gradients lets descent escape from shallow minima.",
    reference: "Kramers 1940, Brownian motion in a field of force and the diffusion model of chemical reactions; Hänggi, \
                Talkner and Borkovec 1990, Reaction-rate theory: fifty years after Kramers, sections II and VII",
    statement: "U(x) = x⁴/4 − x²/2 has minima at ±1 and a barrier of height ¼ between them. Gradients of terms have the \
                standard deviation σ, batches have B terms, and Θ = ησ²/(2B) is the temperature. In units of η · steps the \
                mean time from −1 to +1 is (1/Θ) ∫₋₁¹ e^{U(y)/Θ} ∫₋∞^y e^{−U(z)/Θ} dz dy for small η, and by Kramers' \
                formula about 2π/√(U''(−1)|U''(0)|) e^{¼/Θ} for small Θ. The time is nearly exponentially distributed. \
                For steps of a finite rate the mean time T(x) solves T = 1 + K T, where K is the law of a step that stays \
                below +1.",
    setup: "The landscape double-well with 4096 terms, whose gradients have normal noise; η = 0.05, B = 1, rule sgd, Θ = \
            0.14, 0.12, 0.1, 0.08, 0.065 and 0.05. 6144 runs each; with --quick 512, and without Θ = 0.05.",
    exactness: "The integral, the equation for steps and Kramers' formula are computed. Times are sampled.",
    limits: "Noise leaves shallow minima, and not minima as such: at Θ = 0.05 leaving takes 22 times as long as at Θ = 0.14. \
             Kramers' formula counts 20 % too little at Θ = 0.1 and 10 % at Θ = 0.05. The clock has to stop in the other \
             minimum: stopped on top of the barrier it is 10 % to 19 % late, because only ends of steps are looked at. All \
             of this is for noise that is the same everywhere. The noise of a squared loss grows with the loss, and the \
             time is then a power of the ratio of losses (Mori, Ziyin, Liu and Ueda 2022).",
    truth: Truth::Limited,
    claims: &[&TIME, &STEPS, &SMALL, &SLOPE, &KRAMERS, &EXPONENTIAL, &TOP],
    tables: &[&ESCAPE],
    run,
};

static TIME: Claim = Claim {
    name: "exact-integral",
    statement: "The mean passage time is that of the diffusion, by the exact integral.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.0, share: 0.015 },
    because: "Four standard errors, and 1.5 % because a rate of 0.05 is not 0. Without --quick this is narrower than 0.93 \
              to 1.08 of the integral.",
};

static STEPS: Claim = Claim {
    name: "law-of-steps",
    statement: "It is the solution of T = 1 + K T for steps of this rate.",
    stance: Stance::Adds,
    criterion: Criterion::Within { errors: 4.0, share: 0.005 },
    because: "Four standard errors, and half a percent because the noise is that of 4096 terms, not of a normal law.",
};

static SMALL: Claim = Claim {
    name: "small-steps",
    statement: "At a rate of 0.05 steps are small enough: T = 1 + K T and the integral agree.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.97, 1.03),
    because: "The ratio of two computed numbers.",
};

static SLOPE: Claim = Claim {
    name: "exponential-in-depth",
    statement: "ln T is a line in 1/Θ whose slope is close to the height of the barrier, ¼.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.0, share: 0.01 },
    because: "Least squares through sampled times beside the same through the integral's, 0.24: what is in front of the \
              exponential bends the line. Without --quick narrower than ± 0.01.",
};

static KRAMERS: Claim = Claim {
    name: "kramers-formula",
    statement: "Kramers' formula counts too little, and less so for lower temperatures.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.0, 1.0),
    because: "(Integral / formula − 1) at Θ over the same at 2Θ, for Θ = 0.05 and 0.025: positive, and below 1.",
};

static EXPONENTIAL: Claim = Claim {
    name: "exponential-law",
    statement: "Passage times are exponentially distributed: their standard deviation is their mean.",
    stance: Stance::Adds,
    criterion: Criterion::Within { errors: 4.0, share: 0.08 },
    because: "Standard deviation over mean, beside 1. The standard error is 1/√runs. The way over the barrier itself takes \
              time that does not vary, so that 0.93 is left at Θ = 0.14.",
};

static TOP: Claim = Claim {
    name: "watched-on-top",
    statement: "Stopped on top of the barrier, steps are late as if the top were 0.5826 standard deviations of a step away.",
    stance: Stance::Adds,
    criterion: Criterion::Within { errors: 0.0, share: 0.02 },
    because: "T = 1 + K T until x ≥ 0 beside the integral up to the shifted end; the shift −ζ(½)/√(2π) is exact without a \
              slope.",
};

static ESCAPE: Header = Header {
    table: "escape",
    row: "one temperature",
    columns: &[
        ("rate", "η"),
        ("batch_size", "B"),
        ("temperature", "Θ = ησ²/(2B)"),
        ("runs", "how many were sampled"),
        ("mean_time", "mean of η · steps from −1 until x ≥ 1"),
        ("standard_error", "of that mean"),
        ("integral", "mean time of the diffusion"),
        ("ratio", "mean time over integral"),
        ("steps", "mean of η · steps by T = 1 + K T"),
        ("kramers", "by Kramers' formula"),
        ("variation", "standard deviation over mean of the sampled times"),
        ("law_of_variation", "the same by the law of steps"),
    ],
};

const RATE: f64 = 0.05;

/// How far an end moves away from whoever looks at ends of steps only, in standard deviations of a step.
const SHIFT: f64 = 0.582_597_157_939_010_7;

/// What is measured and computed at one temperature.
struct Row {
    passage: Passage,
    times: Vec<f64>,
    mean: Mean,
    integral: f64,
    law: Law,
}

impl Row {
    fn new(temperature: f64, setting: &Setting) -> Self {
        let passage = Passage { rate: RATE, batch: 1, temperature };
        let times = passage.sample(setting.key, setting.choose(512, 6144));
        let mean = Mean::of(&times);
        Self { passage, times, mean, integral: exact(temperature, 1.0), law: passage.law(1.0) }
    }

    /// Standard deviation over mean; its standard error is that of an exponential law.
    fn variation(&self) -> Mean {
        let (mean, central) = Central::of(&self.times);
        Mean { value: central.second.sqrt() / mean, error: 1.0 / (self.times.len() as f64).sqrt() }
    }

    fn inverse(&self) -> f64 {
        1.0 / self.passage.temperature
    }
}

fn run(setting: &Setting, out: &mut Outcome) {
    let temperatures = setting.choose(&[0.14, 0.12, 0.1, 0.08, 0.065][..], &[0.14, 0.12, 0.1, 0.08, 0.065, 0.05]);
    let rows: Vec<Row> = temperatures.iter().map(|&temperature| Row::new(temperature, setting)).collect();
    for row in &rows {
        let what = format!("Θ = {}", row.passage.temperature);
        out.decide(&TIME, what.clone(), row.mean.beside(row.integral));
        out.decide(&STEPS, what.clone(), row.mean.beside(row.law.mean));
        out.decide(&SMALL, what.clone(), Measured::of(row.law.mean / row.integral));
        out.decide(&EXPONENTIAL, what.clone(), row.variation().beside(1.0));
        out.decide(&TOP, what, on_top(&row.passage, SHIFT));
    }
    let (measured, expected) = slopes(&rows);
    out.decide(&SLOPE, "slope of ln T", measured.beside(expected));
    for temperature in [0.05, 0.025] {
        out.decide(
            &KRAMERS,
            format!("Θ = {temperature}"),
            Measured::of(excess(temperature) / excess(2.0 * temperature)),
        );
    }
    out.tabulate(&ESCAPE, rows.iter().map(fields));
    out.draw("times", times(&rows));
    out.draw("survival", survival(&rows));
}

/// Integral over Kramers' formula, − 1.
fn excess(temperature: f64) -> f64 {
    exact(temperature, 1.0) / kramers(temperature) - 1.0
}

/// The time of steps to the top, beside the integral up to a shifted one.
fn on_top(passage: &Passage, shift: f64) -> Measured {
    let expected = exact(passage.temperature, shift * passage.deviation());
    Measured::of(passage.law(0.0).mean).beside(expected).give_or_take(0.0)
}

/// Slopes of ln T in 1/Θ, as sampled and by the integral.
fn slopes(rows: &[Row]) -> (Mean, f64) {
    let x: Vec<f64> = rows.iter().map(Row::inverse).collect();
    let measured: Vec<Mean> = rows.iter().map(|row| row.mean.ln()).collect();
    let exact: Vec<Mean> = rows.iter().map(|row| Mean { value: row.integral.ln(), error: 0.0 }).collect();
    (slope(&x, &measured), slope(&x, &exact).value)
}

fn fields(row: &Row) -> Vec<String> {
    let Passage { rate, batch, temperature } = row.passage;
    let numbers = [
        row.mean.value,
        row.mean.error,
        row.integral,
        row.mean.value / row.integral,
        row.law.mean,
        kramers(temperature),
        row.variation().value,
        row.law.deviation / row.law.mean,
    ];
    let settings = [rate.to_string(), batch.to_string(), temperature.to_string(), row.times.len().to_string()];
    settings.into_iter().chain(numbers.map(|x| x.to_string())).collect()
}

fn times(rows: &[Row]) -> Figure {
    let x: Vec<f64> = rows.iter().map(Row::inverse).collect();
    let end = x.last().expect("a temperature");
    let between: Vec<f64> = (0..=48).map(|i| x[0] + (end - x[0]) * f64::from(i) / 48.0).collect();
    let chart = Chart {
        x: Axis::new("1/Θ = 2B/(ησ²)", ""),
        y: Axis::new("mean time to the other minimum", "η · steps").log(),
        references: vec![
            reference("exact integral", &between, |inverse| exact(1.0 / inverse, 1.0)),
            reference("Kramers' formula", &between, |inverse| kramers(1.0 / inverse)),
        ],
        series: vec![means("measured", 0, &x, &rows.iter().map(|row| row.mean).collect::<Vec<_>>())],
        ..Chart::default()
    };
    Figure::of("Out of a minimum: exponential in its depth over the noise", chart).with_subtitle(&format!(
        "x⁴/4 − x²/2 at η = 0.05, from −1 to +1; {} runs each; the band is ± 4 standard errors.",
        rows[0].times.len()
    ))
}

/// The share of runs that have not passed, where an exponential law is a straight line.
fn survival(rows: &[Row]) -> Figure {
    let series = |(style, row): (usize, &Row)| {
        let mut times: Vec<f64> = row.times.iter().map(|time| time / row.mean.value).collect();
        times.sort_by(f64::total_cmp);
        let count = times.len();
        let left = |i: usize| 1.0 - (i as f64 + 0.5) / count as f64;
        let shown: Vec<usize> = (0..count).step_by(count.div_ceil(200)).filter(|&i| left(i) > 0.01).collect();
        let x: Vec<f64> = shown.iter().map(|&i| times[i]).collect();
        let marks = vec![line(&x, shown.iter().map(|&i| left(i)).collect())];
        Series { name: format!("Θ = {}", row.passage.temperature), style, marks }
    };
    let exponential = Guide::Curve { x: vec![0.0, 4.6], y: vec![1.0, (-4.6f64).exp()] };
    let chart = Chart {
        x: Axis::new("time over its mean", ""),
        y: Axis::new("share of runs still in their minimum", "").log().between(0.01, 1.0),
        references: vec![Reference { name: "exponential law".to_owned(), guide: exponential }],
        series: rows.iter().enumerate().step_by(2).map(series).collect(),
        ..Chart::default()
    };
    Figure::of("Noise leaves without memory: passage times are exponential", chart)
        .with_subtitle("The same runs; a straight line is a chance to leave that does not depend on the time spent.")
}

#[cfg(test)]
mod tests {
    use sgdlab_core::streams::Key;

    use super::*;
    use crate::testing::{assert_near, each_claim_can_fail};

    #[test]
    fn exact_parts_are_those_of_the_theory() {
        for (temperature, expected) in
            [(0.14, 26.5), (0.12, 35.7), (0.1, 54.1), (0.08, 101.1), (0.065, 208.0), (0.05, 659.4)]
        {
            assert_near("Kramers", kramers(temperature) / expected, 1.0, 3e-3);
        }
        let temperatures = [0.14, 0.12, 0.1, 0.08, 0.065, 0.05];
        let x = temperatures.map(|temperature: f64| 1.0 / temperature);
        let y = temperatures.map(|temperature| Mean { value: exact(temperature, 1.0).ln(), error: 0.0 });
        assert_near("slope", slope(&x, &y).value, 0.2398, 1e-4);
    }

    /// Measured by the code of the experiment with something wrong in it.
    #[test]
    fn every_claim_can_fail() {
        let at = |temperature: f64| Passage { rate: RATE, batch: 1, temperature };
        let key = Key::new("wrong");
        // Batches of two where one was meant: half the temperature; hot, so that it is quick.
        let wrong = Mean::of(&at(0.2).sample(key, 512));
        let large = Passage { rate: 0.4, batch: 1, temperature: 0.1 };
        let line = slope(&[5.0, 10.0], &[0.2, 0.1].map(|_| Mean { value: 4.2, error: 0.04 }));
        let constant = Mean { value: 0.5, error: 0.044 };
        each_claim_can_fail(
            EXPERIMENT.claims,
            &[
                ("exact-integral", wrong.beside(exact(0.1, 1.0)), "σ²/B with B = 1 for B = 2"),
                ("exact-integral", wrong.beside(kramers(0.1)), "the same beside Kramers' formula"),
                ("law-of-steps", wrong.beside(at(0.1).law(1.0).mean), "σ²/B with B = 1 for B = 2"),
                ("small-steps", Measured::of(large.law(1.0).mean / exact(0.1, 1.0)), "a rate of 0.4"),
                ("exponential-in-depth", line.beside(0.24), "a time that does not depend on the noise"),
                ("kramers-formula", Measured::of(excess(0.1) / excess(0.05)), "temperatures the other way round"),
                ("exponential-law", constant.beside(1.0), "times with half the spread"),
                ("watched-on-top", on_top(&at(0.1), 0.0), "an end that does not move"),
            ],
        );
    }
}

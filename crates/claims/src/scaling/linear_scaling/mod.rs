//! The rate may grow with the batch, up to the critical batch size.

mod laws;
mod runs;

use nalgebra::DVector;
use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Mark, Reference, Series};

use self::laws::{Spectrum, best_rate, factor, terms_to_target};
use self::runs::{Digits, bundled_rows};
use super::least_squares::LeastSquares;
use crate::tools::drawing::{curve, fields, means, reference};
use crate::tools::moments::Mean;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "linear-scaling",
    title: "The rate may grow with the batch, up to a point",
    sentence: "When the minibatch size is multiplied by k, multiply the learning rate by k.",
    reference: "Goyal et al. 2017, Accurate, large minibatch SGD: training ImageNet in 1 hour, section 2.1; Ma, Bassily and \
                Belkin 2018, The power of interpolation, theorems 2 and 4; McCandlish et al. 2018, An empirical model of \
                large-batch training, section 2; the two-sided bound is an own derivation",
    statement: "Least squares that can be fitted, in batches of B terms with replacement. With n = d orthogonal rows of length √d a \
                step multiplies E|x − x*|² by 1 − 2η + η²(1 + N/B) with the noise scale N = d − 1. The best rate B/(B + N) and \
                the largest stable one, twice as large, are linear in B for B ≪ N and saturate beyond; at B = N a step halves \
                E|x − x*|². The rule η = B/d, exact for B = 1, stops converging at B = N + 2. For any rows the largest rate \
                with bounded second moments, η(B), has 1 ≤ B η(1)/η(B) ≤ 1 + (B − 1)/B* with B* = 2/(λ₁η(1)), and at least half of \
                the right side.",
    setup: "Orthogonal rows with d = 33, so that N = 32, rule sgd from 0, one step of 4000 runs (1000 with --quick) for each B and \
            rate. The rows of the diabetes data with an intercept. Softmax regression on the digits at η = 0.01 B, for 5 epochs \
            of reshuffled batches, 8 runs each: with a rate for the short last batch of an epoch by its size (remainder \
            rescale), and with the same rate for it as for the others (keep).",
    exactness: "Factors and limits are computed: in closed form for orthogonal rows, by power iteration on second moments for the \
                diabetes. Factors are sampled beside the law, and so are the losses on the digits.",
    limits: "The rule holds for B well below the critical size and for nothing else: at B = N/4 batches cost 10 % more terms than \
             single ones, at N 40 %, at 8 N 3.6 times as many. Following the rule further is worse than waste: it diverges. A \
             critical size belongs to a problem and its rate: on the digits at 0.01 B it is 270. There the loss is 0.97 times \
             that of single terms at B = 256, 0.86 at 512 and 2.2 with all terms. The rule is one for every batch: 5 of the \
             1797 digits are left at B = 64, 128 and 256, and with the rate of a whole batch, which is what libraries do, \
             they make the loss of some runs tens of times as large.",
    truth: Truth::Limited,
    claims: &[&FACTOR, &FREE, &WASTE, &BREAKS, &LIMIT, &DIGITS_HOLD, &SHORT, &DIGITS_BREAK],
    tables: &[&FACTORS, &LIMITS, &LOSSES],
    run,
};

static FACTOR: Claim = Claim {
    name: "law-of-a-step",
    statement: "A step at the best rate leaves N/(B + N) of E|x − x*|²: half of it at B = N.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.0, share: 1e-9 },
    because: "Mean factor of one step over runs, beside the law. With B = 1 all runs are alike, up to rounding.",
};

static FREE: Claim = Claim {
    name: "free-below-the-critical-size",
    statement: "Up to a quarter of the noise scale, larger batches at proportional rates need hardly more terms.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(1.0, 1.12),
    because: "Terms to the same E|x − x*|² over those with B = 1, computed.",
};

static WASTE: Claim = Claim {
    name: "waste-above-it",
    statement: "Beyond the noise scale, what a larger batch adds is wasted, whatever the rate.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(1.3, f64::INFINITY),
    because: "The same at B = N and 8 N, each at its best rate.",
};

static BREAKS: Claim = Claim {
    name: "rule-breaks",
    statement: "The rule η = B/d stops converging at B = N + 2.",
    stance: Stance::Corrects,
    criterion: Criterion::Within { errors: 4.0, share: 0.0 },
    because: "Mean factor of one step at B = N/2, N + 2 and 2 N by the rule, beside the law: ½ or so, 1, and 2.9.",
};

static LIMIT: Claim = Claim {
    name: "critical-batch-size",
    statement: "On any data the largest stable rate is linear in B up to B* = 2/(λ₁η(1)) and saturates there, up to a factor of 2.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.5, 1.0 + 1e-9),
    because: "B η(1)/η(B) over 1 + (B − 1)/B* for the diabetes rows: the bounds are those of a maximum by a sum.",
};

static DIGITS_HOLD: Claim = Claim {
    name: "digits-follow-the-rule",
    statement: "On the digits, batches up to 2/(λη₁) end at the loss of single terms, if the short last one follows the rule too.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.9, 1.1),
    because: "Mean loss after 5 epochs over that with B = 1, where λ is the sharpness at the start; 0.96 to 1.01 was seen.",
};

static SHORT: Claim = Claim {
    name: "short-batches-break-it",
    statement: "With the rate of a whole batch for the 5 terms that are left, some runs end far above it.",
    stance: Stance::Adds,
    criterion: Criterion::Between(1.3, f64::INFINITY),
    because: "The largest loss of the runs with B = 64, 128 and 256 over the mean with B = 1: the rate for the last 5 terms is \
              13, 26 and 51 times that of the rule.",
};

static DIGITS_BREAK: Claim = Claim {
    name: "digits-break-the-rule",
    statement: "With all terms in a batch, above four times 2/(λη₁), they do not.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(1.5, f64::INFINITY),
    because: "The same loss: the rule then asks for more than four times the rate at which full-batch descent is stable at the \
              start.",
};

static FACTORS: Header = Header {
    table: "factors",
    row: "one batch size at one rate, orthogonal rows",
    columns: &[
        ("rule", "best: B/(B + N); linear: B/d"),
        ("batch_size", "B"),
        ("rate", "η"),
        ("factor", "mean of |x − x*|² after a step over before"),
        ("standard_error", "of that mean"),
        ("law", "1 − 2η + η²(1 + N/B)"),
        ("terms", "terms to a factor of 1/e by the law; infinite or negative where it diverges"),
    ],
};

static LIMITS: Header = Header {
    table: "limits",
    row: "one batch size, rows of the diabetes data",
    columns: &[
        ("batch_size", "B"),
        ("rate", "η(B), the largest with bounded second moments"),
        ("linear", "B η(1)"),
        ("bound", "B η(1)/(1 + (B − 1)/B*)"),
        ("full_batch", "2/λ₁"),
    ],
};

static LOSSES: Header = Header {
    table: "digits",
    row: "one batch size",
    columns: &[
        ("batch_size", "B"),
        ("rate", "η = η₁ B"),
        ("loss", "mean over runs after the last epoch, with the rate of the short last batch by its size"),
        ("standard_error", "of that mean"),
        ("kept_loss", "the same with the short last batch at the full rate"),
        ("kept_standard_error", "of that mean"),
        ("critical", "2/(λη₁)"),
    ],
};

/// η₁, and B, on the digits.
const SINGLE: f64 = 0.01;
const BATCHES: [usize; 9] = [1, 4, 16, 64, 128, 256, 512, 1024, 1797];

const DIMENSION: usize = 33;

/// N.
const NOISE: usize = DIMENSION - 1;

/// √d times the axes.
fn orthogonal(d: usize) -> Vec<DVector<f64>> {
    let row = |i: usize| DVector::from_fn(d, |j, _| if i == j { (d as f64).sqrt() } else { 0.0 });
    (0..d).map(row).collect()
}

/// With the solution (1, …, 1).
fn problem(d: usize) -> LeastSquares {
    LeastSquares::new(orthogonal(d), &vec![(d as f64).sqrt(); d])
}

fn run(setting: &Setting, out: &mut Outcome) {
    steps(setting, out);
    limits(out);
    digits(setting, out);
}

/// The rate of the rule that is best for B = 1.
fn by_rule(batch: usize) -> f64 {
    batch as f64 / DIMENSION as f64
}

fn steps(setting: &Setting, out: &mut Outcome) {
    let problem = problem(DIMENSION);
    let measure =
        |batch: usize, rate: f64| runs::factor(&problem, batch, rate, (setting.key, setting.choose(1000, 4000)));
    let batches = [1, 2, 4, 8, 16, NOISE, 64, 128, 256];
    let best: Vec<Mean> = batches.iter().map(|&batch| measure(batch, best_rate(DIMENSION, batch))).collect();
    for (&batch, mean) in batches.iter().zip(&best) {
        out.decide(&FACTOR, format!("B = {batch}"), mean.beside(factor(DIMENSION, best_rate(DIMENSION, batch), batch)));
    }
    let price = |batch: usize| terms_to_target(DIMENSION, batch) / terms_to_target(DIMENSION, 1);
    for (claim, batches) in [(&FREE, [2, NOISE / 4]), (&WASTE, [NOISE, 8 * NOISE])] {
        for batch in batches {
            out.decide(claim, format!("B = {batch}"), Measured::of(price(batch)));
        }
    }
    let ruled = [1, 4, 8, NOISE / 2, 24, NOISE, NOISE + 2, 48, 2 * NOISE];
    let linear: Vec<Mean> = ruled.iter().map(|&batch| measure(batch, by_rule(batch))).collect();
    for (&batch, mean) in ruled.iter().zip(&linear).filter(|(batch, _)| [16, 34, 64].contains(*batch)) {
        out.decide(&BREAKS, format!("B = {batch}"), mean.beside(factor(DIMENSION, by_rule(batch), batch)));
    }
    let row = |rule: &str, batch: usize, rate: f64, mean: &Mean| {
        let law = factor(DIMENSION, rate, batch);
        fields(&[rule], &[batch as f64, rate, mean.value, mean.error, law, -(batch as f64) / law.ln()])
    };
    let rows = batches.iter().zip(&best).map(|(&batch, mean)| row("best", batch, best_rate(DIMENSION, batch), mean));
    out.tabulate(&FACTORS, rows.chain(ruled.iter().zip(&linear).map(|(&b, mean)| row("linear", b, by_rule(b), mean))));
    out.draw("factors", figure(&batches, &best, &ruled, &linear));
}

fn figure(batches: &[usize], best: &[Mean], ruled: &[usize], linear: &[Mean]) -> Figure {
    let place = |batches: &[usize]| batches.iter().map(|&batch| batch as f64).collect::<Vec<_>>();
    let between: Vec<f64> = (0..=64).map(|i| 256f64.powf(f64::from(i) / 64.0)).collect();
    let n = NOISE as f64;
    let by_rule = |b: f64| {
        let rate = b / (n + 1.0);
        1.0 - 2.0 * rate + rate * rate * (1.0 + n / b)
    };
    let upto: Vec<f64> = between.iter().copied().filter(|&b| b <= 64.0).collect();
    let chart = Chart {
        x: Axis::new("batch size B", "").log(),
        y: Axis::new("E|x − x*|² after a step, of before", "").between(0.0, 3.0),
        references: vec![
            reference("best rate: N/(B + N)", &between, |b| n / (b + n)),
            reference("rule η = B/d: law", &upto, by_rule),
            Reference { name: "noise scale N = 32".to_owned(), guide: Guide::Vertical(n) },
        ],
        series: vec![means("best rate", 0, &place(batches), best), means("rule η = B/d", 1, &place(ruled), linear)],
        ..Chart::default()
    };
    Figure::of("The rule costs little up to N/4 and diverges from N + 2 on", chart).with_subtitle(
        "Least squares with 33 orthogonal rows: one step of sampled runs; the band is ± 4 standard errors.",
    )
}

/// Measured over the bound from above.
fn over_bound(rate: f64, batch: usize, (single, largest): (f64, f64)) -> f64 {
    let critical = 2.0 / (largest * single);
    batch as f64 * single / rate / (1.0 + (batch as f64 - 1.0) / critical)
}

fn limits(out: &mut Outcome) {
    let spectrum = Spectrum::new(&bundled_rows());
    let batches: Vec<usize> = (0..=10).map(|i| 1 << i).collect();
    let rates: Vec<f64> = batches.iter().map(|&batch| spectrum.stable_rate(batch)).collect();
    let known = (rates[0], spectrum.largest());
    let critical = 2.0 / (known.0 * known.1);
    for (&batch, &rate) in batches.iter().zip(&rates) {
        out.decide(&LIMIT, format!("B = {batch}"), Measured::of(over_bound(rate, batch, known)));
    }
    let bound = |b: f64| b * rates[0] / (1.0 + (b - 1.0) / critical);
    let row = |(&batch, &rate): (&usize, &f64)| {
        let b = batch as f64;
        fields(&[], &[b, rate, b * rates[0], bound(b), 2.0 / known.1])
    };
    out.tabulate(&LIMITS, batches.iter().zip(&rates).map(row));
    let x: Vec<f64> = batches.iter().map(|&batch| batch as f64).collect();
    let linear: Vec<f64> = x.iter().copied().filter(|b| b * rates[0] <= 4.0 / known.1).collect();
    let chart = Chart {
        x: Axis::new("batch size B", "").log(),
        y: Axis::new("largest stable rate", "").log(),
        references: vec![
            reference("linear: B η(1)", &linear, |b| b * rates[0]),
            reference("guaranteed: B η(1)/(1 + (B − 1)/B*)", &x, bound),
            Reference { name: "full batch: 2/λ₁".to_owned(), guide: Guide::Horizontal(2.0 / known.1) },
            Reference { name: "B*".to_owned(), guide: Guide::Vertical(critical) },
        ],
        series: vec![curve("exact", 0, &x, rates.clone())],
        ..Chart::default()
    };
    let figure = Figure::of("The largest stable rate grows with the batch until curvature limits it", chart);
    out.draw("limits", figure.with_subtitle("Least squares on the diabetes data: where second moments stay bounded."));
}

fn digits(setting: &Setting, out: &mut Outcome) {
    let digits = Digits::new();
    let critical = 2.0 / (digits.sharpness() * SINGLE);
    let size = (5, 8);
    let [ruled, kept] = ["rescale", "keep"].map(|remainder| {
        BATCHES.map(|batch| digits.losses((batch, remainder), SINGLE * batch as f64, size, setting.key))
    });
    let losses = ruled.map(|runs| Mean::of(&runs));
    for (&batch, loss) in BATCHES.iter().zip(&losses).skip(1) {
        let ratio = Measured::of(loss.value / losses[0].value);
        let b = batch as f64;
        if b <= critical {
            out.decide(&DIGITS_HOLD, format!("B = {batch}"), ratio);
        } else if b >= 4.0 * critical {
            out.decide(&DIGITS_BREAK, format!("B = {batch}"), ratio);
        }
    }
    let short = BATCHES.iter().zip(&kept).filter(|(batch, _)| [64, 128, 256].contains(*batch));
    let largest = short.flat_map(|(_, runs)| runs.iter().copied()).fold(0.0, f64::max);
    out.decide(&SHORT, "largest of 24 runs", Measured::of(largest / losses[0].value));
    let row = |((&batch, loss), kept): ((&usize, &Mean), &Vec<f64>)| {
        let kept = Mean::of(kept);
        let rate = SINGLE * batch as f64;
        fields(&[], &[batch as f64, rate, loss.value, loss.error, kept.value, kept.error, critical])
    };
    out.tabulate(&LOSSES, BATCHES.iter().zip(&losses).zip(&kept).map(row));
    out.draw("digits", digits_figure(&losses, &kept, critical));
}

fn digits_figure(losses: &[Mean], kept: &[Vec<f64>], critical: f64) -> Figure {
    let x = BATCHES.map(|batch| batch as f64);
    let (at, each) = x.iter().zip(kept).flat_map(|(x, runs)| runs.iter().map(|loss| (*x, *loss))).unzip();
    let short = Series {
        name: "last batch of N mod B terms at the full rate: each run".to_owned(),
        style: 1,
        marks: vec![Mark::Points { x: at, y: each }],
    };
    let chart = Chart {
        x: Axis::new("batch size B", "").log(),
        y: Axis::new("loss after 5 epochs", "").log(),
        references: vec![Reference { name: "2/(λη₁)".to_owned(), guide: Guide::Vertical(critical) }],
        series: vec![short, means("every batch by the rule: mean", 0, &x, losses)],
        ..Chart::default()
    };
    Figure::of("The digits follow the rule if their last batch does", chart).with_subtitle(&format!(
        "Softmax regression at η = 0.01 B, {} runs; the band is ± 4 standard errors. λ is the sharpness at the start.",
        kept[0].len()
    ))
}

#[cfg(test)]
mod tests {
    use sgdlab_core::streams::Key;

    use super::*;
    use crate::testing::each_claim_can_fail;

    /// Measured by the code of the experiment with something wrong in it.
    #[test]
    fn every_claim_can_fail() {
        let problem = problem(DIMENSION);
        let measure = |batch: usize, rate: f64| runs::factor(&problem, batch, rate, (Key::new("wrong"), 500));
        let price = |batch: usize| Measured::of(terms_to_target(DIMENSION, batch) / terms_to_target(DIMENSION, 1));
        let single = 2.0 * best_rate(DIMENSION, 1);
        each_claim_can_fail(
            EXPERIMENT.claims,
            &[
                (
                    "law-of-a-step",
                    measure(8, by_rule(8)).beside(factor(DIMENSION, by_rule(8), 16)),
                    "batches of 8 for 16",
                ),
                ("free-below-the-critical-size", price(NOISE), "a batch of the noise scale"),
                ("waste-above-it", price(NOISE / 4), "a quarter of the noise scale"),
                ("rule-breaks", measure(16, by_rule(34)).beside(1.0), "batches of 16 for 34"),
                (
                    "critical-batch-size",
                    Measured::of(over_bound(64.0 * single, 64, (single, 1.0))),
                    "a rate without a limit",
                ),
                ("digits-follow-the-rule", Measured::of(1.9), "a batch above the critical size"),
                ("short-batches-break-it", Measured::of(1.01), "a rate by the size of the batch"),
                ("digits-break-the-rule", Measured::of(1.01), "a batch below the critical size"),
            ],
        );
    }
}

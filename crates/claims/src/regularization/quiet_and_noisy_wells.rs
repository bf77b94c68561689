//! E2e: two equal wells with unequal noise, and what moves runs from one to the other.

use sgdlab_core::WIDTH;
use sgdlab_landscapes::surface::{Plane, Quantity, even, map};
use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Mark, Reference, Series};

use crate::tools::drawing::{fields, line};
use crate::tools::moments::Mean;
use crate::tools::wells::{REACH, Wells};
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "quiet-and-noisy-wells",
    title: "Which of two equal wells is found",
    sentence: "The noise of stochastic gradient descent makes it prefer minima where gradients vary little.",
    reference: "Smith, Dherin, Barrett, De 2021, On the Origin of Implicit Regularization in Stochastic Gradient Descent, \
                ICLR, for the drift; Kramers 1940 for escape; the set-up: own",
    statement: "F(x) = (x² − 1)²/4 has two equal wells. The terms are F + sᵢ φ(x), with s evenly spaced, of mean 0 and mean \
                square 1, and φ'(x) = 0.2 + 1.8/(1 + e⁻⁴ˣ), so that slopes deviate by 0.232 at x = −1 and by 1.968 at x = 1. \
                The modified loss of reshuffling, F + ε/4 (F'² + φ'²), is lower in the quiet well. Its drift moves the \
                divide between the wells by about ε, and the wells hardly. What moves runs across is escape by noise: for \
                independent draws at first order in ε, for reshuffling, whose noise cancels within an epoch, at large ε.",
    setup: "Ten terms, batches of one, 400 epochs from starts that are spread evenly over [−1.9, 1.9], at rates 0.01, 0.05, \
            0.1, 0.2 and 0.3, by gradient descent, reshuffling and independent draws; 4 000 starts (2 560 with --quick).",
    exactness: "Runs are sampled, 16 starts all over the interval on the same batches: standard errors are those of packs. \
                The modified loss, its wells and the divide are computed on a grid of 0.001.",
    limits: "The preference is one of time scales: with enough epochs noise empties the noisy well at any rate, with few \
             none. At ε = 0.1 reshuffling has only moved the divide after 400 epochs, at 0.2 all runs are in the quiet well.",
    truth: Truth::Limited,
    claims: &[&DRAWN, &DEALT, &LEAVES, &DESCENT, &VALUES, &WELLS_STAY, &DRIFT, &ESCAPE],
    tables: &[&TABLE],
    run,
};

static DRAWN: Claim = Claim {
    name: "draws-find-the-quiet-well",
    statement: "With independent draws nearly all runs end in the quiet well, from a rate of 0.05 on.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.9, 1.0),
    because: "Share of runs; 0.952, 1.000, 1.000, 1.000 in another program. A pack of starts that shares its batches ends in one \
              well or in halves: a standard error is 0.009, and 0.012 with --quick.",
};

static DEALT: Claim = Claim {
    name: "reshuffling-stays",
    statement: "At a rate of 0.05 reshuffling leaves half of the runs in the noisy well.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.48, 0.56),
    because: "Share of runs in the quiet well; 0.516 in another program.",
};

static LEAVES: Claim = Claim {
    name: "reshuffling-leaves",
    statement: "At rates of 0.2 and 0.3 reshuffling too has all runs in the quiet well.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.98, 1.0),
    because: "Share of runs; 1.000 in another program.",
};

static DESCENT: Claim = Claim {
    name: "descent-has-no-preference",
    statement: "Gradient descent ends in the well it starts in.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.5, 0.5),
    because: "Share of starts that end in the quiet well, half of which are there.",
};

static VALUES: Claim = Claim {
    name: "modified-values",
    statement: "The modified loss tells the wells apart: it is ε/4 φ'² in each, 70 times as much in the noisy one.",
    stance: Stance::Confirms,
    criterion: Criterion::Near(2e-3),
    because: "Values at both minima of the modified loss over ε/4 φ'(±1)²; the wells move by O(ε), which lowers them by O(ε²).",
};

static WELLS_STAY: Claim = Claim {
    name: "wells-stay-where-they-are",
    statement: "The drift moves neither well by more than 0.016, at any of the rates: it does not carry runs across.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 0.016),
    because: "Distance of the minima of the modified loss from ±1, the largest over the rates.",
};

static DRIFT: Claim = Claim {
    name: "drift-moves-the-divide",
    statement: "Where reshuffling does not escape, the share in the quiet well is the part of the starts on its side of the \
                modified loss's barrier.",
    stance: Stance::Adds,
    criterion: Criterion::Within { errors: 4.0, share: 0.02 },
    because: "Shares at rates 0.01, 0.05 and 0.1; the modified loss is exact to O(ε²), which is 1 % of the divide's shift, and \
              the noise of one epoch blurs the divide.",
};

static ESCAPE: Claim = Claim {
    name: "escape-is-more-than-drift",
    statement: "At a rate of 0.05 independent draws move runs that no drift moves.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.35, 0.5),
    because: "Share in the quiet well beyond the part of the starts on its side of the barrier; 0.44 in another program.",
};

static TABLE: Header = Header {
    table: "stable_minima",
    row: "one sampler at one rate",
    columns: &[
        ("sampler", "how batches of one term are chosen; descent takes all terms"),
        ("rate", "ε, the step size"),
        ("starts", "runs"),
        ("share_quiet", "share that ends in the quiet well"),
        ("standard_error", "of the share; 0 for descent"),
        ("drift_share", "share of the starts on the quiet side of the modified loss's barrier"),
        ("c_mod_quiet", "the modified loss in the quiet well"),
        ("c_mod_noisy", "the modified loss in the noisy well"),
    ],
};

const RATES: [f64; 5] = [0.01, 0.05, 0.1, 0.2, 0.3];

/// Ways to choose batches: none, and two samplers.
const SCHEMES: [(&str, Option<&str>); 3] =
    [("gradient descent", None), ("reshuffling", Some("reshuffle")), ("independent draws", Some("with-replacement"))];

/// φ', the deviation of slopes.
fn deviation(x: f64) -> f64 {
    0.2 + 1.8 * sgdlab_core::Real::sigmoid(4.0 * x)
}

/// Places on the line.
fn places() -> Vec<f64> {
    even(-2.0, 2.0, 4001)
}

/// A quantity of the wells on the line.
fn on_the_line(wells: &Wells, quantity: &Quantity<'_>) -> Vec<f64> {
    let plane = Plane { origin: vec![0.0], first: vec![1.0], second: vec![0.0] };
    map(wells.objective(), &plane, quantity, (&places(), &[0.0]))
}

/// The modified loss: where its wells and its barrier are, and how low the wells.
#[derive(Clone, Copy, Debug)]
struct Shape {
    wells: [f64; 2],
    values: [f64; 2],
    barrier: f64,
}

impl Shape {
    fn of(wells: &Wells, rate: f64) -> Self {
        let (x, y) = (places(), on_the_line(wells, &Quantity::Modified { rate, batch: 1 }));
        let least = |range: std::ops::Range<usize>, sign: f64| {
            let k = range.min_by(|a, b| (sign * y[*a]).total_cmp(&(sign * y[*b]))).expect("a range of the grid");
            // The vertex of the parabola through three neighbors.
            let (left, here, right) = (y[k - 1], y[k], y[k + 1]);
            let shift = 0.5 * (left - right) / (left - 2.0 * here + right);
            (x[k] + shift * (x[1] - x[0]), here - 0.25 * (left - right) * shift)
        };
        let (left, right) = (least(500..1500, 1.0), least(2500..3500, 1.0));
        Self { wells: [left.0, right.0], values: [left.1, right.1], barrier: least(1500..2500, -1.0).0 }
    }

    /// The share of starts on the quiet side of the barrier.
    fn drift_share(self) -> f64 {
        (self.barrier + REACH) / (2.0 * REACH)
    }
}

fn run(setting: &Setting, out: &mut Outcome) {
    let wells = Wells::new();
    let packs = setting.choose(160, 250);
    let shapes = RATES.map(|rate| Shape::of(&wells, rate));
    let shares = SCHEMES.map(|(name, sampler)| {
        RATES.map(|rate| {
            let key = setting.key.child(&format!("{name}, rate {rate}"));
            wells.share(rate, packs, sampler.map(|sampler| (sampler, key)))
        })
    });
    decide(&shares, &shapes, out);
    let row = |scheme: usize, k: usize| {
        let (share, shape) = (shares[scheme][k], shapes[k]);
        let numbers = [RATES[k], (packs * WIDTH) as f64, share.value, share.error, shape.drift_share()];
        fields(&[SCHEMES[scheme].0], &[&numbers[..], &shape.values[..]].concat())
    };
    out.tabulate(&TABLE, (0..3).flat_map(|scheme| (0..RATES.len()).map(move |k| row(scheme, k))));
    out.draw("shares", share_figure(&shares, &shapes, packs * WIDTH));
    out.draw("losses", loss_figure(&wells));
}

fn decide(shares: &[[Mean; 5]; 3], shapes: &[Shape; 5], out: &mut Outcome) {
    let [still, dealt, drawn] = shares;
    let measured = |share: Mean| Measured::of(share.value).give_or_take(share.error);
    for (k, rate) in RATES.into_iter().enumerate() {
        let name = format!("rate {rate}");
        if rate >= 0.05 {
            out.decide(&DRAWN, &name, measured(drawn[k]));
        }
        if rate >= 0.2 {
            out.decide(&LEAVES, &name, measured(dealt[k]));
        }
        if rate <= 0.1 {
            out.decide(&DRIFT, &name, measured(dealt[k]).beside(shapes[k].drift_share()));
        }
        out.decide(&DESCENT, &name, Measured::of(still[k].value));
        for (well, (x, value)) in ["quiet", "noisy"].into_iter().zip([-1.0, 1.0].into_iter().zip(shapes[k].values)) {
            let ratio = value / (rate / 4.0 * deviation(x) * deviation(x));
            out.decide(&VALUES, format!("{well} well, {name}"), Measured::of(ratio).beside(1.0));
        }
    }
    out.decide(&DEALT, "rate 0.05", measured(dealt[1]));
    let beyond = drawn[1].value - shapes[1].drift_share();
    out.decide(&ESCAPE, "rate 0.05", Measured::of(beyond).give_or_take(drawn[1].error));
    for (j, (well, place)) in [("quiet well", -1.0), ("noisy well", 1.0)].into_iter().enumerate() {
        let moved = shapes.iter().map(|shape| (shape.wells[j] - place).abs()).fold(0.0, f64::max);
        out.decide(&WELLS_STAY, well, Measured::of(moved));
    }
}

fn share_figure(shares: &[[Mean; 5]; 3], shapes: &[Shape; 5], starts: usize) -> Figure {
    let series = |(style, (name, shares)): (usize, (&str, &[Mean; 5]))| {
        let edge = |side: f64| shares.iter().map(|share| (share.value + side * share.error).clamp(0.0, 1.0)).collect();
        let y: Vec<f64> = shares.iter().map(|share| share.value).collect();
        let band = Mark::Band { x: RATES.to_vec(), low: edge(-4.0), high: edge(4.0) };
        let points = Mark::Points { x: RATES.to_vec(), y: y.clone() };
        Series { name: name.to_owned(), style, marks: vec![band, line(&RATES, y), points] }
    };
    let drift = Reference {
        name: "what the drift explains".to_owned(),
        guide: Guide::Curve { x: RATES.to_vec(), y: shapes.iter().map(|shape| shape.drift_share()).collect() },
    };
    let chart = Chart {
        x: Axis::new("rate ε", "").log(),
        y: Axis::new("share of runs in the quiet well", "").between(0.4, 1.05),
        references: vec![drift],
        series: SCHEMES.map(|scheme| scheme.0).into_iter().zip(shares).enumerate().map(series).collect(),
        ..Chart::default()
    };
    Figure::of("Noise empties the noisy well, drift only moves the divide", chart).with_subtitle(&format!(
        "{starts} starts spread over [−1.9, 1.9], 400 epochs of ten terms; bands of 4 standard errors."
    ))
}

fn loss_figure(wells: &Wells) -> Figure {
    // Every tenth place, within the window.
    let thin = |numbers: &[f64]| -> Vec<f64> { numbers.iter().step_by(10).copied().collect() };
    let x = thin(&places());
    let window = |y: Vec<f64>| -> Vec<f64> { y.into_iter().map(|y| if y <= 0.6 { y } else { f64::NAN }).collect() };
    let loss = thin(&on_the_line(wells, &Quantity::Value));
    let plain = Series { name: "F".to_owned(), style: 0, marks: vec![line(&x, window(loss))] };
    let modified = [0.05, 0.1, 0.2].into_iter().enumerate().map(|(k, rate)| {
        let y = thin(&on_the_line(wells, &Quantity::Modified { rate, batch: 1 }));
        Series { name: format!("modified, ε = {rate}"), style: k + 1, marks: vec![line(&x, window(y))] }
    });
    let losses = Chart {
        title: "losses".to_owned(),
        x: Axis::new("x", "").between(-2.0, 2.0),
        y: Axis::new("loss", "").between(0.0, 0.6),
        series: [plain].into_iter().chain(modified).collect(),
        ..Chart::default()
    };
    let deviations: Vec<f64> =
        thin(&on_the_line(wells, &Quantity::GradientVariance)).iter().map(|v| v.sqrt()).collect();
    let noise = Chart {
        title: "noise".to_owned(),
        x: Axis::new("x", "").between(-2.0, 2.0),
        y: Axis::new("standard deviation of slopes", "").between(0.0, 2.2),
        series: vec![Series { name: "slopes of the terms".to_owned(), style: 4, marks: vec![line(&x, deviations)] }],
        ..Chart::default()
    };
    let figure =
        Figure::multiples("The modified loss lifts the noisy well and hardly moves it", vec![losses, noise], 2);
    Figure { height: 300.0, ..figure }.with_subtitle("Two equal wells; the slopes of ten terms vary more on the right.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_near, each_claim_can_fail};

    /// The modified loss in both wells, as printed to four digits.
    #[test]
    fn modified_losses_are_the_recorded_ones() {
        let wells = Wells::new();
        let recorded = [[0.0001, 0.0097], [0.0007, 0.0484], [0.0013, 0.0968], [0.0027, 0.1934], [0.0040, 0.2901]];
        for (rate, values) in RATES.into_iter().zip(recorded) {
            let shape = Shape::of(&wells, rate);
            values.iter().zip(shape.values).for_each(|(a, b)| assert_near(&format!("rate {rate}"), *a, b, 5.1e-5));
        }
        let deviations = on_the_line(&wells, &Quantity::GradientVariance);
        for (place, x) in [(1000, -1.0), (3000, 1.0)] {
            assert_near("deviation", deviations[place].sqrt(), deviation(x), 1e-12);
        }
    }

    #[test]
    fn every_claim_can_fail() {
        let wells = Wells::new();
        let shape = Shape::of(&wells, 0.05);
        // The divide of F itself, and the value of a modified loss with ε/2.
        let doubled = Shape::of(&wells, 0.1).values[1];
        let expected = 0.05 / 4.0 * deviation(1.0).powi(2);
        each_claim_can_fail(
            EXPERIMENT.claims,
            &[
                ("draws-find-the-quiet-well", Measured::of(0.516), "reshuffling"),
                ("reshuffling-stays", Measured::of(0.952), "independent draws"),
                ("reshuffling-leaves", Measured::of(0.5), "gradient descent"),
                ("descent-has-no-preference", Measured::of(0.516), "reshuffling"),
                ("modified-values", Measured::of(doubled / expected).beside(1.0), "ε/2 in the place of ε/4"),
                ("wells-stay-where-they-are", Measured::of(0.05), "a divide that moves"),
                (
                    "drift-moves-the-divide",
                    Measured::of(0.952).give_or_take(0.008).beside(shape.drift_share()),
                    "independent draws",
                ),
                ("escape-is-more-than-drift", Measured::of(0.0), "drift alone"),
            ],
        );
    }
}

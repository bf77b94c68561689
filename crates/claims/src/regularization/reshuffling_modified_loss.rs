//! E2a: one epoch of reshuffled terms, in the mean over all orders.

use sgdlab_core::WIDTH;
use sgdlab_objectives::Linear;
use sgdlab_samplers::BatchBuffer;

use super::epochs::{Scheme, ends, mean};
use super::flow::Correction;
use super::order::{self, Errors, RATES, rates, same};
use super::terms::{Points, START, Terms, neurons, plus, times};
use crate::{Claim, Criterion, Experiment, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "reshuffling-modified-loss",
    title: "The loss that reshuffling descends",
    sentence: "On average over orders, stochastic gradient descent with reshuffling follows the gradient flow of a modified \
               loss, which penalizes the squared norms of the minibatch gradients.",
    reference: "Smith, Dherin, Barrett, De 2021, On the Origin of Implicit Regularization in Stochastic Gradient Descent, \
                ICLR, section 2",
    statement: "Terms C₁, …, C_m are the batches of an epoch, C their mean, gᵢ = ∇Cᵢ, G = ∇C. After one epoch of m steps \
                w ← w − ε gᵢ, every term once, the mean of w over all m! orders is where the gradient flow of \
                C + ε/(4m) Σ |gᵢ|² = C + ε/4 |G|² + ε/(4m) Σ |gᵢ − G|² is after the time m ε, up to O((m ε)³). \
                Without the correction, or with ε/4 |G|² alone, it is so up to O(m ε²) only.",
    setup: "Six neurons ½ (tanh(aᵢ·w) − yᵢ)² of two weights, batches of one, from w = (0.4, −0.3), at the rates 0.2, 0.1, \
            …, 0.003125. The six inputs are not alike in length or direction, so that nothing cancels by accident.",
    exactness: "All 720 orders are enumerated, flows are integrated to 10⁻¹¹. Nothing is drawn but the epochs of the last \
                claim: 20 000 by the sampler of sweeps (4 000 with --quick).",
    limits: "The theorem is about the mean over orders. A single order is off by O(ε²) even from the modified flow. And the \
             bound is O((m ε)³), so that the correction wins little once m ε is of order 1: at ε = 0.2 the corrected error is \
             0.0120, the plain one 0.0212.",
    truth: Truth::Holds,
    claims: &[&CORRECTED, &PLAIN, &SINGLE, &COEFFICIENT, &SAMPLER],
    tables: &[&order::TABLE],
    run,
};

static CORRECTED: Claim = Claim {
    name: "corrected-third-order",
    statement: "Against the flow of the modified loss the error falls with the third power of the rate.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(2.95, 3.05),
    because: "Slope of the last halving; what is left of the next order at ε = 0.003 changes it by less than 0.01.",
};

static PLAIN: Claim = Claim {
    name: "plain-second-order",
    statement: "Against the flow of the loss itself, or with the squared gradient of the mean alone, it falls with the \
                second power only: both parts of the correction are needed.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(1.95, 2.05),
    because: "Slopes of the last halving.",
};

static SINGLE: Claim = Claim {
    name: "one-order-is-not-the-mean",
    statement: "One fixed order follows the modified loss to second order only: the theorem is about the mean.",
    stance: Stance::Adds,
    criterion: Criterion::Between(1.95, 2.05),
    because: "Slope of the last halving for the order 1, 2, …, 6.",
};

static COEFFICIENT: Claim = Claim {
    name: "coefficient",
    statement: "What the mean over orders has moved beyond the flow of the loss is −ε²/2 Σ Hᵢ gᵢ: not only the order of the \
                correction is right, its factor is too.",
    stance: Stance::Confirms,
    criterion: Criterion::Near(1e-3),
    because: "Ratio in each coordinate, extrapolated to ε → 0 from the last two rates (2 r(ε/2) − r(ε)), which leaves O(ε²).",
};

static SAMPLER: Claim = Claim {
    name: "the-sampler-deals-orders",
    statement: "Epochs that the sampler `reshuffle` deals have the enumerated mean.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 20.0),
    because: "Squared distance of the means at ε = 0.2 in units of standard errors from all orders: chi-squared with 2 degrees of \
              freedom, above 20 in 1 of 22 000 cases.",
};

/// Where the order 1, 2, …, m leads.
fn in_order(terms: &mut Terms<'_>) -> Points {
    let mut at = START;
    (0..terms.count() as u32).for_each(|term| terms.step(&[term], &mut at, &rates()));
    at
}

/// Ratios in each coordinate, extrapolated to the rate 0 from two runs of which the second has half the rate.
pub(super) fn extrapolated(found: &Points, expected: &Points, [whole, half]: [usize; 2]) -> [f64; 2] {
    let ratio = |j: usize, run: usize| found[j][run] / expected[j][run];
    [0, 1].map(|j| 2.0 * ratio(j, half) - ratio(j, whole))
}

/// The flow of a modified loss for the time of an epoch.
pub(super) fn flow(terms: &mut Terms<'_>, correction: Correction) -> Points {
    let time = rates().map(|rate| terms.count() as f64 * rate);
    correction.flow(terms, &rates(), &time, START)
}

/// What the mean is beyond the flow of the loss, beside `factor` times the theory.
fn beyond(terms: &mut Terms<'_>, mean: &Points, factor: f64) -> [f64; 2] {
    let beyond = plus(mean, &same(-1.0), &flow(terms, Correction::NONE));
    let own = times(factor * terms.count() as f64, &terms.own_products(&START));
    let expected = plus(&[[0.0; WIDTH]; 2], &rates().map(|rate| -0.5 * rate * rate), &own);
    extrapolated(&beyond, &expected, [RATES - 2, RATES - 1])
}

/// How far the mean of sampled epochs is from the enumerated one, in standard errors, squared.
///
/// n m·V⁻¹ m with the difference m of the means and the covariance V over all orders.
fn sampled(objective: &Linear<f64>, sampler: &str, setting: &Setting, count: u64) -> f64 {
    let mut terms = Terms::new(objective);
    let steps = terms.count() as u64;
    let orders = (Scheme::Dealt(1), 1);
    let mean = mean(&mut terms, orders, &rates(), &START);
    let away = |at: &Points| [0, 1].map(|j| at[j][0] - mean[j][0]);
    let ([mut a, mut b, mut c], mut all) = ([0.0; 3], 0.0);
    ends(&mut terms, orders, &rates(), &START, &mut |end| {
        let [x, y] = away(end);
        (a, b, c, all) = (a + x * x, b + x * y, c + y * y, all + 1.0);
    });
    let mut sampler = crate::tools::sampler::sampler(sampler, terms.count(), 1, setting.key.child("epochs"));
    let mut batch = BatchBuffer::with_capacity(1);
    let mut sum = [0.0; 2];
    for epoch in 0..count {
        let mut at = START;
        for step in 0..steps {
            sampler.fill(epoch * steps + step, &mut batch);
            terms.step(&batch.indices, &mut at, &rates());
        }
        sum.iter_mut().zip(away(&at)).for_each(|(sum, away)| *sum += away);
    }
    let [x, y] = sum.map(|sum| sum / count as f64);
    count as f64 * all * (c * x * x - 2.0 * b * x * y + a * y * y) / (a * c - b * b)
}

/// What is compared, at all rates.
fn errors(terms: &mut Terms<'_>) -> [Errors; 4] {
    let mean = mean(terms, (Scheme::Dealt(1), 1), &rates(), &START);
    let single = in_order(terms);
    let mut against = |name: &'static str, point: &Points, flow_name: &'static str, correction: Correction| {
        Errors::between((name, flow_name), (&rates(), RATES), (point, &flow(terms, correction)))
    };
    let all = "mean over all orders";
    [
        against(all, &mean, "C", Correction::NONE),
        against(all, &mean, "C + ε/4 |G|²", Correction::DESCENT),
        against(all, &mean, "C + ε/(4m) Σ |gᵢ|²", Correction::RESHUFFLING),
        against("one order", &single, "C + ε/(4m) Σ |gᵢ|²", Correction::RESHUFFLING),
    ]
}

fn run(setting: &Setting, out: &mut Outcome) {
    let objective = neurons(6);
    let mut terms = Terms::new(&objective);
    let all = errors(&mut terms);
    let [plain, square, corrected, single] = &all;
    out.decide(&CORRECTED, "flow on C + ε/(4m) Σ |gᵢ|²", Measured::of(corrected.slope()));
    out.decide(&PLAIN, "flow on C", Measured::of(plain.slope()));
    out.decide(&PLAIN, "flow on C + ε/4 |G|²", Measured::of(square.slope()));
    out.decide(&SINGLE, "slope", Measured::of(single.slope()));
    let mean = mean(&mut terms, (Scheme::Dealt(1), 1), &rates(), &START);
    for (name, ratio) in ["w₁", "w₂"].into_iter().zip(beyond(&mut terms, &mean, 1.0)) {
        out.decide(&COEFFICIENT, name, Measured::of(ratio).beside(1.0));
    }
    let distance = sampled(&objective, "reshuffle", setting, setting.choose(4000, 20_000));
    out.decide(&SAMPLER, "chi-squared", Measured::of(distance));
    order::tabulate(&all, out);
    let shown = [
        ("mean, flow on C", plain),
        ("mean, flow on C + ε/4 |G|²", square),
        ("mean, flow on C + ε/(4m) Σ |gᵢ|²", corrected),
        ("one order, the same flow", single),
    ];
    let guides = [("slope 2", 2.0, 2.5e-6), ("slope 3", 3.0, 4e-8)];
    let figure = order::figure("Reshuffling follows the modified loss to one order more", &shown, &guides);
    let subtitle = "One epoch of six neurons; the mean over all 720 orders against flows for the same time.";
    out.draw("order", figure.with_subtitle(subtitle));
}

#[cfg(test)]
mod tests {
    use sgdlab_core::streams::Key;

    use super::*;
    use crate::testing::{assert_near, each_claim_can_fail};

    /// The numbers of another program.
    #[test]
    fn errors_and_slopes_are_the_recorded_ones() {
        let objective = neurons(6);
        let [plain, square, corrected, single] = errors(&mut Terms::new(&objective));
        for (errors, first, last, slopes) in [
            (plain, 2.12e-2, 6.84e-6, [1.983, 1.992, 1.996]),
            (square, 2.45e-2, 7.01e-6, [1.994, 1.998, 1.999]),
            (corrected, 1.20e-2, 5.93e-8, [2.986, 2.994, 2.997]),
        ] {
            assert_near(errors.flow, errors.errors[0] / first, 1.0, 5e-3);
            assert_near(errors.flow, errors.errors[RATES - 1] / last, 1.0, 2e-3);
            errors.slopes()[3..].iter().zip(slopes).for_each(|(a, b)| assert_near(errors.flow, *a, b, 5e-4 / 2.0));
        }
        single.slopes()[3..].iter().zip([2.028, 2.014, 2.007]).for_each(|(a, b)| assert_near("single", *a, b, 3e-4));
    }

    #[test]
    fn every_claim_can_fail() {
        let objective = neurons(6);
        let mut terms = Terms::new(&objective);
        let mean = mean(&mut terms, (Scheme::Dealt(1), 1), &rates(), &START);
        let mut slope = |factor: f64| {
            let wrong = Correction { square: factor, variance: factor, third: 0.0 };
            let flow = flow(&mut terms, wrong);
            Measured::of(Errors::between(("mean", "wrong"), (&rates(), RATES), (&mean, &flow)).slope())
        };
        let (halved, mis_signed, right) = (slope(0.5), slope(-1.0), slope(1.0));
        let ratio = beyond(&mut terms, &mean, 2.0)[0];
        let setting = Setting { quick: true, key: Key::new("sgdlab") };
        let biased = sampled(&objective, "sequential", &setting, 4000);
        each_claim_can_fail(
            EXPERIMENT.claims,
            &[
                ("corrected-third-order", halved, "ε/8 in the place of ε/4"),
                ("corrected-third-order", mis_signed, "a correction with the wrong sign"),
                ("plain-second-order", right, "the right correction"),
                ("one-order-is-not-the-mean", right, "the mean over orders"),
                ("coefficient", Measured::of(ratio).beside(1.0), "a factor of 2"),
                ("the-sampler-deals-orders", Measured::of(biased), "always the same order"),
            ],
        );
    }
}

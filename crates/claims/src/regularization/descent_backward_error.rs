//! E2d: the modified loss of gradient descent.

use sgdlab_core::WIDTH;
use sgdlab_reports::figures::Figure;

use super::flow::Correction;
use super::order::{self, Errors, halvings};
use super::terms::{Numbers, Points, START, Terms, neurons};
use crate::{Claim, Criterion, Experiment, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "descent-backward-error",
    title: "The loss that gradient descent descends",
    sentence: "Gradient descent with a finite step follows the gradient flow of a modified loss that penalizes the squared \
               norm of the gradient.",
    reference: "Barrett, Dherin 2021, Implicit Gradient Regularization, ICLR; Hairer, Lubich, Wanner 2006, Geometric \
                Numerical Integration, chapter IX",
    statement: "A step w ← w − ε G is the flow of the field −G − (ε/2) H G − (ε²/12) (C'''(G, G) + 4 H H G) + O(ε³) for the \
                time ε. The first two terms are the gradient flow of C + ε/4 |G|². Cut after one, two or three terms, the \
                field is off by ε², ε³ or ε⁴ after one step, and by ε, ε² or ε³ after a fixed time.",
    setup: "The mean of the six neurons of reshuffling-modified-loss, all of them in every step, from (0.4, −0.3), at rates \
            0.4, 0.2, …, 0.0125; one step, and steps for the time 1.2.",
    exactness: "Everything is computed; C''' is a difference of exact products with the Hessian, to 10⁻¹².",
    limits: "The series does not converge: each further term helps at small steps only. Beyond the edge of stability, \
             ε λ > 2, the flow of no modified loss oscillates as gradient descent does.",
    truth: Truth::Holds,
    claims: &[&STEP, &TIME],
    tables: &[&order::TABLE],
    run,
};

static STEP: Claim = Claim {
    name: "one-step",
    statement: "After one step the errors of the flows with one, two and three terms fall with the second, third and fourth \
                power of the rate.",
    stance: Stance::Confirms,
    criterion: Criterion::Near(0.0125),
    because: "Slopes of the last halving, within 0.025, 0.0375 and 0.05 of 2, 3 and 4.",
};

static TIME: Claim = Claim {
    name: "fixed-time",
    statement: "After a fixed time they fall with the first, second and third power.",
    stance: Stance::Confirms,
    criterion: Criterion::Near(0.016),
    because: "Slopes of the last halving, within 0.016, 0.032 and 0.048 of 1, 2 and 3.",
};

/// Halvings of the rate, and one more.
const RATES: usize = 6;

/// The fixed time.
const TIME_SPAN: f64 = 1.2;

/// Flows with one, two and three terms of the field.
const FLOWS: [(&str, Correction); 3] =
    [("C", Correction::NONE), ("C + ε/4 |G|²", Correction::DESCENT), ("the next order", Correction::THIRD)];

fn rates() -> Numbers {
    halvings(0.4, RATES)
}

/// Gradient descent for so many steps of each run.
fn descent(terms: &mut Terms<'_>, steps: [usize; WIDTH]) -> Points {
    let mut at = START;
    for step in 0..steps.into_iter().max().unwrap_or(0) {
        // Runs that are through stay where they are.
        let rates: Numbers = std::array::from_fn(|run| if step < steps[run] { rates()[run] } else { 0.0 });
        terms.full_step(&mut at, &rates);
    }
    at
}

/// Errors after one step, and after the fixed time, of a flow.
fn errors(terms: &mut Terms<'_>, (name, correction): (&'static str, Correction)) -> [Errors; 2] {
    let steps = rates().map(|rate| (TIME_SPAN / rate).round() as usize);
    let cases = [
        ("gradient descent, one step", [1; WIDTH], rates()),
        ("gradient descent, time 1.2", steps, [TIME_SPAN; WIDTH]),
    ];
    cases.map(|(what, steps, times)| {
        let flow = correction.flow(terms, &rates(), &times, START);
        Errors::between((what, name), (&rates(), RATES), (&descent(terms, steps), &flow))
    })
}

fn run(_: &Setting, out: &mut Outcome) {
    let objective = neurons(6);
    let mut terms = Terms::new(&objective);
    let all = FLOWS.map(|flow| errors(&mut terms, flow));
    for (order, [step, time]) in (1u8..).zip(&all) {
        out.decide(&STEP, format!("flow on {}", step.flow), Measured::of(step.slope()).beside(f64::from(order + 1)));
        out.decide(&TIME, format!("flow on {}", time.flow), Measured::of(time.slope()).beside(f64::from(order)));
    }
    let names = ["flow on C", "flow on C + ε/4 |G|²", "the next order as well"];
    let chart = |title: &str, which: usize, guides: &[(&str, f64, f64)]| {
        let shown: Vec<(&str, &Errors)> = names.into_iter().zip(all.iter().map(|both| &both[which])).collect();
        order::chart(title, &shown, guides)
    };
    let charts = vec![chart("one step: slopes 2, 3, 4", 0, &[]), chart("the time 1.2: slopes 1, 2, 3", 1, &[])];
    let figure = Figure::multiples("Each term of the modified field wins an order", charts, 2);
    let figure = Figure { height: 320.0, ..figure };
    out.draw(
        "order",
        figure.with_subtitle("Gradient descent on the mean of six neurons against flows for the same time."),
    );
    order::tabulate(all.as_flattened(), out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_near, each_claim_can_fail};

    #[test]
    fn slopes_are_the_recorded_ones_and_claims_can_fail() {
        let objective = neurons(6);
        let mut terms = Terms::new(&objective);
        for (flow, step, time) in [(FLOWS[0], 2.005, 1.003), (FLOWS[1], 3.000, 2.004), (FLOWS[2], 4.008, 3.006)] {
            let [of_step, of_time] = errors(&mut terms, flow);
            assert_near(flow.0, of_step.slope(), step, 5e-4);
            assert_near(flow.0, of_time.slope(), time, 5e-4);
        }
        let wrong = ("wrong", Correction { third: -1.0, ..Correction::DESCENT });
        let [step, time] = errors(&mut terms, wrong);
        each_claim_can_fail(
            EXPERIMENT.claims,
            &[
                ("one-step", Measured::of(step.slope()).beside(4.0), "a third order with the wrong sign"),
                ("fixed-time", Measured::of(time.slope()).beside(3.0), "a third order with the wrong sign"),
            ],
        );
    }
}

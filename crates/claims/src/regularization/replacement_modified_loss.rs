//! E2b: one epoch of independent draws, in the mean over all sequences.

use super::epochs::{Scheme, mean};
use super::flow::Correction;
use super::order::{self, Errors, RATES, rates, same};
use super::reshuffling_modified_loss::{extrapolated, flow};
use super::terms::{Points, START, Terms, neurons, plus};
use crate::{Claim, Criterion, Experiment, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "replacement-modified-loss",
    title: "The loss that independent draws descend",
    sentence: "Stochastic gradient descent is implicitly regularized by the variance of its gradients.",
    reference: "Smith, Dherin, Barrett, De 2021, On the Origin of Implicit Regularization in Stochastic Gradient Descent, \
                ICLR, is about reshuffling; for independent draws: own derivation",
    statement: "If each of the m steps of an epoch draws its term independently, the cross terms of the second order average \
                to (ε²/2) m(m − 1) H G, and the mean of w over all mᵐ sequences is where the flow of C + ε/4 |G|² is after \
                the time m ε, up to O((m ε)³): this is the modified loss of gradient descent, without any variance. So the \
                means of both samplers differ by −(m ε²/4) ∇ tr S + O(ε³), S = (1/m) Σ (gᵢ − G)(gᵢ − G)ᵀ.",
    setup: "As for reshuffling: six neurons ½ (tanh(aᵢ·w) − yᵢ)², batches of one, from (0.4, −0.3), rates 0.2 to 0.003125.",
    exactness: "All 46 656 sequences are enumerated, flows are integrated to 10⁻¹¹; nothing is drawn.",
    limits: "This holds for the mean after one epoch. Over many epochs the variance of the runs, which is of order ε for \
             independent draws, feeds back into the mean through third derivatives: see many-epochs.",
    truth: Truth::Limited,
    claims: &[&CORRECTED, &VARIANCE, &PLAIN, &DIFFERENCE],
    tables: &[&order::TABLE],
    run,
};

static CORRECTED: Claim = Claim {
    name: "follows-descent",
    statement: "Against the flow of the modified loss of gradient descent, C + ε/4 |G|², the error falls with the third \
                power of the rate.",
    stance: Stance::Adds,
    criterion: Criterion::Between(2.95, 3.05),
    because: "Slope of the last halving.",
};

static VARIANCE: Claim = Claim {
    name: "no-variance-term",
    statement: "Against the flow of the modified loss of reshuffling it falls with the second power only: there is no \
                regularization by variance in the mean of independent draws.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(1.9, 2.1),
    because: "Slope of the last halving, which is still 0.04 below its limit.",
};

static PLAIN: Claim = Claim {
    name: "plain-second-order",
    statement: "Against the flow of the loss itself it falls with the second power.",
    stance: Stance::Adds,
    criterion: Criterion::Between(1.9, 2.1),
    because: "Slope of the last halving, which is still 0.05 below its limit.",
};

static DIFFERENCE: Claim = Claim {
    name: "difference-of-the-samplers",
    statement: "The means of reshuffling and of independent draws differ by −(m ε²/4) ∇ tr S.",
    stance: Stance::Confirms,
    criterion: Criterion::Near(2e-3),
    because: "Ratio in each coordinate, extrapolated to ε → 0 from the last two rates (2 r(ε/2) − r(ε)), which leaves O(ε²).",
};

/// (difference of the means) / (`factor` · theory) in each coordinate.
fn difference(terms: &mut Terms<'_>, factor: f64) -> [f64; 2] {
    let [dealt, drawn] = [Scheme::Dealt(1), Scheme::Drawn].map(|scheme| mean(terms, (scheme, 1), &rates(), &START));
    let found = plus(&dealt, &same(-1.0), &drawn);
    // ½ ∇ tr S = (1/m) Σ Hᵢ gᵢ − H G.
    let gradient = terms.mean_gradient(&START);
    let slope = plus(&terms.own_products(&START), &same(-1.0), &terms.mean_product(&START, &gradient));
    let share = rates().map(|rate| -0.5 * factor * terms.count() as f64 * rate * rate);
    let expected = plus(&[same(0.0); 2], &share, &slope);
    extrapolated(&found, &expected, [RATES - 2, RATES - 1])
}

fn errors(terms: &mut Terms<'_>) -> [Errors; 3] {
    let mean = mean(terms, (Scheme::Drawn, 1), &rates(), &START);
    let mut against = |name: &'static str, correction: Correction| {
        let flow: Points = flow(terms, correction);
        Errors::between(("mean over all sequences", name), (&rates(), RATES), (&mean, &flow))
    };
    [
        against("C", Correction::NONE),
        against("C + ε/4 |G|²", Correction::DESCENT),
        against("C + ε/(4m) Σ |gᵢ|²", Correction::RESHUFFLING),
    ]
}

fn run(_: &Setting, out: &mut Outcome) {
    let objective = neurons(6);
    let mut terms = Terms::new(&objective);
    let all = errors(&mut terms);
    let [plain, corrected, variance] = &all;
    out.decide(&CORRECTED, "flow on C + ε/4 |G|²", Measured::of(corrected.slope()));
    out.decide(&VARIANCE, "flow on C + ε/(4m) Σ |gᵢ|²", Measured::of(variance.slope()));
    out.decide(&PLAIN, "flow on C", Measured::of(plain.slope()));
    for (name, ratio) in ["w₁", "w₂"].into_iter().zip(difference(&mut terms, 1.0)) {
        out.decide(&DIFFERENCE, name, Measured::of(ratio).beside(1.0));
    }
    order::tabulate(&all, out);
    let shown = [("flow on C", plain), ("flow on C + ε/(4m) Σ |gᵢ|²", variance), ("flow on C + ε/4 |G|²", corrected)];
    let guides = [("slope 2", 2.0, 7e-7), ("slope 3", 3.0, 9e-8)];
    let figure = order::figure("Independent draws follow the modified loss of gradient descent", &shown, &guides);
    let subtitle = "One epoch of six neurons; the mean over all 46 656 sequences against flows for the same time.";
    out.draw("order", figure.with_subtitle(subtitle));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_near, each_claim_can_fail};

    /// The numbers of another program, and claims that are made false.
    #[test]
    fn numbers_are_the_recorded_ones_and_claims_can_fail() {
        let objective = neurons(6);
        let mut terms = Terms::new(&objective);
        let [plain, corrected, variance] = errors(&mut terms);
        for (errors, first, last, slopes) in [
            (&plain, 1.60e-2, 1.45e-6, [1.988, 1.928, 1.951]),
            (&corrected, 2.03e-2, 1.35e-7, [2.987, 2.996, 2.999]),
            (&variance, 9.22e-3, 6.82e-6, [1.818, 1.916, 1.960]),
        ] {
            assert_near(errors.flow, errors.errors[0] / first, 1.0, 5e-3);
            assert_near(errors.flow, errors.errors[RATES - 1] / last, 1.0, 5e-3);
            errors.slopes()[3..].iter().zip(slopes).for_each(|(a, b)| assert_near(errors.flow, *a, b, 3e-4));
        }
        let wrong = |of: &Errors| Measured::of(of.slope());
        let ratio = difference(&mut terms, 2.0)[0];
        each_claim_can_fail(
            EXPERIMENT.claims,
            &[
                ("follows-descent", wrong(&variance), "the modified loss of reshuffling"),
                ("no-variance-term", wrong(&corrected), "the modified loss of gradient descent"),
                ("plain-second-order", wrong(&corrected), "a correction"),
                ("difference-of-the-samplers", Measured::of(ratio).beside(1.0), "twice the term"),
            ],
        );
    }
}

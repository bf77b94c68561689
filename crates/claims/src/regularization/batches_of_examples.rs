//! E2c: examples that are shuffled and cut into batches.

use super::epochs::{Scheme, mean};
use super::flow::Correction;
use super::order::{self, Errors, RATES, rates};
use super::terms::{START, Terms, neurons};
use crate::{Claim, Criterion, Experiment, Measured, Outcome, Setting, Stance, Truth};
use sgdlab_reports::figures::Figure;

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "batches-of-examples",
    title: "How the implicit regularizer depends on the batch size",
    sentence: "The implicit regularization by the variance of gradients is proportional to ε/B.",
    reference: "Smith, Dherin, Barrett, De 2021, On the Origin of Implicit Regularization in Stochastic Gradient Descent, \
                ICLR, section 2; the finite-population factor: own derivation",
    statement: "N examples are shuffled and cut into N/B batches. In the mean over all orders of the examples, an epoch \
                follows the flow of C + ε/4 |G|² + (ε/4) (N − B)/((N − 1) B) tr S for the time ε N/B, up to third order, \
                with S = (1/N) Σ (gᵢ − G)(gᵢ − G)ᵀ over the examples. The factor is 1/B for N → ∞ only, and 0 where a \
                batch is everything.",
    setup: "The six neurons of reshuffling-modified-loss in batches of 1, 2, 3 and 6, from (0.4, −0.3), rates 0.2 to \
            0.003125.",
    exactness: "All ways to deal six examples into batches are enumerated (720, 90, 20 and 1), flows are integrated to \
                10⁻¹¹; nothing is drawn.",
    limits: "For N = 6 the factors 1/B and (N − B)/((N − 1) B) differ by a fifth at B = 2; for N of thousands and B of tens \
             nobody could tell.",
    truth: Truth::Limited,
    claims: &[&FACTOR, &WRONG, &NOTHING],
    tables: &[&order::TABLE],
    run,
};

static FACTOR: Claim = Claim {
    name: "finite-population-factor",
    statement: "With the factor (N − B)/((N − 1) B) the error falls with the third power of the rate, for every batch size.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(2.95, 3.05),
    because: "Slopes of the last halving.",
};

static WRONG: Claim = Claim {
    name: "one-over-b-is-not-it",
    statement: "With the factor 1/B it falls with the second power only.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(1.9, 2.1),
    because: "Slopes of the last halving for B = 2 and 3, where the factors differ.",
};

static NOTHING: Claim = Claim {
    name: "variance-is-needed",
    statement: "Without the term of the variance it falls with the second power, unless a batch is everything.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(1.9, 2.1),
    because: "Slopes of the last halving for B = 1, 2 and 3.",
};

/// Batch sizes that divide the number of examples.
const SIZES: [usize; 4] = [1, 2, 3, 6];

/// The factor of tr S for n examples.
fn factor(n: usize, size: usize) -> f64 {
    (n - size) as f64 / ((n - 1) * size) as f64
}

/// The errors of a batch size against the flow with this factor of tr S.
fn errors(terms: &mut Terms<'_>, size: usize, (name, variance): (&'static str, f64)) -> Errors {
    let mean = mean(terms, (Scheme::Dealt(size), 1), &rates(), &START);
    let steps = (terms.count() / size) as f64;
    let correction = Correction { variance, ..Correction::DESCENT };
    let flow = correction.flow(terms, &rates(), &rates().map(|rate| steps * rate), START);
    Errors::between((format!("mean over all orders, B = {size}"), name), (&rates(), RATES), (&mean, &flow))
}

fn run(_: &Setting, out: &mut Outcome) {
    let objective = neurons(6);
    let mut terms = Terms::new(&objective);
    let n = terms.count();
    let [right, wrong, without] =
        ["C + ε/4 |G|² + ε/4 (N − B)/((N − 1) B) tr S", "C + ε/4 |G|² + ε/(4B) tr S", "C + ε/4 |G|²"];
    let [mut all_right, mut all_wrong, mut all_without] = [const { Vec::new() }; 3];
    for size in SIZES {
        let name = format!("B = {size}");
        all_right.push(errors(&mut terms, size, (right, factor(n, size))));
        out.decide(&FACTOR, &name, Measured::of(all_right[all_right.len() - 1].slope()));
        if size < n {
            all_without.push(errors(&mut terms, size, (without, 0.0)));
            out.decide(&NOTHING, &name, Measured::of(all_without[all_without.len() - 1].slope()));
        }
        if 1 < size && size < n {
            all_wrong.push(errors(&mut terms, size, (wrong, 1.0 / size as f64)));
            out.decide(&WRONG, &name, Measured::of(all_wrong[all_wrong.len() - 1].slope()));
        }
    }
    let charts = [2, 3].map(|size| {
        let place = size - 2;
        let shown = [
            ("no term of the variance", &all_without[place + 1]),
            ("factor 1/B", &all_wrong[place]),
            ("factor (N − B)/((N − 1) B)", &all_right[place + 1]),
        ];
        let last = |errors: &Errors| errors.errors[RATES - 1];
        let (wrong, right) = (last(&all_wrong[place]), last(&all_right[place + 1]));
        let guides = [("slope 2", 2.0, 0.5 * wrong), ("slope 3", 3.0, 0.6 * right)];
        order::chart(&format!("batches of {size} of 6 examples"), &shown, &guides)
    });
    let all: Vec<Errors> = [all_right, all_wrong, all_without].concat();
    order::tabulate(&all, out);
    let figure = Figure::multiples("Only the finite-population factor has the third order", charts.into(), 2);
    let subtitle = "One epoch of six neurons, the mean over all orders; errors against flows on modified losses.";
    out.draw("order", Figure { height: 320.0, ..figure }.with_subtitle(subtitle));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_near, each_claim_can_fail};

    #[test]
    fn slopes_are_the_recorded_ones_and_claims_can_fail() {
        let objective = neurons(6);
        let mut terms = Terms::new(&objective);
        let mut slope = |size: usize, variance: f64| errors(&mut terms, size, ("flow", variance)).slope();
        for (size, recorded) in SIZES.into_iter().zip([2.997, 2.999, 3.000, 3.000]) {
            assert_near("with the factor", slope(size, factor(6, size)), recorded, 3e-4);
        }
        assert_near("with 1/B", slope(2, 0.5), 1.96, 3e-3);
        assert_near("with 1/B", slope(3, 1.0 / 3.0), 1.99, 3e-3);
        each_claim_can_fail(
            EXPERIMENT.claims,
            &[
                ("finite-population-factor", Measured::of(slope(3, 1.0 / 3.0)), "1/B"),
                ("one-over-b-is-not-it", Measured::of(slope(2, factor(6, 2))), "the right factor"),
                ("variance-is-needed", Measured::of(slope(6, 0.0)), "all examples in one batch"),
            ],
        );
    }
}

//! Gradient flows on modified losses.

use sgdlab_core::WIDTH;

use super::terms::{Numbers, Points, Terms, plus, times};

/// What is added to the loss C that a flow descends, in units of what theory says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Correction {
    /// Times ε/4 |G|².
    pub(super) square: f64,
    /// Times ε/4 tr S, with S = (1/n) Σ (gᵢ − G)(gᵢ − G)ᵀ.
    pub(super) variance: f64,
    /// Times the next order of the backward error of gradient descent, −(ε²/12) (C'''(G, G) + 4 H H G), in the field.
    pub(super) third: f64,
}

impl Correction {
    /// The loss itself.
    pub(super) const NONE: Self = Self { square: 0.0, variance: 0.0, third: 0.0 };
    /// That of gradient descent.
    pub(super) const DESCENT: Self = Self { square: 1.0, ..Self::NONE };
    /// That of gradient descent, to the next order.
    pub(super) const THIRD: Self = Self { third: 1.0, ..Self::DESCENT };
    /// That of reshuffled single terms.
    pub(super) const RESHUFFLING: Self = Self { variance: 1.0, ..Self::DESCENT };

    /// Where a point moves.
    pub(super) fn field(self, terms: &mut Terms<'_>, rates: &Numbers, at: &Points) -> Points {
        let gradient = terms.mean_gradient(at);
        let mut out = times(-1.0, &gradient);
        if self == Self::NONE {
            return out;
        }
        let curved = terms.mean_product(at, &gradient);
        let of = |factor: f64| rates.map(|rate| -0.5 * rate * factor);
        out = plus(&out, &of(self.square - self.variance), &curved);
        if self.variance != 0.0 {
            out = plus(&out, &of(self.variance), &terms.own_products(at));
        }
        if self.third != 0.0 {
            let twice = terms.mean_product(at, &curved);
            let bent = plus(&terms.third(at, &gradient), &[4.0; WIDTH], &twice);
            out = plus(&out, &rates.map(|rate| -rate * rate / 12.0 * self.third), &bent);
        }
        out
    }

    /// Where the flow is after some time.
    pub(super) fn flow(self, terms: &mut Terms<'_>, rates: &Numbers, times: &Numbers, start: Points) -> Points {
        let [end] = integrate([start], times, |[at]| [self.field(terms, rates, at)]);
        end
    }
}

/// Steps of an integration: the error of 200 steps of the classical method of Runge and Kutta over a time of 1 is below
/// 10⁻¹¹ here.
const STEPS: usize = 200;

/// Follows a field for some time.
pub(super) fn integrate<const S: usize>(
    start: [Points; S],
    times: &Numbers,
    mut field: impl FnMut(&[Points; S]) -> [Points; S],
) -> [Points; S] {
    let step = times.map(|time| time / STEPS as f64);
    let by = |share: f64| step.map(|step| share * step);
    let moved = |at: &[Points; S], share: f64, slope: &[Points; S]| -> [Points; S] {
        std::array::from_fn(|s| plus(&at[s], &by(share), &slope[s]))
    };
    let mut at = start;
    for _ in 0..STEPS {
        let first = field(&at);
        let second = field(&moved(&at, 0.5, &first));
        let third = field(&moved(&at, 0.5, &second));
        let fourth = field(&moved(&at, 1.0, &third));
        for (share, slope) in [(1.0 / 6.0, first), (1.0 / 3.0, second), (1.0 / 3.0, third), (1.0 / 6.0, fourth)] {
            at = moved(&at, share, &slope);
        }
    }
    at
}

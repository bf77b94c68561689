//! The bounded stochastic Polyak step.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use crate::schedules::portable;
use crate::sums::dot;
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::number;
use crate::{Configuration, Rule, Wants};

pub(super) static ENTRY: Entry = Entry {
    name: "sps-max",
    summary: "Gradient steps with the stochastic Polyak step, bounded by the rate or by what the last step allows.",
    formula: "η = min((f − f-min)/(c ‖g‖²), γ);  x ← x − η g;  γ = lr, or tau^(1/batches-per-epoch) · previous η \
              with tau",
    conventions: "f is the value of the batch at x, f-min its smallest value, the norm is over all tensors. \
                  There is no step where f ≤ f-min or g = 0. With tau the previous η is the first rate at first, \
                  later rates have no effect, and steps without a move are no previous steps: by the letter they \
                  would be the last ones. polyak-sgd has c = 1 and no tau.",
    hyperparameters: &[
        number("c", "what the step of the linear model is divided by", 0.5, Range::above(0.0)),
        number("f-min", "the smallest value that the loss of a batch takes", 0.0, Range::FINITE),
        Hyperparameter {
            name: "tau",
            meaning: "by what η may grow in an epoch; without it the rate bounds η",
            domain: Domain::Optional { absent: "none", range: Range::at_least(1.0) },
        },
        number("batches-per-epoch", "terms over batch size, of which tau is a power", 1.0, Range::at_least(1.0)),
    ],
    dialects: &[],
    cost: "Memory: none. One gradient and one value per step.",
    reference: "Loizou, Vaswani, Laradji, Lacoste-Julien (2021), Stochastic Polyak step-size for SGD: an adaptive \
                learning rate for fast convergence, arXiv:2002.10542",
};

/// Gradient steps with the stochastic Polyak step, bounded by the rate or by what the last step allows.
///
/// ```text
/// η = min((f − f_min) / (c ‖g‖²), γ)
/// x ← x − η g
/// γ = lr, or tau^(1 / batches_per_epoch) · previous η if there is tau
/// ```
///
/// f is the value of the batch at x, which the rule wants to be told; the norm is over all tensors.
/// There is no step where f ≤ `f_min` or g = 0.
/// With `tau` the previous η is the first rate at first, and later rates have no effect; steps without a move
/// do not count as previous ones, because after them η would stay 0.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `c` | 0.5 | (0, ∞) | 1 |
/// | `f_min` | 0 | finite | loss |
/// | `tau` | none | [1, ∞), none | 1 |
/// | `batches_per_epoch` | 1 | [1, ∞) | steps |
///
/// Memory: none; one gradient and one value per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, Signal, SpsMax};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[SpsMax { c: 1.0, ..SpsMax::default() }.into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let (value, gradient) = (x[0].map(|x| x * x / 2.0), x);
///     rule.update(&mut x, Signal { value: Some(&value), ..Signal::of(&gradient) }, &[1.0]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.1250");
/// ```
///
/// Reference: Loizou, Vaswani, Laradji and Lacoste-Julien (2021), arXiv:2002.10542, equation 3 and section 5.
#[derive(Clone, Debug, PartialEq)]
pub struct SpsMax {
    /// What the step of the linear model is divided by.
    pub c: f64,
    /// The smallest value that the loss of a batch takes.
    pub f_min: f64,
    /// By what η may grow in an epoch.
    pub tau: Option<f64>,
    /// Terms over batch size.
    pub batches_per_epoch: f64,
}

impl Configuration for SpsMax {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let (tau, batches) = (settings.optional("tau"), settings.number("batches-per-epoch"));
        if tau.is_none() && batches != 1.0 {
            return Err(Invalid::new("batches-per-epoch", batches, "only 1 without tau"));
        }
        Ok(Self { c: settings.number("c"), f_min: settings.number("f-min"), tau, batches_per_epoch: batches })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        tensorwise::bind(pack, layout)
    }
}

impl Tensorwise for SpsMax {
    tensorwise_loops!();

    /// The factor by which η may grow, if tau bounds it, and the previous η, if there is one.
    type State<R: Real> = (Option<f64>, Option<f64>);

    fn init<R: Real>(&self, _: &Layout) -> Self::State<R> {
        (self.tau.map(|tau| portable::real_power(tau, 1.0 / self.batches_per_epoch)), None)
    }

    fn wants<R: Real>(&self, _: &Self::State<R>) -> Wants {
        Wants { value: true, ..Wants::default() }
    }

    #[inline(always)]
    fn update<R: Real>(
        &self,
        (growth, previous): &mut Self::State<R>,
        _: &Layout,
        at: &mut [R],
        told: Told<'_, R>,
        rate: f64,
    ) {
        let gap = told.value.expect("this rule wants the value").to_f64() - self.f_min;
        let square = dot(told.gradient, told.gradient).to_f64();
        let previous = previous.get_or_insert(rate);
        let bound = growth.map_or(rate, |growth| growth * *previous);
        // Not the other way round, so that what is not a number is no reason to stay.
        let stays = gap <= 0.0 || square == 0.0;
        let step = if stays { 0.0 } else { Real::min(gap / (self.c * square), bound) };
        *previous = if stays { *previous } else { step };
        let step = R::of(step);
        for (x, &g) in at.iter_mut().zip(told.gradient) {
            *x -= step * g;
        }
    }
}

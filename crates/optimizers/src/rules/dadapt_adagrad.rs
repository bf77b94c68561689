//! Adagrad with D-Adaptation.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::distances::{D0, GROWTH_RATE, Start, grown, growth_rate};
use crate::kept::kept;
use crate::sums::sum;
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::{MAXIMIZE, decay_rate, number, sign};
use crate::{Configuration, Rule};

/// What the sums of squares start as.
const INITIAL: f64 = 1e-6;

pub(super) static ENTRY: Entry = Entry {
    name: "dadapt-adagrad",
    summary: "Dual averaging with Adagrad's scales, whose step is an estimate of the distance to a solution that only \
              grows.",
    formula: "λ = d lr;  a ← a + g²;  s ← s + λ g;  r ← r + λ² Σ g²/(√a + eps);  \
              d ← max(d, min((Σ s²/(√a + eps) − r)/‖s‖₁, growth-rate · d));  \
              x ← momentum · x + (1 − momentum)(x₁ − s/(√a + eps))",
    conventions: "a starts as 10⁻⁶ and d as d0; the rate multiplies d: 1 is meant. All sums are over all tensors. \
                  Nothing moves before the first gradient that is not 0.",
    hyperparameters: &[
        decay_rate("momentum", "share of the iterate in the next one", 0.0),
        D0,
        GROWTH_RATE,
        number("eps", "added to the root", 0.0, Range::at_least(0.0)),
        MAXIMIZE,
    ],
    dialects: &[Dialect {
        name: "pytorch-optimizer",
        conventions: "For dense gradients.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: three numbers per parameter. One gradient per step.",
    reference: "Defazio, Mishchenko (2023), Learning-rate-free learning by D-Adaptation, arXiv:2301.07733",
};

/// Dual averaging with Adagrad's scales, whose step is an estimate of the distance to a solution that only grows.
///
/// ```text
/// λ = d lr
/// a ← a + g²               s ← s + λ g               r ← r + λ² Σ g² / (√a + eps)
/// d ← max(d, min((Σ s² / (√a + eps) − r) / ‖s‖₁, growth_rate d))
/// x ← momentum x + (1 − momentum) (x₁ − s / (√a + eps))
/// ```
///
/// x₁ is the initial point and a starts as 10⁻⁶.
/// The estimate d starts as `d0` and is the rule's [`distance`](crate::Rule::distance); the rate
/// multiplies it, and 1 is meant.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `momentum` | 0 | [0, 1) | 1 |
/// | `d0` | 10⁻⁶ | (0, ∞) | parameter |
/// | `growth_rate` | ∞ | [1, ∞] | 1 |
/// | `eps` | 0 | [0, ∞) | gradient |
/// | `maximize` | false | | |
///
/// Memory: three numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{DadaptAdagrad, RuleSpec, Signal};
/// let rule = DadaptAdagrad { d0: 0.1, ..DadaptAdagrad::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[rule.into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[1.0]);
/// }
/// assert_eq!(format!("{:.4} {:.4}", x[0][0], rule.distance().unwrap()[0]), "0.8272 0.1000");
/// ```
///
/// Reference: Defazio and Mishchenko (2023), arXiv:2301.07733.
#[derive(Clone, Debug, PartialEq)]
pub struct DadaptAdagrad {
    /// Share of the iterate in the next one.
    pub momentum: f64,
    /// First estimate of the distance.
    pub d0: f64,
    /// Largest factor by which the estimate grows in a step; may be infinite.
    pub growth_rate: f64,
    /// Added to the root.
    pub eps: f64,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for DadaptAdagrad {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            momentum: settings.number("momentum"),
            d0: settings.number("d0"),
            growth_rate: growth_rate(settings),
            eps: settings.number("eps"),
            maximize: settings.flag("maximize"),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        tensorwise::bind(pack, layout)
    }
}

/// What a run keeps.
pub struct State<R> {
    start: Start<R>,
    a: Vec<R>,
    s: Vec<R>,
    r: f64,
    d: f64,
}

kept!(<R> State<R>: start, a, s, r, d);

impl Tensorwise for DadaptAdagrad {
    tensorwise_loops!();

    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, layout: &Layout) -> State<R> {
        let n = layout.size();
        State { start: Start::of(n), a: vec![R::of(INITIAL); n], s: vec![R::ZERO; n], r: 0.0, d: self.d0 }
    }

    #[inline(always)]
    fn update<R: Real>(&self, state: &mut State<R>, _: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        let State { start, a, s, r, d } = state;
        let start = start.known(at);
        let step = *d * rate;
        let [direction, scale, eps, momentum] = [sign(self.maximize), step, self.eps, self.momentum].map(R::of);
        let squares = sum(at.len(), |i| {
            let g = direction * told.gradient[i];
            a[i] += g * g;
            s[i] += scale * g;
            g * g / (a[i].sqrt() + eps)
        })
        .to_f64();
        *r += squares * (step * step);
        let length = sum(at.len(), |i| s[i].abs()).to_f64();
        if length == 0.0 {
            return;
        }
        let weighted = sum(at.len(), |i| s[i] * s[i] / (a[i].sqrt() + eps)).to_f64();
        *d = grown(*d, (weighted - *r) / length, self.growth_rate);
        for i in 0..at.len() {
            let z = start[i] - s[i] / (a[i].sqrt() + eps);
            at[i] = z + momentum * (at[i] - z);
        }
    }

    fn distance<R: Real>(&self, state: &State<R>) -> Option<R> {
        Some(R::of(state.d))
    }
}

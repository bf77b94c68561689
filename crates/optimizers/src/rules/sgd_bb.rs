//! SGD with Barzilai–Borwein steps.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use crate::kept::kept;
use crate::sums::sum;
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::{flag, number};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "sgd-bb",
    summary: "SGD whose rate is computed every period, from how far the iterate and a mean of gradients have moved.",
    formula: "every period steps, with s the change of x and y that of ĝ since the period before: \
              η = ‖s‖²/(period · |sᵀy|), ĝ ← 0;  x ← x − η g;  ĝ ← beta · g + (1 − beta) ĝ",
    conventions: "η is the rate in the first two periods, which end with the first two means of gradients; later rates \
                  have no effect. Where sᵀy = 0 or s = 0, η stays. With smoothing, the η of period k ≥ 2 (counted from \
                  0) is C/(k + 1), C being the geometric mean of (j + 1) · η over periods j = 2, …, k. Norms and products are \
                  over all tensors. The publication takes beta = 10/period.",
    hyperparameters: &[
        Hyperparameter {
            name: "period",
            meaning: "steps from one rate to the next: those of an epoch",
            domain: Domain::Integer { default: 10, least: 1 },
        },
        number(
            "beta",
            "share of the newest gradient in the mean of a period",
            1.0,
            Range { includes_high: true, ..Range::open(0.0, 1.0) },
        ),
        flag("smoothing", "take C/(k + 1) in period k"),
    ],
    dialects: &[],
    cost: "Memory: three numbers per parameter. One gradient per step.",
    reference: "Tan, Ma, Dai, Qian (2016), Barzilai–Borwein step size for stochastic gradient descent, \
                arXiv:1605.04131",
};

/// SGD whose rate is computed every period, from how far the iterate and a mean of gradients have moved.
///
/// ```text
/// every period steps, s and y being the changes of x and ĝ since the period before:
/// η = ‖s‖² / (period |sᵀy|)
/// ĝ ← 0
/// and at every step:
/// x ← x − η g
/// ĝ ← beta g + (1 − beta) ĝ
/// ```
///
/// η is the rate in the first two periods; later rates have no effect.
/// Where sᵀy = 0 or s = 0, η stays.
/// With `smoothing`, the η of period k ≥ 2 (counted from 0) is C/(k + 1), C being the geometric mean of (j + 1) η over
/// the periods j = 2, …, k.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `period` | 10 | ≥ 1 | steps |
/// | `beta` | 1 | (0, 1] | 1 |
/// | `smoothing` | false | | |
///
/// Memory: three numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, SgdBb, Signal};
/// let rule = SgdBb { period: 1, ..SgdBb::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[rule.into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.5]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.1250");
/// ```
///
/// Reference: Tan, Ma, Dai and Qian (2016), arXiv:1605.04131, algorithm 2 and section 3.2.
#[derive(Clone, Debug, PartialEq)]
pub struct SgdBb {
    /// Steps from one rate to the next.
    pub period: u64,
    /// Share of the newest gradient in the mean of a period.
    pub beta: f64,
    /// Whether the rates are averaged and decrease.
    pub smoothing: bool,
}

impl Configuration for SgdBb {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            period: settings.integer("period"),
            beta: settings.number("beta"),
            smoothing: settings.flag("smoothing"),
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
    /// Where the period began, the mean of its gradients, and that of the period before.
    begin: Vec<R>,
    mean: Vec<R>,
    before: Vec<R>,
    steps: u64,
    /// η, once it is not the rate.
    eta: Option<f64>,
    /// Σ ln((j + 1) η), and how many.
    logarithms: (f64, f64),
}

kept!(<R> State<R>: begin, mean, before, steps, eta, logarithms);

impl Tensorwise for SgdBb {
    tensorwise_loops!();

    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, layout: &Layout) -> State<R> {
        let zeros = vec![R::ZERO; layout.size()];
        State { begin: zeros.clone(), mean: zeros.clone(), before: zeros, steps: 0, eta: None, logarithms: (0.0, 0.0) }
    }

    #[inline(always)]
    fn update<R: Real>(&self, state: &mut State<R>, _: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        if state.steps.is_multiple_of(self.period) {
            self.begin(state, at, rate);
        }
        state.steps += 1;
        let step = R::of(state.eta.unwrap_or(rate));
        let [take, keep] = [self.beta, 1.0 - self.beta].map(R::of);
        for i in 0..at.len() {
            let g = told.gradient[i];
            at[i] -= step * g;
            state.mean[i] = take * g + keep * state.mean[i];
        }
    }
}

impl SgdBb {
    /// Begins a period at `at`.
    #[inline(always)]
    fn begin<R: Real>(&self, state: &mut State<R>, at: &[R], rate: f64) {
        let period = state.steps / self.period;
        let State { begin, mean, before, eta, logarithms, .. } = state;
        if period >= 2 {
            let moved = |i: usize| at[i] - begin[i];
            let square = sum(at.len(), |i| moved(i) * moved(i)).to_f64();
            let product = sum(at.len(), |i| moved(i) * (mean[i] - before[i])).to_f64().abs();
            let fresh = square / (self.period as f64 * product);
            let stays = product == 0.0 || square == 0.0;
            let next = if stays { eta.unwrap_or(rate) } else { self.smoothed(fresh, period, logarithms) };
            *eta = Some(next);
        }
        begin.copy_from_slice(at);
        before.copy_from_slice(mean);
        mean.fill(R::ZERO);
    }

    fn smoothed(&self, eta: f64, period: u64, (sum, count): &mut (f64, f64)) -> f64 {
        let phi = (period + 1) as f64;
        *sum += Real::ln(phi * eta);
        *count += 1.0;
        if self.smoothing { Real::exp(*sum / *count) / phi } else { eta }
    }
}

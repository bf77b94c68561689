//! SM3.

use std::iter::zip;

use sgdlab_core::kept::{Kept, Tape};
use sgdlab_core::{Dialect, Entry, Invalid, Layout, Real, Settings};

use crate::kept::kept;
use crate::per_tensor::{self, Now, Part, PerTensor, add, per_tensor_loops, zeros};
use crate::vocabulary::decay_rate;
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "sm3",
    summary: "Adagrad whose sums of squares are kept by rows and columns instead of by entries.",
    formula: "aᵢⱼ = min(rᵢ, cⱼ) + gᵢⱼ²;  rᵢ ← maxⱼ aᵢⱼ;  cⱼ ← maxᵢ aᵢⱼ;  u = g / √(a + 10⁻⁸), 0 where a is 0;  m ← \
              momentum · m + (1 − momentum) u;  x ← x − lr m",
    conventions: "A tensor has one bound for each index of each axis, which start at 0; in a vector they are the \
                  sums of squares themselves. The momentum is a mean that starts at 0 and is not corrected.",
    hyperparameters: &[decay_rate("momentum", "decay rate of the mean of directions", 0.9)],
    dialects: &[Dialect {
        name: "optax",
        conventions: "SM3-II with momentum; 10⁻⁸ is added under the root.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: three numbers per parameter and one for each index of each axis. One gradient per step.",
    reference: "Anil, Gupta, Koren, Singer (2019), Memory-efficient adaptive optimization, arXiv:1901.11150",
};

/// Adagrad whose sums of squares are kept by rows and columns instead of by entries.
///
/// ```text
/// aᵢⱼ = min(rᵢ, cⱼ) + gᵢⱼ²                 r and c start at 0
/// rᵢ ← maxⱼ aᵢⱼ                           cⱼ ← maxᵢ aᵢⱼ
/// m ← momentum m + (1 − momentum) u       uᵢⱼ = gᵢⱼ / √(aᵢⱼ + 10⁻⁸), 0 where aᵢⱼ is 0
/// x ← x − lr m
/// ```
///
/// A tensor of another rank has a bound for each index of each of its axes.
/// In a vector the bounds are the sums of squares.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `momentum` | 0.9 | [0, 1) | 1 |
///
/// Memory: three numbers per parameter and one for each index of each axis; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, Signal, Sm3};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Sm3::default().into()], &Layout::vector(2));
/// let mut x = [[1.0], [-2.0]];
/// for _ in 0..3 {
///     let gradient = x; // of ‖x‖²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.9538");
/// ```
///
/// Reference: Anil, Gupta, Koren and Singer (2019), arXiv:1901.11150, algorithm SM3-II.
#[derive(Clone, Debug, PartialEq)]
pub struct Sm3 {
    /// Decay rate of the mean of directions.
    pub momentum: f64,
}

impl Configuration for Sm3 {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { momentum: settings.number("momentum") })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        per_tensor::bind(pack, layout)
    }
}

/// What is added to sums under the root.
const UNDER: f64 = 1e-8;

/// One axis of a tensor, with a bound on the sums of squares for each index.
struct Axis<R> {
    stride: usize,
    bounds: Vec<R>,
}

kept!(<R> Axis<R>: bounds);

impl<R> Axis<R> {
    /// The index along this axis of the entry at `flat`.
    fn index(&self, flat: usize) -> usize {
        flat / self.stride % self.bounds.len()
    }
}

/// The axes, the sums of squares, and the mean of directions.
pub(crate) struct State<R> {
    axes: Vec<Axis<R>>,
    sums: Vec<R>,
    m: Vec<R>,
}

impl<R: Real> Kept for State<R> {
    fn tape(&mut self, tape: &mut Tape<'_>) {
        self.axes.tape(tape);
        self.m.tape(tape);
        // The bounds of axes tell the sums, but a tensor without axes has none.
        if self.axes.is_empty() {
            self.sums.tape(tape);
        }
    }
}

impl PerTensor for Sm3 {
    per_tensor_loops!();

    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, shape: &[usize]) -> State<R> {
        let axis = |k: usize| Axis { stride: shape[k + 1..].iter().product(), bounds: vec![R::ZERO; shape[k]] };
        State { axes: (0..shape.len()).map(axis).collect(), sums: zeros(shape), m: zeros(shape) }
    }

    #[inline(always)]
    fn step<R: Real>(&self, state: &mut State<R>, Part { x, g, .. }: Part<'_, R>, now: Now<'_>) {
        state.accumulate(g);
        let (stays, fresh) = (R::of(self.momentum), R::of(1.0 - self.momentum));
        for (m, (&g, &a)) in zip(&mut state.m, zip(&*g, &state.sums)) {
            let scale = if a == R::ZERO { R::ZERO } else { R::ONE / (a + R::of(UNDER)).sqrt() };
            *m = stays * *m + fresh * (scale * g);
        }
        add(x, -R::of(now.rate), &state.m);
    }
}

impl<R: Real> State<R> {
    /// The sums of squares as far as the bounds tell, and the bounds of the new sums.
    fn accumulate(&mut self, g: &[R]) {
        if let Some((first, others)) = self.axes.split_first() {
            for (flat, (a, &g)) in zip(&mut self.sums, g).enumerate() {
                let least = first.bounds[first.index(flat)];
                let least = others.iter().fold(least, |least, axis| least.min(axis.bounds[axis.index(flat)]));
                *a = least + g * g;
            }
        } else {
            // A tensor without axes is a single number.
            zip(&mut self.sums, g).for_each(|(a, &g)| *a += g * g);
        }
        for axis in &mut self.axes {
            axis.bounds.fill(R::ZERO);
            for (flat, &a) in self.sums.iter().enumerate() {
                let index = axis.index(flat);
                axis.bounds[index] = axis.bounds[index].max(a);
            }
        }
    }
}

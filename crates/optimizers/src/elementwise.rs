//! Rules that treat every coordinate alike: one kernel over blocks of 16 scalars.
//!
//! A block is one coordinate of a pack of 16 runs, 4 of a pack of 4, or 16 consecutive coordinates of a single run;
//! the machine code is the same, only the coefficients of a single run are equal in all 16 places.

use std::any::Any;
use std::hint::black_box;

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::kept::{Kept, Tape};
use sgdlab_core::{Lanes, Layout, Numbers, Real, WIDTH};

use crate::{Rule, Signal};

/// 16 scalars: what an elementwise kernel works on at a time.
type Block<R> = [R; WIDTH];

/// Names of the registered rules that treat every coordinate alike, whatever their settings.
pub const RULES: &[&str] = &[
    "adabelief",
    "adabound",
    "adadelta",
    "adagrad",
    "adam",
    "adamax",
    "adamod",
    "adamw",
    "adan",
    "ademamix",
    "adopt",
    "amsgrad",
    "asgd",
    "cocob",
    "diffgrad",
    "ftrl",
    "grams",
    "heavy-ball",
    "laprop",
    "lion",
    "madgrad",
    "nadam",
    "nag",
    "optimistic-adam",
    "optimistic-gd",
    "padam",
    "qhadam",
    "qhm",
    "radam",
    "rmsprop",
    "rprop",
    "schedule-free-adamw",
    "schedule-free-sgd",
    "sgd",
    "sgdw",
    "signsgd",
    "signum",
    "tiger",
    "yogi",
];

/// A rule that treats every coordinate alike.
///
/// `H` numbers say what one lane's hyperparameters are, `M` numbers of memory are kept per lane
/// (running powers of a decay rate), `K` coefficients are what a step needs of both and of the rate, and
/// `S` slots are kept per coordinate (momentum, second moment).
/// Numbers, memory and coefficients are computed in `f64` and the coefficients rounded to `R`, so
/// that a run in `f32` has the scalars of libraries that keep them in double precision.
///
/// What a method reads of `self` besides its arguments is *structural*: equal for all runs of a
/// pack.
/// Lane values may be chosen by an `if` with a pure value in both arms and nothing else.
pub trait Elementwise<const H: usize, const M: usize, const K: usize, const S: usize>: Clone + Send + 'static {
    /// The step, counted from 1, from which the coefficients depend on the rate alone.
    const CONSTANT_FROM: u64 = u64::MAX;
    /// Whether the gradient is wanted at [`Self::probe`] instead of at the iterate.
    const PROBES: bool = false;
    /// The slot that holds the rule's answer, if that is not the iterate.
    const ANSWER: Option<usize> = None;

    /// The hyperparameters, in an order of the rule's own.
    fn numbers(&self) -> [f64; H];

    /// The memory before the first step; 1, the power 0 of anything, by default.
    fn memory(&self) -> [f64; M] {
        [1.0; M]
    }

    /// The slots before the first step; 0 by default.
    fn initial(&self) -> [f64; S] {
        [0.0; S]
    }

    /// The coefficients of step `step`, counted from 1.
    fn coefficients(&self, numbers: [f64; H], rate: f64, step: u64, memory: &mut [f64; M]) -> [f64; K];

    /// The new parameter and slots of one coordinate at parameter `x` with gradient `g`.
    fn apply<R: Real>(&self, coefficients: [R; K], x: R, g: R, slots: [R; S]) -> (R, [R; S]);

    /// A cheaper [`Self::apply`], if there is one, with the same bits where [`Self::is_moderate`] takes its new slots.
    ///
    /// It is tried first on a block, which [`Self::apply`] does again if one of the 16 is not moderate.
    #[inline(always)]
    fn apply_moderate<R: Real>(&self, coefficients: [R; K], x: R, g: R, slots: [R; S]) -> (R, [R; S]) {
        self.apply(coefficients, x, g, slots)
    }

    /// Whether new slots that [`Self::apply_moderate`] gave, and the parameter with them, are those of [`Self::apply`].
    #[inline(always)]
    fn is_moderate<R: Real>(&self, _slots: [R; S]) -> bool {
        true
    }

    /// Where the gradient is wanted, if [`Self::PROBES`].
    fn probe<R: Real>(&self, _numbers: [R; H], x: R, _slots: [R; S]) -> R {
        x
    }
}

/// An [`Elementwise`] rule with its state.
///
/// It does not know the number of its runs before it is made, so that one is compiled for all numbers.
struct Bound<E, R, const H: usize, const M: usize, const K: usize, const S: usize> {
    rule: E,
    /// How many runs there are; only as many of what is kept for each are used.
    lanes: usize,
    numbers: [[f64; H]; WIDTH],
    memory: [[f64; M]; WIDTH],
    step: u64,
    rate: [f64; WIDTH],
    coefficients: [Block<R>; K],
    /// One list of blocks for each slot: lists apart are 1.2 times as fast in memory as slots next to each other (Adam
    /// at 10⁷ parameters).
    slots: [Numbers<Block<R>>; S],
    /// How many scalars of the slots belong to parameters.
    scalars: usize,
    spread: [Block<R>; H],
    probe: Vec<R>,
    answer: Vec<R>,
}

/// A [`Bound`] rule for `N` runs.
struct Lifted<B, const N: usize>(B);

/// Makes the buffers of an elementwise rule for `N` runs; `pack` has one configuration a run.
///
/// # Panics
/// If `pack` does not have `N` entries or `N` does not divide 16.
pub fn bind<E, R, const N: usize, const H: usize, const M: usize, const K: usize, const S: usize>(
    pack: &[E],
    layout: &Layout,
) -> Box<dyn Rule<R, N>>
where
    E: Elementwise<H, M, K, S>,
    R: Real,
{
    assert_eq!(pack.len(), N, "a pack of {N} runs takes as many configurations");
    assert_eq!(WIDTH % N, 0, "the number of lanes divides {WIDTH}");
    Box::new(Lifted::<_, N>(Bound::<E, R, H, M, K, S>::new(pack, layout.size())))
}

/// Numbers by lane, as blocks: place `l` of a block belongs to lane `l mod N`.
fn spread<R: Real, const N: usize, const K: usize>(lanes: &[[f64; K]; N]) -> [Block<R>; K] {
    let mut blocks = [[R::ZERO; WIDTH]; K];
    for k in 0..K {
        for l in 0..WIDTH {
            blocks[k][l] = R::of(lanes[l % N][k]);
        }
    }
    blocks
}

impl<E, R, const N: usize, const H: usize, const M: usize, const K: usize, const S: usize> Rule<R, N>
    for Lifted<Bound<E, R, H, M, K, S>, N>
where
    E: Elementwise<H, M, K, S>,
    R: Real,
{
    fn adopt(&mut self, other: &dyn Rule<R, N>) -> bool {
        let Some(other) = (other as &dyn Any).downcast_ref::<Self>() else { return false };
        self.0.adopt(&other.0);
        true
    }

    fn probe(&mut self, at: &[Lanes<R, N>]) -> Option<&[Lanes<R, N>]> {
        if !E::PROBES {
            return None;
        }
        Some(self.0.probe(at.as_flattened()).as_chunks().0)
    }

    fn update(&mut self, at: &mut [Lanes<R, N>], signal: Signal<'_, R, N>, rate: &[f64; N]) {
        let (at, gradient) = (at.as_flattened_mut(), signal.gradient.as_flattened());
        assert_eq!(at.len(), gradient.len(), "as many gradients as parameters");
        self.0.begin_step(rate);
        self.0.update(at, gradient);
    }

    fn tape(&mut self, tape: &mut Tape<'_>) {
        self.0.tape(tape);
    }

    fn answer(&mut self, _at: &[Lanes<R, N>]) -> Option<&[Lanes<R, N>]> {
        Some(self.0.answer()?.as_chunks().0)
    }
}

impl<E, R, const H: usize, const M: usize, const K: usize, const S: usize> Bound<E, R, H, M, K, S>
where
    E: Elementwise<H, M, K, S>,
    R: Real,
{
    fn new(pack: &[E], parameters: usize) -> Self {
        let (lanes, scalars) = (pack.len(), parameters * pack.len());
        let of = |lane: usize| &pack[lane % lanes];
        let numbers: [[f64; H]; WIDTH] = std::array::from_fn(|lane| of(lane).numbers());
        let initial: [[f64; S]; WIDTH] = std::array::from_fn(|lane| of(lane).initial());
        Self {
            rule: pack[0].clone(),
            lanes,
            numbers,
            memory: std::array::from_fn(|lane| of(lane).memory()),
            step: 0,
            rate: [f64::NAN; WIDTH],
            coefficients: [[R::ZERO; WIDTH]; K],
            slots: spread(&initial).map(|block| Numbers::new(block, scalars.div_ceil(WIDTH))),
            scalars,
            spread: spread(&numbers),
            probe: vec![R::ZERO; if E::PROBES { scalars } else { 0 }],
            answer: vec![R::ZERO; if E::ANSWER.is_some() { scalars } else { 0 }],
        }
    }

    fn adopt(&mut self, other: &Self) {
        self.rule = other.rule.clone();
        (self.numbers, self.spread) = (other.numbers, other.spread);
        // The coefficients are computed anew.
        self.rate = [f64::NAN; WIDTH];
    }

    fn probe(&mut self, at: &[R]) -> &[R] {
        let (x, x_rest) = at.as_chunks();
        let (out, out_rest) = self.probe.as_chunks_mut();
        let slots = self.slots.each_ref().map(|slot| slot.split_at(x.len()));
        look_ahead(&self.rule, &self.spread, x, slots.map(|(whole, _)| whole), out);
        if !x_rest.is_empty() {
            let mut padded = [[R::ZERO; WIDTH]];
            look_ahead(&self.rule, &self.spread, &[pad(x_rest)], slots.map(|(_, partial)| partial), &mut padded);
            out_rest.copy_from_slice(&padded[0][..x_rest.len()]);
        }
        &self.probe
    }

    /// Makes the coefficients of the next step.
    ///
    /// It does know the number of lanes: where there are few parameters, a step is little else.
    fn begin_step<const N: usize>(&mut self, rate: &[f64; N]) {
        self.step += 1;
        // Without an early exit, so that the comparison is vectorized.
        let same_rate = self.rate.iter().zip(rate).fold(true, |same, (old, new)| same & (old == new));
        if self.step > E::CONSTANT_FROM && same_rate {
            return;
        }
        let mut lanes = [[0.0; K]; N];
        for l in 0..N {
            lanes[l] = self.rule.coefficients(self.numbers[l], rate[l], self.step, &mut self.memory[l]);
        }
        self.coefficients = spread(&lanes);
        self.rate[..N].copy_from_slice(rate);
    }

    fn update(&mut self, at: &mut [R], gradient: &[R]) {
        assert_eq!(at.len(), self.scalars, "as many parameters as the rule was bound to");
        let (x, x_rest) = at.as_chunks_mut();
        let (g, g_rest) = gradient.as_chunks();
        if !x_rest.is_empty() {
            let mut padded = [pad(x_rest)];
            let partial = self.slots.each_mut().map(|slot| &mut slot[x.len()..]);
            advance(&self.rule, &self.coefficients, &mut padded, &[pad(g_rest)], partial);
            x_rest.copy_from_slice(&padded[0][..x_rest.len()]);
        }
        if S < 2 && self.lanes == 1 {
            let coefficients = self.coefficients.map(|block| block[0]);
            let whole = self.slots.each_mut().map(|slot| slot[..x.len()].as_flattened_mut());
            advance_alone(&self.rule, coefficients, x.as_flattened_mut(), g.as_flattened(), whole);
        } else if !x.is_empty() {
            let whole = self.slots.each_mut().map(|slot| &mut slot[..x.len()]);
            advance(&self.rule, &self.coefficients, x, g, whole);
        }
    }

    fn tape(&mut self, tape: &mut Tape<'_>) {
        self.step.tape(tape);
        self.memory[..self.lanes].iter_mut().for_each(|memory| memory.tape(tape));
        for i in 0..self.scalars {
            self.slots.iter_mut().for_each(|slot| slot.as_flattened_mut()[i].tape(tape));
        }
        // The coefficients are computed anew.
        self.rate = [f64::NAN; WIDTH];
    }

    fn answer(&mut self) -> Option<&[R]> {
        let slot = E::ANSWER.filter(|_| self.step > 0)?;
        for (out, block) in self.answer.chunks_mut(WIDTH).zip(self.slots[slot].iter()) {
            out.copy_from_slice(&block[..out.len()]);
        }
        Some(&self.answer)
    }
}

/// The beginning of a block, filled up with zeros.
#[inline(always)]
fn pad<R: Real>(rest: &[R]) -> Block<R> {
    let mut block = [R::ZERO; WIDTH];
    block[..rest.len()].copy_from_slice(rest);
    block
}

#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn advance<E, R, const H: usize, const M: usize, const K: usize, const S: usize>(
    rule: &E,
    coefficients: &[Block<R>; K],
    x: &mut [Block<R>],
    g: &[Block<R>],
    slots: [&mut [Block<R>]; S],
) where
    E: Elementwise<H, M, K, S>,
    R: Real,
{
    let g = &g[..x.len()];
    let slots = slots.map(|slot| &mut slot[..x.len()]);
    for i in 0..x.len() {
        let place = &mut x[i];
        // Keeps the compiler from vectorizing across blocks, by gathering and scattering, where there are few streams
        // (measured for SGD: 2.2 ns against 0.4 ns per number); where there are more it does not, and this costs 5 %.
        let place = if S < 2 { black_box(place) } else { place };
        // Copies, which the compiler keeps in registers; through references it asks in every round whether blocks
        // overlap (measured for diffGrad: 8.5 ms against 7.9 ms at 10⁷ parameters).
        let (g, at) = (g[i], *place);
        let kept: [Block<R>; S] = std::array::from_fn(|s| slots[s][i]);
        let (mut moved, mut new) = each(coefficients, at, g, kept, |c, x, g, old| rule.apply_moderate(c, x, g, old));
        let mut moderate = true;
        for l in 0..WIDTH {
            moderate &= rule.is_moderate(new.map(|slot| slot[l]));
        }
        if !moderate {
            (moved, new) = each(coefficients, at, g, kept, |c, x, g, old| rule.apply(c, x, g, old));
        }
        *place = moved;
        for s in 0..S {
            slots[s][i] = new[s];
        }
    }
}

/// The parameters and slots of a block that a kernel gives.
#[inline(always)]
fn each<R: Real, const K: usize, const S: usize>(
    coefficients: &[Block<R>; K],
    mut x: Block<R>,
    g: Block<R>,
    mut slots: [Block<R>; S],
    kernel: impl Fn([R; K], R, R, [R; S]) -> (R, [R; S]),
) -> (Block<R>, [Block<R>; S]) {
    for l in 0..WIDTH {
        let mut c = [R::ZERO; K];
        for k in 0..K {
            c[k] = coefficients[k][l];
        }
        let mut old = [R::ZERO; S];
        for s in 0..S {
            old[s] = slots[s][l];
        }
        let (moved, new) = kernel(c, x[l], g[l], old);
        x[l] = moved;
        for s in 0..S {
            slots[s][l] = new[s];
        }
    }
    (x, slots)
}

/// [`advance`] for a single run with few slots: one loop over scalars, which needs no [`black_box`].
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn advance_alone<E, R, const H: usize, const M: usize, const K: usize, const S: usize>(
    rule: &E,
    coefficients: [R; K],
    x: &mut [R],
    g: &[R],
    slots: [&mut [R]; S],
) where
    E: Elementwise<H, M, K, S>,
    R: Real,
{
    let g = &g[..x.len()];
    let slots = slots.map(|slot| &mut slot[..x.len()]);
    for i in 0..x.len() {
        let mut old = [R::ZERO; S];
        for s in 0..S {
            old[s] = slots[s][i];
        }
        let (moved, new) = rule.apply(coefficients, x[i], g[i], old);
        x[i] = moved;
        for s in 0..S {
            slots[s][i] = new[s];
        }
    }
}

#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn look_ahead<E, R, const H: usize, const M: usize, const K: usize, const S: usize>(
    rule: &E,
    numbers: &[Block<R>; H],
    x: &[Block<R>],
    slots: [&[Block<R>]; S],
    out: &mut [Block<R>],
) where
    E: Elementwise<H, M, K, S>,
    R: Real,
{
    let out = &mut out[..x.len()];
    let slots = slots.map(|slot| &slot[..x.len()]);
    for i in 0..x.len() {
        let x = &x[i];
        let out = black_box(&mut out[i]);
        for l in 0..WIDTH {
            let mut h = [R::ZERO; H];
            for k in 0..H {
                h[k] = numbers[k][l];
            }
            let mut old = [R::ZERO; S];
            for s in 0..S {
                old[s] = slots[s][i][l];
            }
            out[l] = rule.probe(h, x[l], old);
        }
    }
}

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
pub type Block<R> = [R; WIDTH];

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

    /// Calls the free function [`advance`]; compiled for several sets of instructions, and where the rule is, if
    /// `elementwise_loops!` writes it.
    fn advance<R: Real>(
        &self,
        coefficients: &[Block<R>; K],
        x: &mut [Block<R>],
        g: &[Block<R>],
        slots: [&mut [Block<R>]; S],
        alone: bool,
    );

    /// What each run of a pack has before the first step.
    fn starts(pack: &[Self]) -> Vec<Start<H, M, S>> {
        // No iterator: what is compiled for one does not stand with the rule.
        let mut starts = Vec::with_capacity(pack.len());
        for rule in pack {
            starts.push((rule.numbers(), rule.memory(), rule.initial()));
        }
        starts
    }
}

/// Writes `Elementwise::advance` of a rule with these numbers of hyperparameters, memory, coefficients and slots.
///
/// The function stands where the macro is called, so that a change of a rule compiles its own loops anew and no others.
macro_rules! elementwise_loops {
    ($H:literal, $M:literal, $K:literal, $S:literal) => {
        fn advance<R: sgdlab_core::Real>(
            &self,
            coefficients: &[crate::elementwise::Block<R>; $K],
            x: &mut [crate::elementwise::Block<R>],
            g: &[crate::elementwise::Block<R>],
            slots: [&mut [crate::elementwise::Block<R>]; $S],
            alone: bool,
        ) {
            #[cfg_attr(not(debug_assertions), multiversion::multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
            fn compiled<E: crate::elementwise::Elementwise<$H, $M, $K, $S>, R: sgdlab_core::Real>(
                rule: &E,
                coefficients: &[crate::elementwise::Block<R>; $K],
                x: &mut [crate::elementwise::Block<R>],
                g: &[crate::elementwise::Block<R>],
                slots: [&mut [crate::elementwise::Block<R>]; $S],
                alone: bool,
            ) {
                crate::elementwise::advance(rule, coefficients, x, g, slots, alone);
            }
            compiled(self, coefficients, x, g, slots, alone);
        }
    };
}
pub(crate) use elementwise_loops;

/// What an [`Elementwise`] rule has of one run before the first step: its numbers, memory and slots.
pub type Start<const H: usize, const M: usize, const S: usize> = ([f64; H], [f64; M], [f64; S]);

/// The state of an [`Elementwise`] rule.
///
/// It does not know the number of its runs before it is made, so that one is compiled for all numbers.
struct State<R, const H: usize, const M: usize, const K: usize, const S: usize> {
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

/// A rule with its state.
///
/// This is a pair with the rule first because the compiler puts what it compiles for a pair next to what it compiles for
/// the first of the two: a change of a rule compiles its own module anew, and not what all rules share.
type Bound<E, R, const H: usize, const M: usize, const K: usize, const S: usize> = (E, State<R, H, M, K, S>);

/// Makes the buffers of an elementwise rule for `N` runs; `pack` has one configuration a run.
///
/// # Panics
/// If `pack` does not have `N` entries or `N` does not divide 16.
// Into the module of the rule, too; it is little but calls.
#[inline(always)]
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
    let state = State::<R, H, M, K, S>::new(&E::starts(pack), layout.size(), E::PROBES, E::ANSWER.is_some());
    Box::new(((pack[0].clone(), state), [(); N]))
}

/// Puts the numbers of one of several lanes into blocks, one block for each: place `l` of a block belongs to lane `l`
/// modulo their number. One function for all rules.
#[inline(never)]
fn put<R: Real>(numbers: &[f64], lane: usize, lanes: usize, blocks: &mut [Block<R>]) {
    for (number, block) in numbers.iter().zip(blocks) {
        block[lane..].iter_mut().step_by(lanes).for_each(|place| *place = R::of(*number));
    }
}

/// Numbers by lane, as blocks; see [`put`].
#[inline(always)]
fn spread<R: Real, const N: usize, const K: usize>(lanes: &[[f64; K]; N]) -> [Block<R>; K] {
    let mut blocks = [[R::ZERO; WIDTH]; K];
    for k in 0..K {
        for l in 0..WIDTH {
            blocks[k][l] = R::of(lanes[l % N][k]);
        }
    }
    blocks
}

/// A bound rule for `N` runs.
impl<E, R, const N: usize, const H: usize, const M: usize, const K: usize, const S: usize> Rule<R, N>
    for (Bound<E, R, H, M, K, S>, [(); N])
where
    E: Elementwise<H, M, K, S>,
    R: Real,
{
    fn adopt(&mut self, other: &dyn Rule<R, N>) -> bool {
        let Some(((rule, state), _)) = (other as &dyn Any).downcast_ref::<Self>() else { return false };
        let (own_rule, own_state) = &mut self.0;
        own_rule.clone_from(rule);
        own_state.adopt(state);
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
        self.0.1.tape(tape);
    }

    fn answer(&mut self, _at: &[Lanes<R, N>]) -> Option<&[Lanes<R, N>]> {
        Some(self.0.1.answer(E::ANSWER?)?.as_chunks().0)
    }
}

/// What a [`Bound`] rule does at a step; a trait, since a pair has no methods of its own.
trait Stepping<R> {
    /// Where the gradient is wanted.
    fn probe(&mut self, at: &[R]) -> &[R];

    /// Makes the coefficients of the next step.
    ///
    /// It does know the number of lanes: where there are few parameters, a step is little else.
    fn begin_step<const N: usize>(&mut self, rate: &[f64; N]);

    /// Moves `at` by a step.
    fn update(&mut self, at: &mut [R], gradient: &[R]);
}

impl<E, R, const H: usize, const M: usize, const K: usize, const S: usize> Stepping<R> for Bound<E, R, H, M, K, S>
where
    E: Elementwise<H, M, K, S>,
    R: Real,
{
    fn probe(&mut self, at: &[R]) -> &[R] {
        let (rule, state) = self;
        let (x, x_rest) = at.as_chunks();
        let (out, out_rest) = state.probe.as_chunks_mut();
        let slots = state.slots.each_ref().map(|slot| slot.split_at(x.len()));
        look_ahead(rule, &state.spread, x, slots.map(|(whole, _)| whole), out);
        if !x_rest.is_empty() {
            let mut padded = [[R::ZERO; WIDTH]];
            look_ahead(rule, &state.spread, &[pad(x_rest)], slots.map(|(_, partial)| partial), &mut padded);
            out_rest.copy_from_slice(&padded[0][..x_rest.len()]);
        }
        &state.probe
    }

    #[inline(always)]
    fn begin_step<const N: usize>(&mut self, rate: &[f64; N]) {
        let (rule, state) = self;
        state.step += 1;
        // Without an early exit, so that the comparison is vectorized.
        let same_rate = state.rate.iter().zip(rate).fold(true, |same, (old, new)| same & (old == new));
        if state.step > E::CONSTANT_FROM && same_rate {
            return;
        }
        let mut lanes = [[0.0; K]; N];
        for l in 0..N {
            lanes[l] = rule.coefficients(state.numbers[l], rate[l], state.step, &mut state.memory[l]);
        }
        state.coefficients = spread(&lanes);
        state.rate[..N].copy_from_slice(rate);
    }

    fn update(&mut self, at: &mut [R], gradient: &[R]) {
        let (rule, state) = self;
        assert_eq!(at.len(), state.scalars, "as many parameters as the rule was bound to");
        let (x, x_rest) = at.as_chunks_mut();
        let (g, g_rest) = gradient.as_chunks();
        if !x_rest.is_empty() {
            // One block, which both loops do alike.
            let mut padded = [pad(x_rest)];
            let partial = state.slots.each_mut().map(|slot| &mut slot[x.len()..]);
            rule.advance(&state.coefficients, &mut padded, &[pad(g_rest)], partial, false);
            x_rest.copy_from_slice(&padded[0][..x_rest.len()]);
        }
        if !x.is_empty() {
            let whole = state.slots.each_mut().map(|slot| &mut slot[..x.len()]);
            rule.advance(&state.coefficients, x, g, whole, state.lanes == 1);
        }
    }
}

impl<R: Real, const H: usize, const M: usize, const K: usize, const S: usize> State<R, H, M, K, S> {
    fn new(starts: &[Start<H, M, S>], parameters: usize, probes: bool, answers: bool) -> Self {
        let (lanes, scalars) = (starts.len(), parameters * starts.len());
        let (mut numbers, mut memory) = ([[0.0; H]; WIDTH], [[0.0; M]; WIDTH]);
        let (mut spread, mut initial) = ([[R::ZERO; WIDTH]; H], [[R::ZERO; WIDTH]; S]);
        for (lane, start) in starts.iter().enumerate() {
            (numbers[lane], memory[lane]) = (start.0, start.1);
            put(&start.0, lane, lanes, &mut spread);
            put(&start.2, lane, lanes, &mut initial);
        }
        Self {
            lanes,
            numbers,
            memory,
            step: 0,
            rate: [f64::NAN; WIDTH],
            coefficients: [[R::ZERO; WIDTH]; K],
            slots: initial.map(|block| Numbers::new(block, scalars.div_ceil(WIDTH))),
            scalars,
            spread,
            probe: vec![R::ZERO; if probes { scalars } else { 0 }],
            answer: vec![R::ZERO; if answers { scalars } else { 0 }],
        }
    }

    fn adopt(&mut self, other: &Self) {
        (self.numbers, self.spread) = (other.numbers, other.spread);
        // The coefficients are computed anew.
        self.rate = [f64::NAN; WIDTH];
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

    fn answer(&mut self, slot: usize) -> Option<&[R]> {
        if self.step == 0 {
            return None;
        }
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

/// Moves the parameters `x` and the slots by a step with the gradient `g`; all blocks are of a single run if `alone`.
#[inline(always)]
pub fn advance<E, R, const H: usize, const M: usize, const K: usize, const S: usize>(
    rule: &E,
    coefficients: &[Block<R>; K],
    x: &mut [Block<R>],
    g: &[Block<R>],
    slots: [&mut [Block<R>]; S],
    alone: bool,
) where
    E: Elementwise<H, M, K, S>,
    R: Real,
{
    let g = &g[..x.len()];
    let slots = slots.map(|slot| &mut slot[..x.len()]);
    if S < 2 && alone {
        let coefficients = coefficients.each_ref().map(|block| block[0]);
        let slots = slots.map(<[_]>::as_flattened_mut);
        return advance_alone(rule, coefficients, x.as_flattened_mut(), g.as_flattened(), slots);
    }
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

/// [`advance`] of a single run with few slots: one loop over scalars, which needs no [`black_box`].
#[inline(always)]
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

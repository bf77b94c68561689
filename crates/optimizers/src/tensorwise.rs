//! Rules that look at whole tensors or at all parameters: norms, means, matrix products.
//!
//! Such a rule is written for one run; a pack has a state for each lane and takes the lanes one
//! after the other, so that each has the bits of the same run alone.

use std::any::Any;

use sgdlab_core::kept::{Kept, Tape};
use sgdlab_core::{Lanes, Layout, Real};

use crate::rule::{Rule, Signal, Wants};

/// A rule for one run over parameters of a known layout.
///
/// Vectors are flat; [`Layout`] says which part belongs to which tensor.
/// Methods are generic over the precision, and everything they need is allocated by [`Self::init`].
pub trait Tensorwise: Clone + Send + 'static {
    /// What a run keeps between steps, with all buffers.
    type State<R: Real>: Kept + Send;

    /// The state before the first step.
    fn init<R: Real>(&self, layout: &Layout) -> Self::State<R>;

    /// Makes a state that another rule of the same structure has had its own.
    fn adopted<R: Real>(&self, _state: &mut Self::State<R>) {}

    /// What the next update wants to be told.
    fn wants<R: Real>(&self, _state: &Self::State<R>) -> Wants {
        Wants::default()
    }

    /// Where the next gradient is wanted, if not at the iterate `at`.
    fn probe<'s, R: Real>(&self, _state: &'s mut Self::State<R>, _at: &[R]) -> Option<&'s [R]> {
        None
    }

    /// Moves `at` by one step of the given `rate`; nothing in it allocates.
    fn update<R: Real>(&self, state: &mut Self::State<R>, layout: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64);

    /// Calls [`Self::update`]; compiled for several sets of instructions, and where the rule is, if `tensorwise_loops!`
    /// writes it.
    fn advance<R: Real>(&self, state: &mut Self::State<R>, layout: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64);

    /// The point that the rule gives as its answer, if not the iterate `at`.
    fn answer<'s, R: Real>(&self, _state: &'s mut Self::State<R>, _at: &[R]) -> Option<&'s [R]> {
        None
    }

    /// The rule's estimate of the distance to the solution, if it makes one.
    fn distance<R: Real>(&self, _state: &Self::State<R>) -> Option<R> {
        None
    }
}

/// What a rule for one run is told at a step: see [`Signal`].
#[derive(Clone, Copy, Debug)]
pub struct Told<'a, R> {
    /// The gradient estimate.
    pub gradient: &'a [R],
    /// The value of the batch, if wanted.
    pub value: Option<R>,
    /// An estimate of the diagonal of the Hessian, if wanted.
    pub curvature: Option<&'a [R]>,
    /// Which coordinates a sparse gradient lists.
    pub present: Option<&'a [bool]>,
}

/// Writes `Tensorwise::advance`.
///
/// The function stands where the macro is called, so that a change of a rule compiles its own loops anew and no others.
macro_rules! tensorwise_loops {
    () => {
        fn advance<R: sgdlab_core::Real>(
            &self,
            state: &mut Self::State<R>,
            layout: &sgdlab_core::Layout,
            at: &mut [R],
            told: crate::tensorwise::Told<'_, R>,
            rate: f64,
        ) {
            #[cfg_attr(not(debug_assertions), multiversion::multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
            fn compiled<T: crate::tensorwise::Tensorwise, R: sgdlab_core::Real>(
                rule: &T,
                state: &mut T::State<R>,
                layout: &sgdlab_core::Layout,
                at: &mut [R],
                told: crate::tensorwise::Told<'_, R>,
                rate: f64,
            ) {
                rule.update(state, layout, at, told, rate);
            }
            compiled(self, state, layout, at, told, rate);
        }
    };
}
pub(crate) use tensorwise_loops;

/// A [`Tensorwise`] rule with the states of `N` runs.
///
/// It stands in a pair with an empty list of rules first because the compiler puts what it compiles for a pair next to
/// what it compiles for the first of the two: a change of a rule compiles its own module anew, and not what all share.
type Bound<T, R, const N: usize> = ([T; 0], Pack<T, R, N>);

struct Pack<T: Tensorwise, R: Real, const N: usize> {
    runs: Vec<(T, T::State<R>)>,
    room: Room<R, N>,
}

/// What is as large as the parameters.
struct Room<R, const N: usize> {
    layout: Layout,
    /// One lane of the iterate, of the gradient and of the curvature; empty for a single run.
    lane: [Vec<R>; 3],
    /// A point that lanes are put together to.
    together: Vec<Lanes<R, N>>,
}

/// Makes the buffers of a rule for `N` runs; `pack` has one configuration a run.
///
/// # Panics
/// If `pack` does not have `N` entries.
pub fn bind<T: Tensorwise, R: Real, const N: usize>(pack: &[T], layout: &Layout) -> Box<dyn Rule<R, N>> {
    assert_eq!(pack.len(), N, "a pack of {N} runs takes as many configurations");
    let bound: Bound<T, R, N> = ([], Pack { runs: runs(pack, layout), room: Room::new(layout) });
    Box::new(bound)
}

impl<R: Real, const N: usize> Room<R, N> {
    fn new(layout: &Layout) -> Self {
        let size = layout.size();
        Self {
            layout: layout.clone(),
            lane: std::array::from_fn(|_| vec![R::ZERO; if N == 1 { 0 } else { size }]),
            together: vec![[R::ZERO; N]; size],
        }
    }
}

// What follows is not generic over the number of lanes, so that it is compiled once for all.
fn runs<T: Tensorwise, R: Real>(pack: &[T], layout: &Layout) -> Vec<(T, T::State<R>)> {
    // No iterator: what is compiled for one does not stand with the rule.
    let mut runs = Vec::with_capacity(pack.len());
    for rule in pack {
        runs.push((rule.clone(), rule.init(layout)));
    }
    runs
}

fn adopt<T: Tensorwise, R: Real>(runs: &mut [(T, T::State<R>)], others: &[(T, T::State<R>)]) {
    for ((rule, state), (theirs, _)) in runs.iter_mut().zip(others) {
        rule.clone_from(theirs);
        rule.adopted(state);
    }
}

fn tape<T: Tensorwise, R: Real>(runs: &mut [(T, T::State<R>)], tape: &mut Tape<'_>) {
    runs.iter_mut().for_each(|(_, state)| state.tape(tape));
}

impl<T: Tensorwise, R: Real, const N: usize> Rule<R, N> for Bound<T, R, N> {
    fn adopt(&mut self, other: &dyn Rule<R, N>) -> bool {
        let Some((_, other)) = (other as &dyn Any).downcast_ref::<Self>() else { return false };
        adopt(&mut self.1.runs, &other.runs);
        true
    }

    fn wants(&self) -> Wants {
        let (rule, state) = &self.1.runs[0];
        rule.wants(state)
    }

    fn probe(&mut self, at: &[Lanes<R, N>]) -> Option<&[Lanes<R, N>]> {
        self.1.put_together(at, |rule, state, at| rule.probe(state, at))
    }

    fn update(&mut self, at: &mut [Lanes<R, N>], signal: Signal<'_, R, N>, rate: &[f64; N]) {
        assert_eq!(at.len(), signal.gradient.len(), "as many gradients as parameters");
        let Pack { runs, room } = &mut self.1;
        assert_eq!(at.len(), room.layout.size(), "as many parameters as the rule was bound to");
        let Signal { curvature, present, .. } = signal;
        assert!(present.is_none_or(|present| present.len() == at.len()), "as many flags as parameters");
        if N == 1 {
            let (rule, state) = &mut runs[0];
            let told = Told {
                gradient: signal.gradient.as_flattened(),
                value: signal.value.map(|value| value[0]),
                curvature: curvature.map(<[_]>::as_flattened),
                present,
            };
            return rule.advance(state, &room.layout, at.as_flattened_mut(), told, rate[0]);
        }
        let [x, g, h] = &mut room.lane;
        for (lane, (rule, state)) in runs.iter_mut().enumerate() {
            take(at, lane, x);
            take(signal.gradient, lane, g);
            if let Some(curvature) = curvature {
                take(curvature, lane, h);
            }
            let value = signal.value.map(|value| value[lane]);
            let told = Told { gradient: g, value, curvature: curvature.map(|_| h.as_slice()), present };
            rule.advance(state, &room.layout, x, told, rate[lane]);
            put(x, lane, at);
        }
    }

    fn answer(&mut self, at: &[Lanes<R, N>]) -> Option<&[Lanes<R, N>]> {
        self.1.put_together(at, |rule, state, at| rule.answer(state, at))
    }

    fn tape(&mut self, tape: &mut Tape<'_>) {
        self::tape::<T, R>(&mut self.1.runs, tape);
    }

    fn distance(&self) -> Option<Lanes<R, N>> {
        let mut distances = [R::ZERO; N];
        for (distance, (rule, state)) in distances.iter_mut().zip(&self.1.runs) {
            *distance = rule.distance(state)?;
        }
        Some(distances)
    }
}

impl<T: Tensorwise, R: Real, const N: usize> Pack<T, R, N> {
    /// The points of all lanes that `point` gives, if it gives any.
    fn put_together(
        &mut self,
        at: &[Lanes<R, N>],
        point: impl for<'s> Fn(&T, &'s mut T::State<R>, &[R]) -> Option<&'s [R]>,
    ) -> Option<&[Lanes<R, N>]> {
        for (lane, (rule, state)) in self.runs.iter_mut().enumerate() {
            let x = if N == 1 {
                at.as_flattened()
            } else {
                take(at, lane, &mut self.room.lane[0]);
                &self.room.lane[0]
            };
            put(point(rule, state, x)?, lane, &mut self.room.together);
        }
        Some(&self.room.together)
    }
}

/// One function for all rules, as is [`put`].
#[inline(never)]
fn take<R: Copy, const N: usize>(from: &[Lanes<R, N>], lane: usize, to: &mut [R]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = from[lane];
    }
}

#[inline(never)]
fn put<R: Copy, const N: usize>(from: &[R], lane: usize, to: &mut [Lanes<R, N>]) {
    for (from, to) in from.iter().zip(to) {
        to[lane] = *from;
    }
}

//! Rules that ask for values, gradients and products themselves: line searches, quasi-Newton and Newton methods.
//!
//! How often such a rule asks depends on the answers, so that it runs alone and never as a lane of a pack.

use sgdlab_core::kept::{Kept, Tape};
use sgdlab_core::{Curvature, Lanes, Layout, Local, Product, Real};

use crate::rule::{Rule, Signal, Span};

/// The objective on the batch of a step, for a rule of one run.
///
/// Every question costs an evaluation of each term of the batch; the value that comes with a gradient is free.
pub trait Ask<R> {
    /// The value at `at`.
    fn value(&mut self, at: &[R]) -> R;

    /// Writes the gradient at `at` to `out`, and returns the value there.
    fn gradient(&mut self, at: &[R], out: &mut [R]) -> R;

    /// Writes the product of a curvature matrix at `at` with `vector` to `out`.
    fn curvature_times(&mut self, curvature: Curvature, at: &[R], vector: &[R], out: &mut [R]);
}

/// A rule for one run that asks.
///
/// Methods are generic over the precision, and everything they need is allocated by [`Self::init`].
pub trait Asking: Clone + Send + 'static {
    /// What a run keeps between steps, with all buffers.
    type State<R: Real>: Kept + Send;

    /// The state before the first step.
    fn init<R: Real>(&self, layout: &Layout) -> Self::State<R>;

    /// Tells how long the run is; before the first step, if at all.
    fn begin<R: Real>(&self, _state: &mut Self::State<R>, _span: &Span) {}

    /// Moves `at` by one step of the given `rate`.
    fn search<R: Real>(&self, state: &mut Self::State<R>, at: &mut [R], local: &mut dyn Ask<R>, rate: f64);

    /// Iterations so far, if there are several in a step.
    fn iterations<R: Real>(&self, _state: &Self::State<R>) -> Option<u64> {
        None
    }
}

/// An [`Asking`] rule with the state of its run.
struct Bound<A: Asking, R: Real> {
    rule: A,
    state: A::State<R>,
    size: usize,
}

/// Makes the buffers of a rule for one run.
///
/// # Panics
/// For more than one run: see [`RuleSpec::can_share_pack`](crate::RuleSpec::can_share_pack).
pub fn bind<A: Asking, R: Real, const N: usize>(pack: &[A], layout: &Layout) -> Box<dyn Rule<R, N>> {
    assert!(N == 1 && pack.len() == 1, "a rule that asks runs alone");
    Box::new(Bound { rule: pack[0].clone(), state: pack[0].init::<R>(layout), size: layout.size() })
}

impl<A: Asking, R: Real, const N: usize> Rule<R, N> for Bound<A, R> {
    fn begin(&mut self, span: &Span) {
        self.rule.begin(&mut self.state, span);
    }

    fn update(&mut self, _: &mut [Lanes<R, N>], _: Signal<'_, R, N>, _: &[f64; N]) {
        panic!("this rule asks for its gradients itself");
    }

    fn asks(&self) -> bool {
        true
    }

    fn search(&mut self, at: &mut [Lanes<R, N>], local: &mut dyn Local<R, N>, rate: &[f64; N]) {
        assert_eq!(at.len(), self.size, "as many parameters as the rule was bound to");
        self.rule.search(&mut self.state, at.as_flattened_mut(), &mut One(local), rate[0]);
    }

    fn iterations(&self) -> Option<u64> {
        self.rule.iterations(&self.state)
    }

    fn tape(&mut self, tape: &mut Tape<'_>) {
        self.state.tape(tape);
    }
}

/// The questions of a single run: `N` is 1, so that a flat vector is one of lanes.
struct One<'a, R, const N: usize>(&'a mut dyn Local<R, N>);

fn lanes<R, const N: usize>(flat: &[R]) -> &[Lanes<R, N>] {
    flat.as_chunks().0
}

impl<R: Real, const N: usize> Ask<R> for One<'_, R, N> {
    fn value(&mut self, at: &[R]) -> R {
        self.0.value(lanes(at))[0]
    }

    fn gradient(&mut self, at: &[R], out: &mut [R]) -> R {
        self.0.gradient(lanes(at), out.as_chunks_mut().0)[0]
    }

    fn curvature_times(&mut self, curvature: Curvature, at: &[R], vector: &[R], out: &mut [R]) {
        self.0.curvature_times(Product { curvature, at: lanes(at), vector: lanes(vector) }, out.as_chunks_mut().0);
    }
}

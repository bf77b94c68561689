//! What every update rule is, once it is bound to its sizes.

use std::any::Any;

use sgdlab_core::kept::{self, Kept, Tape};
use sgdlab_core::streams::Key;
use sgdlab_core::{Entry, Invalid, Lanes, Layout, Local, Real, Settings, Tensor};

/// What a rule is told at a step.
#[derive(Clone, Copy, Debug)]
pub struct Signal<'a, R, const N: usize> {
    /// The gradient estimate, at the point that the rule wanted.
    pub gradient: &'a [Lanes<R, N>],
    /// The value of the same batch at the same point, if the rule [wants](Rule::wants) it.
    pub value: Option<&'a Lanes<R, N>>,
    /// An estimate of the diagonal of the Hessian there, if the rule wants it.
    pub curvature: Option<&'a [Lanes<R, N>]>,
    /// Which coordinates a sparse gradient lists, the others being 0; all lanes list the same.
    ///
    /// Without it, rules for sparse gradients take a coordinate to be listed where its gradient is not 0: that is
    /// what a dense gradient says of features that no term of the batch has.
    pub present: Option<&'a [bool]>,
}

impl<'a, R, const N: usize> Signal<'a, R, N> {
    /// A gradient and nothing else.
    #[must_use]
    pub fn of(gradient: &'a [Lanes<R, N>]) -> Self {
        Self { gradient, value: None, curvature: None, present: None }
    }
}

/// What a rule wants to be told beside the gradient.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// The value of the batch.
    pub value: bool,
    /// An estimate of the diagonal of the Hessian.
    pub curvature: bool,
}

impl Wants {
    /// What either wants.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { value: self.value || other.value, curvature: self.curvature || other.curvature }
    }
}

/// The run that a rule is about to make.
#[derive(Clone, Debug)]
pub struct Span {
    /// Updates of the whole run.
    pub steps: u64,
    /// Updates of an epoch.
    pub steps_per_epoch: u64,
    /// Terms of a batch.
    pub batch_size: u64,
    /// What random numbers of rules are drawn from; runs with the same key have the same numbers.
    pub key: Key,
}

impl Default for Span {
    /// A run of one epoch without an end.
    fn default() -> Self {
        Self { steps: u64::MAX, steps_per_epoch: u64::MAX, batch_size: 1, key: Key::new("rule") }
    }
}

/// What a rule needs of an objective beyond a gradient a step, and what its steps cost at least.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Needs {
    /// Whether it [asks](Rule::asks) for values, gradients and products itself.
    pub asking: bool,
    /// Whether products with curvature matrices are needed, by the rule or for the diagonal that it is told.
    pub products: bool,
    /// Term evaluations of a step for each term of its batch, at least, in the mean over steps.
    pub evaluations: f64,
    /// As many more for each parameter.
    pub evaluations_per_parameter: f64,
    /// Most parameters that it can be bound to.
    pub most_parameters: usize,
    /// What an update costs beyond a few operations for each parameter.
    pub matrices: MatrixWork,
}

/// Multiplications with additions that an update takes on every tensor, in the mean over steps.
///
/// What cannot be vectorized counts as often as it takes longer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MatrixWork {
    /// As multiples of its size times the smaller of its numbers of rows and columns: products of matrices of its shape.
    pub smaller: f64,
    /// As multiples of its size times the sum of the lengths of its axes: products with a matrix along every axis.
    pub axes: f64,
    /// As multiples of the sum of the cubes of these lengths: decompositions of a matrix for every axis.
    pub cubes: f64,
}

impl MatrixWork {
    /// What is at least as much as either, on every layout.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            smaller: self.smaller.max(other.smaller),
            axes: self.axes.max(other.axes),
            cubes: self.cubes.max(other.cubes),
        }
    }

    /// Multiplications with additions of an update on parameters of this layout.
    #[must_use]
    pub fn of(&self, layout: &Layout) -> f64 {
        let of_tensor = |tensor: &Tensor| {
            let lengths: Vec<f64> = tensor.shape.iter().map(|&length| length as f64).collect();
            let [rows, ..] = lengths[..] else { return 0.0 };
            let size: f64 = lengths.iter().product();
            let cubes: f64 = lengths.iter().map(|length| length * length * length).sum();
            size * (self.smaller * rows.min(size / rows) + self.axes * lengths.iter().sum::<f64>()) + self.cubes * cubes
        };
        layout.tensors().iter().map(of_tensor).sum()
    }
}

impl Needs {
    /// Term evaluations of a step for each term of its batch, at least, with so many parameters.
    #[must_use]
    pub fn evaluations_per_term(&self, parameters: usize) -> f64 {
        self.evaluations + self.evaluations_per_parameter * parameters as f64
    }
}

impl Default for Needs {
    /// A gradient a step.
    fn default() -> Self {
        Self {
            asking: false,
            products: false,
            evaluations: 1.0,
            evaluations_per_parameter: 0.0,
            most_parameters: usize::MAX,
            matrices: MatrixWork::default(),
        }
    }
}

/// An update rule with its state, for `N` runs at once.
///
/// The rate is an argument and the gradient comes from outside.
/// Every lane of a pack has the bits of the same run alone.
pub trait Rule<R: Real, const N: usize>: Send + Any {
    /// Tells how long the run is; before the first step, if at all.
    fn begin(&mut self, _span: &Span) {}

    /// Takes over the hyperparameters of a rule that it could [share a pack](Configuration::can_share_pack) with, which
    /// may be bound to another layout, and goes on with the state that it has; says whether it could.
    fn adopt(&mut self, _other: &dyn Rule<R, N>) -> bool {
        false
    }

    /// What the next update wants to be told.
    fn wants(&self) -> Wants {
        Wants::default()
    }

    /// Where the next gradient is wanted, if not at the iterate `at`.
    fn probe(&mut self, _at: &[Lanes<R, N>]) -> Option<&[Lanes<R, N>]> {
        None
    }

    /// Moves `at` by one step of each lane's `rate`.
    ///
    /// # Panics
    /// If there are not as many gradients (or flags of what is listed) as parameters, or not as many as the rule was bound to, or
    /// something that the rule wants is missing, or the rule [asks](Self::asks).
    fn update(&mut self, at: &mut [Lanes<R, N>], signal: Signal<'_, R, N>, rate: &[f64; N]);

    /// Whether the rule asks for its gradients itself, and [`Self::search`] is called instead of [`Self::update`].
    fn asks(&self) -> bool {
        false
    }

    /// Moves `at` by one step of each lane's `rate`, after as many questions about the batch as it takes.
    ///
    /// # Panics
    /// If there are not as many parameters as the rule was bound to, or the rule is told its gradients.
    fn search(&mut self, _at: &mut [Lanes<R, N>], _local: &mut dyn Local<R, N>, _rate: &[f64; N]) {
        panic!("this rule is told its gradients");
    }

    /// Iterations so far, of a rule that makes several in a step.
    fn iterations(&self) -> Option<u64> {
        None
    }

    /// The point that the rule gives as its answer, if not the iterate `at`: an average, say.
    fn answer(&mut self, _at: &[Lanes<R, N>]) -> Option<&[Lanes<R, N>]> {
        None
    }

    /// The rule's estimate of the distance to the solution, if it makes one.
    fn distance(&self) -> Option<Lanes<R, N>> {
        None
    }

    /// Saves what the rule keeps between steps, or restores it.
    fn tape(&mut self, tape: &mut Tape<'_>);
}

// Not methods of the trait, which are compiled for every rule.
impl<R: Real, const N: usize> dyn Rule<R, N> {
    /// What the rule keeps between steps, as a flat list of numbers.
    #[must_use]
    pub fn save(&mut self) -> Vec<f64> {
        kept::save(|tape| self.tape(tape))
    }

    /// Replaces what the rule keeps by what a rule of the same configuration and layout has
    /// saved; both then go on with the same bits.
    ///
    /// # Errors
    /// If the number of numbers is another one; the rule is then as it was.
    // It does not panic: its own state fits.
    #[allow(clippy::missing_panics_doc)]
    pub fn restore(&mut self, saved: &[f64]) -> Result<(), Invalid> {
        let before = self.save();
        kept::restore(saved, |tape| self.tape(tape)).inspect_err(|_| {
            kept::restore(&before, |tape| self.tape(tape)).expect("its own state");
        })
    }
}

impl<R: Real, const N: usize> Kept for Box<dyn Rule<R, N>> {
    fn tape(&mut self, tape: &mut Tape<'_>) {
        (**self).tape(tape);
    }
}

/// The hyperparameters of one update rule: what a person writes, immutable.
pub trait Configuration: Clone + Sized {
    /// How catalogues describe the rule.
    const ENTRY: &'static Entry;

    /// The configuration that these settings of [`Self::ENTRY`] stand for.
    ///
    /// # Errors
    /// If values that are accepted one by one do not go together.
    fn new(settings: &Settings) -> Result<Self, Invalid>;

    /// Whether runs with these two configurations can be lanes of one pack; rules that [ask](Rule::asks) run alone.
    fn can_share_pack(&self, other: &Self) -> bool;

    /// What the rule needs beyond a gradient a step.
    fn needs(&self) -> Needs {
        Needs::default()
    }

    /// Makes the state of `N` runs; `pack` has one configuration a run.
    ///
    /// # Panics
    /// If `pack` does not have `N` entries.
    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>>;
}

/// Whose reading of a rule is computed, where readings differ in more than defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// `torch.optim`.
    Torch,
    /// optax.
    Optax,
    /// `pytorch_optimizer`.
    PytorchOptimizer,
    /// The publication.
    Paper,
}

impl Reading {
    /// The reading that the settings' dialect names; [`Self::Paper`] where an entry has no dialects.
    ///
    /// # Panics
    /// If the dialect has another name than these four, which the catalogue tests rule out.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        match settings.dialect() {
            Some("torch") => Self::Torch,
            Some("optax") => Self::Optax,
            Some("pytorch-optimizer") => Self::PytorchOptimizer,
            Some("paper") | None => Self::Paper,
            Some(other) => panic!("no reading is called {other}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_on_matrices_goes_with_their_sides() {
        let layout = Layout::new([("weight", vec![3, 5]), ("bias", vec![4]), ("kernel", vec![2, 3, 7])]);
        let of = |smaller, axes, cubes| MatrixWork { smaller, axes, cubes }.of(&layout);
        // A vector is a column, and a tensor has one row for each place on its first axis.
        assert_eq!(of(1.0, 0.0, 0.0), 15.0 * 3.0 + 4.0 + 42.0 * 2.0);
        assert_eq!(of(0.0, 1.0, 0.0), 15.0 * 8.0 + 4.0 * 4.0 + 42.0 * 12.0);
        assert_eq!(of(0.0, 0.0, 1.0), 27.0 + 125.0 + 64.0 + 8.0 + 27.0 + 343.0);
        assert_eq!(Needs::default().matrices.of(&layout), 0.0);
        let [a, b] = [(1.0, 0.0), (0.5, 3.0)].map(|(axes, cubes)| MatrixWork { smaller: 0.0, axes, cubes });
        assert_eq!(a.max(b), MatrixWork { smaller: 0.0, axes: 1.0, cubes: 3.0 });
    }
}

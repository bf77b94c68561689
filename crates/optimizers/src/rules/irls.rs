//! Iteratively reweighted least squares.

use sgdlab_core::{Curvature, Entry, Invalid, Layout, Range, Real, Settings};

use crate::asking::{self, Ask, Asking};
use crate::second_order::{self, DAMPING, State};
use crate::vocabulary::number;
use crate::{Configuration, Needs, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "irls",
    summary: "Iteratively reweighted least squares: the weighted least squares problem with the slopes of the batch, \
              as a reference.",
    formula: "x ← x − lr (Jᵀ W J + penalty + damping · I)⁻¹ g;  w = ψ(r)/r",
    conventions: "ψ is the slope of a loss of the residual r, |r| counts as floor at least. For logits and logarithms \
                  of means w is the expected curvature (Fisher scoring), for margins and several classes the \
                  curvature. Where the matrix is not positive definite up to rounding, more is added to its \
                  diagonal, as by newton. Residuals below the floor keep their slope, so that the iterates of the \
                  absolute loss end within the floor of its minimum.",
    hyperparameters: &[number("floor", "smallest |r| of a weight", 1e-6, Range::above(0.0)), DAMPING],
    dialects: &[],
    cost: "Memory: two matrices of p × p for p parameters, of which there may be 1024. One gradient and p products with \
           the matrix per step. Steps allocate memory for nalgebra's decomposition.",
    reference: "Holland, Welsch (1977), Robust regression using iteratively reweighted least-squares, Comm. Stat. A6; \
                McCullagh, Nelder (1989), Generalized linear models, 2.5",
};

/// Iteratively reweighted least squares: the weighted least squares problem with the slopes of the batch, as a
/// reference.
///
/// ```text
/// w = ψ(r)/r
/// x ← x − lr (Jᵀ W J + penalty + damping I)⁻¹ g
/// ```
///
/// ψ is the slope of a loss of the residual r, of which |r| counts as `floor` at least; J are the
/// derivatives of the outputs.
/// With lr = 1 the next x is the solution of the weighted least squares problem.
/// For logits and logarithms of means w is the expected curvature (Fisher scoring), for margins and
/// several classes the curvature.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `floor` | 10⁻⁶ | (0, ∞) | residual |
/// | `damping` | 0 | [0, ∞) | curvature |
///
/// Memory: two p × p matrices for p ≤ 1024 parameters; one gradient and p products per step.
///
/// ```
/// use sgdlab_core::{Curvature, Lanes, Layout, Local, Product};
/// use sgdlab_optimizers::{Irls, RuleSpec};
///
/// /// |x − 1| as a loss of the residual x − 1.
/// struct Absolute;
/// impl Local<f64, 1> for Absolute {
///     fn value(&mut self, at: &[Lanes<f64, 1>]) -> Lanes<f64, 1> {
///         [(at[0][0] - 1.0).abs()]
///     }
///     fn gradient(&mut self, at: &[Lanes<f64, 1>], out: &mut [Lanes<f64, 1>]) -> Lanes<f64, 1> {
///         out[0][0] = (at[0][0] - 1.0).signum();
///         self.value(at)
///     }
///     fn curvature_times(&mut self, asked: Product<'_, f64, 1>, out: &mut [Lanes<f64, 1>]) {
///         let Curvature::Reweighted { floor } = asked.curvature else { panic!("weights are asked for") };
///         out[0][0] = asked.vector[0][0] / (asked.at[0][0] - 1.0).abs().max(floor);
///     }
/// }
///
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Irls::default().into()], &Layout::vector(1));
/// let mut at = [[5.0]];
/// rule.search(&mut at, &mut Absolute, &[1.0]);
/// assert!((at[0][0] - 1.0).abs() < 1e-15);
/// ```
///
/// Reference: Holland and Welsch (1977); McCullagh and Nelder (1989), 2.5.
#[derive(Clone, Debug, PartialEq)]
pub struct Irls {
    /// Smallest |r| of a weight.
    pub floor: f64,
    /// Added to the diagonal of the matrix.
    pub damping: f64,
}

impl Configuration for Irls {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { floor: settings.number("floor"), damping: settings.number("damping") })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        second_order::needs()
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        asking::bind(pack, layout)
    }
}

impl Asking for Irls {
    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, layout: &Layout) -> State<R> {
        State::new(layout)
    }

    fn search<R: Real>(&self, state: &mut State<R>, at: &mut [R], local: &mut dyn Ask<R>, rate: f64) {
        state.step((Curvature::Reweighted { floor: self.floor }, self.damping), at, local, rate);
    }
}

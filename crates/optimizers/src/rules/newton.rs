//! Newton's method.

use sgdlab_core::{Curvature, Domain, Entry, Hyperparameter, Invalid, Layout, Real, Settings};

use crate::asking::{self, Ask, Asking};
use crate::second_order::{self, DAMPING, State};
use crate::{Configuration, Needs, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "newton",
    summary: "Steps to the minimum of the quadratic model of the batch, as a reference.",
    formula: "x ← x − lr (C + damping · I)⁻¹ g",
    conventions: "C is the exact Hessian of the batch, or its Gauss-Newton matrix, column by column. Where C + \
                  damping · I is not positive definite up to rounding, ten times the damping (at first 10⁻¹² of the \
                  largest entry) is added until it is. There is no line search: lr = 1 is the full step.",
    hyperparameters: &[
        Hyperparameter {
            name: "curvature",
            meaning: "which matrix",
            domain: Domain::Choice { default: "hessian", accepts: &["hessian", "gauss-newton"] },
        },
        DAMPING,
    ],
    dialects: &[],
    cost: "Memory: two matrices of p × p for p parameters, of which there may be 1024. One gradient and p products with \
           the matrix per step. Steps allocate memory for nalgebra's decomposition.",
    reference: "Nocedal, Wright (2006), Numerical optimization, algorithms 3.2 and 3.3",
};

/// Steps to the minimum of the quadratic model of the batch, as a reference.
///
/// ```text
/// x ← x − lr (C + damping I)⁻¹ g
/// ```
///
/// C is the Hessian of the batch, or its Gauss–Newton matrix, made of products with unit vectors.
/// Where C + `damping` I is not positive definite up to rounding, ten times as much (at first 10⁻¹² of
/// the largest entry) is added until it is.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `gauss_newton` (`curvature`) | false (`hessian`) | `hessian`, `gauss-newton` | |
/// | `damping` | 0 | [0, ∞) | curvature |
///
/// Memory: two p × p matrices for p ≤ 1024 parameters; one gradient and p products per step.
///
/// ```
/// use sgdlab_core::{Lanes, Layout, Local, Product};
/// use sgdlab_optimizers::{Newton, RuleSpec};
///
/// /// x⁴/4.
/// struct Flat;
/// impl Local<f64, 1> for Flat {
///     fn value(&mut self, at: &[Lanes<f64, 1>]) -> Lanes<f64, 1> {
///         [at[0][0].powi(4) / 4.0]
///     }
///     fn gradient(&mut self, at: &[Lanes<f64, 1>], out: &mut [Lanes<f64, 1>]) -> Lanes<f64, 1> {
///         out[0][0] = at[0][0].powi(3);
///         self.value(at)
///     }
///     fn curvature_times(&mut self, asked: Product<'_, f64, 1>, out: &mut [Lanes<f64, 1>]) {
///         out[0][0] = 3.0 * asked.at[0][0].powi(2) * asked.vector[0][0];
///     }
/// }
///
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Newton::default().into()], &Layout::vector(1));
/// let mut at = [[3.0]];
/// rule.search(&mut at, &mut Flat, &[1.0]);
/// assert!((at[0][0] - 2.0).abs() < 1e-15); // Two thirds of the way are left.
/// ```
///
/// Reference: Nocedal and Wright (2006), algorithms 3.2 and 3.3.
#[derive(Clone, Debug, PartialEq)]
pub struct Newton {
    /// Whether the Gauss–Newton matrix takes the place of the Hessian.
    pub gauss_newton: bool,
    /// Added to the diagonal of the matrix.
    pub damping: f64,
}

impl Configuration for Newton {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let gauss_newton = settings.word("curvature") == "gauss-newton";
        Ok(Self { gauss_newton, damping: settings.number("damping") })
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

impl Asking for Newton {
    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, layout: &Layout) -> State<R> {
        State::new(layout)
    }

    fn search<R: Real>(&self, state: &mut State<R>, at: &mut [R], local: &mut dyn Ask<R>, rate: f64) {
        let curvature = if self.gauss_newton { Curvature::GaussNewton } else { Curvature::Hessian };
        state.step((curvature, self.damping), at, local, rate);
    }
}

//! Shampoo.

use nalgebra::DMatrix;
use sgdlab_core::kept::{Kept, Tape};
use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use crate::kept::kept;
use crate::matrices::{Axis, DECOMPOSITION, axes, inverse_root};
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::{MAXIMIZE, decay_rate, number, sign, split_decay, weight_decouple};
use crate::{Configuration, MatrixWork, Needs, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "shampoo",
    summary: "Gradients divided along every axis of a tensor by a root of the sum of their second moments.",
    formula: "G = (1 − momentum) g + momentum · b;  L ← L + GGᵀ;  R ← R + GᵀG;  b = L^(−1/4) G R^(−1/4);  x ← x − lr b",
    conventions: "For a vector L^(−1/2) g, for a tensor with k axes the roots are −1/(2k) along each. All L start as \
                  matrix-eps times the identity. b starts as the first gradient, which maximize does not negate. Roots \
                  are computed every preconditioning-compute-steps steps and are 0 before that. Decay is added to G, \
                  or x ← x (1 − lr weight-decay) comes first with weight-decouple.",
    hyperparameters: &[
        decay_rate("momentum", "share of the last step in what is preconditioned", 0.0),
        number("weight-decay", "coupled or decoupled decay", 0.0, Range::at_least(0.0)),
        weight_decouple(false),
        Hyperparameter {
            name: "preconditioning-compute-steps",
            meaning: "steps from one computation of roots to the next",
            domain: Domain::Integer { default: 1, least: 1 },
        },
        number("matrix-eps", "diagonal of all matrices at the start", 1e-6, Range::above(0.0)),
        MAXIMIZE,
    ],
    dialects: &[Dialect {
        name: "pytorch-optimizer",
        conventions: "Without grafting and blocks.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: one number per parameter, and two matrices for each axis of a tensor. One gradient per step; roots \
           take n³ operations for an axis of length n. Steps that compute roots allocate memory for nalgebra's \
           decompositions.",
    reference: "Gupta, Koren, Singer (2018), Shampoo: preconditioned stochastic tensor optimization, arXiv:1802.09568",
};

/// Gradients divided along every axis of a tensor by a root of the sum of their second moments.
///
/// ```text
/// G = (1 − momentum) g + momentum b
/// L ← L + GGᵀ                           R ← R + GᵀG
/// b = L^(−1/4) G R^(−1/4)               x ← x − lr b
/// ```
///
/// That is for a matrix; a vector is multiplied by L^(−1/2), a tensor with k axes by −1/(2k)-th
/// powers along each.
/// Matrices start as `matrix_eps` times the identity, b as the first gradient, which `maximize` does not negate.
/// Roots are computed every `preconditioning_compute_steps` steps and are 0 before that.
/// Decay is added to G, or multiplies x by 1 − lr `weight_decay` before the step if it is
/// decoupled.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `momentum` | 0 | [0, 1) | 1 |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter; 1/lr if decoupled |
/// | `preconditioning_compute_steps` | 1 | ≥ 1 | steps |
/// | `matrix_eps` | 10⁻⁶ | (0, ∞) | gradient² |
/// | `weight_decouple`, `maximize` | false | | |
///
/// Memory: one number per parameter and two matrices for each axis of a tensor; one gradient per
/// step, and n³ operations for an axis of length n whenever roots are computed, which allocates.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, Shampoo, Signal};
/// let layout = Layout::new([("weight", vec![2, 2])]);
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Shampoo::default().into()], &layout);
/// let mut x = [[1.0], [2.0], [3.0], [4.0]];
/// for _ in 0..3 {
///     let gradient = x; // of ‖x‖²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4} {:.4}", x[0][0], x[1][0]), "1.0969 1.8194");
/// ```
///
/// Reference: Gupta, Koren and Singer (2018), arXiv:1802.09568.
#[derive(Clone, Debug, PartialEq)]
pub struct Shampoo {
    /// Share of the last step in what is preconditioned.
    pub momentum: f64,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Whether decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Steps from one computation of roots to the next.
    pub preconditioning_compute_steps: u64,
    /// Diagonal of all matrices at the start.
    pub matrix_eps: f64,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for Shampoo {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            momentum: settings.number("momentum"),
            weight_decay: settings.number("weight-decay"),
            weight_decouple: settings.flag("weight-decouple"),
            preconditioning_compute_steps: settings.integer("preconditioning-compute-steps"),
            matrix_eps: settings.number("matrix-eps"),
            maximize: settings.flag("maximize"),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        let every = self.preconditioning_compute_steps as f64;
        Needs { matrices: MatrixWork { smaller: 0.0, axes: 4.0, cubes: DECOMPOSITION / every }, ..Needs::default() }
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        tensorwise::bind(pack, layout)
    }
}

/// What a run keeps.
pub struct State<R> {
    b: Vec<R>,
    steps: u64,
    /// For every tensor, for every axis.
    preconditioners: Vec<Vec<Preconditioner>>,
    tensor: Vec<f64>,
    product: Vec<f64>,
}

kept!(<R> State<R>: b, steps, preconditioners);

/// The sum of second moments along an axis, and its inverse root.
struct Preconditioner {
    axis: Axis,
    moment: DMatrix<f64>,
    root: DMatrix<f64>,
}

impl Kept for Preconditioner {
    fn tape(&mut self, tape: &mut Tape<'_>) {
        for matrix in [&mut self.moment, &mut self.root] {
            matrix.as_mut_slice().iter_mut().for_each(|x| x.tape(tape));
        }
    }
}

impl Tensorwise for Shampoo {
    tensorwise_loops!();

    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, layout: &Layout) -> State<R> {
        let preconditioner = |axis: Axis| Preconditioner {
            axis,
            moment: DMatrix::from_diagonal_element(axis.size, axis.size, self.matrix_eps),
            root: DMatrix::zeros(axis.size, axis.size),
        };
        let tensors = layout.tensors().iter();
        let largest = tensors.clone().map(|tensor| tensor.size()).max().unwrap_or(0);
        State {
            b: vec![R::ZERO; layout.size()],
            steps: 0,
            preconditioners: tensors
                .map(|tensor| axes(&tensor.shape).into_iter().map(preconditioner).collect())
                .collect(),
            tensor: vec![0.0; largest],
            product: vec![0.0; largest],
        }
    }

    #[inline(always)]
    fn update<R: Real>(&self, state: &mut State<R>, layout: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        state.steps += 1;
        let (decoupled, coupled) = split_decay(self.weight_decay, self.weight_decouple);
        let sign = sign(self.maximize);
        // The first gradient is its own predecessor, before `maximize` negates it.
        let (take, keep) = match state.steps {
            1 if sign < 0.0 => (self.momentum - (1.0 - self.momentum), 0.0),
            1 => (1.0, 0.0),
            _ => (sign * (1.0 - self.momentum), self.momentum),
        };
        let [take, keep] = [take, keep].map(R::of);
        let [coupled, shrink, rate] = [coupled, 1.0 - rate * decoupled, rate].map(R::of);
        let due = state.steps.is_multiple_of(self.preconditioning_compute_steps);
        for (tensor, preconditioners) in layout.tensors().iter().zip(&mut state.preconditioners) {
            let range = tensor.offset..tensor.offset + tensor.size();
            let (x, b, g) = (&mut at[range.clone()], &mut state.b[range.clone()], &told.gradient[range]);
            let (mut u, mut product) = (&mut state.tensor[..x.len()], &mut state.product[..x.len()]);
            for i in 0..x.len() {
                u[i] = (take * g[i] + keep * b[i] + coupled * x[i]).to_f64();
            }
            let order = preconditioners.len();
            for Preconditioner { axis, moment, root } in &mut *preconditioners {
                axis.accumulate(1.0, 1.0, u, moment);
                if due {
                    inverse_root(moment, order, root);
                }
            }
            for Preconditioner { axis, root, .. } in preconditioners {
                axis.multiply(root, false, u, product);
                std::mem::swap(&mut u, &mut product);
            }
            for i in 0..x.len() {
                b[i] = R::of(u[i]);
                x[i] = shrink * x[i] - rate * b[i];
            }
        }
    }
}

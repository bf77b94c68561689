//! SOAP.

use nalgebra::DMatrix;
use sgdlab_core::kept::{Kept, Tape};
use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings, Tensor};

use crate::kept::kept;
use crate::matrices::{Axis, ITERATION, axes, eigenvectors, iterate};
use crate::sums::dot;
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::{MAXIMIZE, decay_rate, flag, next_power, number, sign};
use crate::{Configuration, MatrixWork, Needs, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "soap",
    summary: "Adam in the eigenvectors of Shampoo's matrices, which are followed by orthogonal iteration.",
    formula: "m ← beta1 · m + (1 − beta1) g;  v ← beta2 · v + (1 − beta2)(Qᵀg)²;  u = Q (Qᵀm/(√v + eps));  \
              x ← (x − lr c u)(1 − lr weight-decay);  c = √(1 − beta2ᵗ)/(1 − beta1ᵗ);  \
              L ← shampoo-beta · L + (1 − shampoo-beta) ggᵀ;  every precondition-frequency steps Q ← qr(LQ)",
    conventions: "Q stands for one matrix along each axis; vectors have none without precondition-1d. \
                  The first step only computes L and its eigenvectors, and t counts from the second. \
                  Before an iteration, columns of Q are sorted by their estimates of eigenvalues, large ones first, \
                  and v with them. Without correct-bias, c = 1. With normalize-gradient, u is divided by its root \
                  mean square + eps, tensor by tensor.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.95),
        decay_rate("beta2", "decay rate of the mean of squares", 0.95),
        Hyperparameter {
            name: "shampoo-beta",
            meaning: "decay rate of the matrices; beta2 if there is none",
            domain: Domain::Optional { absent: "none", range: Range::from_to(0.0, 1.0) },
        },
        number("weight-decay", "share of x that goes per unit of rate", 0.01, Range::at_least(0.0)),
        Hyperparameter {
            name: "precondition-frequency",
            meaning: "steps from one iteration of the eigenvectors to the next",
            domain: Domain::Integer { default: 10, least: 1 },
        },
        flag("precondition-1d", "vectors have a matrix too"),
        Hyperparameter {
            name: "correct-bias",
            meaning: "correct the bias of both means, in the step",
            domain: Domain::Flag { default: true },
        },
        flag("normalize-gradient", "divide what is subtracted by its root mean square"),
        number("eps", "added to the root", 1e-8, Range::above(0.0)),
        MAXIMIZE,
    ],
    dialects: &[Dialect {
        name: "pytorch-optimizer",
        conventions: "Without merging of axes and a largest dimension.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: two numbers per parameter, and two matrices for each axis of a tensor. One gradient per step; \
           an iteration takes n³ operations for an axis of length n and allocates memory for nalgebra's \
           decompositions.",
    reference: "Vyas et al. (2024), SOAP: improving and stabilizing Shampoo using Adam, arXiv:2409.11321",
};

/// Adam in the eigenvectors of Shampoo's matrices, which are followed by orthogonal iteration.
///
/// ```text
/// m ← beta1 m + (1 − beta1) g                        v ← beta2 v + (1 − beta2) (Qᵀg)²
/// u = Q (Qᵀm / (√v + eps))                           c = √(1 − beta2ᵗ) / (1 − beta1ᵗ)
/// x ← (x − lr c u) (1 − lr weight_decay)
/// L ← shampoo_beta L + (1 − shampoo_beta) ggᵀ        Q ← qr(LQ) every precondition_frequency steps
/// ```
///
/// Q stands for one matrix along each axis of a tensor; a vector has none without
/// `precondition_1d`.
/// The first step only computes L and its eigenvectors, and t counts from the second.
/// Before an iteration the columns of Q are sorted by their estimates of eigenvalues, large ones
/// first, and v with them.
/// Without `correct_bias`, c = 1; with `normalize_gradient`, u is divided by its root mean square
/// plus `eps`, tensor by tensor.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1`, `beta2` | 0.95 | [0, 1) | 1 |
/// | `shampoo_beta` | `beta2` | [0, 1) or none | 1 |
/// | `weight_decay` | 0.01 | [0, ∞) | 1/lr |
/// | `precondition_frequency` | 10 | ≥ 1 | steps |
/// | `eps` | 10⁻⁸ | (0, ∞) | gradient |
/// | `correct_bias` | true | | |
/// | `precondition_1d`, `normalize_gradient`, `maximize` | false | | |
///
/// Memory: two numbers per parameter and two matrices for each axis of a tensor; one gradient per
/// step, and n³ operations for an axis of length n at every iteration, which allocates.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, Signal, Soap};
/// let layout = Layout::new([("weight", vec![2, 2])]);
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Soap::default().into()], &layout);
/// let mut x = [[1.0], [2.0], [3.0], [4.0]];
/// for _ in 0..3 {
///     let gradient = x; // of ‖x‖²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4} {:.4}", x[0][0], x[1][0]), "1.1005 1.8264");
/// ```
///
/// Reference: Vyas et al. (2024), arXiv:2409.11321.
#[derive(Clone, Debug, PartialEq)]
pub struct Soap {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Decay rate of the matrices; `beta2` if there is none.
    pub shampoo_beta: Option<f64>,
    /// Share of x that goes per unit of rate.
    pub weight_decay: f64,
    /// Steps from one iteration of the eigenvectors to the next.
    pub precondition_frequency: u64,
    /// Vectors have a matrix too.
    pub precondition_1d: bool,
    /// Correct the bias of both means.
    pub correct_bias: bool,
    /// Divide what is subtracted by its root mean square.
    pub normalize_gradient: bool,
    /// Added to the root.
    pub eps: f64,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for Soap {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            shampoo_beta: settings.optional("shampoo-beta"),
            weight_decay: settings.number("weight-decay"),
            precondition_frequency: settings.integer("precondition-frequency"),
            precondition_1d: settings.flag("precondition-1d"),
            correct_bias: settings.flag("correct-bias"),
            normalize_gradient: settings.flag("normalize-gradient"),
            eps: settings.number("eps"),
            maximize: settings.flag("maximize"),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        let every = self.precondition_frequency as f64;
        Needs { matrices: MatrixWork { smaller: 0.0, axes: 24.0, cubes: ITERATION / every }, ..Needs::default() }
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        tensorwise::bind(pack, layout)
    }
}

/// What a run keeps.
pub struct State<R> {
    m: Vec<R>,
    v: Vec<R>,
    reordered: Vec<R>,
    /// For every tensor, for every axis that has a matrix.
    bases: Vec<Vec<Basis>>,
    steps: u64,
    powers: [f64; 2],
    gradient: Vec<f64>,
    turned: [Vec<f64>; 2],
}

kept!(<R> State<R>: m, v, bases, steps, powers);

/// The second moments along an axis, and what is near their eigenvectors.
struct Basis {
    axis: Axis,
    moment: DMatrix<f64>,
    vectors: DMatrix<f64>,
}

impl Kept for Basis {
    fn tape(&mut self, tape: &mut Tape<'_>) {
        for matrix in [&mut self.moment, &mut self.vectors] {
            matrix.as_mut_slice().iter_mut().for_each(|x| x.tape(tape));
        }
    }
}

/// The tensor in the coordinates of the bases, or back; the second buffer is for intermediate results.
#[inline(always)]
fn turn(bases: &[Basis], back: bool, [tensor, product]: [&mut Vec<f64>; 2], size: usize) {
    for Basis { axis, vectors, .. } in bases {
        axis.multiply(vectors, !back, &tensor[..size], &mut product[..size]);
        std::mem::swap(tensor, product);
    }
}

impl Tensorwise for Soap {
    tensorwise_loops!();

    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, layout: &Layout) -> State<R> {
        let square = |axis: &Axis| DMatrix::zeros(axis.size, axis.size);
        let basis = |axis| Basis { axis, moment: square(&axis), vectors: square(&axis) };
        let bases = |tensor: &Tensor| {
            let has_bases = tensor.shape.len() > 1 || self.precondition_1d;
            axes(&tensor.shape).into_iter().filter(|_| has_bases).map(basis).collect()
        };
        let largest = layout.tensors().iter().map(Tensor::size).max().unwrap_or(0);
        State {
            m: vec![R::ZERO; layout.size()],
            v: vec![R::ZERO; layout.size()],
            reordered: vec![R::ZERO; largest],
            bases: layout.tensors().iter().map(bases).collect(),
            steps: 0,
            powers: [1.0; 2],
            gradient: vec![0.0; largest],
            turned: std::array::from_fn(|_| vec![0.0; largest]),
        }
    }

    #[inline(always)]
    fn update<R: Real>(&self, state: &mut State<R>, layout: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        let first = state.steps == 0;
        let due = !first && state.steps.is_multiple_of(self.precondition_frequency);
        state.steps += 1;
        if !first {
            state.powers = [next_power(state.powers[0], self.beta1), next_power(state.powers[1], self.beta2)];
        }
        for (index, tensor) in layout.tensors().iter().enumerate() {
            let range = tensor.offset..tensor.offset + tensor.size();
            for (to, from) in state.gradient.iter_mut().zip(&told.gradient[range.clone()]) {
                *to = sign(self.maximize) * from.to_f64();
            }
            if !first {
                self.step(state, index, tensor.offset, &mut at[range.clone()], rate);
            }
            let gradient = &state.gradient[..tensor.size()];
            let beta = self.shampoo_beta.unwrap_or(self.beta2);
            for Basis { axis, moment, vectors } in &mut state.bases[index] {
                axis.accumulate(beta, 1.0 - beta, gradient, moment);
                if first {
                    *vectors = eigenvectors(moment);
                } else if due {
                    let (order, next) = iterate(moment, vectors);
                    *vectors = next;
                    let (v, reordered) = (&mut state.v[range.clone()], &mut state.reordered[..tensor.size()]);
                    axis.reorder(&order, v, reordered);
                    v.copy_from_slice(reordered);
                }
            }
        }
    }
}

impl Soap {
    /// Moves one tensor by Adam's step in the coordinates of its bases.
    #[inline(always)]
    fn step<R: Real>(&self, state: &mut State<R>, index: usize, offset: usize, x: &mut [R], rate: f64) {
        let (size, bases) = (x.len(), &state.bases[index]);
        let (m, v) = (&mut state.m[offset..offset + size], &mut state.v[offset..offset + size]);
        let [turned, product] = &mut state.turned;
        turned[..size].copy_from_slice(&state.gradient[..size]);
        turn(bases, false, [turned, product], size);
        let [keep, take] = [self.beta2, 1.0 - self.beta2].map(R::of);
        for (v, g) in v.iter_mut().zip(&*turned) {
            let g = R::of(*g);
            *v = keep * *v + take * (g * g);
        }
        let [keep, take] = [self.beta1, 1.0 - self.beta1].map(R::of);
        for i in 0..size {
            m[i] = keep * m[i] + take * R::of(state.gradient[i]);
            turned[i] = m[i].to_f64();
        }
        turn(bases, false, [turned, product], size);
        for (u, v) in turned.iter_mut().zip(v) {
            *u /= v.to_f64().sqrt() + self.eps;
        }
        turn(bases, true, [turned, product], size);
        let u = &turned[..size];
        let [first, second] = state.powers;
        let correction = if self.correct_bias { (1.0 - second).sqrt() / (1.0 - first) } else { 1.0 };
        let size = if self.normalize_gradient { (dot(u, u).to_f64() / size as f64).sqrt() + self.eps } else { 1.0 };
        let [step, shrink] = [rate * correction / size, 1.0 - rate * self.weight_decay].map(R::of);
        for (x, u) in x.iter_mut().zip(u) {
            *x = (*x - step * R::of(*u)) * shrink;
        }
    }
}

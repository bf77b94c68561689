//! Muon.

use half::bf16;
use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings, Tensor};

use crate::kept::kept;
use crate::sums::dot;
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::{decay_rate, next_power, number, refuse_lacking};
use crate::{Configuration, MatrixWork, Needs, Reading, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "muon",
    summary: "Momentum whose matrices are made nearly orthogonal by a Newton-Schulz iteration before the step.",
    formula: "m ← momentum · m + (1 − momentum) g;  u = momentum · m + (1 − momentum) g if nesterov, else m;  \
              X = u/max(‖u‖, eps);  ns-steps times X ← ns-a X + (ns-b XXᵀ + ns-c (XXᵀ)²) X;  \
              x ← x (1 − lr weight-decay) − lr k X",
    conventions: "k = √max(1, rows/columns) (original), 0.2 √max(rows, columns) (match-rms-adamw) or √(rows/columns) \
                  (spectral-unclamped). The iteration is on the transpose where there are more rows than columns. \
                  A vector is a matrix of one column, a tensor with more axes a matrix of its first against all \
                  others; libraries take matrices only and leave the rest to Adam.",
    hyperparameters: &[
        decay_rate("momentum", "decay rate of the mean of gradients", 0.95),
        Hyperparameter {
            name: "nesterov",
            meaning: "mix the gradient into the mean once more",
            domain: Domain::Flag { default: true },
        },
        number("weight-decay", "share of x that goes per unit of rate", 0.1, Range::at_least(0.0)),
        number("ns-a", "coefficient of X", 3.4445, Range::FINITE),
        number("ns-b", "coefficient of XXᵀX", -4.775, Range::FINITE),
        number("ns-c", "coefficient of (XXᵀ)²X", 2.0315, Range::FINITE),
        number("eps", "smallest norm that is divided by", 1e-7, Range::at_least(0.0)),
        Hyperparameter {
            name: "ns-steps",
            meaning: "Newton-Schulz iterations",
            domain: Domain::Integer { default: 5, least: 0 },
        },
        Hyperparameter {
            name: "adjust-lr-fn",
            meaning: "how the step depends on the shape",
            domain: Domain::Choice {
                default: "original",
                accepts: &["original", "match-rms-adamw", "spectral-unclamped"],
            },
        },
        Hyperparameter {
            name: "newton-schulz-dtype",
            meaning: "the precision to which results of the iteration are rounded",
            domain: Domain::Choice { default: "float64", accepts: &["float64", "bfloat16"] },
        },
    ],
    dialects: &[
        Dialect {
            name: "torch",
            conventions: "As released with newton-schulz-dtype bfloat16; products are summed in double precision and \
                          rounded once.",
            formula: &[],
            defaults: &[],
        },
        Dialect {
            name: "optax",
            conventions: "Bias is corrected: u = momentum · m/(1 − momentumᵗ⁺¹) + (1 − momentum) g/(1 − momentumᵗ) if \
                          nesterov, else m/(1 − momentumᵗ). X = u/(‖u‖ + eps). k = √max(1, columns/rows). \
                          No adjust-lr-fn or newton-schulz-dtype.",
            formula: &[
                (
                    2,
                    "u = momentum · m/(1 − momentumᵗ⁺¹) + (1 − momentum) g/(1 − momentumᵗ) if nesterov, else m/(1 \
                     − momentumᵗ)",
                ),
                (3, "X = u/(‖u‖ + eps)"),
                (5, "x ← x (1 − lr weight-decay) − lr √max(1, columns/rows) X"),
            ],
            defaults: &[("weight-decay", 0.0), ("eps", 1e-8)],
        },
    ],
    cost: "Memory: one number per parameter, and buffers of three matrices. One gradient per step, and ns-steps times \
           three products of matrices.",
    reference: "Jordan et al. (2024), Muon: an optimizer for hidden layers in neural networks, \
                kellerjordan.github.io/posts/muon; Liu et al. (2025), Muon is scalable for LLM training, \
                arXiv:2502.16982",
};

const OPTAX_LACKS: &[&str] = &["adjust-lr-fn", "newton-schulz-dtype"];

/// How Muon's step depends on the shape of a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjustment {
    /// √max(1, rows/columns).
    Original,
    /// 0.2 √max(rows, columns): the root mean square of Adam's steps.
    MatchRmsAdamW,
    /// √(rows/columns).
    SpectralUnclamped,
}

/// Momentum whose matrices are made nearly orthogonal by a Newton-Schulz iteration before the step.
///
/// ```text
/// m ← momentum m + (1 − momentum) g
/// u = momentum m + (1 − momentum) g with nesterov, else m
/// X = u / max(‖u‖, eps)
/// X ← a X + (b XXᵀ + c (XXᵀ)²) X       ns_steps times, (a, b, c) = ns_coefficients
/// x ← x (1 − lr weight_decay) − lr k X
/// ```
///
/// k depends on the shape: see [`Adjustment`].
/// The iteration is on the transpose where there are more rows than columns; it is in `f64`, or
/// with results rounded to bfloat16.
/// A vector is a matrix of one column, a tensor with more axes a matrix of its first against all
/// others; libraries take matrices only and leave the rest to Adam.
/// The reading of optax corrects the bias of m, adds `eps` to the norm and has k = √max(1, columns/rows).
///
/// | name | default | default in optax | range | unit |
/// | --- | --- | --- | --- | --- |
/// | `momentum` | 0.95 | 0.95 | [0, 1) | 1 |
/// | `nesterov` | true | true | | |
/// | `weight_decay` | 0.1 | 0 | [0, ∞) | 1/lr |
/// | `ns_coefficients` (`ns-a`, `ns-b`, `ns-c`) | 3.4445, −4.775, 2.0315 | the same | finite | 1 |
/// | `eps` | 10⁻⁷ | 10⁻⁸ | [0, ∞) | gradient |
/// | `ns_steps` | 5 | 5 | ≥ 0 | 1 |
/// | `adjustment` (`adjust-lr-fn`) | original | | | |
/// | `bfloat16` (`newton-schulz-dtype`) | false | | | |
///
/// Memory: one number per parameter, and buffers of three matrices; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Muon, RuleSpec, Signal};
/// let layout = Layout::new([("weight", vec![2, 2])]);
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Muon::default().into()], &layout);
/// let mut x = [[1.0], [2.0], [3.0], [4.0]];
/// for _ in 0..3 {
///     let gradient = x; // of ‖x‖²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4} {:.4}", x[0][0], x[1][0]), "1.1249 1.7290");
/// ```
///
/// Reference: Jordan et al. (2024); Liu et al. (2025), arXiv:2502.16982.
#[derive(Clone, Debug, PartialEq)]
pub struct Muon {
    /// [`Reading::Torch`] or [`Reading::Optax`].
    pub reading: Reading,
    /// Decay rate of the mean of gradients.
    pub momentum: f64,
    /// Mix the gradient into the mean once more.
    pub nesterov: bool,
    /// Share of x that goes per unit of rate.
    pub weight_decay: f64,
    /// Coefficients of X, XXᵀX and (XXᵀ)²X.
    pub ns_coefficients: [f64; 3],
    /// Smallest norm that is divided by.
    pub eps: f64,
    /// Newton-Schulz iterations.
    pub ns_steps: u64,
    /// How the step depends on the shape.
    pub adjustment: Adjustment,
    /// Round results of the iteration to bfloat16.
    pub bfloat16: bool,
}

/// The most iterations of a step.
const MOST_NS_STEPS: u64 = 1000;

impl Configuration for Muon {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        refuse_lacking(settings, &ENTRY, &[("optax", OPTAX_LACKS)])?;
        let ns_steps = settings.integer("ns-steps");
        // Five are usual, and a step of more than this would be a hang.
        if ns_steps > MOST_NS_STEPS {
            return Err(Invalid::new("ns-steps", ns_steps, format!("a whole number up to {MOST_NS_STEPS}")));
        }
        Ok(Self {
            reading: Reading::of(settings),
            momentum: settings.number("momentum"),
            nesterov: settings.flag("nesterov"),
            weight_decay: settings.number("weight-decay"),
            ns_coefficients: ["ns-a", "ns-b", "ns-c"].map(|name| settings.number(name)),
            eps: settings.number("eps"),
            ns_steps,
            adjustment: match settings.word("adjust-lr-fn") {
                "original" => Adjustment::Original,
                "match-rms-adamw" => Adjustment::MatchRmsAdamW,
                _ => Adjustment::SpectralUnclamped,
            },
            bfloat16: settings.word("newton-schulz-dtype") == "bfloat16",
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        // Three products of an iteration, the square of a symmetric matrix among them.
        Needs {
            matrices: MatrixWork { smaller: 3.0 * self.ns_steps as f64, ..MatrixWork::default() },
            ..Needs::default()
        }
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        tensorwise::bind(pack, layout)
    }
}

/// What a run keeps.
pub struct State<R> {
    m: Vec<R>,
    power: f64,
    matrix: Vec<f64>,
    next: Vec<f64>,
    /// XXᵀ and the polynomial of it.
    squares: [Vec<f64>; 2],
}

kept!(<R> State<R>: m, power);

/// Rows and columns that a tensor is read with.
fn sides(tensor: &Tensor) -> (usize, usize) {
    let rows = tensor.shape.first().map_or(1, |&rows| rows);
    (rows, tensor.shape.iter().skip(1).product())
}

impl Tensorwise for Muon {
    tensorwise_loops!();

    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, layout: &Layout) -> State<R> {
        let sides = || layout.tensors().iter().map(sides);
        let size = sides().map(|(rows, columns)| rows * columns).max().unwrap_or(0);
        let square = sides().map(|(rows, columns)| rows.min(columns).pow(2)).max().unwrap_or(0);
        State {
            m: vec![R::ZERO; layout.size()],
            power: 1.0,
            matrix: vec![0.0; size],
            next: vec![0.0; size],
            squares: std::array::from_fn(|_| vec![0.0; square]),
        }
    }

    #[inline(always)]
    fn update<R: Real>(&self, state: &mut State<R>, layout: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        state.power = next_power(state.power, self.momentum);
        let [keep, take] = [self.momentum, 1.0 - self.momentum].map(R::of);
        let [of_mean, of_gradient] = self.shares(state.power).map(R::of);
        for tensor in layout.tensors() {
            let (rows, columns) = sides(tensor);
            let wide = rows <= columns;
            let range = tensor.offset..tensor.offset + rows * columns;
            let (x, m, g) = (&mut at[range.clone()], &mut state.m[range.clone()], &told.gradient[range]);
            // Where the entry i of the tensor is in the matrix, which is wide.
            let place = |i: usize| if wide { i } else { i % columns * rows + i / columns };
            for i in 0..x.len() {
                m[i] = keep * m[i] + take * g[i];
                state.matrix[place(i)] = (of_mean * m[i] + of_gradient * g[i]).to_f64();
            }
            let work = Work { matrix: &mut state.matrix, next: &mut state.next, squares: &mut state.squares };
            self.orthogonalize(rows.min(columns), rows.max(columns), work);
            let shrink = R::of(1.0 - rate * self.weight_decay);
            let scale = R::of(rate * self.adjust(rows as f64, columns as f64));
            for i in 0..x.len() {
                x[i] = shrink * x[i] - scale * R::of(state.matrix[place(i)]);
            }
        }
    }
}

/// The buffers of an iteration.
struct Work<'a> {
    matrix: &'a mut [f64],
    next: &'a mut [f64],
    squares: &'a mut [Vec<f64>; 2],
}

impl Muon {
    /// The shares of the mean and of the gradient in what is made orthogonal, at this power of the decay rate.
    fn shares(&self, power: f64) -> [f64; 2] {
        let take = 1.0 - self.momentum;
        match (self.reading == Reading::Optax, self.nesterov) {
            (false, true) => [self.momentum, take],
            (false, false) => [1.0, 0.0],
            (true, true) => [self.momentum / (1.0 - power * self.momentum), take / (1.0 - power)],
            (true, false) => [1.0 / (1.0 - power), 0.0],
        }
    }

    /// The factor of the rate for a matrix of these sides.
    fn adjust(&self, rows: f64, columns: f64) -> f64 {
        match (self.reading, self.adjustment) {
            (Reading::Optax, _) => (columns / rows).max(1.0).sqrt(),
            (_, Adjustment::Original) => (rows / columns).max(1.0).sqrt(),
            (_, Adjustment::MatchRmsAdamW) => 0.2 * rows.max(columns).sqrt(),
            (_, Adjustment::SpectralUnclamped) => (rows / columns).sqrt(),
        }
    }

    /// `x` as the iteration keeps it.
    #[inline(always)]
    fn round(&self, x: f64) -> f64 {
        if self.bfloat16 { bf16::from_f64(x).to_f64() } else { x }
    }

    /// The Newton-Schulz iteration on a matrix of `rows` ≤ `columns`, stored by rows.
    #[inline(always)]
    fn orthogonalize(&self, rows: usize, columns: usize, Work { matrix, next, squares }: Work<'_>) {
        let (matrix, next) = (&mut matrix[..rows * columns], &mut next[..rows * columns]);
        let [square, polynomial] = squares.each_mut().map(|square| &mut square[..rows * rows]);
        let [a, b, c] = self.ns_coefficients;
        matrix.iter_mut().for_each(|x| *x = self.round(*x));
        let norm = self.round(dot(matrix, matrix).to_f64().sqrt());
        let norm = if self.reading == Reading::Optax { norm + self.eps } else { Real::max(norm, self.eps) };
        matrix.iter_mut().for_each(|x| *x = self.round(*x / norm));
        for _ in 0..self.ns_steps {
            for i in 0..rows {
                for j in 0..=i {
                    let product = self.round(dot(row(matrix, i, columns), row(matrix, j, columns)).to_f64());
                    square[i * rows + j] = product;
                    square[j * rows + i] = product;
                }
            }
            for i in 0..rows {
                for j in 0..rows {
                    let product = dot(row(square, i, rows), row(square, j, rows)).to_f64();
                    polynomial[i * rows + j] = self.round(b * square[i * rows + j] + c * product);
                }
            }
            for (i, next) in next.chunks_exact_mut(columns).enumerate() {
                for (next, x) in next.iter_mut().zip(row(matrix, i, columns)) {
                    *next = a * x;
                }
                for (&factor, x) in row(polynomial, i, rows).iter().zip(matrix.chunks_exact(columns)) {
                    for (next, x) in next.iter_mut().zip(x) {
                        *next += factor * x;
                    }
                }
            }
            for (x, next) in matrix.iter_mut().zip(&*next) {
                *x = self.round(*next);
            }
        }
    }
}

/// One row of a matrix that is stored by rows.
#[inline(always)]
fn row(matrix: &[f64], i: usize, columns: usize) -> &[f64] {
    &matrix[i * columns..(i + 1) * columns]
}

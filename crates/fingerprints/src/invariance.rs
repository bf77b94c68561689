//! Under which changes of the gradients the steps of a rule stay the same.

use std::fmt;
use std::iter::zip;

use sgdlab_core::{Layout, Real, Value};

use crate::trial::{largest, normal};
use crate::{Input, Subject, Trial};

/// A change of gradients or parameters that is undone in the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The loss is multiplied by c = 1024.
    Scale,
    /// Every coordinate of the gradient is multiplied by a power of two of its own, from 1/64 to 64.
    Diagonal,
    /// Coordinates of a tensor are put into another order, those of the parameters too.
    Permutation,
    /// Parameters and gradients of a tensor, as one vector, are rotated.
    Rotation,
    /// Rows and columns of a matrix are rotated, of parameters and gradients.
    MatrixRotation,
    /// Gradients keep their signs and get other sizes.
    SignOnly,
    /// The parameters start elsewhere, with the same gradients.
    Translation,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Scale,
        Self::Diagonal,
        Self::Permutation,
        Self::Rotation,
        Self::MatrixRotation,
        Self::SignOnly,
        Self::Translation,
    ];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Scale => "scale",
            Self::Diagonal => "diagonal scale",
            Self::Permutation => "permutation",
            Self::Rotation => "rotation",
            Self::MatrixRotation => "row and column rotation",
            Self::SignOnly => "sign only",
            Self::Translation => "translation of x",
        })
    }
}

/// Whether steps stay the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// To the last bit.
    Exact,
    /// As far as rounding allows.
    Rounding,
    /// As far as rounding allows if everything that is called eps is 0, or else as small as is accepted.
    ButForEps,
    /// By less than a thousandth of a step from this step on.
    After(usize),
    /// No.
    No,
}

/// What was found for one change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Invariance {
    /// The change.
    pub kind: Kind,
    /// Whether steps stay the same.
    pub verdict: Verdict,
    /// The largest difference of steps, relative to the largest entry of the step; ∞ if it is not a number.
    pub deviation: f64,
    /// p, if steps are instead multiplied by cᵖ where the loss is by c.
    pub degree: Option<f64>,
}

/// Steps that are compared.
const STEPS: usize = 300;

/// Largest deviation that is taken for rounding, beside the rounding of parameters themselves.
const ROUNDING: f64 = 1e-11;

/// The factor of [`Kind::Scale`].
const FACTOR: f64 = 1024.0;

/// Sizes of the two tensors that are moved: a vector and a matrix of four rows and three columns.
const VECTOR: usize = 4;
const ROWS: usize = 4;
const COLUMNS: usize = 3;
const SIZE: usize = VECTOR + ROWS * COLUMNS;

/// Tries every change on a rule at a constant rate.
#[must_use]
pub fn invariances(subject: &Subject, rate: f64) -> Vec<Invariance> {
    let bare = without_eps(subject);
    Kind::ALL.map(|kind| invariance(subject, bare.as_ref(), kind, rate)).to_vec()
}

fn invariance(subject: &Subject, bare: Option<&Subject>, kind: Kind, rate: f64) -> Invariance {
    let pair = Pair::run(subject, kind, rate);
    let deviations = pair.deviations();
    let deviation = deviations.iter().copied().fold(0.0, f64::max);
    let reached = deviations.iter().rposition(|&d| d > 1e-3).map_or(1, |last| last + 2);
    let rounded = |subject: &Subject| {
        let pair = Pair::run(subject, kind, rate);
        pair.moves() && pair.agrees()
    };
    let verdict = if pair.original == pair.changed {
        Verdict::Exact
    } else if pair.agrees() {
        Verdict::Rounding
    } else if bare.is_some_and(rounded) {
        Verdict::ButForEps
    } else if reached <= STEPS / 2 {
        Verdict::After(reached)
    } else {
        Verdict::No
    };
    let degree = if kind == Kind::Scale && verdict == Verdict::No { pair.degree() } else { None };
    Invariance { kind, verdict, deviation, degree }
}

/// The rule with everything that is called eps at 0, or else as small as is accepted.
fn without_eps(subject: &Subject) -> Option<Subject> {
    let is_eps = |name: &str| name.split('-').any(|word| word.starts_with("eps"));
    let names: Vec<&str> = subject.settings().values().iter().map(|(name, _)| *name).filter(|n| is_eps(n)).collect();
    let smallest = |subject: &Subject, name: &str| {
        [0.0, 1e-300].into_iter().find_map(|x| subject.with(name, &Value::Number(x)).ok())
    };
    let mut bare = None;
    for name in names {
        bare = smallest(bare.as_ref().unwrap_or(subject), name).or(bare);
    }
    bare
}

/// Steps with and without a change, which is undone.
struct Pair {
    original: Vec<Vec<f64>>,
    changed: Vec<Vec<f64>>,
    /// The largest parameter at every step, which bounds how exactly a step is known.
    size: Vec<f64>,
}

impl Pair {
    fn run(subject: &Subject, kind: Kind, rate: f64) -> Self {
        let layout = Layout::new([("vector", vec![VECTOR]), ("matrix", vec![ROWS, COLUMNS])]);
        let change = Change::new(kind);
        let start = normal("start", SIZE);
        let mut trials = [start.clone(), change.parameters(&start)].map(|x| Trial::new(subject.rule(), &layout, &x));
        let mut pair = Self { original: Vec::new(), changed: Vec::new(), size: Vec::new() };
        for (t, input) in inputs().into_iter().enumerate() {
            pair.size.push(largest(trials[0].at()).max(largest(trials[1].at())));
            pair.original.push(trials[0].step(&input, rate));
            pair.changed.push(change.undo(trials[1].step(&change.input(&input, t), rate)));
        }
        pair
    }

    /// The largest difference at every step, relative to the largest entry of the step.
    fn deviations(&self) -> Vec<f64> {
        let deviation = |(a, b): (&Vec<f64>, &Vec<f64>)| {
            let apart = largest(&zip(a, b).map(|(a, b)| a - b).collect::<Vec<_>>());
            let size = largest(a).max(largest(b));
            match apart / size {
                _ if apart == 0.0 => 0.0,
                d if d.is_nan() => f64::INFINITY,
                d => d,
            }
        };
        zip(&self.original, &self.changed).map(deviation).collect()
    }

    /// Whether both are equal as far as rounding allows.
    fn agrees(&self) -> bool {
        let allowed = |t: usize| {
            let step = largest(&self.original[t]).max(largest(&self.changed[t]));
            ROUNDING + 64.0 * f64::EPSILON * self.size[t] / step
        };
        self.deviations().iter().enumerate().all(|(t, &d)| d <= allowed(t))
    }

    /// Whether the rule moves at all: one that has nothing but eps to begin with does not without it.
    fn moves(&self) -> bool {
        self.original.iter().filter(|step| largest(step) > 0.0).count() > STEPS / 2
    }

    /// p, if the changed steps are [`FACTOR`]ᵖ times the original ones.
    fn degree(&self) -> Option<f64> {
        let steps = zip(self.original.iter().flatten(), self.changed.iter().flatten());
        let powers = steps.filter(|(a, _)| **a != 0.0).map(|(a, b)| Real::ln(b / a) / Real::ln(FACTOR));
        let powers: Vec<f64> = powers.collect();
        let (low, high) = powers.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), p| (l.min(*p), h.max(*p)));
        let finite = powers.iter().all(|p| p.is_finite());
        (finite && high - low <= 1e-6 && high > 1e-6).then_some((low + high) / 2.0)
    }
}

/// Gradients with a mean and noise, of sizes that differ between coordinates.
fn inputs() -> Vec<Input> {
    let means = normal("means", SIZE);
    let noise = normal("noise", STEPS * SIZE);
    let rest = normal("values and curvatures", STEPS * (SIZE + 1));
    let input = |(noise, rest): (&[f64], &[f64])| {
        let gradient = (0..SIZE).map(|i| (0.5 * means[i] + noise[i]) * f64::from(1 + i as u32 % 4)).collect();
        let curvature = rest[1..].iter().map(|x| 0.1 + x.abs()).collect();
        Input { gradient, value: 1.0 + rest[0].abs(), curvature }
    };
    zip(noise.chunks(SIZE), rest.chunks(SIZE + 1)).map(input).collect()
}

/// A change with its numbers.
enum Change {
    Scale,
    Diagonal(Vec<f64>),
    Permutation(Vec<usize>),
    /// A rotation of the vector, and of the matrix as a vector or of its rows and columns.
    Rotation(fn(&[f64], bool) -> Vec<f64>),
    SignOnly(Vec<f64>),
    Translation(Vec<f64>),
}

impl Change {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Scale => Self::Scale,
            Kind::Diagonal => {
                let power = |i: usize| if i.is_multiple_of(2) { 2.0_f64 } else { 0.5 }.powi(1 + (i * 5 % 6) as i32);
                Self::Diagonal((0..SIZE).map(power).collect())
            }
            Kind::Permutation => {
                let inside = |i: usize, size: usize| (i * 5 + 1) % size;
                let matrix = (0..ROWS * COLUMNS).map(|i| VECTOR + inside(i, ROWS * COLUMNS));
                Self::Permutation((0..VECTOR).map(|i| inside(i, VECTOR)).chain(matrix).collect())
            }
            Kind::Rotation => Self::Rotation(whole),
            Kind::MatrixRotation => Self::Rotation(by_sides),
            Kind::SignOnly => Self::SignOnly(normal("sizes", STEPS * SIZE)),
            Kind::Translation => Self::Translation((0..SIZE).map(|i| f64::from(1 + i as u32 % 5) - 2.25).collect()),
        }
    }

    fn parameters(&self, x: &[f64]) -> Vec<f64> {
        match self {
            Self::Scale | Self::Diagonal(_) | Self::SignOnly(_) => x.to_vec(),
            Self::Permutation(order) => order.iter().map(|&i| x[i]).collect(),
            Self::Rotation(rotation) => rotation(x, false),
            Self::Translation(shift) => zip(x, shift).map(|(x, shift)| x + shift).collect(),
        }
    }

    /// What the rule is told at the step after the `t`-th.
    fn input(&self, input: &Input, t: usize) -> Input {
        let change = |change: &dyn Fn(usize) -> f64| (0..SIZE).map(change).collect::<Vec<_>>();
        let (g, h) = (&input.gradient, &input.curvature);
        match self {
            Self::Scale => input.scaled(FACTOR),
            Self::Diagonal(factors) => Input {
                gradient: change(&|i| factors[i] * g[i]),
                curvature: change(&|i| factors[i] * h[i]),
                ..input.clone()
            },
            Self::Permutation(order) => {
                Input { gradient: change(&|i| g[order[i]]), curvature: change(&|i| h[order[i]]), ..input.clone() }
            }
            Self::Rotation(rotation) => Input { gradient: rotation(g, false), ..input.clone() },
            Self::SignOnly(sizes) => {
                let size = |i: usize| 0.1 + sizes[t * SIZE + i].abs();
                Input { gradient: change(&|i| size(i) * g[i].signum()), ..input.clone() }
            }
            Self::Translation(_) => input.clone(),
        }
    }

    fn undo(&self, step: Vec<f64>) -> Vec<f64> {
        match self {
            Self::Permutation(order) => {
                let mut original = vec![0.0; SIZE];
                zip(order, step).for_each(|(&i, d)| original[i] = d);
                original
            }
            Self::Rotation(rotation) => rotation(&step, true),
            _ => step,
        }
    }
}

/// The vector and the matrix as a vector, each rotated; or rotated back.
fn whole(x: &[f64], back: bool) -> Vec<f64> {
    let (vector, matrix) = x.split_at(VECTOR);
    [rotate(vector, "vector", back), rotate(matrix, "whole matrix", back)].concat()
}

/// The vector, and the rows and the columns of the matrix, rotated; or rotated back.
fn by_sides(x: &[f64], back: bool) -> Vec<f64> {
    let (vector, matrix) = x.split_at(VECTOR);
    let rows: Vec<f64> = matrix.chunks(COLUMNS).flat_map(|row| rotate(row, "rows", back)).collect();
    let columns = transposed(&rows, ROWS);
    let columns: Vec<f64> = columns.chunks(ROWS).flat_map(|column| rotate(column, "columns", back)).collect();
    [rotate(vector, "vector", back), transposed(&columns, COLUMNS)].concat()
}

/// The vector after two reflections in hyperplanes under a name, which are a rotation, or before them.
fn rotate(x: &[f64], name: &str, back: bool) -> Vec<f64> {
    let mirrors = normal(name, 2 * x.len());
    let (first, second) = mirrors.split_at(x.len());
    let [first, second] = if back { [second, first] } else { [first, second] };
    reflect(&reflect(x, first), second)
}

fn reflect(x: &[f64], mirror: &[f64]) -> Vec<f64> {
    let dot = |a: &[f64], b: &[f64]| zip(a, b).map(|(a, b)| a * b).sum::<f64>();
    let factor = 2.0 * dot(x, mirror) / dot(mirror, mirror);
    zip(x, mirror).map(|(x, m)| x - factor * m).collect()
}

/// The transpose of a matrix with so many rows, stored by rows.
fn transposed(matrix: &[f64], rows: usize) -> Vec<f64> {
    let columns = matrix.len() / rows;
    (0..matrix.len()).map(|i| matrix[i % rows * columns + i / rows]).collect()
}

//! The smooth functions that trajectories are recorded on.

use sgdlab_core::{Evaluation, Lanes, Layout, Objective, Real, Sample};

/// A smooth function, as the field `problem` of a record describes it.
///
/// | `name` | function | fields |
/// | --- | --- | --- |
/// | `rosenbrock` | Σ b (xᵢ₊₁ − xᵢ²)² + (a − xᵢ)² | `a`, `b` |
/// | `quadratic` | ½ xᵀAx − bᵀx + c | `A`, `b`, `c` |
/// | `sigmoid_neuron` | Σ ½ (σ(w xᵢ + b) − yᵢ)² of (w, b) | `x`, `y` |
/// | `matrix_least_squares` | ½ ‖W A − B‖² of the matrix W, row-major | `A`, `B` |
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Function {
    /// Rosenbrock's valley, of any dimension from 2.
    Rosenbrock {
        /// Where its minimum is: at (a, a², a⁴, …) in two dimensions.
        a: f64,
        /// How steep its sides are.
        b: f64,
    },
    /// A quadratic form.
    Quadratic {
        /// The symmetric matrix.
        #[serde(rename = "A")]
        a: Vec<Vec<f64>>,
        /// The linear part.
        b: Vec<f64>,
        /// The constant.
        #[serde(default)]
        c: f64,
    },
    /// One neuron under half the squared error, summed over points.
    SigmoidNeuron {
        /// Inputs.
        x: Vec<f64>,
        /// Targets.
        y: Vec<f64>,
    },
    /// Least squares for a matrix of rows(B) × rows(A).
    MatrixLeastSquares {
        /// Inputs.
        #[serde(rename = "A")]
        a: Vec<Vec<f64>>,
        /// Targets.
        #[serde(rename = "B")]
        b: Vec<Vec<f64>>,
    },
}

/// Value, gradient and diagonal of the Hessian.
pub(crate) struct Expansion {
    pub(crate) value: f64,
    pub(crate) gradient: Vec<f64>,
    pub(crate) curvature: Vec<f64>,
}

impl Function {
    /// Why it cannot be a function of `size` numbers.
    pub(crate) fn refuse(&self, size: usize) -> Option<String> {
        let rows = |matrix: &[Vec<f64>], columns| matrix.iter().all(|row| row.len() == columns);
        let fits = match self {
            Self::Rosenbrock { .. } => size >= 2,
            Self::Quadratic { a, b, .. } => a.len() == size && rows(a, size) && b.len() == size,
            Self::SigmoidNeuron { x, y } => size == 2 && x.len() == y.len(),
            Self::MatrixLeastSquares { a, b } => {
                let columns = a.first().map_or(0, Vec::len);
                a.len() * b.len() == size && rows(a, columns) && rows(b, columns)
            }
        };
        (!fits).then(|| format!("the problem is no function of {size} numbers"))
    }

    pub(crate) fn expand(&self, at: &[f64]) -> Expansion {
        match self {
            Self::Rosenbrock { a, b } => rosenbrock(*a, *b, at),
            Self::Quadratic { a, b, c } => quadratic(a, b, *c, at),
            Self::SigmoidNeuron { x, y } => sigmoid_neuron(x, y, at),
            Self::MatrixLeastSquares { a, b } => matrix_least_squares(a, b, at),
        }
    }
}

fn rosenbrock(a: f64, b: f64, at: &[f64]) -> Expansion {
    let mut out = Expansion { value: 0.0, gradient: vec![0.0; at.len()], curvature: vec![0.0; at.len()] };
    for i in 0..at.len() - 1 {
        let (x, gap) = (at[i], at[i + 1] - at[i] * at[i]);
        out.value += b * (gap * gap) + (a - x) * (a - x);
        out.gradient[i] += -4.0 * b * x * gap - 2.0 * (a - x);
        out.gradient[i + 1] += 2.0 * b * gap;
        out.curvature[i] += -4.0 * b * (gap - 2.0 * x * x) + 2.0;
        out.curvature[i + 1] += 2.0 * b;
    }
    out
}

fn quadratic(a: &[Vec<f64>], b: &[f64], c: f64, at: &[f64]) -> Expansion {
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let product: Vec<f64> = a.iter().map(|row| dot(row, at)).collect();
    Expansion {
        value: 0.5 * dot(at, &product) - dot(b, at) + c,
        gradient: product.iter().zip(b).map(|(product, b)| product - b).collect(),
        curvature: (0..at.len()).map(|i| a[i][i]).collect(),
    }
}

fn sigmoid_neuron(x: &[f64], y: &[f64], at: &[f64]) -> Expansion {
    let mut out = Expansion { value: 0.0, gradient: vec![0.0; 2], curvature: vec![0.0; 2] };
    for (x, y) in x.iter().zip(y) {
        let f = 1.0 / (1.0 + (-(at[0] * x + at[1])).exp());
        let (error, rise) = (f - y, f * (1.0 - f));
        let (slope, bend) = (error * rise, rise * rise + error * rise * (1.0 - 2.0 * f));
        out.value += 0.5 * (error * error);
        out.gradient[0] += slope * x;
        out.gradient[1] += slope;
        out.curvature[0] += bend * (x * x);
        out.curvature[1] += bend;
    }
    out
}

/// W has rows(B) rows and rows(A) columns.
fn matrix_least_squares(a: &[Vec<f64>], b: &[Vec<f64>], at: &[f64]) -> Expansion {
    let mut out = Expansion { value: 0.0, gradient: vec![0.0; at.len()], curvature: vec![0.0; at.len()] };
    let inner = a.len();
    for (i, target) in b.iter().enumerate() {
        let row = &at[i * inner..(i + 1) * inner];
        for (n, target) in target.iter().enumerate() {
            let error = row.iter().zip(a).map(|(w, a)| w * a[n]).sum::<f64>() - target;
            out.value += 0.5 * (error * error);
            for (k, a) in a.iter().enumerate() {
                out.gradient[i * inner + k] += error * a[n];
                out.curvature[i * inner + k] += a[n] * a[n];
            }
        }
    }
    out
}

/// A function as a sum of one term, so that estimators can ask for its gradients.
pub(crate) struct OneTerm {
    pub(crate) function: Function,
    pub(crate) layout: Layout,
}

impl<R: Real> Objective<R, 1> for OneTerm {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn terms(&self) -> usize {
        1
    }

    fn scratch(&self, _: usize) -> usize {
        0
    }

    fn gradient(&self, at: &[Lanes<R, 1>], _: Sample<'_>, _: &mut [Lanes<R, 1>], out: &mut [Lanes<R, 1>]) {
        for (out, g) in out.iter_mut().zip(self.function.expand(&wide(at)).gradient) {
            *out = [R::of(g)];
        }
    }

    fn value(&self, at: &[Lanes<R, 1>], _: Sample<'_>, _: &mut [Lanes<R, 1>]) -> Lanes<R, 1> {
        [R::of(self.function.expand(&wide(at)).value)]
    }

    fn evaluate(&self, at: &[Lanes<R, 1>], _: bool, scratch: &mut [Lanes<R, 1>]) -> Evaluation<R, 1> {
        Evaluation { value: self.value(at, Sample::of(&[0]), scratch), error: None }
    }
}

/// A single run's vector in double precision.
pub(crate) fn wide<R: Real>(at: &[Lanes<R, 1>]) -> Vec<f64> {
    at.as_flattened().iter().map(|x| x.to_f64()).collect()
}

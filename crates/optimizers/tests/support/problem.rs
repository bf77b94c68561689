//! The smooth test functions of the recorded trajectories, by their gradients.

/// A smooth function of a short vector.
pub enum Problem {
    /// Σ b (xᵢ₊₁ − xᵢ²)² + (a − xᵢ)².
    Rosenbrock { a: f64, b: f64 },
    /// ½ xᵀAx − bᵀx.
    Quadratic { a: Vec<Vec<f64>>, b: Vec<f64> },
    /// Σ ½ (sigmoid(w xᵢ + b) − yᵢ)² as a function of (w, b).
    SigmoidNeuron { x: Vec<f64>, y: Vec<f64> },
}

impl Problem {
    /// The gradient at `at`.
    pub fn gradient(&self, at: &[f64]) -> Vec<f64> {
        match self {
            Self::Rosenbrock { a, b } => {
                let mut g = vec![0.0; at.len()];
                for i in 0..at.len() - 1 {
                    let gap = at[i + 1] - at[i] * at[i];
                    g[i] += -4.0 * b * at[i] * gap - 2.0 * (a - at[i]);
                    g[i + 1] += 2.0 * b * gap;
                }
                g
            }
            Self::Quadratic { a, b } => {
                let product = |row: &Vec<f64>| row.iter().zip(at).map(|(a, x)| a * x).sum::<f64>();
                a.iter().zip(b).map(|(row, b)| product(row) - b).collect()
            }
            Self::SigmoidNeuron { x, y } => {
                let mut g = vec![0.0; 2];
                for (x, y) in x.iter().zip(y) {
                    let f = 1.0 / (1.0 + (-(at[0] * x + at[1])).exp());
                    let slope = (f - y) * f * (1.0 - f);
                    g[0] += slope * x;
                    g[1] += slope;
                }
                g
            }
        }
    }
}

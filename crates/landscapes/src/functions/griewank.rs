//! Griewank's function.

use sgdlab_core::{Entry, Lanes, Range, Real, Settings, reduce};

use crate::function::Function;
use crate::known::{Known, Stationary};
use crate::parameters::{dimension, hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "griewank",
    summary: "Griewank's function: a wide bowl with waves in all directions at once, in any dimension.",
    formula: "f(x) = 1 + Σ_i x_i²/a - Π_i cos(x_i/√i),  i = 1 … n",
    conventions: "The minimum is 0 at 0. Usually looked at in [-600, 600]², or closer.",
    hyperparameters: hyperparameters!(
        [8.0, -9.0],
        dimension(2, 1),
        number("a", 4000.0, Range::above(0.0), "how wide the bowl is"),
    ),
    dialects: &[],
    cost: "n sines and 2n cosines a gradient, n² cosines a product with the Hessian.",
    reference: "Griewank (1981), Generalized descent for global optimization, J. Optim. Theory Appl. 34.",
};

#[derive(Clone)]
pub(crate) struct Griewank {
    dimension: usize,
    a: f64,
}

/// 1/√i of a coordinate that is counted from 0.
fn frequency<R: Real>(j: usize) -> R {
    R::ONE / R::of((j + 1) as f64).sqrt()
}

impl Known for Griewank {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-15.0, 15.0); 2];

    fn new(settings: &Settings) -> Self {
        Self { dimension: settings.integer("dimension") as usize, a: settings.number("a") }
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn stationary(&self) -> Vec<Stationary> {
        vec![Stationary::global(vec![0.0; self.dimension], 0.0)]
    }
}

impl Function for Griewank {
    fn value<R: Real, const N: usize>(&self, at: &[Lanes<R, N>]) -> Lanes<R, N> {
        let mut product = [R::ONE; N];
        for (j, x) in at.iter().enumerate() {
            let frequency = frequency::<R>(j);
            for l in 0..N {
                product[l] *= (frequency * x[l]).cos();
            }
        }
        let bowl = reduce::sum_of(at.len(), |j| at[j].map(|x| x * x / R::of(self.a)));
        std::array::from_fn(|l| bowl[l] + (R::ONE - product[l]))
    }

    /// The product of all cosines but one is that of those before it times that of those behind it.
    fn gradient<R: Real, const N: usize>(&self, at: &[Lanes<R, N>], out: &mut [Lanes<R, N>]) {
        let mut before = [R::ONE; N];
        for (j, x) in at.iter().enumerate() {
            let frequency = frequency::<R>(j);
            out[j] = before;
            for l in 0..N {
                before[l] *= (frequency * x[l]).cos();
            }
        }
        let (twice, mut behind) = (R::of(2.0 / self.a), [R::ONE; N]);
        for (j, x) in at.iter().enumerate().rev() {
            let frequency = frequency::<R>(j);
            for l in 0..N {
                let angle = frequency * x[l];
                out[j][l] = twice * x[l] + out[j][l] * behind[l] * (frequency * angle.sin());
                behind[l] *= angle.cos();
            }
        }
    }

    fn hessian_times<R: Real, const N: usize>(
        &self,
        at: &[Lanes<R, N>],
        vector: &[Lanes<R, N>],
        out: &mut [Lanes<R, N>],
    ) {
        let twice = R::of(2.0 / self.a);
        for j in 0..at.len() {
            let own = frequency::<R>(j);
            for l in 0..N {
                // The product of the other cosines, and its slope along the vector.
                let (mut product, mut along) = (R::ONE, R::ZERO);
                for k in (0..at.len()).filter(|&k| k != j) {
                    let frequency = frequency::<R>(k);
                    let angle = frequency * at[k][l];
                    let cosine = angle.cos();
                    along = along * cosine - product * (frequency * angle.sin()) * vector[k][l];
                    product *= cosine;
                }
                let angle = own * at[j][l];
                let itself = twice + product * (own * own * angle.cos());
                out[j][l] = itself * vector[j][l] + along * (own * angle.sin());
            }
        }
    }
}

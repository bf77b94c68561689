//! The spread of runs, and what it does to their mean, to leading order in the rate.

use sgdlab_core::WIDTH;

use super::super::epochs::Scheme;
use super::super::flow::integrate;
use super::super::order::same;
use super::super::terms::{Points, START, Terms, plus, times};

/// What is predicted of two terms.
pub(super) struct Predicted {
    /// How single terms are chosen.
    pub(super) scheme: Scheme,
    /// Times the noise; 1 in theory.
    pub(super) factor: f64,
}

impl Predicted {
    /// δ after some time, in units of ε for independent draws and of ε³ for two reshuffled terms.
    ///
    /// w follows the flow of C; V, column by column, dV/dt = −H V − V H + Q; dδ/dt = −H δ − ½ C'''[V].
    pub(super) fn feedback(&self, terms: &mut Terms<'_>, time: f64) -> Points {
        let nothing = [[0.0; WIDTH]; 2];
        let start = [START, nothing, nothing, nothing];
        let [.., feedback] = integrate(start, &same(time), |[at, first, second, feedback]| {
            let noise = self.noise(terms, at);
            let columns = [terms.mean_product(at, first), terms.mean_product(at, second)];
            // (V H)ⱼₖ = (H V)ₖⱼ, as both are symmetric.
            let growth = |k: usize| -> Points {
                std::array::from_fn(|j| {
                    std::array::from_fn(|run| noise[k][j][run] - columns[k][j][run] - columns[j][k][run])
                })
            };
            let pushed = bent(terms, at, [first, second]);
            let back = terms.mean_product(at, feedback);
            let moves = plus(&times(-1.0, &back), &same(-0.5), &pushed);
            [times(-1.0, &terms.mean_gradient(at)), growth(0), growth(1), moves]
        });
        feedback
    }

    /// Q, column by column.
    fn noise(&self, terms: &mut Terms<'_>, at: &Points) -> [Points; 2] {
        let gradients = [0, 1].map(|term| terms.gradient(&[term], at));
        let (share, vector) = match self.scheme {
            // S of two terms is (g₁ − g₂)(g₁ − g₂)ᵀ/4.
            Scheme::Drawn => (0.25, plus(&gradients[0], &same(-1.0), &gradients[1])),
            // The two orders of an epoch differ by ε² u, and epochs take the time 2ε: (ε⁴/4)/(2ε) u uᵀ.
            Scheme::Dealt(_) => {
                let late = terms.product(&[1], at, &gradients[0]);
                (0.125, plus(&late, &same(-1.0), &terms.product(&[0], at, &gradients[1])))
            }
        };
        let share = self.factor * share;
        [0, 1].map(|k| vector.map(|x| std::array::from_fn(|run| share * x[run] * vector[k][run])))
    }
}

/// C'''[V] = Σ Vⱼₖ C'''(eⱼ, eₖ), with C'''(e₁, e₂) from those of e₁ + e₂ and of both alone.
fn bent(terms: &mut Terms<'_>, at: &Points, [first, second]: [&Points; 2]) -> Points {
    let [one, other, both] = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]].map(|[x, y]| terms.third(at, &[same(x), same(y)]));
    let mixed = plus(&plus(&both, &same(-1.0), &one), &same(-1.0), &other);
    let sum = plus(&[[0.0; WIDTH]; 2], &first[0], &one);
    plus(&plus(&sum, &first[1], &mixed), &second[1], &other)
}

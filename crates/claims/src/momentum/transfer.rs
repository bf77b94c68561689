//! What one step of a rule with momentum does on a quadratic.

use nalgebra::{Matrix2, Matrix4, Vector2, Vector4};
use sgdlab_core::Layout;
use sgdlab_optimizers::{HeavyBall, Nag, RuleSpec, Signal};

/// Polyak's heavy ball.
pub(super) fn heavy_ball(momentum: f64) -> RuleSpec {
    HeavyBall { momentum }.into()
}

/// Nesterov's method with constant momentum.
pub(super) fn nesterov(momentum: f64) -> RuleSpec {
    Nag { momentum }.into()
}

/// A rule on ½ λ x² as a linear map of (x, d), where d is the last displacement.
///
/// Nothing is taken from a formula: the rule is bound, brought into a state, and watched for one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Transfer {
    matrix: Matrix2<f64>,
    /// What an additional gradient of 1 adds.
    input: Vector2<f64>,
}

impl Transfer {
    /// That of a rule whose displacement is all that it keeps.
    pub(super) fn of(rule: &RuleSpec, rate: f64, lambda: f64) -> Self {
        let moved = |x: f64, displacement: f64, push: f64| one_step(rule, (rate, lambda), [x, displacement, push]);
        let columns = [moved(1.0, 0.0, 0.0), moved(0.0, 1.0, 0.0)];
        Self { matrix: Matrix2::from_columns(&columns), input: moved(0.0, 0.0, 1.0) }
    }

    /// The spectral radius: the factor by which a step shrinks what is left.
    pub(super) fn radius(&self) -> f64 {
        let (half, determinant) = (0.5 * self.matrix.trace(), self.matrix.determinant());
        let discriminant = half * half - determinant;
        if discriminant < 0.0 { determinant.sqrt() } else { half.abs() + discriminant.sqrt() }
    }

    /// The stationary variance of x under gradient noise of this variance: V = M V Mᵀ + variance · b bᵀ.
    pub(super) fn variance(&self, noise: f64) -> f64 {
        let added = self.input * self.input.transpose() * noise;
        let operator = Matrix4::identity() - self.matrix.kronecker(&self.matrix);
        let solution = operator.lu().solve(&Vector4::from_column_slice(added.as_slice()));
        solution.expect("the rule is stable")[0]
    }
}

/// (x, d) after the step that follows on (x, d), with `push` added to the gradient.
fn one_step(rule: &RuleSpec, (rate, lambda): (f64, f64), [x, displacement, push]: [f64; 3]) -> Vector2<f64> {
    let mut rule = RuleSpec::bind::<f64, 1>(std::array::from_ref(rule), &Layout::vector(1));
    let mut at = [[0.0]];
    rule.probe(&at);
    rule.update(&mut at, Signal::of(&[[-displacement / rate]]), &[rate]);
    // The first step may have come out rounded; everything is linear.
    let scale = if displacement == 0.0 { 1.0 } else { displacement / at[0][0] };
    at = [[x]];
    let place = rule.probe(&at).unwrap_or(&at)[0][0];
    rule.update(&mut at, Signal::of(&[[lambda * place + push]]), &[rate]);
    Vector2::new(at[0][0], at[0][0] - x) * scale
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::assert_near;

    #[test]
    fn matrices_are_those_of_the_theory() {
        let (rate, lambda, beta) = (0.1, 1.3, 0.9);
        let c = rate * lambda;
        let of = |matrix: Matrix2<f64>| [matrix.trace(), matrix.determinant()];
        let ball = of(Transfer::of(&heavy_ball(beta), rate, lambda).matrix);
        let nag = of(Transfer::of(&nesterov(beta), rate, lambda).matrix);
        let theory = [[1.0 + beta - c, beta], [(1.0 + beta) * (1.0 - c), beta * (1.0 - c)]];
        for (found, expected) in [ball, nag].into_iter().zip(theory) {
            assert_near("trace", found[0], expected[0], 1e-14);
            assert_near("determinant", found[1], expected[1], 1e-14);
        }
    }
}

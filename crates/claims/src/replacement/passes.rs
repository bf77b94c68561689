//! Passes through eight parabolas in every order.

use rayon::prelude::*;
use sgdlab_objectives::Linear;

use crate::tools::outcomes::orders;

/// n.
pub(super) const TERMS: usize = 8;

/// aᵢ.
const CURVATURES: [f64; TERMS] = [0.5, 0.7, 0.9, 1.1, 1.3, 1.5, 0.8, 1.2];

/// bᵢ before they are centered and scaled.
const GENERIC: [f64; TERMS] = [-0.626192, -0.105429, 1.901374, 0.804800, -1.706425, 0.079609, -0.595270, 0.247532];

/// What Σ aᵢbᵢ is, on which the drift of a reshuffled pass depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drift {
    /// 0.
    Zero,
    /// −0.0685, as numbers happen to be.
    Generic,
    /// As large as it can be: b is parallel to a minus its mean.
    Largest,
}

/// fᵢ = aᵢ x²/2 − bᵢ x with Σ bᵢ = 0 and mean bᵢ² = 1, in ascending order of b: the minimum is at 0.
#[derive(Clone, Debug)]
pub(super) struct Parabolas {
    pub(super) curvatures: Vec<f64>,
    pub(super) slopes: Vec<f64>,
}

impl Parabolas {
    pub(super) fn with(drift: Drift) -> Self {
        let centered = |x: &[f64; TERMS]| {
            let mean = x.iter().sum::<f64>() / TERMS as f64;
            x.map(|x| x - mean)
        };
        let (a, generic) = (centered(&CURVATURES), centered(&GENERIC));
        let dot = |x: &[f64; TERMS], y: &[f64; TERMS]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        let mut slopes = match drift {
            Drift::Generic => generic,
            Drift::Largest => a,
            Drift::Zero => {
                let share = dot(&a, &generic) / dot(&a, &a);
                std::array::from_fn(|i| generic[i] - share * a[i])
            }
        };
        let size = (dot(&slopes, &slopes) / TERMS as f64).sqrt();
        slopes = slopes.map(|b| b / size);
        let mut pairs: Vec<(f64, f64)> = slopes.into_iter().zip(CURVATURES).collect();
        pairs.sort_by(|x, y| x.0.total_cmp(&y.0));
        let (slopes, curvatures) = pairs.into_iter().unzip();
        Self { curvatures, slopes }
    }

    pub(super) fn terms(&self) -> usize {
        self.slopes.len()
    }

    /// The mean of products over terms.
    pub(super) fn mean(&self, of: impl Fn(f64, f64) -> f64) -> f64 {
        let sum: f64 = self.curvatures.iter().zip(&self.slopes).map(|(&a, &b)| of(a, b)).sum();
        sum / self.terms() as f64
    }

    /// The same terms as least squares ½ (√aᵢ x − bᵢ/√aᵢ)², but for constants.
    pub(super) fn objective(&self) -> Linear<f64> {
        let spec = crate::tools::problem::least_squares();
        let features: Vec<f64> = self.curvatures.iter().map(|a| a.sqrt()).collect();
        let targets: Vec<f64> = self.slopes.iter().zip(&features).map(|(b, x)| b / x).collect();
        Linear::new(spec, &features, 1, &targets)
    }

    /// The pass through terms in this order.
    pub(super) fn pass<'a>(&self, order: impl IntoIterator<Item = &'a u32>, rate: f64) -> Affine {
        let mut pass = Affine { a: 1.0, c: 0.0 };
        for &i in order {
            let shrink = 1.0 - rate * self.curvatures[i as usize];
            pass = Affine { a: pass.a * shrink, c: pass.c * shrink + rate * self.slopes[i as usize] };
        }
        pass
    }

    /// The passes through all orders.
    pub(super) fn passes(&self, orders: &[Vec<u32>], rate: f64) -> Vec<Affine> {
        orders.iter().map(|order| self.pass(order, rate)).collect()
    }

    /// The passes through all orders and then through their reverses.
    pub(super) fn passes_and_back(&self, orders: &[Vec<u32>], rate: f64) -> Vec<Affine> {
        let both = |order: &Vec<u32>| self.pass(order, rate).then(self.pass(order.iter().rev(), rate));
        orders.iter().map(both).collect()
    }
}

/// All 40 320 orders.
pub(super) fn all_orders() -> Vec<Vec<u32>> {
    orders(TERMS)
}

/// x ↦ a x + c.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Affine {
    pub(super) a: f64,
    pub(super) c: f64,
}

impl Affine {
    pub(super) fn of(self, x: f64) -> f64 {
        self.a * x + self.c
    }

    /// This one, then the next.
    pub(super) fn then(self, next: Self) -> Self {
        Self { a: next.a * self.a, c: next.a * self.c + next.c }
    }

    /// Where it leads to if it is repeated.
    pub(super) fn end(self) -> f64 {
        self.c / (1.0 - self.a)
    }
}

/// Means over equally likely maps: what first and second moments of x become.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments {
    a: f64,
    c: f64,
    aa: f64,
    ac: f64,
    cc: f64,
}

impl Moments {
    pub(super) fn of(maps: &[Affine]) -> Self {
        let mean = |of: fn(&Affine) -> f64| maps.iter().map(of).sum::<f64>() / maps.len() as f64;
        Self {
            a: mean(|map| map.a),
            c: mean(|map| map.c),
            aa: mean(|map| map.a * map.a),
            ac: mean(|map| map.a * map.c),
            cc: mean(|map| map.c * map.c),
        }
    }

    /// E x and E x² after a map that is independent of x.
    pub(super) fn step(&self, (first, second): (f64, f64)) -> (f64, f64) {
        (self.a * first + self.c, self.aa * second + 2.0 * self.ac * first + self.cc)
    }

    /// E x and E x² that stay.
    pub(super) fn stationary(&self) -> (f64, f64) {
        let first = self.c / (1.0 - self.a);
        (first, (self.cc + 2.0 * first * self.ac) / (1.0 - self.aa))
    }
}

/// The exponent of y in x between the last two of points at halved distances: log₂(y′/y).
pub(super) fn slope(y: &[f64]) -> f64 {
    (y[y.len() - 2] / y[y.len() - 1]).log2()
}

/// In parallel, in the order of the input.
pub(super) fn each<T: Sync, U: Send>(of: &[T], compute: impl Fn(&T) -> U + Sync + Send) -> Vec<U> {
    of.par_iter().map(compute).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::assert_near;

    #[test]
    fn parabolas_are_those_of_the_theory() {
        let generic = Parabolas::with(Drift::Generic);
        assert_near("Σ ab", 8.0 * generic.mean(|a, b| a * b), -0.0685, 1e-4);
        let zero = Parabolas::with(Drift::Zero);
        assert_near("Σ ab", zero.mean(|a, b| a * b), 0.0, 1e-15);
        assert_near("the smallest b", zero.slopes[0], -1.680712, 2e-6);
        for of in [generic, zero, Parabolas::with(Drift::Largest)] {
            assert_near("Σ b", of.mean(|_, b| b), 0.0, 1e-15);
            assert_near("mean b²", of.mean(|_, b| b * b), 1.0, 1e-14);
        }
    }

    #[test]
    fn a_pass_is_what_steps_do() {
        let of = Parabolas::with(Drift::Generic);
        let (order, mut x) = ([3, 1, 2, 7, 0, 4, 6, 5], 0.7);
        for i in order {
            x -= 0.1 * (of.curvatures[i as usize] * x - of.slopes[i as usize]);
        }
        assert_near("pass", of.pass(&order, 0.1).of(0.7), x, 1e-15);
    }
}

//! Minibatch families: bowls at random places with Gaussian-process paths on them, as one finite sum.

mod drawn;
mod paths;
mod recorded;

use std::sync::Arc;

use sgdlab_core::{
    Curvature, Evaluation, Invalid, Lanes, Layout, Objective, Product, Real, Sample, Settings, lengths, reduce,
};

pub(crate) use drawn::ENTRY as DRAWN;
pub(crate) use paths::Paths;
pub(crate) use recorded::ENTRY as RECORDED;

use crate::roots;

/// The bowls of n terms in one or two dimensions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Family {
    pub(crate) dimension: usize,
    /// Row by row, one center for each term.
    pub(crate) offsets: Vec<f64>,
    /// Where each bowl becomes a cone.
    pub(crate) deltas: Vec<f64>,
    /// Added to each term.
    pub(crate) heights: Vec<f64>,
    pub(crate) paths: Arc<Paths>,
    /// p: each term is p of itself and 1 − p of the mean.
    pub(crate) mix: f64,
}

/// Refuses settings of a family that do not go together.
pub(crate) fn check(settings: &Settings) -> Result<(), Invalid> {
    if settings.name() == DRAWN.name { drawn::check(settings) } else { Ok(()) }
}

impl Family {
    /// The family that checked settings describe.
    pub(crate) fn new(settings: &Settings) -> Self {
        if settings.name() == DRAWN.name { drawn::family(settings) } else { recorded::family(settings.number("p")) }
    }

    pub(crate) fn terms(&self) -> usize {
        self.deltas.len()
    }

    /// The least value of the mean in one dimension and where it is: the lowest of all zeros of the slope.
    pub(crate) fn lowest(&self) -> Option<(f64, f64)> {
        if self.dimension != 1 {
            return None;
        }
        let mean = Bowls::<f64>::new(self);
        let objective: &dyn Objective<f64, 1> = &mean;
        let everything: Vec<u32> = (0..self.terms() as u32).collect();
        let slope = |x: f64| {
            let mut out = [[0.0]];
            objective.gradient(&[[x]], Sample::of(&everything), &mut [], &mut out);
            out[0][0]
        };
        // Beyond all centers and paths the mean rises.
        let reach = self.offsets.iter().fold(self.paths.reach(), |reach, offset| reach.max(offset.abs()));
        let zeros = roots::between((-reach, reach), 4000, slope);
        let values = zeros.into_iter().map(|x| (x, objective.evaluate(&[[x]], false, &mut []).value[0]));
        values.min_by(|a, b| a.1.total_cmp(&b.1))
    }
}

/// Cᵢ(x) = h(‖x − oᵢ‖; δᵢ) + heightᵢ + path i, with h(r; δ) = r²/2 for r < δ and δ (r − δ/2) beyond.
///
/// Term i is p Cᵢ + (1 − p) C̄, C̄ being the mean of all: the mean is C̄ for every p, and gradients vary p² as much.
/// A batch of b terms costs b bowls and, unless p is 1, all n of them, and b numbers for each center of the paths.
pub(crate) struct Bowls<R> {
    layout: Layout,
    dimension: usize,
    offsets: Vec<R>,
    deltas: Vec<R>,
    heights: Vec<R>,
    paths: Arc<Paths>,
    mix: f64,
}

/// One bowl at one point: its value, its slope per unit of distance, and the curvature that its slope leaves out.
struct Bowl<R> {
    value: R,
    /// h'(r)/r.
    over_radius: R,
    /// (h'' − h'/r)/r².
    along: R,
}

#[inline(always)]
fn bowl<R: Real>(square: R, delta: R) -> Bowl<R> {
    let (half, radius) = (R::of(0.5), square.sqrt());
    let inside = radius < delta;
    // 1 inside, where the radius may be 0.
    let ratio = if inside { R::ONE } else { delta / radius };
    Bowl {
        value: if inside { half * square } else { delta * (radius - half * delta) },
        over_radius: ratio,
        along: if inside { R::ZERO } else { -(ratio / square) },
    }
}

impl<R: Real> Bowls<R> {
    pub(crate) fn new(family: &Family) -> Self {
        let rounded = |numbers: &[f64]| numbers.iter().map(|&x| R::of(x)).collect();
        Self {
            layout: Layout::vector(family.dimension),
            dimension: family.dimension,
            offsets: rounded(&family.offsets),
            deltas: rounded(&family.deltas),
            heights: rounded(&family.heights),
            paths: family.paths.clone(),
            mix: family.mix,
        }
    }

    /// ‖x − oᵢ‖² of a lane, and the bowl there.
    #[inline(always)]
    fn bowl<const N: usize>(&self, term: usize, at: &[Lanes<R, N>], l: usize) -> Bowl<R> {
        let mut square = R::ZERO;
        for (x, &offset) in at.iter().zip(&self.offsets[term * self.dimension..]) {
            square += (x[l] - offset) * (x[l] - offset);
        }
        bowl(square, self.deltas[term])
    }

    /// The bowl's value and height.
    fn height<const N: usize>(&self, term: usize, at: &[Lanes<R, N>]) -> Lanes<R, N> {
        std::array::from_fn(|l| self.bowl(term, at, l).value + self.heights[term])
    }

    /// `out` += factor ∇ of a term's bowl.
    #[inline(always)]
    fn add_slope<const N: usize>(&self, term: usize, factor: R, at: &[Lanes<R, N>], out: &mut [Lanes<R, N>]) {
        for l in 0..N {
            let ratio = factor * self.bowl(term, at, l).over_radius;
            for (j, out) in out.iter_mut().enumerate() {
                out[l] += ratio * (at[j][l] - self.offsets[term * self.dimension + j]);
            }
        }
    }

    /// `out` += factor ∇² of a term's bowl times a vector.
    #[inline(always)]
    fn add_product<const N: usize>(&self, term: usize, factor: R, asked: &Product<'_, R, N>, out: &mut [Lanes<R, N>]) {
        let offset = |j: usize| self.offsets[term * self.dimension + j];
        for l in 0..N {
            let Bowl { over_radius, along, .. } = self.bowl(term, asked.at, l);
            let mut inner = R::ZERO;
            for (j, v) in asked.vector.iter().enumerate() {
                inner += (asked.at[j][l] - offset(j)) * v[l];
            }
            for (j, out) in out.iter_mut().enumerate() {
                let bent = along * inner * (asked.at[j][l] - offset(j));
                out[l] += factor * (over_radius * asked.vector[j][l] + bent);
            }
        }
    }

    /// Goes through the terms of a sample with their factors, p wᵢ/b, and then, for what is mixed in, through all.
    #[inline(always)]
    fn each(&self, sample: Sample<'_>, mut visit: impl FnMut(usize, R)) {
        let share = self.mix / sample.indices.len() as f64;
        for (k, &term) in sample.indices.iter().enumerate() {
            visit(term as usize, R::of(share * sample.weights.map_or(1.0, |weights| weights[k])));
        }
        if self.mix != 1.0 {
            let all = self.deltas.len();
            let factor = R::of((1.0 - self.mix) * sample.mean_weight() / all as f64);
            (0..all).for_each(|term| visit(term, factor));
        }
    }

    fn check(&self, sample: Sample<'_>) {
        let known = sample.indices.iter().all(|&term| (term as usize) < self.deltas.len());
        assert!(known, "a term is below {}", self.deltas.len());
        assert!(sample.weights.is_none_or(|weights| weights.len() == sample.indices.len()), "a weight for each term");
    }
}

impl<R: Real, const N: usize> Objective<R, N> for Bowls<R> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn terms(&self) -> usize {
        self.deltas.len()
    }

    fn scratch(&self, _: usize) -> usize {
        0
    }

    fn gradient(&self, at: &[Lanes<R, N>], sample: Sample<'_>, _: &mut [Lanes<R, N>], out: &mut [Lanes<R, N>]) {
        lengths::of_gradient(&self.layout, at, sample.indices, out);
        self.check(sample);
        out.fill([R::ZERO; N]);
        self.each(sample, |term, factor| self.add_slope(term, factor, at, out));
        self.paths.add_slope(|center| self.paths.mean(center, sample, self.mix), at, out);
    }

    fn value(&self, at: &[Lanes<R, N>], sample: Sample<'_>, _: &mut [Lanes<R, N>]) -> Lanes<R, N> {
        lengths::of_value(&self.layout, at, sample.indices);
        self.check(sample);
        let chosen: Lanes<R, N> = reduce::sum_of(sample.indices.len(), |k| {
            let weight = R::of(sample.weights.map_or(1.0, |weights| weights[k]));
            self.height(sample.indices[k] as usize, at).map(|height| weight * height)
        });
        let share = R::of(self.mix / sample.indices.len() as f64);
        let mut value = chosen.map(|sum| share * sum);
        if self.mix != 1.0 {
            let all: Lanes<R, N> = reduce::sum_of(self.deltas.len(), |term| self.height(term, at));
            let factor = R::of((1.0 - self.mix) * sample.mean_weight() / self.deltas.len() as f64);
            value = std::array::from_fn(|l| value[l] + factor * all[l]);
        }
        let path = self.paths.value(|center| self.paths.mean(center, sample, self.mix), at);
        std::array::from_fn(|l| value[l] + path[l])
    }

    fn has_products(&self) -> bool {
        true
    }

    /// All matrices are the Hessian; between bowl and cone it is that of the cone.
    fn curvature_times(
        &self,
        asked: Product<'_, R, N>,
        sample: Sample<'_>,
        _: &mut [Lanes<R, N>],
        out: &mut [Lanes<R, N>],
    ) {
        lengths::of_product(&self.layout, &asked, sample.indices, out);
        self.check(sample);
        out.fill([R::ZERO; N]);
        self.each(sample, |term, factor| self.add_product(term, factor, &asked, out));
        let asked = Product { curvature: Curvature::Hessian, ..asked };
        self.paths.add_product(|center| self.paths.mean(center, sample, self.mix), &asked, out);
    }

    fn evaluate(&self, at: &[Lanes<R, N>], _: bool, _: &mut [Lanes<R, N>]) -> Evaluation<R, N> {
        lengths::of_evaluation(&self.layout, at);
        let terms = self.deltas.len();
        let all: Lanes<R, N> = reduce::sum_of(terms, |term| self.height(term, at));
        let path = self.paths.value(|center| self.paths.mean_of_all(center), at);
        let count = R::of(terms as f64);
        Evaluation { value: std::array::from_fn(|l| all[l] / count + path[l]), error: None }
    }
}

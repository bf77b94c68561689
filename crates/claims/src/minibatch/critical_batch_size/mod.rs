//! The best rate and the gain of a step against the batch size, exactly.

mod descent;
mod figures;
#[cfg(test)]
mod tests;

use sgdlab_core::Objective;
use sgdlab_core::streams::Key;
use sgdlab_objectives::Quadratic;
use sgdlab_samplers::{BatchBuffer, per_batch, with_replacement};

use self::descent::{Cost, Descent};
use crate::tools::noise::square;
use crate::tools::outcomes::{Scripted, outcomes};
use crate::tools::population::{Population, WITH, law};
use crate::{Claim, Criterion, Experiment, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "critical-batch-size",
    title: "What larger batches are worth",
    sentence: "Up to a critical batch size twice the batch saves half the steps; beyond it larger batches are wasted.",
    reference: "McCandlish et al. 2018, An Empirical Model of Large-Batch Training, section 2 and appendix A.1; the factor \
                for draws without replacement and the exact descent: own derivation",
    statement: "A quadratic with Hessian H, gradient G and covariance S of term gradients. A step of rate ε with a batch of B \
                independent draws gains ε|G|² − ½ ε² (GᵀHG + tr(HS)/B) in the mean. The best rate is \
                ε_max/(1 + B_noise/B) and gains 1/(1 + B_noise/B) of the most, with ε_max = |G|²/GᵀHG, most \
                ½|G|⁴/GᵀHG and B_noise = tr(HS)/GᵀHG. Without replacement 1/B becomes (N − B)/(B (N − 1)). For the same \
                progress that means S steps and E = BS examples with (S/S_min − 1)(E/E_min − 1) = 1.",
    setup: "Six gradients in the plane with curvatures ½ and 2, where every batch of up to 4 is written out. 400 gradients of \
            8 coordinates with curvatures from 0.1 to 2, batches of 1 to 256, rates on a grid of 40 001. Then whole descents \
            on that bowl, from a loss of 1.0 to 0.02 above the minimum, at the constant rate that needs fewest steps, for \
            batches of ¹⁄₁₆ to 4096. The same with --quick.",
    exactness: "All exact. Mean losses of six gradients are means over every batch, by the project's quadratic; those of 400 \
                come from the samplers' laws. Descents follow the mean and the variance of every coordinate. The key draws \
                the 400 gradients.",
    limits: "The hyperbola is the law of steps with one noise scale. For whole descents it holds at both ends only: at \
             the critical size E_min/S_min these cost 1.6 times the fewest steps and examples and not twice, and the \
             product (S/S_min − 1)(E/E_min − 1) is between 0.3 and 0.55 instead of 1. The noise scale grows as the \
             loss falls, and a constant rate has to suit all of it. Nothing is wasted by a batch of all terms without \
             replacement: it has no noise.",
    truth: Truth::Limited,
    claims: &[&RATE, &GAIN, &HALF, &GRID_RATE, &GRID_GAIN, &HYPERBOLA, &WHOLE, &PERFECT, &WASTED],
    tables: &[&figures::STEPS, &figures::DESCENTS],
    run,
};

const CLOSED: Criterion = Criterion::Near(1e-10);

const PARABOLA: &str =
    "Vertex of the parabola through the exact mean losses at three rates, over the closed form: rounding.";

static RATE: Claim = Claim {
    name: "best-rate",
    statement: "The best rate is ε_max/(1 + B_noise/B).",
    stance: Stance::Confirms,
    criterion: CLOSED,
    because: PARABOLA,
};

static GAIN: Claim = Claim {
    name: "best-gain",
    statement: "It gains 1/(1 + B_noise/B) of what the full gradient gains at its best rate.",
    stance: Stance::Confirms,
    criterion: CLOSED,
    because: PARABOLA,
};

static HALF: Claim = Claim {
    name: "half-at-the-critical-size",
    statement: "Twice the best rate gains nothing, half of it three quarters of the best gain.",
    stance: Stance::Adds,
    criterion: CLOSED,
    because: "Exact mean losses at these rates, as shares of the best gain.",
};

static GRID_RATE: Claim = Claim {
    name: "grid-rate",
    statement: "A grid of rates finds the best one.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.999, 1.001),
    because: "Best of 40 001 rates up to 2 ε_max · 1/(1 + B_noise/B), over the closed form.",
};

static GRID_GAIN: Claim = Claim {
    name: "grid-gain",
    statement: "The best of that grid gains what the closed form says.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.999, 1.001),
    because: "Gain at the best rate of the grid, over the closed form.",
};

static HYPERBOLA: Claim = Claim {
    name: "hyperbola",
    statement: "Steps that gain the same cost steps and examples on the hyperbola (S/S_min − 1)(E/E_min − 1) = 1.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.999, 1.001),
    because: "S and E from the best gains of the grid, S_min from the most, and E_min from B_noise.",
};

static WHOLE: Claim = Claim {
    name: "whole-descents",
    statement: "Whole descents lie below the hyperbola, whatever the batch size.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.2, 0.8),
    because: "(S/S_min − 1)(E/E_min − 1) for batches of ¼ to 1024, with S_min of batches of 10¹² and E_min of 10⁻³: 0.3 to \
              0.55.",
};

static PERFECT: Claim = Claim {
    name: "perfect-scaling",
    statement: "A batch of a sixteenth of the critical size costs few examples more than the fewest.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(1.0, 1.0625),
    because: "E/E_min at E_min/S_min/16: at most what the hyperbola says, 1 + 1/16.",
};

static WASTED: Claim = Claim {
    name: "wasted",
    statement: "A batch of sixteen times the critical size takes few steps less than a batch of all.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(1.0, 1.0625),
    because: "S/S_min at 16 E_min/S_min: at most what the hyperbola says, 1 + 1/16.",
};

/// A quadratic with a population's gradients at 0, in numbers.
pub(super) struct Bowl {
    spectrum: Vec<f64>,
    /// G, and the diagonal of S.
    gradient: Vec<f64>,
    variances: Vec<f64>,
    objective: Quadratic<f64>,
}

impl Bowl {
    /// Term i is ½ (x − cᵢ)ᵀ H (x − cᵢ), with H cᵢ = −gᵢ.
    fn new(spectrum: Vec<f64>, population: &Population) -> Self {
        let center = |(i, g): (usize, &f64)| -g / spectrum[i % spectrum.len()];
        let centers: Vec<f64> = population.gradients.iter().enumerate().map(center).collect();
        let (gradient, variances) = (population.mean(), population.variances());
        Self { objective: Quadratic::new(&spectrum, &centers), spectrum, gradient, variances }
    }

    fn weighted(&self, x: &[f64]) -> f64 {
        x.iter().zip(&self.spectrum).map(|(x, h)| x * h).sum()
    }

    /// GᵀHG.
    fn bend(&self) -> f64 {
        self.weighted(&self.gradient.iter().map(|g| g * g).collect::<Vec<_>>())
    }

    /// B_noise.
    fn critical(&self) -> f64 {
        self.weighted(&self.variances) / self.bend()
    }

    /// ε_max, and the most that a step can gain.
    fn full(&self) -> (f64, f64) {
        let norm = square(&self.gradient);
        (norm / self.bend(), 0.5 * norm * norm / self.bend())
    }

    /// The share of both with noise of which `factor` · S is left: 1/(1 + B_noise · factor).
    fn share(&self, factor: f64) -> f64 {
        1.0 / (1.0 + self.critical() * factor)
    }

    /// The mean gain of a step by the law.
    fn gain(&self, rate: f64, factor: f64) -> f64 {
        let noise = factor * self.weighted(&self.variances);
        rate * square(&self.gradient) - 0.5 * rate * rate * (self.bend() + noise)
    }

    /// The value of the objective.
    fn value(&self, at: &[f64]) -> f64 {
        let at: Vec<[f64; 1]> = at.iter().map(|&x| [x]).collect();
        let objective: &dyn Objective<f64, 1> = &self.objective;
        objective.evaluate(&at, false, &mut vec![[0.0]; objective.scratch(1)]).value[0]
    }
}

/// The best rate and its gain, from gains at 0, 1 and 2 units: the vertex of their parabola.
fn vertex(gain: impl Fn(f64) -> f64, unit: f64) -> (f64, f64) {
    let (one, two) = (gain(unit), gain(2.0 * unit));
    let (linear, curved) = (2.0 * one - 0.5 * two, one - 0.5 * two);
    let best = 0.5 * linear / curved;
    (unit * best, 0.5 * linear * best)
}

const DIMENSION: usize = 8;
const TERMS: usize = 400;

/// Six gradients with curvatures ½ and 2.
fn six() -> (Population, Bowl) {
    let gradients = vec![1.0, 2.0, -3.0, 0.5, 0.0, 4.0, 2.5, -1.0, 0.5, 0.5, -1.0, 3.0];
    let population = Population::new(gradients, 2);
    let bowl = Bowl::new(vec![0.5, 2.0], &population);
    (population, bowl)
}

/// 400 gradients with curvatures from 0.1 to 2.
fn many(key: Key) -> Bowl {
    let population = Population::draw(key, TERMS, &[0.237; DIMENSION], 1.25);
    Bowl::new((0..DIMENSION).map(|j| 0.1 + 1.9 * j as f64 / (DIMENSION - 1) as f64).collect(), &population)
}

/// A batch size of a sampler, with its best step: found and by the closed form.
struct Step {
    sampler: &'static str,
    batch: usize,
    terms: usize,
    found: (f64, f64),
    expected: (f64, f64),
}

fn run(setting: &Setting, out: &mut Outcome) {
    let mut steps = enumerated(out);
    let bowl = many(setting.key.child("gradients"));
    steps.extend(by_law(&bowl, out));
    let costs = descents(&bowl, out);
    figures::tables(&steps, &costs, out);
    out.draw("gain", figures::gain(&steps, &bowl));
    out.draw("hyperbola", figures::hyperbola(&costs));
}

/// The mean gain of a step over every batch of six gradients.
fn mean_gain((population, bowl): &(Population, Bowl), batch: usize, without: bool, rate: f64) -> f64 {
    let (mut terms, mut swaps): (Vec<u32>, _) = ((0..6).collect(), vec![0; batch]);
    let bounds: Vec<u32> = (0..batch as u32).map(|k| if without { 6 - k } else { 6 }).collect();
    let mut buffer = BatchBuffer::with_capacity(batch);
    let before = bowl.value(&[0.0; 2]);
    let mut one = |mut rng: Scripted| {
        if without {
            per_batch::draw(&mut terms, &mut swaps, &mut rng, &mut buffer);
        } else {
            with_replacement::draw(6, batch, &mut rng, &mut buffer);
        }
        let mean = |j: usize| buffer.indices.iter().map(|&i| population.gradients[2 * i as usize + j]).sum::<f64>();
        before - bowl.value(&[0, 1].map(|j| -rate * mean(j) / batch as f64))
    };
    let gains: Vec<f64> = outcomes(&bounds).map(&mut one).collect();
    gains.iter().sum::<f64>() / gains.len() as f64
}

fn enumerated(out: &mut Outcome) -> Vec<Step> {
    let six = six();
    let (rate, most) = six.1.full();
    let mut steps = Vec::new();
    for (sampler, without) in [(WITH, false), ("per-batch", true)] {
        for batch in 1..=4 {
            let factor = law(sampler, 6, batch).factor(0, 0).expect("terms are alike");
            let share = six.1.share(factor);
            let gain = |rate: f64| mean_gain(&six, batch, without, rate);
            let found = vertex(gain, rate);
            let what = format!("six terms, {sampler}, B = {batch}");
            out.decide(&RATE, &what, Measured::of(found.0 / (share * rate)).beside(1.0));
            out.decide(&GAIN, &what, Measured::of(found.1 / (share * most)).beside(1.0));
            for (times, of_best) in [(0.5, 0.75), (2.0, 0.0)] {
                let measured = Measured::of(gain(times * share * rate) / (share * most)).beside(of_best);
                out.decide(&HALF, format!("{what}, {times} of the rate"), measured);
            }
            steps.push(Step { sampler, batch, terms: 6, found, expected: (share * rate, share * most) });
        }
    }
    steps
}

fn by_law(bowl: &Bowl, out: &mut Outcome) -> Vec<Step> {
    let (rate, most) = bowl.full();
    let mut steps = Vec::new();
    for sampler in [WITH, "per-batch"] {
        for batch in [1, 4, 16, 64, 256] {
            let factor = law(sampler, TERMS, batch).factor(0, 0).expect("terms are alike");
            let share = bowl.share(factor);
            let (found, gain) = grid_search(|rate| bowl.gain(rate, factor), 2.0 * share * rate);
            let what = format!("{sampler}, B = {batch}");
            let closed = vertex(|rate| bowl.gain(rate, factor), rate);
            out.decide(&RATE, &what, Measured::of(closed.0 / (share * rate)).beside(1.0));
            out.decide(&GAIN, &what, Measured::of(closed.1 / (share * most)).beside(1.0));
            out.decide(&GRID_RATE, &what, Measured::of(found / (share * rate)));
            out.decide(&GRID_GAIN, &what, Measured::of(gain / (share * most)));
            if sampler == WITH {
                let steps = most / gain;
                let cost = Cost { batch: batch as f64, steps, examples: batch as f64 * steps / bowl.critical() };
                out.decide(&HYPERBOLA, what, Measured::of(cost.product()));
            }
            let expected = (share * rate, share * most);
            steps.push(Step { sampler, batch, terms: TERMS, found: (found, gain), expected });
        }
    }
    steps
}

/// The best of 40 001 rates up to a last one, and its gain.
fn grid_search(gain: impl Fn(f64) -> f64, last: f64) -> (f64, f64) {
    let rates = (0..=40_000).map(|i| last * f64::from(i) / 40_000.0);
    let all = rates.map(|rate| (rate, gain(rate)));
    all.fold((0.0, 0.0), |best, next| if next.1 > best.1 { next } else { best })
}

/// What whole descents cost, in ascending order of batch sizes.
fn descents(bowl: &Bowl, out: &mut Outcome) -> Vec<Cost> {
    let descent = Descent::of(bowl);
    let (steps, examples) = descent.ends();
    let cost = |batch: f64| descent.cost(batch).relative_to((steps, examples));
    let costs: Vec<Cost> = (-4..=12).map(|power| cost(2f64.powi(power))).collect();
    for of in costs.iter().filter(|of| (0.25..=1024.0).contains(&of.batch)) {
        out.decide(&WHOLE, format!("B = {}", of.batch), Measured::of(of.product()));
    }
    let critical = examples / steps;
    out.decide(&PERFECT, "E/E_min", Measured::of(cost(critical / 16.0).examples));
    out.decide(&WASTED, "S/S_min", Measured::of(cost(critical * 16.0).steps));
    costs
}

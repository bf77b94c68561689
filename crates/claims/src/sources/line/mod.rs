//! Source 003: what the parameters of `torch.optim.SGD` do to the training of a line.

mod claims;
mod figures;
mod runs;
#[cfg(test)]
mod tests;

use sgdlab_objectives::Stored;
use sgdlab_optimizers::{RuleSpec, Sgd};

use self::claims::*;
use self::runs::{EPOCHS, Loss, RATE, Rule, Run, START, losses, rules};
use crate::tools::course::{Course, gradient, values};
use crate::tools::geometry::{first_at_most, minus, norm, overshoot, steps};
use crate::{Experiment, Measured, Outcome, Setting, Truth};

/// Source 003.
pub(super) static SOURCE: Experiment = Experiment {
    name: "source-003",
    title: "What the parameters of SGD do to the training of a line",
    sentence: "Momentum overshoots, Nesterov's form less so, weight decay pulls toward the origin, and dampening brakes.",
    reference: "An article on the parameters of torch.optim.SGD, with its 50 points and 13 printed losses",
    statement: "f = (1/50) Σ φ(w xᵢ + b − yᵢ) with φ the square (L2), the absolute value (L1), Huber's and the smooth \
                absolute loss. \
                Rules are torch's: v ← μ v + (1 − τ)(∇f + λ x), x ← x − η v, the first step not dampened; Nesterov steps \
                along ∇f + μ v.",
    setup: "An article on torch.optim.SGD: one linear neuron on 50 points of a noisy parabola, four losses, five \
            settings, 100 epochs of all points at rate 0.1. Draws the four losses as maps with the paths on them, and \
            how they fall. Nothing is random.",
    exactness: "Nothing is sampled. The losses that the article prints are met in single precision to all their digits.",
    limits: "The absolute loss has no slope to slow down on: at a constant rate its paths end in a cycle.",
    truth: Truth::Limited,
    claims: claims::ALL,
    tables: &[&figures::TRAJECTORIES, &figures::PATHS, &figures::MAPS],
    run,
};

/// Epochs and losses that the article prints, of plain descent with L2.
const PRINTED: [(usize, f64); 13] = [
    (0, 53.078_269_958_496_094),
    (1, 34.729_503_631_591_8),
    (2, 22.891_206_741_333_008),
    (3, 15.226_042_747_497_559),
    (4, 10.242_652_893_066_406),
    (5, 6.987_757_682_800_293),
    (6, 4.850_755_691_528_32),
    (7, 3.439_580_917_358_398_4),
    (8, 2.501_774_787_902_832),
    (9, 1.874_243_021_011_352_5),
    (97, 0.499_441_266_059_875_5),
    (98, 0.499_441_236_257_553_1),
    (99, 0.499_441_266_059_875_5),
];

/// Points of a map along each axis: the article's.
const POINTS: usize = 101;

/// The places of settings and losses in the article.
const PLAIN: usize = 0;
const MOMENTUM: usize = 1;
const NESTEROV_MOMENTUM: usize = 2;
const DECAYED: usize = 3;
const DAMPENED: usize = 4;
const L2: usize = 0;
const L1: usize = 1;
const HUBER: usize = 2;
const SMOOTH: usize = 3;

/// Everything that is run.
struct Measurements {
    rules: [Rule; 5],
    losses: [Loss; 4],
    /// By setting and loss, in double precision.
    runs: Vec<Vec<Run>>,
    /// Places along an axis and losses, of each loss.
    maps: Vec<(Vec<f64>, Vec<f64>)>,
}

impl Measurements {
    fn new() -> Self {
        let (rules, losses) = (rules(), losses());
        let of_rule = |rule: &Rule| losses.iter().map(|loss| loss.run::<f64>(rule.spec.clone())).collect();
        let runs = rules.iter().map(of_rule).collect();
        let maps = losses.iter().map(|loss| loss.map(POINTS)).collect();
        Self { rules, losses, runs, maps }
    }

    fn overshoot(&self, rule: usize, loss: usize) -> f64 {
        overshoot(&self.runs[rule][loss].path, self.losses[loss].minimizer)
    }

    fn last(&self, rule: usize, loss: usize) -> [f64; 2] {
        self.runs[rule][loss].path[EPOCHS as usize]
    }

    /// How far the last point is from the minimizer.
    fn distance(&self, rule: usize, loss: usize) -> f64 {
        norm(minus(self.last(rule, loss), self.losses[loss].minimizer))
    }

    /// Epochs to within 0.01 of the minimum; 101 if 100 do not suffice.
    fn epochs(&self, loss: usize, run: &Run) -> f64 {
        first_at_most(&run.loss, self.losses[loss].minimum + 0.01).unwrap_or(EPOCHS as usize + 1) as f64
    }
}

fn run(_: &Setting, out: &mut Outcome) {
    let measured = Measurements::new();
    plain(&measured, out);
    momentum(&measured, out);
    limit(&measured.losses[L2], out);
    decay(&measured, out);
    dampening(&measured, out);
    draw(&measured, out);
}

fn draw(measured: &Measurements, out: &mut Outcome) {
    out.draw("maps", figures::maps(measured));
    for (i, rule) in measured.rules.iter().enumerate() {
        out.draw(format!("paths-{}", rule.name.replace('_', "-")), figures::paths(measured, i));
    }
    out.draw("losses", figures::losses(measured));
    out.draw("fits", figures::fits(measured, &points()));
    for tabulate in [figures::trajectories, figures::paths_in_numbers, figures::map_table] {
        tabulate(measured, out);
    }
}

/// The 50 points.
fn points() -> Vec<[f64; 2]> {
    let source = sgdlab_objectives::data::Source::new("line-50");
    let data = sgdlab_objectives::data::load(&source).expect("a bundled data set");
    data.features.column(0).iter().zip(data.targets.to_numbers()).map(|(&x, y)| [x, y]).collect()
}

/// Plain descent and the losses.
fn plain(measured: &Measurements, out: &mut Outcome) {
    let single = measured.losses[L2].run::<f32>(Sgd::default());
    let deviation = |&(epoch, printed): &(usize, f64)| (single.loss[epoch] - printed).abs() / printed;
    let worst = PRINTED.iter().map(deviation).fold(0.0, f64::max);
    out.decide(&PUBLISHED, "largest relative deviation", Measured::of(worst));
    let lengths = |loss: usize| steps(&measured.runs[PLAIN][loss].path).into_iter().map(norm).collect::<Vec<_>>();
    let growing = lengths(L2).windows(2).filter(|pair| pair[1] > pair[0]).count();
    out.decide(&STEPS_SHRINK, "growing steps", Measured::of(growing as f64));
    out.decide(&ARRIVES, "distance after 100 epochs", Measured::of(measured.distance(PLAIN, L2)));
    let near = |loss: usize| {
        let Loss { minimizer, .. } = measured.losses[loss];
        let tenth = 0.1 * norm(minus(START, minimizer));
        let distances = measured.runs[PLAIN][loss].path.iter().map(|at| norm(minus(*at, minimizer)));
        first_at_most(&distances.collect::<Vec<_>>(), tenth).unwrap_or(EPOCHS as usize + 1) as f64
    };
    for (loss, scale) in [(L2, 100.0), (L1, 8.0), (HUBER, 8.0), (SMOOTH, 8.0)] {
        let title = measured.losses[loss].title;
        let largest = measured.maps[loss].1.iter().copied().fold(0.0, f64::max);
        out.decide(&SCALES, format!("{title}: largest over {scale}"), Measured::of(largest / scale));
        if loss != L2 {
            let ratio = lengths(L2)[0] / lengths(loss)[0];
            out.decide(&STEEPNESS, format!("first step over that of {title}"), Measured::of(ratio));
            out.decide(&STEEPNESS, format!("epochs of {title}"), Measured::of(near(loss) / near(L2)));
            out.decide(&ON_THE_WAY, format!("{title}: distance"), Measured::of(measured.distance(PLAIN, loss)));
        }
    }
    let apart = |rule: usize| {
        let [a, b] = [HUBER, SMOOTH].map(|loss| &measured.runs[rule][loss].path);
        a.iter().zip(b).map(|(a, b)| norm(minus(*a, *b))).fold(0.0, f64::max)
    };
    out.decide(&SMOOTH_L1, "paths", Measured::of((0..measured.rules.len()).map(apart).fold(0.0, f64::max)));
    let [a, b] = [HUBER, SMOOTH].map(|loss| &measured.maps[loss].1);
    let apart = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    out.decide(&SMOOTH_L1, "maps", Measured::of(apart));
}

/// Momentum and Nesterov's.
fn momentum(measured: &Measurements, out: &mut Outcome) {
    let left = |loss: usize| measured.overshoot(NESTEROV_MOMENTUM, loss) / measured.overshoot(MOMENTUM, loss);
    for (i, Loss { title, .. }) in measured.losses.iter().enumerate() {
        let overshoot = measured.overshoot(MOMENTUM, i);
        out.decide(&OVERSHOOTS, format!("{title}: beyond the minimum"), Measured::of(overshoot));
        out.decide(&NESTEROV, format!("{title}: what is left"), Measured::of(left(i)));
        let [slow, fast] = [PLAIN, MOMENTUM].map(|rule| measured.epochs(i, &measured.runs[rule][i]));
        let ratio = if i == L2 { slow / fast } else { fast / slow };
        out.decide(&WHERE_IT_HELPS, format!("{title}: ratio of epochs"), Measured::of(ratio));
        if i != L2 {
            let ratio = measured.overshoot(MOMENTUM, L2) / overshoot;
            out.decide(&L2_OVERSHOOTS, format!("L2 over {title}"), Measured::of(ratio));
            out.decide(&NESTEROV_L2, format!("L2 over {title}"), Measured::of(left(L2) / left(i)));
        }
    }
    let little = measured.losses[L2].run::<f64>(Sgd { momentum: 0.4, ..Sgd::default() });
    let ratio = measured.epochs(L2, &little) / measured.epochs(L2, &measured.runs[PLAIN][L2]);
    out.decide(&WHERE_IT_HELPS, "L2: with momentum 0.4", Measured::of(ratio));
}

/// How far momentum is from diverging.
fn limit(loss: &Loss, out: &mut Outcome) {
    let rule = Sgd { momentum: 0.9, ..Sgd::default() };
    let smoothness = loss.problem.facts().smoothness.expect("least squares are smooth");
    let limit = 2.0 * (1.0 + rule.momentum) / smoothness;
    out.decide(&NOT_DIVERGING, "rate over the limit", Measured::of(RATE / limit));
    let objective = f64::model(&loss.problem).objective::<1>();
    for (share, sign) in [(0.97, 1.0), (1.03, -1.0)] {
        let course = Course { objective, rule: RuleSpec::from(rule.clone()), rate: share * limit, start: START };
        let path = course.full(2000, false);
        let value = values(objective, &[path[0], path[path.len() - 1]]);
        let growth = ((value[1] - loss.minimum) / (value[0] - loss.minimum)).max(f64::MIN_POSITIVE).ln();
        out.decide(&NOT_DIVERGING, format!("growth at {share} of the limit"), Measured::of(sign * growth));
    }
}

fn decay(measured: &Measurements, out: &mut Outcome) {
    let decay = measured.rules[DECAYED].spec.weight_decay;
    let moved = |loss: usize| measured.distance(DECAYED, loss) / norm(measured.losses[loss].minimizer);
    for (i, loss) in measured.losses.iter().enumerate() {
        let (title, last) = (loss.title, measured.last(DECAYED, i));
        out.decide(&DECAY, format!("{title}: norm"), Measured::of(norm(last) / norm(loss.minimizer)));
        if i != L1 {
            let slope = gradient(f64::model(&loss.problem).objective(), last);
            let slope: [f64; 2] = std::array::from_fn(|j| slope[j] + decay * last[j]);
            out.decide(&DECAYED_MINIMUM, format!("{title}: gradient"), Measured::of(norm(slope)));
        }
        if i != L2 {
            out.decide(&DECAY_L2, format!("L2 over {title}"), Measured::of(moved(L2) / moved(i)));
        }
    }
}

fn dampening(measured: &Measurements, out: &mut Outcome) {
    for (i, loss) in measured.losses.iter().enumerate() {
        let ratio = measured.overshoot(DAMPENED, i) / measured.overshoot(MOMENTUM, i);
        out.decide(&DAMPENING, format!("{}: what is left", loss.title), Measured::of(ratio));
    }
    let loss = &measured.losses[L2];
    let objective = f64::model(&loss.problem).objective::<1>();
    let rule = measured.rules[DAMPENED].spec.clone();
    let Sgd { momentum, dampening, .. } = rule;
    let course = Course { objective, rule: RuleSpec::from(rule.clone()), rate: RATE, start: [0.0; 2] };
    let walk = course.follow(4, |_, _, gradient| gradient.fill([-1.0]));
    for (i, [step, _]) in steps(&walk).into_iter().enumerate() {
        let kept = momentum.powi(i as i32);
        let expected = RATE * (kept + (1.0 - dampening) * (1.0 - kept) / (1.0 - momentum));
        out.decide(&FIRST_STEP, format!("step {}", i + 1), Measured::of(step).beside(expected));
    }
    let rule = Sgd { dampening: 0.0, ..rule };
    let course = Course { objective, rule: RuleSpec::from(rule), rate: RATE * (1.0 - dampening), start: START };
    let from_start = overshoot(&course.full(EPOCHS, false), loss.minimizer);
    let ratio = from_start / measured.overshoot(DAMPENED, L2);
    out.decide(&DAMPED_FROM_THE_START, "overshoot", Measured::of(ratio));
}

//! The edge of stability of gradient descent, heavy ball and Nesterov's momentum.

use std::ops::Range;

use rayon::prelude::*;
use sgdlab_core::streams::Key;
use sgdlab_estimators::{EstimatorSpec, Plain};
use sgdlab_optimizers::Sgd;
use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Reference, Series};
use sgdlab_reports::statistics::median;

use super::network::{Descent, Start, sharpness};
use crate::tools::drawing::{fields, line};
use crate::tools::machine::value;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "edge-of-stability",
    title: "The edge of stability",
    sentence: "Full-batch gradient descent on a network sharpens until the greatest eigenvalue of the Hessian is 2/η, and \
               stays there while the loss goes on falling.",
    reference: "Cohen, Kaur, Li, Kolter and Talwalkar 2021, Gradient descent on neural networks typically occurs at the edge \
                of stability, ICLR, sections 2 and 3 and the appendix on momentum; Damian, Nichani and Lee 2023",
    statement: "A quadratic with the eigenvalue λ is stable under gradient descent for λ < 2/η, under heavy ball (v ← β v + g, \
                x ← x − η v) for λ < (2 + 2β)/η, and with Nesterov's look-ahead for λ < (2 + 2β)/((1 + 2β) η). On a network \
                λ_max rises to this threshold and hovers at it, if small steps become sharper than that; else it goes where \
                small steps go.",
    setup: "The first 200 digits, features in [−0.3, 0.7], a network 64-32-32-10 of tanh units (3466 parameters), \
            f = mean over terms of ½ |z − y|², all terms in every batch. Rates 0.05, 0.1, 0.15, 0.2 and a large one for \
            gradient descent, 0.2 for heavy ball and 0.15 for Nesterov's momentum with β = 0.5; \
            6000 steps (with --quick 2000, and four of the six runs). λ_max by Lanczos's method every 200 steps (100).",
    exactness: "Initial weights are drawn; λ_max is within a thousandth of an eigenvalue, or is what 20 products give.",
    limits: "Sharpness rises to the threshold only where it begins below: it was 16 to 19 at the beginning, so that runs \
             with a threshold below that fall to it first and then stay. How sharp small steps become depends on the \
             initial point: 16 to 22 with eleven keys. So at rate 0.05, whose threshold is 40, there is no edge, and at rate 0.1 (20) there is one from some initial points only; the \
             claims about the edge are made where its threshold is at most 15. A rate above 4/λ_max of the initial point \
             diverges, whatever the network would have become. With β = 0.9 heavy ball is done before it sharpens again, \
             and Nesterov's momentum at rate 0.12 was at its edge with nine keys of twelve, below it with one and far \
             beyond it with two. The oscillation may die out at the edge: after 3000 steps at rate 0.2 the loss never \
             rose again with two keys of eleven. With cross-entropy sharpness falls once the loss vanishes: the claim is \
             about the squared loss.",
    truth: Truth::Limited,
    claims: ALL,
    tables: &[&SHARPNESS],
    run,
};

static ALL: &[&Claim] = &[&DESCENT, &MOMENTUM, &BELOW, &LESSER, &DIVERGES, &RISES, &LEARNS];

static DESCENT: Claim = Claim {
    name: "descent-hovers-at-the-edge",
    statement: "At rates 0.15 and 0.2, in the last quarter of the run, the median of λ_max is 2/η.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.97, 1.05),
    because: "Median over the threshold; it oscillates by some percent, and mostly above.",
};

static MOMENTUM: Claim = Claim {
    name: "momentum-has-its-own-edge",
    statement: "With momentum it is (2 + 2β)/η, with Nesterov's (2 + 2β)/((1 + 2β) η).",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.97, 1.05),
    because: "As for gradient descent.",
};

static BELOW: Claim = Claim {
    name: "some-never-get-there",
    statement: "At rate 0.05 the network never becomes as sharp as 2/η = 40.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 0.9),
    because: "Median of the last quarter over the threshold.",
};

static LESSER: Claim = Claim {
    name: "the-edge-or-where-small-steps-go",
    statement: "At rate 0.1 the sharpness is that of rate 0.05 after the same time η t, or 2/η = 20 if that is less.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.9, 1.05),
    because: "Median at rate 0.1 over the lesser of 20 and the median at rate 0.05, both over the last quarter of the time \
              of the latter. Below the edge both follow the gradient flow, but for the first steps, where larger ones find \
              flatter places: 0.98 to 1.02 were measured with eleven keys, and from 0.94 on in the shorter time of --quick.",
};

static DIVERGES: Claim = Claim {
    name: "too-large-a-step-diverges",
    statement: "A step of 8/λ_max of the initial point diverges.",
    stance: Stance::Adds,
    criterion: Criterion::Between(1.0, 1.0),
    because: "1 if the loss is not finite or has grown a thousandfold within 200 steps; 4/λ_max is where catapults end.",
};

static RISES: Claim = Claim {
    name: "the-loss-rises-often",
    statement: "At the edge the loss rises at many steps.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.05, 0.6),
    because: "Share of the steps from 500 to 2000 at which the loss rises, rate 0.2; below the edge it is 0.",
};

static LEARNS: Claim = Claim {
    name: "and-falls-all-the-same",
    statement: "The loss falls over longer times nevertheless.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.9),
    because: "Mean loss of the steps from 1700 to 2000 over that of the steps from 500 to 800, rate 0.2.",
};

static SHARPNESS: Header = Header {
    table: "sharpness",
    row: "one measurement of a run",
    columns: &[
        ("rule", "descent, heavy ball or nesterov"),
        ("step_size", "η"),
        ("beta", "β"),
        ("iter", "steps so far"),
        ("loss", "f"),
        ("sharpness", "λ_max of the Hessian of f"),
        ("threshold", "where a quadratic becomes unstable"),
        ("ratio", "sharpness over threshold"),
    ],
};

/// A rule with its rate.
#[derive(Clone, Copy)]
struct Case {
    rate: f64,
    beta: f64,
    nesterov: bool,
}

impl Case {
    const fn descent(rate: f64) -> Self {
        Self { rate, beta: 0.0, nesterov: false }
    }

    fn rule(self) -> Sgd {
        Sgd { momentum: self.beta, nesterov: self.nesterov, ..Sgd::default() }
    }

    /// The curvature from which on a quadratic is unstable.
    fn threshold(self) -> f64 {
        let ahead = if self.nesterov { 1.0 + 2.0 * self.beta } else { 1.0 };
        (2.0 + 2.0 * self.beta) / (ahead * self.rate)
    }

    fn name(self) -> &'static str {
        match (self.nesterov, self.beta == 0.0) {
            (true, _) => "nesterov",
            (false, true) => "descent",
            (false, false) => "heavy ball",
        }
    }
}

/// Two that are compared, the one whose loss is watched, and others at the edge; the last ones are left out with
/// `--quick`.
const CASES: [Case; 6] = [
    Case::descent(0.05),
    Case::descent(0.1),
    Case::descent(0.2),
    Case { rate: 0.2, beta: 0.5, nesterov: false },
    Case::descent(0.15),
    Case { rate: 0.15, beta: 0.5, nesterov: true },
];

/// The threshold of the case whose loss is looked at before many steps, and before which.
const WATCHED: (f64, Range<u64>) = (10.0, 500..2000);

/// What a run shows.
struct Course {
    case: Case,
    /// Steps, loss and sharpness where it was measured.
    seen: Vec<[f64; 3]>,
    /// The loss before every step of those that are watched.
    losses: Vec<f64>,
}

impl Course {
    fn of(case: Case, start: &Start, (steps, every): (u64, u64), key: Key) -> Self {
        let objective = start.objective();
        let estimator = EstimatorSpec::from(Plain);
        let descent = Descent { objective, rule: case.rule(), estimator, rate: case.rate };
        let (mut seen, mut losses, mut first) = (Vec::new(), Vec::new(), f64::NAN);
        descent.run(&start.at, steps, |step, at| {
            let watched = case.threshold() == WATCHED.0 && WATCHED.1.contains(&step);
            let measured = step.is_multiple_of(every);
            if !measured && !watched {
                return true;
            }
            let loss = value(objective, at);
            first = if step == 0 { loss } else { first };
            let goes_on = loss.is_finite() && loss <= 1e3 * first;
            if watched {
                losses.push(loss);
            }
            if goes_on && measured {
                let greatest = sharpness(objective, at, key.child(&step.to_string()));
                seen.push([step as f64, loss, greatest.value]);
            }
            goes_on
        });
        Self { case, seen, losses }
    }

    /// What was seen in the last quarter.
    fn late(&self) -> &[[f64; 3]] {
        &self.seen[self.seen.len() - self.seen.len().div_ceil(4)..]
    }

    /// The median sharpness of the last quarter.
    fn sharpness(&self) -> f64 {
        median(&self.late().iter().map(|row| row[2]).collect::<Vec<_>>())
    }

    /// That over the threshold.
    fn ratio(&self) -> f64 {
        self.sharpness() / self.case.threshold()
    }

    /// The median sharpness at the times η t of the last quarter of a slower run, over the lesser of a limit and the
    /// median sharpness of that run.
    fn beside(&self, slow: &Self, limit: f64) -> f64 {
        let late = slow.late();
        let times = late[0][0]..=late[late.len() - 1][0];
        let faster = self.case.rate / slow.case.rate;
        let own = self.seen.iter().filter(|row| times.contains(&(faster * row[0]))).map(|row| row[2]);
        median(&own.collect::<Vec<_>>()) / slow.sharpness().min(limit)
    }

    /// The share of the watched steps at which the loss rises.
    fn rises(&self) -> f64 {
        let rising = self.losses.windows(2).filter(|pair| pair[1] > pair[0]).count();
        rising as f64 / (self.losses.len() - 1) as f64
    }

    /// The mean loss of the last fifth of the watched steps over that of the first.
    fn falls(&self) -> f64 {
        let (n, fifth) = (self.losses.len(), self.losses.len() / 5);
        self.losses[n - fifth..].iter().sum::<f64>() / self.losses[..fifth].iter().sum::<f64>()
    }
}

fn run(setting: &Setting, out: &mut Outcome) {
    let start = Start::digits(setting.key.child("initial point"), 200);
    let length = setting.choose((2000, 100), (6000, 200));
    let key = setting.key.child("sharpness");
    let cases = &CASES[..setting.choose(4, CASES.len())];
    let courses: Vec<Course> = cases.par_iter().map(|&case| Course::of(case, &start, length, key)).collect();
    let [slow, faster, watched] = [0, 1, 2].map(|i| &courses[i]);
    for course in &courses[2..] {
        let claim = if course.case.beta == 0.0 { &DESCENT } else { &MOMENTUM };
        let what = format!("{}, rate {}", course.case.name(), course.case.rate);
        out.decide(claim, what, Measured::of(course.ratio()));
    }
    out.decide(&BELOW, "descent, rate 0.05", Measured::of(slow.ratio()));
    let beside = faster.beside(slow, faster.case.threshold());
    out.decide(&LESSER, "descent, rate 0.1", Measured::of(beside));
    out.decide(&RISES, "rate 0.2", Measured::of(watched.rises()));
    out.decide(&LEARNS, "rate 0.2", Measured::of(watched.falls()));
    let large = 8.0 / slow.seen[0][2];
    let lost = Course::of(Case::descent(large), &start, (200, 1), key);
    let diverged = if lost.seen.len() < 200 { 1.0 } else { 0.0 };
    out.decide(&DIVERGES, format!("rate {large:.3}"), Measured::of(diverged));
    let row = |course: &Course, &[step, loss, greatest]: &[f64; 3]| {
        let Case { rate, beta, .. } = course.case;
        let threshold = course.case.threshold();
        fields(&[course.case.name()], &[rate, beta, step, loss, greatest, threshold, greatest / threshold])
    };
    let rows = courses.iter().flat_map(|course| course.seen.iter().map(move |seen| row(course, seen)));
    out.tabulate(&SHARPNESS, rows.collect::<Vec<_>>());
    out.draw("edge", figure(&courses));
}

fn figure(courses: &[Course]) -> Figure {
    let name = |course: &Course| {
        let Case { rate, beta, .. } = course.case;
        let beta = if beta == 0.0 { String::new() } else { format!(", β = {beta}") };
        format!("{}, η = {rate}{beta}", course.case.name())
    };
    let series = |of: &dyn Fn(&Course, &[f64; 3]) -> f64| {
        let one = |(style, course): (usize, &Course)| {
            let x: Vec<f64> = course.seen.iter().map(|row| row[0]).collect();
            let y = course.seen.iter().map(|row| of(course, row)).collect();
            Series { name: name(course), style, marks: vec![line(&x, y)] }
        };
        courses.iter().enumerate().map(one).collect::<Vec<_>>()
    };
    let edge = Reference { name: "edge of stability".to_owned(), guide: Guide::Horizontal(1.0) };
    let charts = vec![
        Chart {
            title: "sharpness over its threshold".to_owned(),
            x: Axis::new("steps", "updates"),
            y: Axis::new("λₘₐₓ over threshold", ""),
            references: vec![edge],
            series: series(&|course, row| row[2] / course.case.threshold()),
            ..Chart::default()
        },
        Chart {
            title: "loss".to_owned(),
            x: Axis::new("steps", "updates"),
            y: Axis::new("loss", "").log(),
            series: series(&|_, row| row[1]),
            ..Chart::default()
        },
    ];
    Figure {
        height: 300.0,
        ..Figure::multiples("Descent sharpens up to the edge of stability and stays there", charts, 2)
    }
    .with_subtitle("Thresholds: 2/η, (2 + 2β)/η for heavy ball, (2 + 2β)/((1 + 2β) η) for Nesterov's momentum.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::each_claim_can_fail;

    #[test]
    fn all_claims_hold() {
        crate::curvature::check(&EXPERIMENT);
    }

    #[test]
    fn thresholds_are_those_of_quadratics() {
        let of = |rate, beta, nesterov| Case { rate, beta, nesterov }.threshold();
        assert_eq!([of(0.1, 0.0, false), of(0.2, 0.5, false)], [20.0, 15.0]);
        assert!((of(0.08, 0.9, true) - 3.8 / (2.8 * 0.08)).abs() < 1e-12);
    }

    /// A run that was seen 12 times, with what its sharpness is after the time η t.
    fn course(rate: f64, sharpness: impl Fn(f64) -> f64) -> Course {
        let case = Case::descent(rate);
        let seen = (0..12).map(|i| 100.0 * f64::from(i)).map(|step| [step, 0.1, sharpness(rate * step)]).collect();
        Course { case, seen, losses: Vec::new() }
    }

    /// Steps from 900 to 1100 at rate 0.05 are those from 450 to 550 at rate 0.1: sharpness 18.
    #[test]
    fn runs_are_compared_at_the_same_times() {
        let flow = |time: f64| if (44.0..56.0).contains(&time) { 18.0 } else { 7.0 };
        let [slow, fast] = [0.05, 0.1].map(|rate| course(rate, flow));
        assert_eq!([slow.sharpness(), fast.sharpness()], [18.0, 7.0]);
        assert_eq!([fast.beside(&slow, 20.0), fast.beside(&slow, 9.0)], [1.0, 2.0]);
    }

    /// A wrong threshold is not met: that of plain descent for momentum, and that of heavy ball for Nesterov's.
    #[test]
    fn every_claim_can_fail() {
        let [slow, edge] = [course(0.05, |_| 19.0), course(0.2, |_| 10.0)];
        let flat = course(0.1, |_| 15.9);
        let plain = Case::descent(0.2).threshold();
        let ball = Case { rate: 0.2, beta: 0.5, nesterov: false }.threshold();
        let ball_of_nesterov = Case { nesterov: false, ..CASES[5] }.threshold();
        let nesterov = CASES[5].threshold();
        each_claim_can_fail(
            ALL,
            &[
                ("descent-hovers-at-the-edge", Measured::of(2.0), "1/η as the threshold"),
                ("descent-hovers-at-the-edge", Measured::of(0.6), "a step that never gets there"),
                ("momentum-has-its-own-edge", Measured::of(ball / plain), "the threshold of plain descent"),
                ("momentum-has-its-own-edge", Measured::of(nesterov / ball_of_nesterov), "that of heavy ball"),
                ("some-never-get-there", Measured::of(1.0), "a step at the edge"),
                (
                    "the-edge-or-where-small-steps-go",
                    Measured::of(edge.beside(&slow, f64::INFINITY)),
                    "a flow without edge",
                ),
                ("the-edge-or-where-small-steps-go", Measured::of(flat.ratio()), "an edge that all come to"),
                ("too-large-a-step-diverges", Measured::of(0.0), "a step below 4/λ_max"),
                ("the-loss-rises-often", Measured::of(0.0), "a step below the edge"),
                ("and-falls-all-the-same", Measured::of(1.0), "a loss that does not fall"),
            ],
        );
    }
}

//! The mean of the iterates is as good as an estimate can be.

mod laws;
mod runs;

use sgdlab_core::streams::Key;
use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Reference};

use self::laws::{on_a_line, on_least_squares, powers};
use self::runs::{Logistic, Runs};
use super::least_squares::LeastSquares;
use crate::tools::drawing::{curve, fields};
use crate::tools::moments::Mean;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "polyak-averaging",
    title: "The mean of the iterates attains the bound",
    sentence: "Averaging the iterates of stochastic gradient descent is asymptotically optimal.",
    reference: "Polyak and Juditsky 1992, Acceleration of stochastic approximation by averaging, theorem 1; Ruppert 1988, \
                Efficient estimations from a slowly convergent Robbins–Monro process; Fabian 1968 for rates c/t; the \
                recursions are an own derivation",
    statement: "x ← x − ηₜ g with E g = ∇f and the covariance S of g at the minimizer x*, where the Hessian is H. With ηₜ = η₁ \
                t^{−p} and ½ < p < 1 the mean x̄ of the first n iterates has n Cov x̄ → H⁻¹SH⁻¹, whatever η₁ is: the inverse \
                Fisher information, and so the bound of Cramér and Rao, where f is a log-likelihood. The last iterate has n \
                Var xₙ ≈ n ηₙ S/(2h) in a direction of curvature h, which is n ηₙ h/2 times as much and grows. With rates \
                c/t it has (ch)²/(2ch − 1) times as much, and attains the bound only in a direction with c = 1/h.",
    setup: "Exactly: a quadratic with h = 1, 0.3 and 0.1, a million steps with p = 0.6 and η₁ = 1, and with rates 10/t; least \
            squares with 16 terms in 2 dimensions, one term a batch, p = 0.6, η₁ = 1, 20 000 steps, and the same \
            at the constant rate 0.5. Sampled: 1000 runs (200) of 2000 steps on least squares, and 400 (100) of \
            20 000 (10 000) on a logistic regression with 64 terms in 3 dimensions; rule polyak-ruppert around sgd, schedule power. \
            Runs begin at 0.",
    exactness: "Variances on the quadratic are sums over the noise of every step, second moments on least squares a recursion. \
                Errors are n (x̄ − x*)ᵀ H S⁻¹ H (x̄ − x*)/d, whose mean is 1 at the bound. Only the runs are sampled.",
    limits: "It is a law for many steps: the mean has to forget the start, in every direction, so that n ηₙ h has to be large. \
             Where it is 25, in the flattest direction of the quadratic, the variance is 2 % above the bound. At a constant rate the mean converges too, but \
             not to the bound: the noise at a distance from x* stays.",
    truth: Truth::Limited,
    claims: &[&ATTAINS, &LAST, &HARMONIC, &SQUARES, &CONSTANT, &FOLLOW, &LOGISTIC, &WORSE],
    tables: &[&ERRORS],
    run,
};

static ATTAINS: Claim = Claim {
    name: "quadratic-attains",
    statement: "On a quadratic, n times the variance of the mean is H⁻¹SH⁻¹ in every direction.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.93, 1.07),
    because: "Exact ratio after a million steps; the least curvature is a tenth of the largest.",
};

static LAST: Claim = Claim {
    name: "last-iterate",
    statement: "The last iterate has n ηₙ h/2 times the variance of the bound.",
    stance: Stance::Adds,
    criterion: Criterion::Within { errors: 0.0, share: 0.02 },
    because: "Exact ratio after a million steps beside the asymptotic one.",
};

static HARMONIC: Claim = Claim {
    name: "one-rate-for-all-directions",
    statement: "With rates c/t the last iterate has (ch)²/(2ch − 1) times the variance of the bound.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 0.0, share: 0.01 },
    because: "Exact ratio after a million steps with c = 10, which is best for h = 0.1 and 5.3 times too noisy for h = 1.",
};

static SQUARES: Claim = Claim {
    name: "least-squares-attains",
    statement: "On least squares, where noise depends on the point, the mean attains the bound as well.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.9, 1.1),
    because: "Exact error over the bound after the last step.",
};

static CONSTANT: Claim = Claim {
    name: "constant-rate-does-not",
    statement: "At a constant rate the mean does not attain the bound.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(1.03, 2.0),
    because: "Exact error over the bound after the last step at the rate 0.5, over that with decreasing rates.",
};

static FOLLOW: Claim = Claim {
    name: "runs-follow-the-moments",
    statement: "Sampled means and last iterates have the errors that the recursion says.",
    stance: Stance::Adds,
    criterion: Criterion::Within { errors: 4.5, share: 0.0 },
    because: "Mean error over runs of the rule polyak-ruppert, beside the exact one.",
};

static LOGISTIC: Claim = Claim {
    name: "logistic-attains",
    statement: "On a logistic regression, which is not quadratic, the mean attains the bound.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.0, share: 0.1 },
    because: "Mean error over runs beside 1: four standard errors, and a tenth for a finite number of steps.",
};

static WORSE: Claim = Claim {
    name: "without-averaging",
    statement: "Without averaging the error is several times as large.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(2.0, f64::INFINITY),
    because: "Mean error of the last iterate over that of the mean, on the logistic regression.",
};

static ERRORS: Header = Header {
    table: "errors",
    row: "one problem and number of steps, exact or sampled",
    columns: &[
        ("problem", "quadratic with its curvature, least squares, logistic regression"),
        ("rates", "how the rate depends on the step t"),
        ("steps", "n"),
        ("mean", "error of the mean of the iterates over the bound"),
        ("last", "error of the last iterate over the bound"),
        ("mean_error", "standard error of the first; 0 where it is exact"),
        ("last_error", "standard error of the second; 0 where it is exact"),
    ],
};

const CURVATURES: [f64; 3] = [1.0, 0.3, 0.1];

const STEPS: usize = 1_000_000;

/// p.
const POWER: f64 = 0.6;

/// Rows of the table, as they are found.
type Rows = Vec<Vec<String>>;

fn run(setting: &Setting, out: &mut Outcome) {
    let mut rows = Rows::new();
    on_quadratic(&mut rows, out);
    let squares = problem();
    exactly(&squares, &mut rows, out);
    sampled(&squares, setting, &mut rows, out);
    out.tabulate(&ERRORS, rows);
}

fn problem() -> LeastSquares {
    LeastSquares::drawn(Key::new("averaging"), 16, 2, 0.5)
}

fn row([problem, rates]: [&str; 2], n: usize, found: [Mean; 2]) -> Vec<String> {
    let [mean, last] = found;
    fields(&[problem, rates], &[n as f64, mean.value, last.value, mean.error, last.error])
}

fn sure(found: [f64; 2]) -> [Mean; 2] {
    found.map(|value| Mean { value, error: 0.0 })
}

fn beside(value: f64, expected: f64) -> Measured {
    Measured::of(value).beside(expected).give_or_take(0.0)
}

fn on_quadratic(rows: &mut Rows, out: &mut Outcome) {
    let (slow, harmonic) = (powers(1.0, POWER, STEPS), powers(10.0, 1.0, STEPS));
    for h in CURVATURES {
        let [mean, last] = on_a_line(h, &slow);
        out.decide(&ATTAINS, format!("h = {h}"), Measured::of(mean));
        out.decide(&LAST, format!("h = {h}"), beside(last, 0.5 * STEPS as f64 * slow[STEPS - 1] * h));
        let found = on_a_line(h, &harmonic);
        let ch = 10.0 * h;
        out.decide(&HARMONIC, format!("h = {h}"), beside(found[1], ch * ch / (2.0 * ch - 1.0)));
        let name = format!("quadratic, h = {h}");
        rows.push(row([&name, "t^-0.6"], STEPS, sure([mean, last])));
        rows.push(row([&name, "10/t"], STEPS, sure(found)));
    }
}

fn exactly(problem: &LeastSquares, rows: &mut Rows, out: &mut Outcome) {
    const TAKEN: usize = 20_000;
    let logged: Vec<usize> =
        (0..=24).map(|i| (TAKEN as f64).powf(0.25 + f64::from(i) / 32.0).round() as usize).collect();
    let falling = on_least_squares(problem, &powers(1.0, POWER, TAKEN), &logged);
    let constant = on_least_squares(problem, &vec![0.5; TAKEN], &logged);
    let ([mean, _], [other, _]) = (falling[24], constant[24]);
    out.decide(&SQUARES, "error over bound", Measured::of(mean));
    out.decide(&CONSTANT, "error at a constant rate", Measured::of(other / mean));
    for (rates, course) in [("t^-0.6", &falling), ("0.5", &constant)] {
        rows.extend(logged.iter().zip(course).map(|(&n, &found)| row(["least squares", rates], n, sure(found))));
    }
    let x: Vec<f64> = logged.iter().map(|&n| n as f64).collect();
    let series = |name: &str, style: usize, course: &[[f64; 2]], which: usize| {
        curve(name, style, &x, course.iter().map(|found| found[which]).collect())
    };
    let chart = Chart {
        x: Axis::new("steps n", "").log(),
        y: Axis::new("n times the error, over the bound", "").log(),
        references: vec![Reference { name: "the bound H⁻¹SH⁻¹/n".to_owned(), guide: Guide::Horizontal(1.0) }],
        series: vec![
            series("mean of the iterates, η = t⁻⁰·⁶", 0, &falling, 0),
            series("last iterate, η = t⁻⁰·⁶", 1, &falling, 1),
            series("mean of the iterates, η = 0.5", 2, &constant, 0),
            series("last iterate, η = 0.5", 3, &constant, 1),
        ],
        ..Chart::default()
    };
    let figure = Figure::of("The mean of the iterates attains the bound, the last one does not", chart);
    out.draw(
        "errors",
        figure.with_subtitle("Least squares with 16 terms in 2 dimensions from 0: exact second moments."),
    );
}

fn sampled(squares: &LeastSquares, setting: &Setting, rows: &mut Rows, out: &mut Outcome) {
    let steps = 2000;
    let runs = Runs { rate: 1.0, power: POWER, steps, runs: setting.choose(200, 1000) };
    let found = runs.on_least_squares(squares, setting.key.child("least squares"));
    let exact = on_least_squares(squares, &powers(1.0, POWER, steps), &[steps]);
    for (i, what) in ["mean of the iterates", "last iterate"].into_iter().enumerate() {
        out.decide(&FOLLOW, what, found[i].beside(exact[0][i]));
    }
    rows.push(row(["least squares, sampled", "t^-0.6"], steps, found));
    let logistic = Logistic::drawn(Key::new("averaging"), 64, 3);
    let runs = Runs { rate: 2.0, power: POWER, steps: setting.choose(10_000, 20_000), runs: setting.choose(100, 400) };
    let found = runs.on_logistic(&logistic, setting.key.child("logistic"));
    out.decide(&LOGISTIC, "mean of the iterates", found[0].beside(1.0));
    out.decide(&WORSE, "last iterate over mean", Measured::of(found[1].value / found[0].value));
    rows.push(row(["logistic regression, sampled", "2 t^-0.6"], runs.steps, found));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::each_claim_can_fail;

    /// Measured by the code of the experiment with something wrong in it.
    #[test]
    fn every_claim_can_fail() {
        let squares = problem();
        let steps = 1000;
        let falling = on_least_squares(&squares, &powers(1.0, POWER, steps), &[steps])[0];
        let short = Runs { rate: 0.5, power: 0.0, steps, runs: 100 };
        let constant = short.on_least_squares(&squares, Key::new("wrong"));
        let [mean, last] = on_a_line(1.0, &powers(1.0, POWER, 10_000));
        let harmonic = on_a_line(1.0, &powers(10.0, 1.0, 10_000))[1];
        each_claim_can_fail(
            EXPERIMENT.claims,
            &[
                ("quadratic-attains", Measured::of(last), "the last iterate for the mean"),
                ("last-iterate", beside(mean, last), "the mean for the last iterate"),
                ("one-rate-for-all-directions", beside(harmonic, 1.0), "the best c for the c that is"),
                ("least-squares-attains", Measured::of(falling[1]), "the last iterate for the mean"),
                ("constant-rate-does-not", Measured::of(1.0), "decreasing rates"),
                ("runs-follow-the-moments", constant[1].beside(falling[1]), "a constant rate"),
                ("logistic-attains", Mean { value: 9.0, error: 0.5 }.beside(1.0), "the last iterate for the mean"),
                ("without-averaging", Measured::of(falling[0] / falling[1]), "the two exchanged"),
            ],
        );
    }
}

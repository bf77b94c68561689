//! Variance reduction goes on where SGD stays.

mod methods;

use sgdlab_core::streams::Key;
use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Mark, Reference, Series};

use self::methods::{Method, floor};
use super::least_squares::LeastSquares;
use crate::tools::drawing::fields;
use crate::tools::moments::Mean;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "variance-reduction",
    title: "Variance reduction goes on where SGD stays",
    sentence: "SVRG, SAGA and SARAH converge linearly where SGD with a constant rate stays at a noise floor.",
    reference: "Johnson and Zhang 2013, Accelerating stochastic gradient descent using predictive variance reduction, theorem \
                1; Defazio, Bach and Lacoste-Julien 2014, SAGA, theorem 1 and corollary 1; Nguyen, Liu, Scheinberg and Takáč \
                2017, SARAH, theorem 4; second moments are an own derivation",
    statement: "f is the mean of n terms, each L-smooth, and μ-strongly convex; κ = L/μ. SAGA at η = 1/(3L): a step multiplies \
                the distance by 1 − min(1/(4n), 1/(3κ)) or less. SVRG with a snapshot every m steps: a period multiplies E[f \
                − f*] by 1/(μη(1 − 2Lη)m) + 2Lη/(1 − 2Lη) or less. SARAH with a full gradient every m steps: a period \
                multiplies E|∇f|² by 1/(μη(m + 1)) + ηL/(2 − ηL) or less. On least squares every method is a random linear \
                map of its state, so that E[f − f*] is ½ tr HM with a second moment M that follows an exact recursion.",
    setup: "Least squares with n = 16 terms in 3 dimensions: rows of length 1, so that L = 1, targets with noise 0.5, the same \
            for every key. Batches of one term with replacement, rule sgd. SGD at 1/(3L), SAGA at 1/(3L), SVRG at 1/(8L) with \
            periods of 12 epochs, SARAH at 1/(2L) with periods of 4 epochs. All begin at 0.",
    exactness: "Expectations, factors and the floor are computed by recursions of second moments. Beside them 4000 sampled runs of \
                each method (1600 with --quick), and 64 long runs of SGD.",
    limits: "The bounds are guarantees, no predictions: the factors here are 1.6 times (SAGA) to 16 times (SVRG) smaller. The periods that the theorems ask for are too \
             long: most of a period is flat, at the noise that its snapshot leaves. SVRG and SARAH as they \
             are run go on from the last iterate, while their theorems are about a random one of the period. SGD \
             is ahead at first, since it pays for no full gradient and, but for SAGA, for one gradient a step instead of \
             two: of SAGA up to the price of 1.4 epochs, of SARAH up to 1.5 and of SVRG up to 3.6. The \
             floor of SGD falls with its rate: whoever wants no more than that needs no variance reduction.",
    truth: Truth::Limited,
    claims: &[&FLOOR, &LINEAR, &RUNS, &EQUAL, &FIRST],
    tables: &[&COURSES, &FACTORS],
    run,
};

static FLOOR: Claim = Claim {
    name: "noise-floor",
    statement: "SGD with a constant rate stays at the fixed point of its second moments.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.0, share: 0.0 },
    because: "Mean of f − f* over long runs beside the exact fixed point, with the standard error over runs.",
};

static LINEAR: Claim = Claim {
    name: "linear-rate",
    statement: "SVRG, SAGA and SARAH converge linearly, at least as fast as their theorems say.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(1e-300, 1.0),
    because: "The exact factor of E[f − f*] over a period in the long run (for SAGA over n steps), divided by the theorem's.",
};

static RUNS: Claim = Claim {
    name: "runs-follow-the-moments",
    statement: "Sampled runs have the E[f − f*] that the recursion of second moments says.",
    stance: Stance::Adds,
    criterion: Criterion::Within { errors: 4.5, share: 0.0 },
    because: "Means over runs after one, two and three epochs of steps, beside the exact ones. Of twelve numbers one is 4.5 \
              standard errors away by chance in one of 12 000 cases.",
};

static EQUAL: Claim = Claim {
    name: "equal-cost",
    statement: "For the price of 100 epochs of SGD they are far below its floor.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(f64::NEG_INFINITY, -4.0),
    because: "log₁₀ of the exact E[f − f*] over the floor after 100 n term gradients, snapshots and tables included.",
};

static FIRST: Claim = Claim {
    name: "sgd-is-ahead-first",
    statement: "For the price of the first epoch SGD is ahead of them all.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(1.0, f64::INFINITY),
    because: "Exact E[f − f*] after n term gradients over that of SGD.",
};

static COURSES: Header = Header {
    table: "courses",
    row: "one method at one price",
    columns: &[
        ("method", "which estimator"),
        ("epochs", "term gradients over n, snapshots and tables included"),
        ("gap", "exact E[f − f*]"),
    ],
};

static FACTORS: Header = Header {
    table: "factors",
    row: "one method with variance reduction",
    columns: &[
        ("method", "which estimator"),
        ("rate", "η"),
        ("steps", "over how many steps the factors are"),
        ("factor", "exact factor of E[f − f*] in the long run"),
        ("bound", "the theorem's"),
    ],
};

const TERMS: usize = 16;

fn problem() -> LeastSquares {
    LeastSquares::drawn(Key::new("variance reduction"), TERMS, 3, 0.5)
}

fn methods(problem: &LeastSquares) -> [Method; 4] {
    let rate = 1.0 / (3.0 * problem.term_smoothness());
    [Method::sgd(problem, rate), Method::svrg(problem), Method::saga(problem), Method::sarah(problem)]
}

/// E[f − f*] with what it cost in term gradients, from step to step.
type Course = Vec<(usize, f64)>;

/// A method, over how many steps, the exact factor, and the theorem's.
type Factors<'a> = (&'a Method, u64, f64, f64);

/// The last gap that costs at most so many term gradients.
fn at_price(course: &[(usize, f64)], price: usize) -> f64 {
    course.iter().take_while(|(cost, _)| *cost <= price).last().expect("the start is free").1
}

fn run(setting: &Setting, out: &mut Outcome) {
    let problem = problem();
    let methods = methods(&problem);
    let least = floor(&problem, methods[0].rate);
    out.decide(&FLOOR, "mean f − f* of SGD", stationary(&problem, &methods[0], setting).beside(least));
    let courses: Vec<_> = methods.iter().map(|method| method.exact(&problem, 100 * TERMS as u64)).collect();
    let first = at_price(&courses[0], TERMS);
    for (method, course) in methods.iter().zip(&courses) {
        follow(&problem, method, course, setting, out);
        if method.bound.is_some() {
            let gap = at_price(course, 100 * TERMS);
            out.decide(&EQUAL, format!("log₁₀, {}", method.name), Measured::of((gap / least).log10()));
            out.decide(
                &FIRST,
                format!("gap over SGD's, {}", method.name),
                Measured::of(at_price(course, TERMS) / first),
            );
        }
    }
    let factors: Vec<_> = methods.iter().filter_map(|method| factors(&problem, method)).collect();
    for (method, _, factor, bound) in &factors {
        out.decide(&LINEAR, format!("factor over bound, {}", method.name), Measured::of(factor / bound));
    }
    let row = |(method, steps, factor, bound): &Factors<'_>| {
        fields(&[method.name], &[method.rate, *steps as f64, *factor, *bound])
    };
    out.tabulate(&FACTORS, factors.iter().map(row));
    let prices = (0..=100).map(|epoch| epoch * TERMS);
    let of_method = |(method, course): (&Method, &Course)| {
        let row = |price: usize| fields(&[method.name], &[(price / TERMS) as f64, at_price(course, price)]);
        prices.clone().map(row).collect::<Vec<_>>()
    };
    out.tabulate(&COURSES, methods.iter().zip(&courses).flat_map(of_method));
    out.draw("courses", figure(&methods, &courses, least, 100));
    out.draw("first", figure(&methods, &courses, least, 8));
}

/// The mean gap of long runs of SGD, after as many steps as it takes to forget the start.
fn stationary(problem: &LeastSquares, sgd: &Method, setting: &Setting) -> Mean {
    let times = setting.choose(2000, 20_000);
    let runs = sgd.sample(problem, setting.key.child("stationary"), [64, 1, 500 + times]);
    Mean::of(&runs.iter().map(|run| run[500..].iter().sum::<f64>() / times as f64).collect::<Vec<_>>())
}

fn follow(problem: &LeastSquares, method: &Method, course: &[(usize, f64)], setting: &Setting, out: &mut Outcome) {
    let runs = method.sample(problem, setting.key, [setting.choose(1600, 4000), TERMS, 3]);
    for epoch in 0..3 {
        let mean = Mean::of(&runs.iter().map(|run| run[epoch]).collect::<Vec<_>>());
        let what = format!("{} after {} steps", method.name, (epoch + 1) * TERMS);
        out.decide(&RUNS, what, mean.beside(course[(epoch + 1) * TERMS].1));
    }
}

/// Over how many steps, the exact factor, and the theorem's.
fn factors<'a>(problem: &LeastSquares, method: &'a Method) -> Option<Factors<'a>> {
    let (steps, bound) = method.bound?;
    let times = (320 / steps).max(3);
    Some((method, steps, method.factor(problem, steps, times), bound))
}

fn figure(methods: &[Method], courses: &[Course], floor: f64, epochs: usize) -> Figure {
    let series = |(style, (method, course)): (usize, (&Method, &Course))| {
        let shown = course.iter().filter(|(cost, gap)| *cost <= epochs * TERMS && *gap > 1e-20 * course[0].1);
        let (x, y): (Vec<f64>, Vec<f64>) = shown.map(|&(cost, gap)| (cost as f64 / TERMS as f64, gap)).unzip();
        // What was bought holds until the next point is paid for.
        Series { name: method.name.to_owned(), style, marks: vec![Mark::Line { x, y, steps: true }] }
    };
    let chart = Chart {
        x: Axis::new("term gradients over n", ""),
        y: Axis::new("E[f − f*]", "").log(),
        references: vec![Reference { name: "floor of SGD".to_owned(), guide: Guide::Horizontal(floor) }],
        series: methods.iter().zip(courses).enumerate().map(series).collect(),
        ..Chart::default()
    };
    let title = if epochs > 10 { "Variance reduction goes on where SGD stays" } else { "But first SGD is ahead" };
    Figure::of(title, chart)
        .with_subtitle("Least squares with 16 terms: exact expectations, at equal numbers of gradients.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::each_claim_can_fail;

    /// Two steps of every method, over all pairs of terms, by the estimators themselves.
    #[test]
    fn courses_are_those_of_sampled_runs() {
        let problem = problem();
        for method in methods(&problem) {
            let course = method.exact(&problem, 2 * TERMS as u64);
            let runs = method.sample(&problem, Key::new("test"), [600, TERMS, 2]);
            for epoch in 0..2 {
                let mean = Mean::of(&runs.iter().map(|run| run[epoch]).collect::<Vec<_>>());
                let expected = course[(epoch + 1) * TERMS].1;
                assert!((mean.value - expected).abs() < 5.0 * mean.error, "{}: {mean:?}, {expected}", method.name);
            }
        }
    }

    #[test]
    fn the_floor_grows_with_the_rate() {
        let problem = problem();
        let ratio = floor(&problem, 0.02) / floor(&problem, 0.01);
        assert!((ratio - 2.0).abs() < 0.05, "{ratio}");
    }

    /// Measured by the code of the experiment with something wrong in it.
    #[test]
    fn every_claim_can_fail() {
        let problem = problem();
        let setting = Setting { quick: true, key: Key::new("wrong") };
        let [sgd, svrg, ..] = methods(&problem);
        let half = Method::sgd(&problem, sgd.rate / 2.0);
        let (_, bound) = svrg.bound.expect("a theorem");
        let course = sgd.exact(&problem, 100 * TERMS as u64);
        let slow = Method::sgd(&problem, sgd.rate / 8.0);
        let runs = slow.sample(&problem, Key::new("wrong"), [400, TERMS, 1]);
        let runs = Mean::of(&runs.iter().map(|run| run[0]).collect::<Vec<_>>());
        let least = floor(&problem, sgd.rate);
        let stays = at_price(&course, 100 * TERMS);
        each_claim_can_fail(
            EXPERIMENT.claims,
            &[
                ("noise-floor", stationary(&problem, &half, &setting).beside(least), "half the rate"),
                ("linear-rate", Measured::of(sgd.factor(&problem, TERMS as u64, 40) / bound), "SGD for SVRG"),
                ("runs-follow-the-moments", runs.beside(course[TERMS].1), "an eighth of the rate"),
                ("equal-cost", Measured::of((stays / least).log10()), "SGD for SVRG"),
                (
                    "sgd-is-ahead-first",
                    Measured::of(at_price(&course, 2 * TERMS) / at_price(&course, TERMS)),
                    "a second epoch of SGD for nothing",
                ),
            ],
        );
    }
}

//! Smoothness, convexity and minima that problems claim, against sampled gradients.

use std::io::Write;

use sgdlab_objectives::Problem;

use crate::support::{CASES, close, everything, gradient_at, load, point, settings, value_at};

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

fn plus(a: &[f64], factor: f64, b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + factor * b).collect()
}

/// ∇f(x + d) − ∇f(x) over a batch.
fn change(problem: &Problem, batch: &[u32], x: &[f64], d: &[f64]) -> Vec<f64> {
    plus(&gradient_at(problem, &plus(x, 1.0, d), batch), -1.0, &gradient_at(problem, x, batch))
}

/// Pairs of points from near to far.
fn pairs(case: &str, length: usize) -> impl Iterator<Item = (Vec<f64>, Vec<f64>)> {
    let distances = [1e-3, 0.03, 0.3, 3.0];
    let pair = move |k: usize, distance: f64| {
        (point(case, k as u64, 0.3, length), point(case, 100 + k as u64, distance, length))
    };
    (0..3)
        .flat_map(move |k| distances.map(|distance| (3 * k, distance)))
        .map(move |(k, d)| pair(k, d))
        .collect::<Vec<_>>()
        .into_iter()
}

/// All but softmax regression of the digits without a penalty: to find that it has no minimum takes half a minute.
fn cases() -> impl Iterator<Item = &'static str> {
    CASES.iter().copied().filter(|case| *case != "softmax")
}

/// Relative slack for rounding in differences of gradients, against the gradients' own size.
const SLACK: f64 = 1e-9;

/// Losses with kinks or unbounded curvature, and networks.
const WITHOUT_SMOOTHNESS: &[&str] = &[
    "linear data=iris loss=absolute l2=0.1",
    "linear data=iris loss=smooth-l1(beta=0)",
    "linear data=iris loss=pinball(tau=0.9) l2=0.1",
    "linear data=iris loss=hinge positive=versicolor l2=1",
    "linear data=iris loss=epsilon-insensitive(epsilon=0.2) l2=0.1",
    "linear data=iris loss=poisson-nll l2=0.1",
    "linear loss=half-gamma l2=0.1",
    "linear data=iris loss=half-tweedie l2=0.1",
    "linear data=iris loss=perceptron positive=versicolor l2=0.1",
    "linear data=iris loss=ramp positive=versicolor l2=0.1",
    "linear data=iris loss=exponential positive=versicolor l2=0.1",
    "svm",
    "svm data=iris positive=virginica c=10 intercept=false",
    "softmax data=wine loss=focal(gamma=1.5,class-weights=[1,0.5,3]) l2=0.1",
    "softmax data=iris loss=crammer-singer l2=0.1",
    "softmax data=iris loss=crammer-singer(squared=true,class-weights=[2,0,1])",
    "softmax data=wine loss=weston-watkins(margin=2,class-weights=balanced) l2=0.1",
    "line loss=absolute l2=0.1",
    "line loss=pinball(tau=0.25)",
    "mlp",
    "mlp data=iris hidden=[3] activation=relu",
    "mlp data=iris hidden=[3] activation=tanh l2=0.1",
    "mlp data=wine hidden=[5,4] activation=relu l2=0.05",
    "mlp data=wine hidden=[5,4] activation=tanh",
    "mlp data=wine hidden=[9,17] activation=tanh features=unit",
    "mlp data=iris hidden=[3] activation=tanh l2=0.1 loss=focal",
    "mlp data=iris hidden=[3] activation=relu loss=crammer-singer(class-weights=[1,2,0.5])",
    "mlp data=wine hidden=[5,4] activation=tanh loss=weston-watkins(squared=true)",
    "mlp data=iris hidden=[3,4] activation=tanh loss=one-hot",
    "mlp data=iris hidden=[4] activation=tanh loss=cross-entropy(label-smoothing=0.2,class-weights=[1,2,0.5])",
];

#[test]
fn gradients_change_no_faster_than_claimed() {
    let mut unknown = Vec::new();
    for case in cases() {
        let problem = load(case);
        let facts = problem.facts();
        let (Some(smoothness), Some(of_terms)) = (facts.smoothness, facts.term_smoothness) else {
            unknown.push(case);
            continue;
        };
        assert!(smoothness <= of_terms * (1.0 + SLACK), "{case}: L = {smoothness} above the terms' {of_terms}");
        let everything = everything(&problem);
        for (x, d) in pairs(case, problem.layout().size()) {
            let rate = norm(&change(&problem, &everything, &x, &d)) / norm(&d);
            assert!(rate <= smoothness * (1.0 + SLACK), "{case}: {rate} above L = {smoothness}");
            for term in (0..problem.terms() as u32).step_by(problem.terms() / 20 + 1) {
                let rate = norm(&change(&problem, &[term], &x, &d)) / norm(&d);
                assert!(rate <= of_terms * (1.0 + SLACK), "{case}, term {term}: {rate} above {of_terms}");
            }
        }
    }
    assert_eq!(unknown, WITHOUT_SMOOTHNESS);
}

#[test]
fn convex_problems_are_as_strongly_convex_as_claimed() {
    for case in cases() {
        let problem = load(case);
        let facts = problem.facts();
        if !facts.convex {
            assert_eq!(facts.strong_convexity, 0.0, "{case}");
            continue;
        }
        let everything = everything(&problem);
        for (x, d) in pairs(case, problem.layout().size()) {
            let change = change(&problem, &everything, &x, &d);
            let rate = dot(&change, &d) / dot(&d, &d);
            let slack = SLACK * norm(&change) / norm(&d);
            assert!(rate >= facts.strong_convexity - slack, "{case}: {rate} below μ = {}", facts.strong_convexity);
        }
    }
}

#[test]
fn problems_are_convex_where_their_loss_is() {
    for case in cases() {
        let name = settings(case).name();
        let hidden = name == "mlp" && settings(case).integers("hidden").is_empty();
        let bent = ["sigmoid-", "cauchy", "geman-mcclure", "welsch", "tukey", "ramp", "focal(gamma=1.5"];
        let convex = hidden || (name != "mlp" && !bent.iter().any(|bent| case.contains(bent)));
        assert_eq!(load(case).facts().convex, convex, "{case}");
    }
}

/// The largest eigenvalue of d ↦ `shift` d − `sign` · (∇f(d) − ∇f(0)) by power iteration, for quadratics.
fn eigenvalue(problem: &Problem, case: &str, shift: f64, sign: f64) -> f64 {
    let length = problem.layout().size();
    let (zero, everything) = (vec![0.0; length], everything(problem));
    let mut d = point(case, 7, 1.0, length);
    let mut value = 0.0;
    for _ in 0..3000 {
        d = plus(&vec![0.0; length], 1.0 / norm(&d), &d);
        let product = plus(&plus(&zero, shift, &d), -sign, &change(problem, &everything, &zero, &d));
        (value, d) = (dot(&product, &d), product);
    }
    value
}

/// Where the Hessian is constant L and μ are its extreme eigenvalues, not only bounds.
#[test]
fn constants_of_quadratics_are_attained() {
    for case in [
        "least-squares",
        "ridge data=wine l2=0.3 intercept=false",
        "ridge data=iris l2=5",
        "line loss=squared(half=false)",
        "linear data=iris loss=squared(half=false) l2=0.2 intercept=false",
        "noisy-quadratic dimension=3 terms=40 spectrum=lin smallest=0.5 largest=4",
        "noisy-quadratic dimension=6 smallest=0.1",
    ] {
        let problem = load(case);
        let (smoothness, convexity) = (problem.facts().smoothness.unwrap(), problem.facts().strong_convexity);
        close(eigenvalue(&problem, case, 0.0, -1.0), smoothness, 1e-6 * smoothness, case);
        let smallest = smoothness - eigenvalue(&problem, case, smoothness, 1.0);
        close(smallest, convexity, 1e-6 * smoothness.max(1.0) * convexity, case);
    }
}

/// Digits have 3 constant columns, whose standardized weights change nothing; in the file one column is thrice the other.
#[test]
fn a_singular_problem_is_not_strongly_convex() {
    let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    let rows = (1..40).map(|i| format!("{i},{},{}\n", 3 * i, i % 7)).collect::<String>();
    write!(file, "a,b,y\n{rows}").unwrap();
    for features in ["raw", "standardized"] {
        let case = format!("least-squares data={} features={features}", file.path().display());
        assert_eq!(load(&case).facts().strong_convexity, 0.0, "{features}");
    }
    for case in
        ["least-squares data=digits", "least-squares data=digits features=raw", "linear data=digits features=unit"]
    {
        assert_eq!(load(case).facts().strong_convexity, 0.0, "{case}");
    }
}

/// Separable classes without a penalty, where none is attained, and what there is no method for.
const WITHOUT_MINIMUM: &[&str] = &[
    "linear data=iris loss=absolute l2=0.1",
    "linear data=iris loss=smooth-l1(beta=0)",
    "linear data=iris loss=pinball(tau=0.9) l2=0.1",
    "linear loss=logistic data=breast-cancer positive=malignant",
    "linear data=wine loss=sigmoid-squared positive=class_1 l2=0.1",
    "linear data=iris loss=epsilon-insensitive(epsilon=0.2) l2=0.1",
    "linear data=iris loss=cauchy l2=0.1",
    "linear data=iris loss=geman-mcclure(c=2) l2=0.1",
    "linear data=iris loss=welsch(c=2) l2=0.1",
    "linear data=iris loss=tukey(c=8) l2=0.1",
    "linear data=iris loss=poisson-nll l2=0.1",
    "linear loss=half-gamma l2=0.1",
    "linear data=iris loss=half-tweedie l2=0.1",
    "linear data=iris loss=perceptron positive=versicolor l2=0.1",
    "linear data=iris loss=ramp positive=versicolor l2=0.1",
    "linear data=iris loss=exponential positive=versicolor l2=0.1",
    "linear data=iris loss=sigmoid-focal positive=versicolor l2=0.1",
    "logistic data=wine positive=class_1 l2=0 intercept=false",
    "svm data=iris positive=virginica c=10 intercept=false",
    "softmax data=wine features=unit",
    "softmax data=iris loss=cross-entropy(label-smoothing=0.1) l2=0.1",
    "softmax data=wine loss=cross-entropy(class-weights=balanced,label-smoothing=0.3)",
    "softmax data=iris loss=cross-entropy(class-weights=[1,0,3]) l2=0.1",
    "softmax data=wine loss=focal(gamma=1.5,class-weights=[1,0.5,3]) l2=0.1",
    "softmax data=iris loss=focal(gamma=0)",
    "softmax data=iris loss=crammer-singer l2=0.1",
    "softmax data=iris loss=crammer-singer(squared=true,class-weights=[2,0,1])",
    "softmax data=wine loss=weston-watkins(margin=2,class-weights=balanced) l2=0.1",
    "softmax data=iris loss=weston-watkins(squared=true,mean=true,class-weights=[2,0.5,1])",
    "softmax data=iris loss=one-hot(half=false,class-weights=[2,0,1]) l2=0.1",
    "line loss=absolute l2=0.1",
    "line data=neuron-8 loss=sigmoid-squared",
    "sigmoid-neuron",
    "sigmoid-neuron data=neuron-8",
    "mlp",
    "mlp data=iris hidden=[3] activation=relu",
    "mlp data=iris hidden=[3] activation=tanh l2=0.1",
    "mlp data=wine hidden=[5,4] activation=relu l2=0.05",
    "mlp data=wine hidden=[5,4] activation=tanh",
    "mlp data=wine hidden=[9,17] activation=tanh features=unit",
    "mlp data=iris hidden=[3] activation=tanh l2=0.1 loss=focal",
    "mlp data=iris hidden=[3] activation=relu loss=crammer-singer(class-weights=[1,2,0.5])",
    "mlp data=wine hidden=[5,4] activation=tanh loss=weston-watkins(squared=true)",
    "mlp data=iris hidden=[3,4] activation=tanh loss=one-hot",
    "mlp data=iris hidden=[4] activation=tanh loss=cross-entropy(label-smoothing=0.2,class-weights=[1,2,0.5])",
];

#[test]
fn no_sampled_value_is_below_the_minimum() {
    let mut unknown = Vec::new();
    for case in cases() {
        let problem = load(case);
        let Some(minimum) = problem.facts().minimum else {
            unknown.push(case);
            continue;
        };
        let minimizer = problem.facts().minimizer.as_ref().unwrap();
        assert_eq!(minimizer.len(), problem.layout().size(), "{case}");
        // The value is as exact as a sum of this size in double precision can be.
        close(value_at(&problem, minimizer), minimum, 1e-12 * minimum, case);
        for k in 0..20 {
            let away = point(case, k, 10f64.powi(-(k as i32) / 4), minimizer.len());
            let value = value_at(&problem, &plus(minimizer, 1.0, &away));
            assert!(value >= minimum * (1.0 - 1e-13), "{case}: {value} below the minimum {minimum}");
        }
    }
    assert_eq!(unknown, WITHOUT_MINIMUM);
}

/// With fractional targets the minimum of a term is its entropy, so that 0 is not what to ask for.
#[test]
fn interpolation_is_claimed_where_it_is_known() {
    for (case, expected) in [
        ("line", Some(false)),
        ("line data=neuron-2", Some(true)),
        ("line data=neuron-2 loss=squared(half=false)", Some(true)),
        ("line data=neuron-2 loss=absolute", Some(true)),
        ("line data=neuron-2 l2=0.1", Some(false)),
        ("line data=neuron-2 loss=binary-cross-entropy", None),
        ("line data=neuron-2 loss=binary-cross-entropy l2=0.1", Some(false)),
        ("logistic", Some(false)),
        ("softmax data=iris l2=0.1", Some(false)),
        ("softmax data=iris l2=0.1 loss=crammer-singer", None),
        ("mlp data=iris", None),
    ] {
        assert_eq!(load(case).facts().interpolates, expected, "{case}");
    }
}

#[test]
fn a_noisy_quadratic_has_its_minimum_at_0() {
    for (case, interpolates) in [("noisy-quadratic", false), ("noisy-quadratic noise=0 terms=5", true)] {
        let problem = load(case);
        let facts = problem.facts();
        let minimum = facts.minimum.unwrap();
        assert_eq!(facts.minimizer, Some(vec![0.0; 10]), "{case}");
        close(value_at(&problem, &[0.0; 10]), minimum, 1e-15 * minimum, case);
        assert_eq!((facts.smoothness, facts.strong_convexity), (Some(1.0), 0.01), "{case}");
        assert_eq!(facts.interpolates, Some(interpolates), "{case}");
    }
}

//! Problems from one line of text, and calls of their models with fresh buffers.

use std::collections::BTreeSet;

use rand::distr::Distribution;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_core::{Domain, Entry, Evaluation, Invalid, Lanes, Real, Sample, Settings, Value};
use sgdlab_objectives::{Packs, Problem, Stored, entries, entry};

/// Every objective, with losses, shapes, penalties and intercepts varied.
pub const CASES: &[&str] = &[
    "least-squares",
    "least-squares intercept=false features=unit",
    "ridge",
    "ridge data=wine l2=0.3 intercept=false",
    "linear data=iris",
    "linear data=iris loss=squared(half=false) l2=0.2 intercept=false",
    "linear data=iris loss=absolute l2=0.1",
    "linear data=iris loss=huber",
    "linear loss=huber(delta=40) l2=0.5",
    "linear data=iris loss=smooth-l1(beta=2) intercept=false",
    "linear data=iris loss=smooth-l1(beta=0)",
    "linear data=iris loss=log-cosh l2=0.1",
    "linear data=iris loss=pinball(tau=0.9) l2=0.1",
    "linear data=iris loss=logistic positive=virginica l2=0.1",
    "linear loss=logistic data=breast-cancer positive=malignant",
    "linear data=iris loss=binary-cross-entropy positive=setosa l2=0.1",
    "linear data=neuron-8 features=raw loss=binary-cross-entropy",
    "linear data=iris loss=hinge positive=versicolor l2=1",
    "linear data=iris loss=squared-hinge positive=versicolor l2=0.3 intercept=false",
    "linear data=wine loss=sigmoid-squared positive=class_1 l2=0.1",
    "linear data=iris loss=epsilon-insensitive(epsilon=0.2) l2=0.1",
    "linear data=iris loss=squared-epsilon-insensitive(epsilon=0.2) l2=0.1",
    "linear data=iris loss=pseudo-huber(delta=0.5) l2=0.1",
    "linear data=iris loss=cauchy l2=0.1",
    "linear data=iris loss=geman-mcclure(c=2) l2=0.1",
    "linear data=iris loss=welsch(c=2) l2=0.1",
    "linear data=iris loss=tukey(c=8) l2=0.1",
    "linear data=iris loss=poisson-nll l2=0.1",
    "linear loss=half-gamma l2=0.1",
    "linear data=iris loss=half-tweedie l2=0.1",
    "linear data=iris loss=modified-huber positive=versicolor l2=0.1",
    "linear data=iris loss=smoothed-hinge positive=versicolor l2=0.1",
    "linear data=iris loss=perceptron positive=versicolor l2=0.1",
    "linear data=iris loss=ramp positive=versicolor l2=0.1",
    "linear data=iris loss=exponential positive=versicolor l2=0.1",
    "linear data=iris loss=weighted-binary-cross-entropy(pos-weight=3) positive=versicolor l2=0.1",
    "linear data=iris loss=sigmoid-focal positive=versicolor l2=0.1",
    "logistic",
    "logistic data=wine positive=class_1 l2=0 intercept=false",
    "svm",
    "svm data=iris positive=virginica c=10 intercept=false",
    "softmax",
    "softmax data=iris l2=0.1",
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
    "line",
    "line loss=squared(half=false)",
    "line loss=absolute l2=0.1",
    "line loss=huber(delta=0.5)",
    "line loss=smooth-l1",
    "line loss=log-cosh",
    "line loss=pinball(tau=0.25)",
    "line data=neuron-8 loss=binary-cross-entropy",
    "line data=neuron-8 loss=sigmoid-squared",
    "sigmoid-neuron",
    "sigmoid-neuron data=neuron-8",
    "mlp",
    "mlp data=iris hidden=[] l2=0.1",
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
    "mlp-regression",
    "mlp-regression hidden=[6,5] activation=tanh loss=squared(half=false) l2=0.1",
    "mlp-regression hidden=[7] biases=first loss=huber(delta=0.5) l2=0.1",
    "mlp-regression hidden=[4,3,5] activation=tanh biases=none loss=log-cosh",
    "mlp-regression data=iris hidden=[4] biases=none loss=poisson-nll",
    "mlp-regression hidden=[] biases=first loss=squared l2=0.1",
    "teacher-student loss=squared(half=false) terms=20 held-out=0",
    "teacher-student hidden=[6] biases=none teacher=[3] teacher-law=unit dimension=2 terms=15 seed=3",
    "teacher-student hidden=[5,4,3] inputs=normal terms=9 held-out=3 l2=0.1 biases=first loss=cauchy",
    "residual data=wine width=6 blocks=3 features=unit",
    "residual data=iris width=5 blocks=1 l2=0.1 shift=-0.25",
    "residual data=iris width=7 blocks=2 loss=weston-watkins(squared=true)",
    "residual data=iris width=4 blocks=4 loss=focal(class-weights=[1,2,0.5]) branch=1 head=1",
    "residual data=iris width=3 blocks=2 loss=crammer-singer(squared=true)",
    "residual data=iris width=4 blocks=2 loss=one-hot l2=0.1",
    "noisy-quadratic",
    "noisy-quadratic dimension=1 terms=7 noise=0.5",
    "noisy-quadratic dimension=3 terms=40 spectrum=lin smallest=0.5 largest=4",
    "noisy-quadratic dimension=10 terms=20 noise=0",
    "diagonal-network",
    "diagonal-network terms=7 dimension=5 sparsity=2 alpha=0.5",
    "diagonal-network terms=30 dimension=17 sparsity=17 seed=4",
    "diagonal-network terms=3 dimension=1 sparsity=1",
    "diagonal-network-on-data",
    "diagonal-network-on-data data=iris features=unit",
];

fn value(domain: Domain, text: &str) -> Value {
    let bare = |text: &str| text.trim_matches(['[', ']', ')']).to_owned();
    match domain {
        Domain::Number { .. } | Domain::Integer { .. } => Value::Number(text.parse().unwrap()),
        Domain::Flag { .. } => Value::Flag(text.parse().unwrap()),
        Domain::Choice { .. } | Domain::Text { .. } => Value::Word(text.to_owned()),
        Domain::Integers { .. } => {
            let numbers = bare(text);
            Value::Integers(numbers.split(',').filter(|n| !n.is_empty()).map(|n| n.parse().unwrap()).collect())
        }
        Domain::NumbersOrWord { .. } if text.starts_with('[') => {
            Value::Numbers(bare(text).split(',').map(|n| n.parse().unwrap()).collect())
        }
        Domain::NumbersOrWord { .. } => Value::Word(text.to_owned()),
        Domain::Item { catalogue, .. } | Domain::TacitItem { catalogue, .. } => {
            let (name, given) = text.split_once('(').unwrap_or((text, ""));
            let entry = catalogue().into_iter().find(|entry| entry.name == name).unwrap();
            // Not at the commas of a list.
            let mut inside = false;
            let ends = |symbol| {
                inside = (inside || symbol == '[') && symbol != ']';
                symbol == ',' && !inside
            };
            let given = given.trim_end_matches(')').split(ends).filter(|pair| !pair.is_empty());
            Value::Item(with(entry, given).unwrap())
        }
        other => panic!("no objective takes {other}"),
    }
}

fn with<'a>(entry: &'static Entry, given: impl Iterator<Item = &'a str>) -> Result<Settings, Invalid> {
    let given = given.map(|pair| {
        let (name, text) = pair.split_once('=').unwrap();
        (name, value(entry.hyperparameters[entry.position(name).unwrap()].domain, text))
    });
    Settings::new(entry, given)
}

/// The settings of `objective key=value …`; items are `name(key=value,…)`.
pub fn settings(case: &str) -> Settings {
    let (name, given) = case.split_once(' ').unwrap_or((case, ""));
    let entry = entry(name).unwrap_or_else(|| panic!("no objective {name}"));
    with(entry, given.split_whitespace()).unwrap_or_else(|error| panic!("{case}: {error}"))
}

/// The problem of `objective key=value …`.
pub fn load(case: &str) -> Problem {
    Problem::load(&settings(case)).unwrap_or_else(|error| panic!("{case}: {error}"))
}

/// The gradient, with buffers full of NaN that must not matter.
pub fn gradient<R: Stored + Packs<N>, const N: usize>(
    problem: &Problem,
    at: &[Lanes<R, N>],
    batch: &[u32],
) -> Vec<Lanes<R, N>> {
    let objective = R::model(problem).objective::<N>();
    let mut scratch = vec![[R::of(f64::NAN); N]; objective.scratch(batch.len())];
    let mut out = vec![[R::of(f64::NAN); N]; at.len()];
    objective.gradient(at, Sample::of(batch), &mut scratch, &mut out);
    out
}

/// The evaluation, with buffers full of NaN that must not matter.
/// The mean of a batch of terms, with a buffer full of NaN that must not matter.
pub fn value_of<R: Stored + Packs<N>, const N: usize>(
    problem: &Problem,
    at: &[Lanes<R, N>],
    batch: &[u32],
) -> Lanes<R, N> {
    let objective = R::model(problem).objective::<N>();
    let mut scratch = vec![[R::of(f64::NAN); N]; objective.scratch(batch.len())];
    objective.value(at, Sample::of(batch), &mut scratch)
}

pub fn evaluate<R: Stored + Packs<N>, const N: usize>(problem: &Problem, at: &[Lanes<R, N>]) -> Evaluation<R, N> {
    let objective = R::model(problem).objective::<N>();
    let mut scratch = vec![[R::of(f64::NAN); N]; objective.scratch(1)];
    objective.evaluate(at, true, &mut scratch)
}

/// A single run's vector.
pub fn single<R: Real>(x: &[f64]) -> Vec<Lanes<R, 1>> {
    x.iter().map(|&x| [R::of(x)]).collect()
}

/// The gradient in `f64` of a single run.
pub fn gradient_at(problem: &Problem, at: &[f64], batch: &[u32]) -> Vec<f64> {
    gradient::<f64, 1>(problem, &single(at), batch).into_flattened()
}

/// f in `f64`.
pub fn value_at(problem: &Problem, at: &[f64]) -> f64 {
    evaluate::<f64, 1>(problem, &single(at)).value[0]
}

/// All indices.
pub fn everything(problem: &Problem) -> Vec<u32> {
    (0..problem.terms() as u32).collect()
}

/// Indices with repetitions, spread over all terms.
pub fn batch(problem: &Problem, size: usize) -> Vec<u32> {
    (0..size).map(|i| (7 * (i - i / 5) % problem.terms()) as u32).collect()
}

/// Normal numbers of standard deviation `size`, the same for the same names.
pub fn point(case: &str, index: u64, size: f64, length: usize) -> Vec<f64> {
    let mut rng = Key::new("points of the model tests").child(case).stream(index);
    Normal.sample_iter(&mut rng).take(length).map(|x: f64| size * x).collect()
}

/// The largest absolute value.
pub fn largest(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()))
}

pub fn close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found} instead of {expected} ± {tolerance:e}");
}

#[test]
fn every_objective_and_every_loss_has_a_case() {
    let cases: Vec<Settings> = CASES.iter().map(|case| settings(case)).collect();
    let objectives: BTreeSet<&str> = cases.iter().map(Settings::name).collect();
    assert_eq!(objectives, entries().into_iter().map(|entry| entry.name).collect());
    let losses: BTreeSet<&str> =
        cases.iter().filter(|case| case.name() == "linear").map(|case| case.item("loss").name()).collect();
    assert_eq!(losses, sgdlab_losses::entries().into_iter().map(|entry| entry.name).collect());
    for objective in ["softmax", "mlp", "residual"] {
        let own = cases.iter().filter(|case| case.name() == objective);
        let losses: BTreeSet<&str> =
            own.map(|case| case.tacit_item("loss").map_or("cross-entropy", Settings::name)).collect();
        assert_eq!(losses, sgdlab_losses::multiclass_entries().into_iter().map(|entry| entry.name).collect());
    }
}

//! A problem: an entry of the catalogue with its data.

use std::sync::OnceLock;

use ndarray::Array2;
use ndarray_rand::RandomExt;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_core::{Invalid, Layout, Objective, Real, Settings};
use sgdlab_losses::{LossSpec, Targets as Coding};

use crate::data::{DataError, Dataset, Format, MAX_NUMBERS, Source, Standardizer, TargetKind, Targets, load};
use crate::facts::{self, Facts};
use crate::linear::{Linear, LinearSpec};
use crate::network::{Activation, Network, NetworkSpec, layout, shapes};
use crate::quadratic::Quadratic;

/// Why a problem cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProblemError {
    /// The data cannot be loaded.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The settings do not fit the data or each other.
    #[error(transparent)]
    Settings(#[from] Invalid),
    /// There is nothing to learn: held-out rows aside, all are of one class.
    #[error("{data} has one class only, \"{class}\", in its training rows: a classifier needs at least two")]
    OneClass {
        /// The data.
        data: String,
        /// Its class.
        class: String,
    },
    /// A loss of probabilities was given another number.
    #[error("{data} has the target {value}, and {objective} needs probabilities: numbers from 0 to 1")]
    NotProbability {
        /// The data.
        data: String,
        /// The first such target.
        value: f64,
        /// The objective.
        objective: &'static str,
    },
    /// A loss of counts or positive numbers was given another number.
    #[error("{data} has the target {value}, and the loss of {objective} needs {accepts}")]
    NotCount {
        /// The data.
        data: String,
        /// The first such target.
        value: f64,
        /// The objective.
        objective: &'static str,
        /// What the loss needs.
        accepts: &'static str,
    },
    /// A classifier was given numbers.
    #[error("{data} has numbers as targets, and {objective} needs classes: give it `target-kind = \"categorical\"`")]
    Numbers {
        /// The data.
        data: String,
        /// The objective.
        objective: &'static str,
    },
}

/// The terms of a model: rows of features and targets.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Terms {
    /// n × d.
    pub(crate) features: Array2<f64>,
    /// What a linear model is fitted to; empty for classifiers with several outputs.
    pub(crate) numbers: Vec<f64>,
    /// What a network is fitted to; empty for linear models.
    pub(crate) labels: Vec<u32>,
}

/// The function that is minimized, apart from its terms.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Linear(LinearSpec),
    Network { spec: NetworkSpec, classes: usize },
    Quadratic { spectrum: Vec<f64> },
}

/// A problem: an entry of the catalogue with its data.
///
/// ```
/// use sgdlab_core::{Objective, Settings, Value};
/// use sgdlab_objectives::{Problem, Stored, entry};
///
/// let settings = Settings::new(entry("softmax").unwrap(), [("data", Value::Word("iris".into()))])?;
/// let iris = Problem::load(&settings)?;
/// let objective: &dyn Objective<f64, 1> = f64::model(&iris).objective();
/// let mut scratch = vec![[0.0]; objective.scratch(1)];
/// let at = vec![[0.0]; objective.layout().size()];
/// let start = objective.evaluate(&at, true, &mut scratch);
/// assert!((start.value[0] - 3f64.ln()).abs() < 1e-15); // three equally likely classes
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Problem {
    kind: Kind,
    train: Terms,
    held_out: Option<Terms>,
    layout: Layout,
    start: Start,
    checksum: String,
    /// The class of each training term, where the data has classes.
    classes: Option<Vec<u32>>,
    facts: OnceLock<Facts>,
    term_smoothness: OnceLock<Option<Vec<f64>>>,
    single: OnceLock<Pair<f32>>,
    double: OnceLock<Pair<f64>>,
}

/// Where runs begin.
#[derive(Clone, Debug, PartialEq)]
enum Start {
    /// Here, in every replicate.
    At(Vec<f64>),
    /// At random weights: normal with this variance over the number of inputs.
    Weights { gain: f64, columns: usize },
}

struct Pair<R> {
    train: Model<R>,
    held_out: Option<Model<R>>,
}

/// The model of a problem in one precision.
pub enum Model<R> {
    /// One linear output a term.
    Linear(Linear<R>),
    /// A network with softmax cross-entropy.
    Network(Network<R>),
    /// A quadratic bowl.
    Quadratic(Quadratic<R>),
}

impl<R: Real> Model<R> {
    /// The model as what is minimized, for `N` runs at once.
    pub fn objective<const N: usize>(&self) -> &dyn Objective<R, N> {
        match self {
            Self::Linear(model) => model,
            Self::Network(model) => model,
            Self::Quadratic(model) => model,
        }
    }

    fn new(kind: &Kind, terms: &Terms) -> Self {
        let features = terms.features.as_slice().expect("features are stored row by row");
        let columns = terms.features.ncols();
        match kind {
            Kind::Linear(spec) => Self::Linear(Linear::new(spec.clone(), features, columns, &terms.numbers)),
            Kind::Network { spec, classes } => {
                Self::Network(Network::new(spec.clone(), features, columns, &terms.labels, *classes))
            }
            Kind::Quadratic { spectrum } => Self::Quadratic(Quadratic::new(spectrum, features)),
        }
    }
}

/// A precision that problems keep a model of.
pub trait Stored: Real {
    /// The model over the training terms.
    fn model(problem: &Problem) -> &Model<Self>;
    /// The model over the held-out terms, without the penalty, if there are any.
    fn held_out(problem: &Problem) -> Option<&Model<Self>>;
}

impl Stored for f32 {
    fn model(problem: &Problem) -> &Model<Self> {
        &problem.single.get_or_init(|| problem.pair()).train
    }
    fn held_out(problem: &Problem) -> Option<&Model<Self>> {
        problem.single.get_or_init(|| problem.pair()).held_out.as_ref()
    }
}

impl Stored for f64 {
    fn model(problem: &Problem) -> &Model<Self> {
        &problem.double.get_or_init(|| problem.pair()).train
    }
    fn held_out(problem: &Problem) -> Option<&Model<Self>> {
        problem.double.get_or_init(|| problem.pair()).held_out.as_ref()
    }
}

impl Problem {
    /// Sets up the problem that checked settings of an entry of [`crate::entries`] describe.
    ///
    /// # Errors
    /// If the settings do not pass [`check`], or the data cannot be loaded or does not fit the objective.
    pub fn load(settings: &Settings) -> Result<Self, ProblemError> {
        check(settings)?;
        if settings.name() == "noisy-quadratic" {
            return Ok(Self::quadratic(settings));
        }
        let whole = load(&source(settings))?;
        let checksum = whole.checksum.clone();
        let key = Key::new("held-out data").child(&checksum);
        let (mut train, mut held_out) = whole.split(settings.number("test"), key);
        scale(settings.word("features"), &mut train, held_out.as_mut());
        let (kind, code) = kind(settings, &train)?;
        let columns = train.features.ncols();
        let (layout, start) = shape(settings, &kind, columns);
        let classes = train.targets.labels().map(<[u32]>::to_vec);
        Ok(Self {
            held_out: held_out.map(|data| code.terms(data)),
            train: code.terms(train),
            kind,
            layout,
            start,
            checksum,
            classes,
            facts: OnceLock::new(),
            term_smoothness: OnceLock::new(),
            single: OnceLock::new(),
            double: OnceLock::new(),
        })
    }

    fn quadratic(settings: &Settings) -> Self {
        let (terms, dimension) = (settings.integer("terms") as usize, settings.integer("dimension") as usize);
        let spectrum = spectrum(settings, dimension);
        // Neither the spectrum nor the noise: problems that differ in them only are compared on the same draws.
        let key = Key::new("noisy quadratic").child(&format!("{terms} terms of {dimension}"));
        let mut centers = Array2::random_using((terms, dimension), Normal, &mut key.stream(0));
        centers *= settings.number("noise");
        let mean = centers.mean_axis(ndarray::Axis(0)).expect("there is at least one term");
        centers -= &mean;
        Self {
            kind: Kind::Quadratic { spectrum },
            train: Terms { features: centers, numbers: Vec::new(), labels: Vec::new() },
            held_out: None,
            layout: Layout::vector(dimension),
            start: Start::At(vec![settings.number("start"); dimension]),
            checksum: "drawn by key".to_owned(),
            classes: None,
            facts: OnceLock::new(),
            term_smoothness: OnceLock::new(),
            single: OnceLock::new(),
            double: OnceLock::new(),
        }
    }

    fn pair<R: Real>(&self) -> Pair<R> {
        let unpenalized = match &self.kind {
            Kind::Linear(spec) => Kind::Linear(LinearSpec { l2: 0.0, ..spec.clone() }),
            Kind::Network { spec, classes } => {
                Kind::Network { spec: NetworkSpec { l2: 0.0, ..spec.clone() }, classes: *classes }
            }
            Kind::Quadratic { .. } => self.kind.clone(),
        };
        Pair {
            train: Model::new(&self.kind, &self.train),
            held_out: self.held_out.as_ref().map(|terms| Model::new(&unpenalized, terms)),
        }
    }

    /// How the parameter vector is made of tensors.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// n, the number of training terms.
    #[must_use]
    pub fn terms(&self) -> usize {
        self.train.features.nrows()
    }

    /// The number of held-out terms.
    #[must_use]
    pub fn held_out_terms(&self) -> usize {
        self.held_out.as_ref().map_or(0, |terms| terms.features.nrows())
    }

    /// Whether a share of errors exists.
    #[must_use]
    pub fn has_classes(&self) -> bool {
        match &self.kind {
            Kind::Linear(spec) => spec.classes,
            Kind::Network { .. } => true,
            Kind::Quadratic { .. } => false,
        }
    }

    /// The class of each training term, where the data has classes, whatever the objective makes of them.
    #[must_use]
    pub fn classes(&self) -> Option<&[u32]> {
        self.classes.as_deref()
    }

    /// Lᵢ, a Lipschitz constant of the gradient of each term; `None` if there is none or it is not known.
    #[must_use]
    pub fn term_smoothness(&self) -> Option<&[f64]> {
        self.term_smoothness.get_or_init(|| facts::term_smoothness(&self.kind, &self.train)).as_deref()
    }

    /// ‖∇fᵢ(`at`)‖₂ of each term, in double precision.
    ///
    /// # Panics
    /// If `at` is not as long as the layout.
    #[must_use]
    pub fn gradient_norms(&self, at: &[f64]) -> Vec<f64> {
        facts::gradient_norms(f64::model(self).objective(), at)
    }

    /// Identifies the data: the BLAKE3 hash of its file.
    #[must_use]
    pub fn checksum(&self) -> &str {
        &self.checksum
    }

    /// Where a replicate's runs begin; `key` is the replicate's.
    #[must_use]
    pub fn initial(&self, key: Key) -> Vec<f64> {
        match &self.start {
            Start::At(point) => point.clone(),
            Start::Weights { gain, columns } => {
                let mut point = vec![0.0; self.layout.size()];
                let mut inputs = *columns;
                for (number, pair) in self.layout.tensors().chunks_exact(2).enumerate() {
                    let [weight, _] = pair else { unreachable!("chunks of 2") };
                    let mut rng = key.stream(number as u64);
                    let draws = Array2::random_using((weight.shape[0], weight.shape[1]), Normal, &mut rng);
                    let deviation = (gain / inputs as f64).sqrt();
                    let tensor = &mut point[weight.offset..weight.offset + weight.size()];
                    tensor.iter_mut().zip(draws.iter()).for_each(|(w, draw)| *w = deviation * draw);
                    inputs = weight.shape[1];
                }
                point
            }
        }
    }

    /// What is known about the objective; the minimum is computed at the first call.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        self.facts.get_or_init(|| facts::of(&self.kind, &self.train))
    }
}

/// Most units of a hidden layer.
const WIDEST: usize = 1 << 20;

/// Refuses settings that do not go together, before any data is read.
///
/// # Errors
/// If a spectrum is upside down, a size is beyond all memory, or a delimiter is not one character.
pub fn check(settings: &Settings) -> Result<(), Invalid> {
    if settings.name() == "noisy-quadratic" && settings.number("largest") < settings.number("smallest") {
        let accepts = format!("a number ≥ smallest, which is {}", settings.number("smallest"));
        return Err(Invalid::new("largest", settings.number("largest"), accepts));
    }
    let has = |name: &str| settings.values().iter().any(|(known, _)| *known == name);
    if settings.name() == "noisy-quadratic" {
        let (terms, dimension) = (settings.integer("terms"), settings.integer("dimension"));
        if terms.saturating_mul(dimension) > MAX_NUMBERS as u64 {
            return Err(Invalid::new(
                "terms",
                terms,
                format!("with {dimension} dimensions at most {MAX_NUMBERS} numbers"),
            ));
        }
    }
    if has("hidden") && settings.integers("hidden").iter().any(|&units| units > WIDEST) {
        let widest = settings.integers("hidden").into_iter().max().unwrap_or(0);
        return Err(Invalid::new("hidden", widest, format!("layers of at most {WIDEST} units")));
    }
    if has("delimiter") && settings.word("delimiter").chars().count() > 1 {
        return Err(Invalid::new("delimiter", settings.word("delimiter"), "one character"));
    }
    Ok(())
}

/// A text option, `None` if it is empty or the objective does not have it.
fn option(settings: &Settings, name: &str) -> Option<String> {
    let known = settings.values().iter().any(|(known, _)| *known == name);
    known.then(|| settings.word(name)).filter(|word| !word.is_empty()).map(str::to_owned)
}

fn source(settings: &Settings) -> Source {
    Source {
        data: settings.word("data").to_owned(),
        format: match settings.word("format") {
            "csv" => Some(Format::Csv),
            "libsvm" => Some(Format::Libsvm),
            "idx" => Some(Format::Idx),
            _ => None,
        },
        delimiter: option(settings, "delimiter").and_then(|text| text.chars().next()),
        target: option(settings, "target"),
        target_kind: match settings.word("target-kind") {
            "categorical" => TargetKind::Categorical,
            "numeric" => TargetKind::Numeric,
            _ => TargetKind::Auto,
        },
        labels: option(settings, "labels"),
    }
}

fn scale(features: &str, train: &mut Dataset, held_out: Option<&mut Dataset>) {
    match features {
        "standardized" => {
            let standardizer = Standardizer::fit(train);
            standardizer.apply(train);
            if let Some(held_out) = held_out {
                standardizer.apply(held_out);
            }
        }
        "unit" => {
            let largest = train.features.iter().fold(0.0f64, |largest, x| largest.max(x.abs()));
            let divisor = if largest > 0.0 { largest } else { 1.0 };
            train.features /= divisor;
            if let Some(held_out) = held_out {
                held_out.features /= divisor;
            }
        }
        _ => {}
    }
}

/// How targets become what a model is fitted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    /// Numbers; classes count as 0, 1, ….
    Numbers,
    /// ±1: is it the positive class?
    Signs(u32),
    /// 1 or 0: is it the positive class?
    Indicator(u32),
    /// The class.
    Labels,
}

impl Code {
    fn terms(self, data: Dataset) -> Terms {
        let coded = |low: f64, positive: u32| {
            let signs = data.targets.signs(positive).expect("the positive class was found");
            signs.into_iter().map(|sign| if sign > 0.0 { 1.0 } else { low }).collect()
        };
        let (numbers, labels) = match self {
            Self::Numbers => (data.targets.to_numbers(), Vec::new()),
            Self::Signs(positive) => (coded(-1.0, positive), Vec::new()),
            Self::Indicator(positive) => (coded(0.0, positive), Vec::new()),
            Self::Labels => match &data.targets {
                Targets::Classes { labels, .. } => (Vec::new(), labels.clone()),
                Targets::Numbers(_) => unreachable!("a classifier's targets were checked"),
            },
        };
        let features = data.features.as_standard_layout().into_owned();
        Terms { features, numbers, labels }
    }
}

fn kind(settings: &Settings, train: &Dataset) -> Result<(Kind, Code), ProblemError> {
    let hidden = |spec| -> Result<(Kind, Code), ProblemError> {
        let classes = classes(settings, train)?.len();
        Ok((Kind::Network { spec, classes }, Code::Labels))
    };
    match settings.name() {
        "softmax" => {
            hidden(NetworkSpec { hidden: Vec::new(), activation: Activation::Relu, l2: settings.number("l2") })
        }
        "mlp" => hidden(NetworkSpec {
            hidden: settings.integers("hidden"),
            activation: if settings.word("activation") == "relu" { Activation::Relu } else { Activation::Tanh },
            l2: settings.number("l2"),
        }),
        _ => linear(settings, train),
    }
}

fn linear(settings: &Settings, train: &Dataset) -> Result<(Kind, Code), ProblemError> {
    let named = |name: &str| {
        let entry = sgdlab_losses::entries().into_iter().find(|entry| entry.name == name);
        LossSpec::new(&Settings::defaults(entry.expect("the loss is in its catalogue")))
    };
    let (loss, factor, l2) = match settings.name() {
        "least-squares" => (named("squared")?, 1.0, 0.0),
        "ridge" => (named("squared")?, 1.0, settings.number("l2")),
        "logistic" => (named("logistic")?, 1.0, settings.number("l2")),
        "svm" => (named("hinge")?, settings.number("c"), 1.0),
        "sigmoid-neuron" => (named("sigmoid-squared")?, 1.0, 0.0),
        _ => (LossSpec::new(settings.item("loss"))?, 1.0, settings.number("l2")),
    };
    let code = match loss.facts().targets {
        Coding::Numbers => Code::Numbers,
        Coding::Signs => Code::Signs(positive(settings, train)?),
        Coding::Probabilities => match &train.targets {
            Targets::Numbers(numbers) => probabilities(settings, train, numbers)?,
            Targets::Classes { .. } => Code::Indicator(positive(settings, train)?),
        },
        Coding::Counts => counts(settings, train, |y| y >= 0.0, "numbers ≥ 0")?,
        Coding::Positive => counts(settings, train, |y| y > 0.0, "numbers > 0")?,
    };
    let intercept = settings.values().iter().all(|(name, _)| *name != "intercept") || settings.flag("intercept");
    Ok((Kind::Linear(LinearSpec { loss, factor, l2, intercept, classes: code != Code::Numbers }), code))
}

/// The targets themselves, if they are numbers from 0 to 1.
fn probabilities(settings: &Settings, train: &Dataset, numbers: &[f64]) -> Result<Code, ProblemError> {
    match numbers.iter().find(|y| !(0.0..=1.0).contains(*y)) {
        Some(&value) => {
            Err(ProblemError::NotProbability { data: train.name.clone(), value, objective: settings.name() })
        }
        None => Ok(Code::Numbers),
    }
}

/// The targets themselves, if the loss admits them.
fn counts(
    settings: &Settings,
    train: &Dataset,
    admits: fn(f64) -> bool,
    accepts: &'static str,
) -> Result<Code, ProblemError> {
    match train.targets.to_numbers().into_iter().find(|&y| !admits(y)) {
        Some(value) => {
            let data = train.name.clone();
            Err(ProblemError::NotCount { data, value, objective: settings.name(), accepts })
        }
        None => Ok(Code::Numbers),
    }
}

/// The classes of a classifier's data; held-out rows may have left only one to train on.
fn classes<'a>(settings: &Settings, train: &'a Dataset) -> Result<&'a [String], ProblemError> {
    match &train.targets {
        Targets::Classes { labels, names } if labels.iter().any(|&label| label != labels[0]) => Ok(names),
        Targets::Classes { labels, names } => {
            Err(ProblemError::OneClass { data: train.name.clone(), class: names[labels[0] as usize].clone() })
        }
        Targets::Numbers(_) => Err(ProblemError::Numbers { data: train.name.clone(), objective: settings.name() }),
    }
}

/// The class that is told from all others.
fn positive(settings: &Settings, train: &Dataset) -> Result<u32, ProblemError> {
    let names = classes(settings, train)?;
    let accepts = || names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    match option(settings, "positive") {
        Some(name) => match names.iter().position(|known| *known == name) {
            Some(position) => Ok(position as u32),
            None => Err(Invalid::new("positive", name, accepts()).into()),
        },
        None if names.len() == 2 => Ok(1),
        None => {
            Err(Invalid::new("positive", "\"\"", format!("one of the {} classes {}", names.len(), accepts())).into())
        }
    }
}

/// The layout of the parameters, and where runs begin.
fn shape(settings: &Settings, kind: &Kind, columns: usize) -> (Layout, Start) {
    match kind {
        Kind::Linear(spec) => {
            let layout = crate::linear::layout(columns, spec.intercept);
            let mut start = vec![0.0; layout.size()];
            if matches!(settings.name(), "line" | "sigmoid-neuron") {
                start[..columns].fill(settings.number("weight"));
                start[columns] = settings.number("bias");
            }
            (layout, Start::At(start))
        }
        Kind::Network { spec, classes } => {
            let layout = layout(&shapes(columns, &spec.hidden, *classes));
            let gain = if spec.activation == Activation::Relu { 2.0 } else { 1.0 };
            let start = match settings.name() {
                "mlp" => Start::Weights { gain, columns },
                _ => Start::At(vec![0.0; layout.size()]),
            };
            (layout, start)
        }
        Kind::Quadratic { spectrum } => (Layout::vector(spectrum.len()), Start::At(vec![0.0; spectrum.len()])),
    }
}

/// Eigenvalues from the smallest to the largest.
fn spectrum(settings: &Settings, dimension: usize) -> Vec<f64> {
    let (low, high) = (settings.number("smallest"), settings.number("largest"));
    let logarithmic = settings.word("spectrum") == "log";
    let position = |j: usize| if dimension == 1 { 1.0 } else { j as f64 / (dimension - 1) as f64 };
    let between = |t: f64| {
        if t == 0.0 {
            low
        } else if t == 1.0 {
            high
        } else if logarithmic {
            low * Real::exp(t * Real::ln(high / low))
        } else {
            low + t * (high - low)
        }
    };
    (0..dimension).map(|j| between(position(j))).collect()
}

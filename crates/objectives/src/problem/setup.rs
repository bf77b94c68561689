//! From settings to what a problem is made of.

use sgdlab_core::streams::Key;
use sgdlab_core::{Invalid, Layout, Real, Settings};
use sgdlab_losses::{CrossEntropy, LossSpec, MulticlassSpec, Targets as Coding};

use super::start::{Law, Start};
use super::teacher::uniform;
use super::{Kind, ProblemError, Terms};
use crate::data::{Dataset, Format, MAX_NUMBERS, Source, Standardizer, TargetKind, Targets};
use crate::dense::Shape;
use crate::linear::LinearSpec;
use crate::network::{Activation, Biases, Classes, NetworkSpec, Outputs, layout};

/// Most units of a hidden layer.
const WIDEST: usize = 1 << 20;

/// Most blocks of a residual network.
const DEEPEST: u64 = 1 << 12;

/// Refuses settings that do not go together, before any data is read.
///
/// # Errors
/// If a spectrum is upside down, a size is beyond all memory, a delimiter is not one character, or initial weights are
/// not for all layers.
pub fn check(settings: &Settings) -> Result<(), Invalid> {
    if settings.name() == "noisy-quadratic" && settings.number("largest") < settings.number("smallest") {
        let accepts = format!("a number ≥ smallest, which is {}", settings.number("smallest"));
        return Err(Invalid::new("largest", settings.number("largest"), accepts));
    }
    if settings.name() == "diagonal-network" {
        check_sparse(settings)?;
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
    for name in ["hidden", "teacher"].into_iter().filter(|name| has(name)) {
        let widest = settings.integers(name).into_iter().max().unwrap_or(0);
        if widest > WIDEST {
            return Err(Invalid::new(name, widest, format!("layers of at most {WIDEST} units")));
        }
    }
    if let Some(deviations) = deviations(settings) {
        let layers = settings.integers("hidden").len() + 1;
        if deviations.len() != 1 && deviations.len() != layers {
            let accepts = format!("one number, or one for each of the {layers} layers");
            return Err(Invalid::new("weight-deviations", format!("{deviations:?}"), accepts));
        }
    }
    match settings.name() {
        "residual" => check_residual(settings)?,
        "teacher-student" => check_teacher(settings)?,
        _ => {}
    }
    if has("delimiter") && settings.word("delimiter").chars().count() > 1 {
        return Err(Invalid::new("delimiter", settings.word("delimiter"), "one character"));
    }
    Ok(())
}

fn check_residual(settings: &Settings) -> Result<(), Invalid> {
    let (width, blocks) = (settings.integer("width"), settings.integer("blocks"));
    if width > WIDEST as u64 {
        return Err(Invalid::new("width", width, format!("at most {WIDEST} units")));
    }
    if blocks > DEEPEST {
        return Err(Invalid::new("blocks", blocks, format!("at most {DEEPEST}")));
    }
    Ok(())
}

/// Refuses more weights than there are, and training or held-out data beyond all memory.
fn check_sparse(settings: &Settings) -> Result<(), Invalid> {
    let [terms, dimension, sparsity] = ["terms", "dimension", "sparsity"].map(|name| settings.integer(name));
    if sparsity > dimension {
        return Err(Invalid::new("sparsity", sparsity, format!("at most dimension, which is {dimension}")));
    }
    for (name, rows) in [("terms", terms), ("dimension", dimension)] {
        if rows.saturating_mul(dimension) > MAX_NUMBERS as u64 {
            let accepts = format!("with {dimension} dimensions at most {MAX_NUMBERS} numbers");
            return Err(Invalid::new(name, rows, accepts));
        }
    }
    Ok(())
}

/// Inputs and teachers are drawn when a plan is read.
fn check_teacher(settings: &Settings) -> Result<(), Invalid> {
    let (terms, held_out) = (settings.integer("terms"), settings.integer("held-out"));
    let dimension = settings.integer("dimension");
    let all = terms.saturating_add(held_out).saturating_mul(dimension);
    if all > MAX_NUMBERS as u64 {
        let accepts = format!("with {held_out} held out and {dimension} dimensions at most {MAX_NUMBERS} numbers");
        return Err(Invalid::new("terms", terms, accepts));
    }
    let widths = [vec![dimension as usize], settings.integers("teacher"), vec![1]].concat();
    let weights = widths.windows(2).map(|pair| (pair[0] + 1).saturating_mul(pair[1]));
    if weights.fold(0, usize::saturating_add) > MAX_NUMBERS {
        let accepts = format!("layers with {dimension} inputs and at most {MAX_NUMBERS} weights");
        return Err(Invalid::new("teacher", format!("{:?}", settings.integers("teacher")), accepts));
    }
    Ok(())
}

/// The standard deviations of initial weights, where the objective has them and numbers are given.
fn deviations(settings: &Settings) -> Option<&[f64]> {
    let known = settings.values().iter().any(|(known, _)| *known == "weight-deviations");
    known.then(|| settings.numbers_or_word("weight-deviations").ok()).flatten()
}

/// A text option, `None` if it is empty or the objective does not have it.
fn option(settings: &Settings, name: &str) -> Option<String> {
    let known = settings.values().iter().any(|(known, _)| *known == name);
    known.then(|| settings.word(name)).filter(|word| !word.is_empty()).map(str::to_owned)
}

pub(super) fn source(settings: &Settings) -> Source {
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

/// The key of the rows that are held out; a split of number 0 has the key of problems that have no number.
pub(super) fn split_key(settings: &Settings, checksum: &str) -> Key {
    let key = Key::new("held-out data").child(checksum);
    let known = settings.values().iter().any(|(known, _)| *known == "split");
    match known.then(|| settings.integer("split")) {
        Some(number) if number > 0 => key.child(&format!("split {number}")),
        _ => key,
    }
}

pub(super) fn scale(settings: &Settings, train: &mut Dataset, mut held_out: Option<&mut Dataset>) {
    match settings.word("features") {
        "standardized" => {
            let standardizer = Standardizer::fit(train);
            standardizer.apply(train);
            if let Some(held_out) = &mut held_out {
                standardizer.apply(held_out);
            }
        }
        "unit" => {
            let largest = train.features.iter().fold(0.0f64, |largest, x| largest.max(x.abs()));
            let divisor = if largest > 0.0 { largest } else { 1.0 };
            train.features /= divisor;
            if let Some(held_out) = &mut held_out {
                held_out.features /= divisor;
            }
        }
        _ => {}
    }
    if settings.values().iter().any(|(known, _)| *known == "shift") && settings.number("shift") != 0.0 {
        let shift = settings.number("shift");
        train.features += shift;
        if let Some(held_out) = held_out {
            held_out.features += shift;
        }
    }
}

/// How targets become what a model is fitted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
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
    pub(super) fn terms(self, data: Dataset) -> Terms {
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

pub(super) fn kind(settings: &Settings, train: &Dataset) -> Result<(Kind, Code), ProblemError> {
    match settings.name() {
        "softmax" | "mlp" | "residual" => classifier(settings, train),
        "mlp-regression" | "teacher-student" => regression(settings, train),
        "diagonal-network-on-data" => Ok((Kind::Diagonal { teacher: None }, Code::Numbers)),
        _ => linear(settings, train),
    }
}

fn classifier(settings: &Settings, train: &Dataset) -> Result<(Kind, Code), ProblemError> {
    let names = classes(settings, train)?;
    let hidden = match settings.name() {
        "mlp" => settings.integers("hidden"),
        "residual" => vec![settings.integer("width") as usize; 1 + 2 * settings.integer("blocks") as usize],
        _ => Vec::new(),
    };
    let (loss, weights) = match settings.tacit_item("loss") {
        Some(loss) => (MulticlassSpec::new(loss)?, class_weights(loss, train, names)?),
        None => (MulticlassSpec::CrossEntropy(CrossEntropy::default()), Vec::new()),
    };
    let spec = NetworkSpec {
        hidden,
        residual: settings.name() == "residual",
        biases: Biases::All,
        activation: activation(settings),
        l2: settings.number("l2"),
        outputs: Outputs::Classes(Classes { count: names.len(), loss, weights }),
    };
    Ok((Kind::Network(spec), Code::Labels))
}

fn regression(settings: &Settings, train: &Dataset) -> Result<(Kind, Code), ProblemError> {
    let loss = LossSpec::new(settings.item("loss"))?;
    let code = match loss.facts().targets {
        Coding::Numbers => Code::Numbers,
        Coding::Counts => counts(settings, train, |y| y >= 0.0, "numbers ≥ 0")?,
        Coding::Positive => counts(settings, train, |y| y > 0.0, "numbers > 0")?,
        Coding::Signs | Coding::Probabilities => {
            let accepts = "a loss of numbers, whose targets are neither signs nor probabilities";
            return Err(Invalid::new("loss", settings.item("loss").name(), accepts).into());
        }
    };
    let spec = NetworkSpec {
        hidden: settings.integers("hidden"),
        residual: false,
        biases: match settings.word("biases") {
            "first" => Biases::First,
            "none" => Biases::None,
            _ => Biases::All,
        },
        activation: activation(settings),
        l2: settings.number("l2"),
        outputs: Outputs::Number(loss),
    };
    Ok((Kind::Network(spec), code))
}

/// Relu, unless another one is asked for.
fn activation(settings: &Settings) -> Activation {
    match option(settings, "activation").as_deref() {
        Some("tanh") => Activation::Tanh,
        _ => Activation::Relu,
    }
}

/// The weight of each class; none if all are 1.
fn class_weights(loss: &Settings, train: &Dataset, names: &[String]) -> Result<Vec<f64>, Invalid> {
    let labels = train.targets.labels().unwrap_or_default();
    let count = |class: usize| labels.iter().filter(|&&label| label as usize == class).count();
    let counts: Vec<usize> = (0..names.len()).map(count).collect();
    let refuse = |value: String, accepts: String| Err(Invalid::new("class-weights", value, accepts));
    match loss.numbers_or_word("class-weights") {
        Err("balanced") => match counts.iter().position(|&count| count == 0) {
            Some(class) => {
                let accepts = format!("training rows of every class, and none is of \"{}\"", names[class]);
                refuse("balanced".to_owned(), accepts)
            }
            None => {
                let balanced = |&count: &usize| labels.len() as f64 / (names.len() as f64 * count as f64);
                Ok(counts.iter().map(balanced).collect())
            }
        },
        Err(_) => Ok(Vec::new()),
        Ok(weights) if weights.len() != names.len() => {
            let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
            let accepts = format!("a number for each of the {} classes {}", names.len(), names.join(", "));
            refuse(format!("{weights:?}"), accepts)
        }
        Ok(weights) if weights.iter().zip(&counts).all(|(&weight, &count)| weight == 0.0 || count == 0) => {
            refuse(format!("{weights:?}"), "a number above 0 for a class of the training rows".to_owned())
        }
        Ok(weights) => Ok(weights.to_vec()),
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
pub(super) fn shape(settings: &Settings, kind: &Kind, columns: usize) -> (Layout, Start) {
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
        Kind::Network(spec) => {
            let shapes = spec.shapes(columns);
            let layout = layout(&shapes);
            let start = match settings.name() {
                "softmax" => Start::At(vec![0.0; layout.size()]),
                _ => Start::Drawn(
                    shapes.iter().enumerate().flat_map(|(k, _)| laws(settings, spec, &shapes, k)).collect(),
                ),
            };
            (layout, start)
        }
        Kind::Diagonal { .. } => {
            let mut start = vec![settings.number("alpha"); 2 * columns];
            start[columns..].fill(0.0);
            (crate::diagonal::layout(columns), Start::At(start))
        }
        Kind::Quadratic { spectrum } => (Layout::vector(spectrum.len()), Start::At(vec![0.0; spectrum.len()])),
    }
}

/// The laws of the initial parameters of a layer: of its weights, and of its biases if it has any.
fn laws(settings: &Settings, spec: &NetworkSpec, shapes: &[Shape], layer: usize) -> Vec<Law> {
    let shape = shapes[layer];
    let gain = if spec.activation == Activation::Relu { 2.0 } else { 1.0 };
    let he = (gain / shape.inputs as f64).sqrt();
    let deviation = match deviations(settings) {
        Some(&[deviation]) => deviation,
        Some(deviations) => deviations[layer],
        None => he * factor(settings, layer, shapes.len()),
    };
    let signs = layer == 0 && option(settings, "first-weights").as_deref() == Some("signs");
    let weights = if signs { Law::Signs { size: deviation } } else { Law::Normal { deviation } };
    let biases = shape.bias.then(|| match option(settings, "bias-law").as_deref() {
        Some("normal") => Law::Normal { deviation: settings.number("bias-scale") },
        Some("uniform") => uniform(settings.number("bias-scale"), shape),
        _ => Law::Zero,
    });
    [weights].into_iter().chain(biases).collect()
}

/// What the initial weights of a residual network's layer are multiplied by; 1 in other networks.
fn factor(settings: &Settings, layer: usize, layers: usize) -> f64 {
    if settings.name() != "residual" {
        return 1.0;
    }
    match layer {
        _ if layer + 1 == layers => settings.number("head"),
        0 => 1.0,
        _ if layer.is_multiple_of(2) => settings.number("branch") / (settings.integer("blocks") as f64).sqrt(),
        _ => 1.0,
    }
}

/// Eigenvalues from the smallest to the largest.
pub(super) fn spectrum(settings: &Settings, dimension: usize) -> Vec<f64> {
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

//! A problem: an entry of the catalogue with its data.

mod error;
mod setup;
mod start;
mod teacher;

use std::sync::OnceLock;

use ndarray::Array2;
use ndarray_rand::RandomExt;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_core::{Facts, Layout, NARROW, Objective, Settings, WIDTH};

pub use self::error::ProblemError;
pub use self::setup::check;
use self::setup::{Code, kind, scale, shape, source, spectrum, split_key};
use self::start::Start;
use crate::data::{Dataset, load, synthetic};
use crate::dense::Products;
use crate::diagonal::DiagonalNetwork;
use crate::facts;
use crate::linear::{Linear, LinearSpec};
use crate::network::{Answers, Network, NetworkSpec, Outputs};
use crate::quadratic::Quadratic;

/// The terms of a model: rows of features and targets.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Terms {
    /// n × d.
    pub(crate) features: Array2<f64>,
    /// What a model of one output is fitted to; empty for classifiers with several outputs.
    pub(crate) numbers: Vec<f64>,
    /// What a classifier with several outputs is fitted to; empty for other models.
    pub(crate) labels: Vec<u32>,
}

/// The function that is minimized, apart from its terms.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Linear(LinearSpec),
    Network(NetworkSpec),
    Quadratic {
        spectrum: Vec<f64>,
    },
    /// With the weights that made the targets, where they are known.
    Diagonal {
        teacher: Option<Vec<f64>>,
    },
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

struct Pair<R> {
    train: Model<R>,
    held_out: Option<Model<R>>,
}

/// The model of a problem in one precision.
pub enum Model<R> {
    /// One linear output a term.
    Linear(Linear<R>),
    /// A network under a multiclass loss.
    Network(Network<R>),
    /// A quadratic bowl.
    Quadratic(Quadratic<R>),
    /// A diagonal linear network.
    Diagonal(DiagonalNetwork<R>),
}

/// A precision and number of lanes that models are compiled for, in this crate.
///
/// A generic function would be compiled again, with the loops of all losses, by every crate and test that calls it.
pub trait Packs<const N: usize>: Products {
    /// See [`Model::objective`].
    fn objective(model: &Model<Self>) -> &dyn Objective<Self, N>;
}

macro_rules! packs {
    ($($float:ident, $lanes:expr;)+) => {
        $(impl Packs<{ $lanes }> for $float {
            // As small a function is inlined into other crates, which then compile what it points to.
            #[inline(never)]
            fn objective(model: &Model<Self>) -> &dyn Objective<Self, { $lanes }> {
                match model {
                    Model::Linear(model) => model,
                    Model::Network(model) => model,
                    Model::Quadratic(model) => model,
                    Model::Diagonal(model) => model,
                }
            }
        })+
    };
}

packs! {
    f32, 1;
    f32, NARROW;
    f32, WIDTH;
    f64, 1;
    f64, NARROW;
    f64, WIDTH;
}

impl<R: Products> Model<R> {
    /// The model as what is minimized, for `N` runs at once.
    pub fn objective<const N: usize>(&self) -> &dyn Objective<R, N>
    where
        R: Packs<N>,
    {
        R::objective(self)
    }

    fn new(kind: &Kind, terms: &Terms) -> Self {
        let features = terms.features.as_slice().expect("features are stored row by row");
        let columns = terms.features.ncols();
        match kind {
            Kind::Linear(spec) => Self::Linear(Linear::new(spec.clone(), features, columns, &terms.numbers)),
            Kind::Network(spec) => {
                let answers = match spec.outputs {
                    Outputs::Classes(_) => Answers::Labels(&terms.labels),
                    Outputs::Number(_) => Answers::Numbers(&terms.numbers),
                };
                Self::Network(Network::new(spec.clone(), features, columns, answers))
            }
            Kind::Quadratic { spectrum } => Self::Quadratic(Quadratic::new(spectrum, features)),
            Kind::Diagonal { .. } => Self::Diagonal(DiagonalNetwork::new(features, columns, &terms.numbers)),
        }
    }
}

/// A precision that problems keep a model of.
pub trait Stored: Packs<1> + Packs<{ NARROW }> + Packs<{ WIDTH }> {
    /// The model over the training terms.
    fn model(problem: &Problem) -> &Model<Self>;
    /// The model over the held-out terms, without the penalty, if there are any.
    fn held_out(problem: &Problem) -> Option<&Model<Self>>;
    /// See [`Network::respond`], which is compiled in this crate for this precision, as [`Packs`] are.
    fn respond(network: &Network<Self>, at: &[Self], inputs: &[Self]) -> Vec<Vec<Self>>;
    /// See [`Network::jacobian`].
    fn jacobian(network: &Network<Self>, at: &[Self], inputs: &[Self]) -> Vec<Vec<Self>>;
}

macro_rules! stored {
    ($($float:ident, $models:ident;)+) => {
        $(impl Stored for $float {
            fn model(problem: &Problem) -> &Model<Self> {
                &problem.$models.get_or_init(|| problem.pair()).train
            }

            fn held_out(problem: &Problem) -> Option<&Model<Self>> {
                problem.$models.get_or_init(|| problem.pair()).held_out.as_ref()
            }

            #[inline(never)]
            fn respond(network: &Network<Self>, at: &[Self], inputs: &[Self]) -> Vec<Vec<Self>> {
                network.layers(at, inputs)
            }

            #[inline(never)]
            fn jacobian(network: &Network<Self>, at: &[Self], inputs: &[Self]) -> Vec<Vec<Self>> {
                network.gradients(at, inputs)
            }
        })+
    };
}

stored! {
    f32, single;
    f64, double;
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
        if settings.name() == "teacher-student" {
            return Self::of_data(settings, teacher::draw(settings));
        }
        if settings.name() == "diagonal-network" {
            return Ok(Self::sparse(settings));
        }
        let whole = load(&source(settings))?;
        let key = split_key(settings, &whole.checksum);
        let (mut train, mut held_out) = whole.split(settings.number("test"), key);
        scale(settings, &mut train, held_out.as_mut());
        Self::of_data(settings, (train, held_out))
    }

    fn of_data(settings: &Settings, (train, held_out): (Dataset, Option<Dataset>)) -> Result<Self, ProblemError> {
        let (kind, code) = kind(settings, &train)?;
        let checksum = train.checksum.clone();
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

    fn sparse(settings: &Settings) -> Self {
        let [n, d, sparsity] = ["terms", "dimension", "sparsity"].map(|name| settings.integer(name) as usize);
        let key = Key::new("diagonal network").child(&format!("seed {}", settings.integer("seed")));
        let made = synthetic::sparse_regression(n, d, sparsity, key);
        let kind = Kind::Diagonal { teacher: Some(made.weights.to_vec()) };
        let (layout, start) = shape(settings, &kind, d);
        let checksum = made.dataset.checksum.clone();
        Self {
            kind,
            train: Code::Numbers.terms(made.dataset),
            held_out: Some(population(&made.weights.to_vec())),
            layout,
            start,
            checksum,
            classes: None,
            facts: OnceLock::new(),
            term_smoothness: OnceLock::new(),
            single: OnceLock::new(),
            double: OnceLock::new(),
        }
    }

    fn pair<R: Products>(&self) -> Pair<R> {
        let unpenalized = match &self.kind {
            Kind::Linear(spec) => Kind::Linear(LinearSpec { l2: 0.0, ..spec.clone() }),
            Kind::Network(spec) => Kind::Network(NetworkSpec { l2: 0.0, ..spec.clone() }),
            Kind::Quadratic { .. } | Kind::Diagonal { .. } => self.kind.clone(),
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
            Kind::Network(spec) => matches!(spec.outputs, Outputs::Classes(_)),
            Kind::Quadratic { .. } | Kind::Diagonal { .. } => false,
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
        self.start.point(&self.layout, key)
    }

    /// What is known about the objective; the minimum is computed at the first call.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        self.facts.get_or_init(|| facts::of(&self.kind, &self.train))
    }
}

/// The d terms √d eⱼ: their mean loss is that of standard normal rows in expectation, ½ ‖w − w*‖².
fn population(weights: &[f64]) -> Terms {
    let scale = (weights.len() as f64).sqrt();
    let features = Array2::from_diag_elem(weights.len(), scale);
    Terms { features, numbers: weights.iter().map(|w| scale * w).collect(), labels: Vec::new() }
}

//! What is minimized: a model of data or a landscape.

use sgdlab_core::streams::Key;
use sgdlab_core::{Entry, Facts, Invalid, Layout, Objective, Settings, WIDTH};
use sgdlab_objectives::{ProblemError, Stored};

/// A problem of a plan.
pub enum Problem {
    /// A model of data.
    Model(Box<sgdlab_objectives::Problem>),
    /// An analytic function with noisy terms.
    Landscape(Box<sgdlab_landscapes::Problem>),
}

/// A precision and number of lanes in which everything of a run exists.
pub(crate) trait Runs<const N: usize>:
    Stored + sgdlab_objectives::Packs<N> + sgdlab_optimizers::Packs<N> + sgdlab_landscapes::Packs<N>
{
}

impl<R, const N: usize> Runs<N> for R where
    R: Stored + sgdlab_objectives::Packs<N> + sgdlab_optimizers::Packs<N> + sgdlab_landscapes::Packs<N>
{
}

/// The one catalogue of objectives: models of data, then landscapes.
#[must_use]
pub fn objectives() -> Vec<&'static Entry> {
    [sgdlab_objectives::entries(), sgdlab_landscapes::entries()].concat()
}

fn is_landscape(settings: &Settings) -> bool {
    sgdlab_landscapes::entry(settings.name()).is_some()
}

/// Refuses settings of an objective that do not go together.
pub(crate) fn check(settings: &Settings) -> Result<(), Invalid> {
    if is_landscape(settings) { sgdlab_landscapes::check(settings) } else { sgdlab_objectives::check(settings) }
}

impl Problem {
    /// Sets up the problem that checked settings of an entry of [`objectives`] describe.
    ///
    /// # Errors
    /// If the settings do not go together, or the data cannot be loaded or does not fit the objective.
    pub fn load(settings: &Settings) -> Result<Self, ProblemError> {
        if is_landscape(settings) {
            return Ok(Self::Landscape(Box::new(sgdlab_landscapes::Problem::load(settings)?)));
        }
        Ok(Self::Model(Box::new(sgdlab_objectives::Problem::load(settings)?)))
    }

    /// The objective over the training terms.
    pub(crate) fn objective<R: Runs<N>, const N: usize>(&self) -> &dyn Objective<R, N> {
        match self {
            Self::Model(problem) => R::model(problem).objective(),
            Self::Landscape(problem) => <R as sgdlab_landscapes::Packs<N>>::objective(problem),
        }
    }

    /// Whether the objective has products with its Hessian.
    #[must_use]
    pub fn has_products(&self) -> bool {
        self.objective::<f64, 1>().has_products()
    }

    /// The objective over the training terms in double precision, for a single point.
    #[must_use]
    pub fn single(&self) -> &dyn Objective<f64, 1> {
        self.objective()
    }

    /// The same for as many points as there are lanes.
    #[must_use]
    pub fn wide(&self) -> &dyn Objective<f64, WIDTH> {
        self.objective()
    }

    /// The objective over the held-out terms, without the penalty, if there are any.
    pub(crate) fn held_out<R: Runs<N>, const N: usize>(&self) -> Option<&dyn Objective<R, N>> {
        match self {
            Self::Model(problem) => R::held_out(problem).map(|model| model.objective()),
            Self::Landscape(_) => None,
        }
    }

    /// How the parameter vector is made of tensors.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        match self {
            Self::Model(problem) => problem.layout(),
            Self::Landscape(problem) => problem.layout(),
        }
    }

    /// n, the number of training terms.
    #[must_use]
    pub fn terms(&self) -> usize {
        match self {
            Self::Model(problem) => problem.terms(),
            Self::Landscape(problem) => problem.terms(),
        }
    }

    /// The number of held-out terms.
    #[must_use]
    pub fn held_out_terms(&self) -> usize {
        match self {
            Self::Model(problem) => problem.held_out_terms(),
            Self::Landscape(_) => 0,
        }
    }

    /// Whether a share of errors exists.
    #[must_use]
    pub fn has_classes(&self) -> bool {
        match self {
            Self::Model(problem) => problem.has_classes(),
            Self::Landscape(_) => false,
        }
    }

    /// The class of each training term, where the data has classes, whatever the objective makes of them.
    #[must_use]
    pub fn classes(&self) -> Option<&[u32]> {
        match self {
            Self::Model(problem) => problem.classes(),
            Self::Landscape(_) => None,
        }
    }

    /// Lᵢ, a Lipschitz constant of the gradient of each term; `None` if there is none or it is not known.
    #[must_use]
    pub fn term_smoothness(&self) -> Option<&[f64]> {
        match self {
            Self::Model(problem) => problem.term_smoothness(),
            Self::Landscape(problem) => problem.term_smoothness(),
        }
    }

    /// ‖∇fᵢ(`at`)‖₂ of each term, in double precision.
    ///
    /// # Panics
    /// If `at` is not as long as the layout.
    #[must_use]
    pub fn gradient_norms(&self, at: &[f64]) -> Vec<f64> {
        match self {
            Self::Model(problem) => problem.gradient_norms(at),
            Self::Landscape(problem) => problem.gradient_norms(at),
        }
    }

    /// Identifies the data: the BLAKE3 hash of its file, or that it is drawn.
    #[must_use]
    pub fn checksum(&self) -> &str {
        match self {
            Self::Model(problem) => problem.checksum(),
            Self::Landscape(problem) => problem.checksum(),
        }
    }

    /// Where a replicate's runs begin; `key` is the replicate's.
    #[must_use]
    pub fn initial(&self, key: Key) -> Vec<f64> {
        match self {
            Self::Model(problem) => problem.initial(key),
            Self::Landscape(problem) => problem.initial(key),
        }
    }

    /// What is known about the objective; the minimum is computed at the first call.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        match self {
            Self::Model(problem) => problem.facts(),
            Self::Landscape(problem) => problem.facts(),
        }
    }
}

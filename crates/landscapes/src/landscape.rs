//! A landscape: an entry of the catalogue with its shape.

use sgdlab_core::{Facts, Invalid, Settings};

use crate::functions::REGISTRY;
use crate::known::{Kind, Stationary};
use crate::shape::Shape;

/// Most coordinates of a landscape.
const MOST_COORDINATES: u64 = 1 << 20;

/// An analytic function with its derivatives and what is known about it.
///
/// ```
/// use sgdlab_core::{Settings, Value};
/// use sgdlab_landscapes::{Kind, Landscape, entry};
///
/// let settings = Settings::new(entry("rosenbrock").unwrap(), [("b", Value::Number(10.0))])?;
/// let valley = Landscape::new(&settings)?;
/// assert_eq!(valley.value(&[0.0, 1.0]), 11.0);
/// let mut slope = [0.0; 2];
/// valley.gradient(&[0.0, 1.0], &mut slope);
/// assert_eq!(slope, [-2.0, 20.0]);
/// let mut product = [0.0; 2];
/// valley.hessian_times(&[1.0, 1.0], &[1.0, 0.0], &mut product);
/// assert_eq!(product, [82.0, -40.0]);
/// let lowest = &valley.stationary()[0];
/// assert_eq!((lowest.kind, &lowest.at[..], lowest.value), (Kind::Global, &[1.0, 1.0][..], 0.0));
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
pub struct Landscape {
    settings: Settings,
    shape: Box<dyn Shape>,
}

impl Landscape {
    /// The landscape that these settings describe.
    ///
    /// # Errors
    /// If they are settings of something else, or do not go together.
    pub fn new(settings: &Settings) -> Result<Self, Invalid> {
        let found = REGISTRY.iter().find(|registration| registration.entry.name == settings.name());
        let Some(registration) = found else {
            let names: Vec<&str> = REGISTRY.iter().map(|registration| registration.entry.name).collect();
            return Err(Invalid::new("landscape", settings.name(), names.join(", ")));
        };
        let has_dimension = registration.entry.position("dimension").is_some();
        if has_dimension && settings.integer("dimension") > MOST_COORDINATES {
            let accepts = format!("at most {MOST_COORDINATES}");
            return Err(Invalid::new("dimension", settings.integer("dimension"), accepts));
        }
        (registration.check)(settings)?;
        Ok(Self { settings: settings.clone(), shape: (registration.new)(settings) })
    }

    /// Its hyperparameters.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The number of coordinates.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.shape.dimension()
    }

    /// Where people look at it: from where to where along the first two axes.
    #[must_use]
    pub fn window(&self) -> [(f64, f64); 2] {
        self.shape.window()
    }

    /// Stationary points that are known, among them every global minimum that is.
    #[must_use]
    pub fn stationary(&self) -> Vec<Stationary> {
        self.shape.stationary()
    }

    /// What is known about the function.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let global = |point: &Stationary| matches!(point.kind, Kind::Global | Kind::Kink);
        let mut global = self.stationary().into_iter().filter(global);
        let lowest = global.next();
        let convexity = self.shape.convexity();
        Facts {
            minimum: lowest.as_ref().map(|point| point.value),
            minimizer: lowest.map(|point| point.at),
            other_minimizers: global.map(|point| point.at).collect(),
            convex: convexity.is_some(),
            smoothness: convexity.and_then(|convexity| convexity.smooth),
            term_smoothness: None,
            strong_convexity: convexity.map_or(0.0, |convexity| convexity.strong),
            interpolates: None,
        }
    }

    /// f(`at`).
    ///
    /// # Panics
    /// If there is not a number for each coordinate.
    #[must_use]
    pub fn value(&self, at: &[f64]) -> f64 {
        self.check(at.len());
        self.shape.value(at)
    }

    /// Writes ∇f(`at`) to `out`.
    ///
    /// # Panics
    /// If there is not a number for each coordinate.
    pub fn gradient(&self, at: &[f64], out: &mut [f64]) {
        [at.len(), out.len()].into_iter().for_each(|length| self.check(length));
        self.shape.gradient(at, out);
    }

    /// Writes ∇²f(`at`) `vector` to `out`.
    ///
    /// # Panics
    /// If there is not a number for each coordinate.
    pub fn hessian_times(&self, at: &[f64], vector: &[f64], out: &mut [f64]) {
        [at.len(), vector.len(), out.len()].into_iter().for_each(|length| self.check(length));
        self.shape.hessian_times(at, vector, out);
    }

    pub(crate) fn shape(&self) -> &dyn Shape {
        &*self.shape
    }

    fn check(&self, length: usize) {
        assert_eq!(length, self.dimension(), "a number for each coordinate is needed");
    }
}

//! A problem: a landscape with noisy terms, and where runs begin.

use std::sync::OnceLock;

use rand::distr::Distribution;
use sgdlab_core::streams::{Key, Uniform};
use sgdlab_core::{Entry, Facts, Invalid, Layout, NARROW, Objective, Real, Sample, Settings, WIDTH, reduce};

use crate::bowls::{self, Bowls, Family};
use crate::functions::REGISTRY;
use crate::landscape::Landscape;
use crate::noise::{self, Effect, Noise};
use crate::noisy::Terms;

/// A landscape with noisy terms, or a family of bowls, as what is minimized.
///
/// ```
/// use sgdlab_core::{Objective, Settings};
/// use sgdlab_landscapes::{Packs, Problem, entry};
///
/// let problem = Problem::load(&Settings::defaults(entry("booth").unwrap()))?;
/// let objective: &dyn Objective<f64, 1> = f64::objective(&problem);
/// assert_eq!((objective.terms(), objective.layout().size()), (100, 2));
/// assert_eq!(objective.evaluate(&[[1.0], [3.0]], false, &mut []).value, [0.0]);
/// assert_eq!(problem.facts().minimum, Some(0.0));
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
pub struct Problem {
    body: Body,
    layout: Layout,
    start: Vec<f64>,
    spread: f64,
    facts: Facts,
    term_smoothness: Option<Vec<f64>>,
    single: OnceLock<Box<dyn Terms<f32>>>,
    double: OnceLock<Box<dyn Terms<f64>>>,
}

/// What the terms are made of.
enum Body {
    Noisy { landscape: Landscape, noise: Noise<f64> },
    Bowls(Family),
}

/// A precision and number of lanes that problems have objectives for.
pub trait Packs<const N: usize>: Real {
    /// The problem as what is minimized, for `N` runs at once.
    fn objective(problem: &Problem) -> &dyn Objective<Self, N>;
}

macro_rules! packs {
    ($($float:ident, $lanes:expr => $terms:ident.$form:ident;)+) => {
        $(impl Packs<{ $lanes }> for $float {
            fn objective(problem: &Problem) -> &dyn Objective<Self, { $lanes }> {
                problem.$terms().$form()
            }
        })+
    };
}

packs! {
    f32, 1 => in_single.single;
    f32, NARROW => in_single.narrow;
    f32, WIDTH => in_single.wide;
    f64, 1 => in_double.single;
    f64, NARROW => in_double.narrow;
    f64, WIDTH => in_double.wide;
}

/// The catalogue of problems: landscapes, then families of bowls.
#[must_use]
pub fn entries() -> Vec<&'static Entry> {
    REGISTRY.iter().map(|registration| registration.entry).chain([&bowls::DRAWN, &bowls::RECORDED]).collect()
}

/// The entry of this name.
#[must_use]
pub fn entry(name: &str) -> Option<&'static Entry> {
    entries().into_iter().find(|entry| entry.name == name)
}

fn is_family(settings: &Settings) -> bool {
    [bowls::DRAWN.name, bowls::RECORDED.name].contains(&settings.name())
}

/// Refuses settings that do not go together.
///
/// # Errors
/// If the shape, the noise or the initial point cannot be.
pub fn check(settings: &Settings) -> Result<(), Invalid> {
    if is_family(settings) {
        bowls::check(settings)?;
    } else {
        noise::check(settings, Landscape::new(settings)?.dimension())?;
    }
    if settings.numbers("start").is_empty() {
        return Err(Invalid::new("start", "[]", "at least one number"));
    }
    Ok(())
}

impl Problem {
    /// Draws the terms of the problem that these settings describe.
    ///
    /// # Errors
    /// If the settings do not pass [`check`].
    pub fn load(settings: &Settings) -> Result<Self, Invalid> {
        check(settings)?;
        let (body, facts, term_smoothness) = if is_family(settings) {
            let family = Family::new(settings);
            let facts = of_family(&family);
            (Body::Bowls(family), facts, None)
        } else {
            let landscape = Landscape::new(settings)?;
            let noise = Noise::new(settings, landscape.dimension());
            let (facts, term_smoothness) = of_noisy(&landscape, &noise);
            (Body::Noisy { landscape, noise }, facts, term_smoothness)
        };
        let dimension = match &body {
            Body::Noisy { landscape, .. } => landscape.dimension(),
            Body::Bowls(family) => family.dimension,
        };
        Ok(Self {
            start: settings.numbers("start").iter().copied().cycle().take(dimension).collect(),
            spread: settings.number("spread"),
            layout: Layout::vector(dimension),
            body,
            facts,
            term_smoothness,
            single: OnceLock::new(),
            double: OnceLock::new(),
        })
    }

    fn in_single(&self) -> &dyn Terms<f32> {
        &**self.single.get_or_init(|| match &self.body {
            Body::Noisy { landscape, noise } => landscape.shape().single(self.layout.clone(), noise.rounded()),
            Body::Bowls(family) => Box::new(Bowls::new(family)),
        })
    }

    fn in_double(&self) -> &dyn Terms<f64> {
        &**self.double.get_or_init(|| match &self.body {
            Body::Noisy { landscape, noise } => landscape.shape().double(self.layout.clone(), noise.clone()),
            Body::Bowls(family) => Box::new(Bowls::new(family)),
        })
    }

    /// The function, unless it is a family.
    #[must_use]
    pub fn landscape(&self) -> Option<&Landscape> {
        match &self.body {
            Body::Noisy { landscape, .. } => Some(landscape),
            Body::Bowls(_) => None,
        }
    }

    /// How the parameter vector is made of tensors: it is one vector.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// n, the number of terms.
    #[must_use]
    pub fn terms(&self) -> usize {
        match &self.body {
            Body::Noisy { noise, .. } => noise.terms(),
            Body::Bowls(family) => family.terms(),
        }
    }

    /// Identifies the data, of which there is none that could change.
    #[must_use]
    pub fn checksum(&self) -> &str {
        "drawn by key"
    }

    /// What is known about the function and its terms.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Lᵢ, a Lipschitz constant of the gradient of each term; `None` if there is none or it is not known.
    #[must_use]
    pub fn term_smoothness(&self) -> Option<&[f64]> {
        self.term_smoothness.as_deref()
    }

    /// ‖∇fᵢ(`at`)‖₂ of each term, in double precision.
    ///
    /// # Panics
    /// If `at` is not as long as the layout.
    #[must_use]
    pub fn gradient_norms(&self, at: &[f64]) -> Vec<f64> {
        let objective: &dyn Objective<f64, 1> = f64::objective(self);
        let mut gradient = vec![[0.0]; at.len()];
        let norm = |term: u32| {
            objective.gradient(at.as_chunks().0, Sample::of(&[term]), &mut [], &mut gradient);
            reduce::norm(&gradient)[0]
        };
        (0..self.terms() as u32).map(norm).collect()
    }

    /// Where a replicate's runs begin; `key` is the replicate's.
    #[must_use]
    pub fn initial(&self, key: Key) -> Vec<f64> {
        let around = Uniform { low: -self.spread, high: self.spread };
        self.start.iter().zip(around.sample_iter(key.stream(0))).map(|(start, away)| start + away).collect()
    }
}

/// What is known about a landscape and its terms.
fn of_noisy(landscape: &Landscape, noise: &Noise<f64>) -> (Facts, Option<Vec<f64>>) {
    let mut facts = landscape.facts();
    let term_smoothness = facts.smoothness.and_then(|smoothness| of_terms(smoothness, noise));
    facts.term_smoothness = term_smoothness.as_deref().map(|terms| terms.iter().copied().fold(0.0, Real::max));
    facts.interpolates = facts.minimum.map(|_| interpolates(noise));
    (facts, term_smoothness)
}

/// What is known about a family of bowls.
fn of_family(family: &Family) -> Facts {
    let lowest = family.lowest();
    Facts {
        minimum: lowest.map(|(_, value)| value),
        minimizer: lowest.map(|(x, _)| vec![x]),
        interpolates: Some(family.mix == 0.0 || family.terms() == 1),
        ..Facts::default()
    }
}

/// A Lipschitz constant of each term's gradient, if the noise leaves one.
fn of_terms(smoothness: f64, noise: &Noise<f64>) -> Option<Vec<f64>> {
    match noise.effect {
        Effect::Isotropic => Some(vec![smoothness; noise.terms()]),
        Effect::Multiplicative => Some(noise.column(0).iter().map(|x| smoothness * (1.0 + x).abs()).collect()),
        Effect::Sided { .. } => None,
    }
}

/// Whether a minimizer of the whole minimizes every term.
fn interpolates(noise: &Noise<f64>) -> bool {
    match noise.effect {
        _ if noise.is_silent() => true,
        Effect::Multiplicative => noise.column(0).iter().all(|x| 1.0 + x >= 0.0),
        Effect::Isotropic | Effect::Sided { .. } => false,
    }
}

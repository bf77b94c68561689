//! The catalogue, and a sampler that is chosen but not yet bound to sizes.

use std::fmt;

use sgdlab_core::streams::Key;
use sgdlab_core::{Entry, Invalid, Settings};

use crate::{Context, Law, Sampler, SamplerError, Wants};
use crate::{
    antithetic, block, class_balanced, flip_flop, full_batch, grab, growing, importance, per_batch, poisson, reshuffle,
    sequential, shuffle_once, sobol, stratified, systematic, weighted, with_replacement,
};

/// A sampler, or why there is none.
type Bound = Result<Box<dyn Sampler>, SamplerError>;

struct Registration {
    entry: &'static Entry,
    bind: fn(&Settings, &Context<'_>, usize, Key) -> Bound,
    law: fn(&Settings, &Context<'_>, usize) -> Result<Law, SamplerError>,
    wants: fn(&Settings) -> Wants,
}

fn nothing(_: &Settings) -> Wants {
    Wants::default()
}

/// A module each; one that asks for something says so after a colon.
macro_rules! registry {
    ($($module:ident $(: $wants:ident)?),+ $(,)?) => {
        &[$(Registration {
            entry: &$module::ENTRY,
            bind: $module::bind,
            law: $module::law,
            wants: registry!(@ $module $($wants)?),
        }),+]
    };
    (@ $module:ident) => { nothing };
    (@ $module:ident $wants:ident) => { $module::$wants };
}

/// Every sampler, in the order of tables.
static REGISTRY: &[Registration] = registry![
    with_replacement,
    reshuffle,
    shuffle_once,
    sequential,
    flip_flop,
    grab: wants,
    per_batch,
    poisson,
    systematic,
    block,
    stratified: wants,
    class_balanced,
    importance: wants,
    weighted: wants,
    antithetic,
    sobol,
    growing: wants,
    full_batch,
];

/// The catalogue of samplers.
#[must_use]
pub fn entries() -> Vec<&'static Entry> {
    REGISTRY.iter().map(|registration| registration.entry).collect()
}

/// The sampler of this name in the catalogue.
///
/// # Errors
/// If there is none.
pub fn entry(name: &str) -> Result<&'static Entry, Invalid> {
    find(name).map(|registration| registration.entry)
}

fn find(name: &str) -> Result<&'static Registration, Invalid> {
    let found = REGISTRY.iter().find(|registration| registration.entry.name == name);
    found.ok_or_else(|| {
        let names: Vec<_> = entries().iter().map(|entry| entry.name).collect();
        Invalid::new("sampler", name, names.join(", "))
    })
}

/// Lists that are read only with a word in another hyperparameter: list, hyperparameter, word.
const READ_WITH: [(&str, &str, &str); 2] = [("weights", "by", "weights"), ("deviations", "allocation", "neyman")];

/// Refuses lists that would not be read.
fn refuse_unread(settings: &Settings) -> Result<(), Invalid> {
    let has = |name: &str| settings.values().iter().any(|(known, _)| *known == name);
    for (list, by, word) in READ_WITH.into_iter().filter(|(list, by, _)| has(list) && has(by)) {
        if !settings.numbers(list).is_empty() && settings.word(by) != word {
            let given = format!("a list with {by} = {}", settings.word(by));
            return Err(Invalid::new(list, given, format!("nothing but with {by} = \"{word}\"")));
        }
    }
    Ok(())
}

/// A sampler with its hyperparameters, before the number of terms and the batch size are known.
#[derive(Clone)]
pub struct SamplerSpec {
    registration: &'static Registration,
    settings: Settings,
}

impl SamplerSpec {
    /// The sampler that these settings describe.
    ///
    /// # Errors
    /// If there is no sampler of that name, or it does not accept the settings.
    pub fn new(settings: &Settings) -> Result<Self, Invalid> {
        let registration = find(settings.name())?;
        let given = settings.values().iter().map(|(name, value)| (*name, value.clone()));
        let settings = Settings::in_dialect(registration.entry, settings.dialect(), given)?;
        refuse_unread(&settings)?;
        Ok(Self { registration, settings })
    }

    /// Its place in the catalogue.
    #[must_use]
    pub fn entry(&self) -> &'static Entry {
        self.registration.entry
    }

    /// Its hyperparameters.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What a [`Context`] is to hold beside what costs nothing, and whether gradients are to be observed.
    #[must_use]
    pub fn wants(&self) -> Wants {
        (self.registration.wants)(&self.settings)
    }

    /// A sampler of batches of `batch` of the context's terms, whose randomness is that of `key`.
    ///
    /// # Errors
    /// If there are no terms or more than 2³² − 1, the batch is empty, or it is larger than the
    /// number of terms although the sampler does not repeat terms within a batch;
    /// or what the sampler needs to know about the terms is not known, or does not fit its hyperparameters.
    pub fn bind(&self, context: &Context<'_>, batch: usize, key: Key) -> Bound {
        (self.registration.bind)(&self.settings, context, batch, key)
    }

    /// The exact law of the estimates that such batches give.
    ///
    /// # Errors
    /// As [`Self::bind`], and if batches depend on gradients.
    pub fn law(&self, context: &Context<'_>, batch: usize) -> Result<Law, SamplerError> {
        (self.registration.law)(&self.settings, context, batch)
    }
}

impl fmt::Debug for SamplerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SamplerSpec").field(&self.settings).finish()
    }
}

impl fmt::Display for SamplerSpec {
    /// The canonical text of its settings.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}

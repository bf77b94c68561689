//! Samplers by name.

use sgdlab_core::streams::Key;
use sgdlab_core::{Settings, Value};
use sgdlab_samplers::{Context, Sampler, SamplerSpec, entry};

/// Independent draws.
pub(crate) const WITH_REPLACEMENT: &str = "with-replacement";

/// A sampler of the catalogue with these settings.
///
/// # Panics
/// If there is none: it is written in this crate.
pub(crate) fn sampler_spec<'a>(name: &str, given: impl IntoIterator<Item = (&'a str, Value)>) -> SamplerSpec {
    let settings = Settings::new(entry(name).expect("a sampler"), given).expect("its settings");
    SamplerSpec::new(&settings).expect("its settings")
}

/// The sampler of this name with its defaults, for batches of so many of `terms` terms.
///
/// # Panics
/// If there is none, or sizes do not fit: both are written in this crate.
pub(crate) fn sampler(name: &str, terms: usize, batch: usize, key: Key) -> Box<dyn Sampler> {
    sampler_spec(name, []).bind(&Context::of(terms), batch, key).expect("batches of these terms")
}

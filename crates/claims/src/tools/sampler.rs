//! Samplers by name.

use sgdlab_core::Settings;
use sgdlab_core::streams::Key;
use sgdlab_samplers::{Context, Sampler, SamplerSpec, entry};

/// Independent draws.
pub(crate) const WITH_REPLACEMENT: &str = "with-replacement";

/// The sampler of this name with its defaults, for batches of so many of `terms` terms.
///
/// # Panics
/// If there is none, or sizes do not fit: both are written in this crate.
pub(crate) fn sampler(name: &str, terms: usize, batch: usize, key: Key) -> Box<dyn Sampler> {
    let spec = SamplerSpec::new(&Settings::defaults(entry(name).expect("a sampler"))).expect("its defaults");
    spec.bind(&Context::of(terms), batch, key).expect("batches of these terms")
}

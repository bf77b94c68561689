//! Samplers with single terms as batches.

use sgdlab_core::Settings;
use sgdlab_core::streams::Key;
use sgdlab_samplers::{Context, Sampler, SamplerSpec, entry};

/// The sampler of this name with its defaults, for batches of one term.
pub(crate) fn singles(name: &str, terms: usize, key: Key) -> Box<dyn Sampler> {
    let spec = SamplerSpec::new(&Settings::defaults(entry(name).expect("a sampler"))).expect("its defaults");
    spec.bind(&Context::of(terms), 1, key).expect("batches of one")
}

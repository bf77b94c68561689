//! Which indices form the batch of step t, and the exact law of the gradient they give.
//!
//! A sampler knows only how many terms there are.
//! Any step may be asked for at any time: nothing depends on which steps were asked for before.
//!
//! Notation of all laws: N terms with gradients gᵢ, batch size B, G = (1/N) Σ gᵢ and
//! S = (1/N) Σ (gᵢ − G)(gᵢ − G)ᵀ with divisor **N**.
//! The estimate of a step is `scale` × the mean of g over the indices of its batch.
//!
//! ```
//! use sgdlab_core::{Settings, Value, streams::Key};
//! use sgdlab_samplers::{BatchBuffer, SamplerSpec, entry};
//!
//! let settings = Settings::new(entry("sequential").unwrap(), [("remainder", Value::Word("wrap".into()))]).unwrap();
//! let mut sampler = SamplerSpec::new(&settings).unwrap().bind(5, 2, Key::new("example")).unwrap();
//! let mut batch = BatchBuffer::with_capacity(sampler.largest_batch());
//! sampler.fill(2, &mut batch);
//! assert_eq!(batch.indices, [4, 0]);
//! ```

mod batch;
mod cut;
mod error;
mod full_batch;
mod law;
pub mod per_batch;
mod reshuffle;
mod sequential;
mod shuffle_once;
mod spec;
pub mod with_replacement;

pub use batch::{BatchBuffer, Sampler};
pub use cut::{Cut, Remainder};
pub use error::SamplerError;
pub use law::{EpochMean, Expectation, Law};
pub use spec::{SamplerSpec, entries, entry};

//! Which indices form the batch of step t, and the exact law of the gradient they give.
//!
//! A sampler knows no data: only how many terms there are and, where it asks for them, their classes and
//! some numbers about them (a [`Context`]).
//! Any step may be asked for at any time: nothing depends on which steps were asked for before.
//! The exception is a sampler that orders by the gradients it is shown, and says so.
//!
//! Notation of all laws: N terms with gradients gᵢ, batch size B, G = (1/N) Σ gᵢ and
//! S = (1/N) Σ (gᵢ − G)(gᵢ − G)ᵀ with divisor **N**.
//! The estimate of a step is `scale` × the mean of weight × g over the indices of its batch: ĝ = Σ aᵢ gᵢ with
//! random aᵢ, whose moments are the law.
//!
//! ```
//! use sgdlab_core::{Settings, Value, streams::Key};
//! use sgdlab_samplers::{BatchBuffer, Context, SamplerSpec, entry};
//!
//! let settings = Settings::new(entry("sequential").unwrap(), [("remainder", Value::Word("wrap".into()))]).unwrap();
//! let mut sampler = SamplerSpec::new(&settings).unwrap().bind(&Context::of(5), 2, Key::new("example")).unwrap();
//! let mut batch = BatchBuffer::with_capacity(sampler.largest_batch());
//! sampler.fill(2, &mut batch);
//! assert_eq!(batch.indices, [4, 0]);
//! ```

pub mod antithetic;
mod arcs;
mod batch;
mod bijection;
pub mod block;
pub mod class_balanced;
mod context;
mod cut;
pub mod draws;
mod error;
mod flip_flop;
mod full_batch;
mod grab;
mod growing;
mod importance;
mod law;
pub mod per_batch;
pub mod poisson;
mod reshuffle;
mod sequential;
mod shuffle_once;
mod sobol;
mod spec;
pub mod stratified;
pub mod systematic;
mod weighted;
pub mod with_replacement;

pub use batch::{BatchBuffer, Sampler};
pub use bijection::Bijection;
pub use context::{Context, Wants};
pub use cut::{Cut, Remainder};
pub use error::SamplerError;
pub(crate) use law::Order;
pub use law::{EpochMean, Expectation, Law};
pub use spec::{SamplerSpec, entries, entry};

//! Escape by noise.

mod double_well_escape;
mod multiplicative_noise;
mod noise_temperature;
mod passage;
mod saddle_escape;
mod walk;
mod well;

pub(crate) use self::passage::diffusion;
pub(crate) use self::saddle_escape::{CUBIC, law as saddle_law};
pub(crate) use self::walk::Walk;
pub(crate) use self::well::{Passage, exact};
use crate::Chapter;

pub(crate) static CHAPTER: Chapter = Chapter {
    title: "Escape by noise",
    introduction: "A gradient that is 0 moves nothing: without noise, descent stays on a saddle and in any minimum. Noise \
                   pushes it off. How long that takes is known for both: out of a saddle, where small deviations grow by \
                   themselves, the time is logarithmic in the noise; out of a minimum, where they are pulled back, it is \
                   exponential in the depth of the minimum over a temperature Θ = η σ²/(2B). Here the noise is that of \
                   batches of B terms whose gradients have the standard deviation σ, everywhere and in all directions \
                   alike; in the last experiment it grows with the loss.",
    experiments: &[
        &saddle_escape::EXPERIMENT,
        &double_well_escape::EXPERIMENT,
        &noise_temperature::EXPERIMENT,
        &multiplicative_noise::EXPERIMENT,
    ],
};

//! Keyed, counter-based random streams.
//!
//! A [`Key`] names a purpose ("the order of batches of this problem, replicate 3"); a stream
//! under it is addressed by an index, such as the epoch.
//! Nothing depends on what was drawn before, elsewhere, or by whom.
//! Changing any draw changes every published number: the tests pin the first values of each.

use rand::SeedableRng;
use rand::distr::Distribution;
use rand::{Rng, RngCore};
use rand_chacha::ChaCha8Rng;

use crate::{Lanes, Real};

/// A stream of random numbers: ChaCha with 8 rounds, seekable and the same on every machine.
pub type Stream = ChaCha8Rng;

/// A name for a family of 2⁶⁴ independent streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// The key of a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(blake3::derive_key("sgdlab 2026-11 random streams", text.as_bytes()))
    }

    /// The key of a purpose under this key.
    #[must_use]
    pub fn child(&self, purpose: &str) -> Self {
        Self(*blake3::keyed_hash(&self.0, purpose.as_bytes()).as_bytes())
    }

    /// Stream number `index`, at its beginning.
    #[must_use]
    pub fn stream(&self, index: u64) -> Stream {
        let mut rng = ChaCha8Rng::from_seed(self.0);
        rng.set_stream(index);
        rng
    }
}

/// A uniform index in `0..n`, from exactly one 64-bit word.
///
/// Multiply–shift: the probabilities differ from 1/n by less than 2⁻⁶⁴, and since the number of
/// words is fixed, draw `k` of a stream can be addressed directly.
///
/// # Panics
/// If `n` is 0.
#[inline]
pub fn index(rng: &mut impl RngCore, n: u32) -> u32 {
    assert!(n > 0, "an index below 0 was asked for");
    below(rng.next_u64(), n)
}

/// The [`index`] in `0..n` that a word stands for: ⌊word n / 2⁶⁴⌋; 0 if `n` is 0.
#[inline]
#[must_use]
pub fn below(word: u64, n: u32) -> u32 {
    // The product is below n · 2⁶⁴, so its upper half is below n.
    ((u128::from(word) * u128::from(n)) >> 64) as u32
}

/// Puts the slice into uniformly random order (Fisher–Yates, one [`index`] an element).
///
/// # Panics
/// If there are more than 2³² elements.
pub fn shuffle<T>(slice: &mut [T], rng: &mut impl RngCore) {
    for i in (1..slice.len()).rev() {
        let bound = u32::try_from(i + 1).expect("at most 2³² elements are shuffled");
        slice.swap(i, index(rng, bound) as usize);
    }
}

/// Random signs −1 and 1, 64 from each word of the stream, the same in all lanes.
pub fn signs<R: Real, const N: usize>(rng: &mut impl RngCore, out: &mut [Lanes<R, N>]) {
    for signs in out.chunks_mut(64) {
        let bits = rng.next_u64();
        for (bit, sign) in signs.iter_mut().enumerate() {
            *sign = [if bits >> bit & 1 == 0 { R::ONE } else { -R::ONE }; N];
        }
    }
}

/// The standard normal distribution, by Marsaglia's polar method.
///
/// It needs only `ln` and `sqrt` and so is portable; `rand_distr`'s uses the platform's `exp`.
/// The second number of each pair is thrown away, so that a draw has no memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Normal;

impl Distribution<f64> for Normal {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        loop {
            let (u, v) = (2.0 * unit(rng) - 1.0, 2.0 * unit(rng) - 1.0);
            let square = u * u + v * v;
            if square > 0.0 && square < 1.0 {
                return u * (-2.0 * Real::ln(square) / square).sqrt();
            }
        }
    }
}

/// Uniform on [0, 1), 53 bits.
fn unit<R: RngCore + ?Sized>(rng: &mut R) -> f64 {
    (rng.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0
}

/// The uniform distribution on [`low`, `high`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uniform {
    /// Smallest value.
    pub low: f64,
    /// Bound above.
    pub high: f64,
}

impl Distribution<f64> for Uniform {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.low + (self.high - self.low) * unit(rng)
    }
}

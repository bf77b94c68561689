//! A pseudorandom permutation that is computed and not stored.

use rand::RngCore;

/// How often each part of a number is changed by the other one.
const ROUNDS: usize = 6;

/// The same for few bits, whose functions have so few values that they mix slowly: with 6 the 120 orders of 5
/// numbers have a chi-square of 1042 in 120 000 draws, where 119 is expected.
const ROUNDS_OF_FEW: usize = 16;

/// What is few.
const FEW_BITS: u32 = 10;

/// A keyed permutation of 0 … n − 1 in constant memory.
///
/// A Feistel network permutes the numbers of as many bits as n − 1 has; a number that lands at n or above is
/// sent through it again until it does not (cycle walking), which takes less than two passes on average.
/// The two parts are of ⌊bits / 2⌋ and ⌈bits / 2⌉ bits, and 12 rounds (32 where there are at most 10 bits) change
/// one of them by a keyed function of the other.
/// Where n is a power of 2 from 16 on all of these permutations are even.
///
/// ```
/// use sgdlab_core::streams::Key;
/// use sgdlab_samplers::Bijection;
/// let order = Bijection::new(&mut Key::new("example").stream(0), 1_000_000_000_000);
/// let place = order.at(123_456_789_012);
/// assert!(place < 1_000_000_000_000);
/// assert_eq!(order.inverse(place), 123_456_789_012);
/// ```
///
/// Sources: Luby and Rackoff (1988), How to construct pseudorandom permutations; Black and Rogaway (2002),
/// Ciphers with arbitrary finite domains (cycle walking).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bijection {
    n: u64,
    /// Bits of the lower part.
    low_bits: u32,
    /// Bits of the upper part.
    high_bits: u32,
    keys: [[u64; 2]; ROUNDS_OF_FEW],
    /// How many of the keys are used.
    rounds: usize,
}

/// The `bits` lowest bits.
fn mask(bits: u32) -> u64 {
    if bits == 0 { 0 } else { u64::MAX >> (64 - bits) }
}

/// A function of 64 bits whose bits all depend on all bits (Steele, Lea, Flood 2014, the finalizer of SplitMix64).
fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The keyed function of a round; its argument has at most 32 bits.
fn round(key: u64, x: u64) -> u64 {
    // Twice, and with the key in between too: keys that differ little must not give functions that do.
    mix(mix(x ^ key).wrapping_add(key.rotate_left(32)))
}

impl Bijection {
    /// The permutation of 0 … `n` − 1 that the next 32 words of `rng` name.
    ///
    /// # Panics
    /// If `n` is 0.
    #[must_use]
    pub fn new(rng: &mut impl RngCore, n: u64) -> Self {
        assert!(n > 0, "a permutation of nothing was asked for");
        let bits = 64 - (n - 1).leading_zeros();
        let rounds = if bits <= FEW_BITS { ROUNDS_OF_FEW } else { ROUNDS };
        let keys = std::array::from_fn(|_| [rng.next_u64(), rng.next_u64()]);
        Self { n, low_bits: bits.div_ceil(2), high_bits: bits / 2, keys, rounds }
    }

    /// n, how many numbers are permuted.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Where `i` goes.
    ///
    /// # Panics
    /// If `i` is not below n.
    #[must_use]
    pub fn at(&self, i: u64) -> u64 {
        self.walk(i, |x| {
            let (mut low, mut high) = self.split(x);
            for [first, second] in self.keys[..self.rounds].iter().copied() {
                low ^= round(first, high) & mask(self.low_bits);
                high ^= round(second, low) & mask(self.high_bits);
            }
            (high << self.low_bits) | low
        })
    }

    /// What goes to `place`.
    ///
    /// # Panics
    /// If `place` is not below n.
    #[must_use]
    pub fn inverse(&self, place: u64) -> u64 {
        self.walk(place, |x| {
            let (mut low, mut high) = self.split(x);
            for [first, second] in self.keys[..self.rounds].iter().copied().rev() {
                high ^= round(second, low) & mask(self.high_bits);
                low ^= round(first, high) & mask(self.low_bits);
            }
            (high << self.low_bits) | low
        })
    }

    fn split(&self, x: u64) -> (u64, u64) {
        (x & mask(self.low_bits), x >> self.low_bits)
    }

    /// Applies `pass` until it leads below n; a cycle of a permutation comes back there.
    fn walk(&self, from: u64, pass: impl Fn(u64) -> u64) -> u64 {
        assert!(from < self.n, "{from} is not below {}", self.n);
        let mut x = pass(from);
        while x >= self.n {
            x = pass(x);
        }
        x
    }
}

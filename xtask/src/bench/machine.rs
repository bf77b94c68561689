//! What the machine can do: bandwidth as in the STREAM benchmark, and multiplications with additions.

use std::fmt;
use std::hint::black_box;
use std::time::Instant;

use fearless_simd::{Level, Simd, SimdBase, SimdFloat, dispatch};
use rayon::prelude::*;
use sgdlab_core::Numbers;

/// Numbers of each of the lists that are copied: beyond all caches.
const NUMBERS: usize = 20_000_000;

/// Ceilings on one thread and on all.
pub struct Machine {
    pub(super) threads: usize,
    /// Bytes read and written, GB/s: copy and triad.
    pub(super) copy: [f64; 2],
    pub(super) triad: [f64; 2],
    /// Operations, GFLOP/s, of single and double precision.
    pub(super) single: [f64; 2],
    pub(super) double: [f64; 2],
}

impl Machine {
    /// Takes about two seconds.
    pub fn measure() -> Self {
        let threads = rayon::current_num_threads();
        Self {
            threads,
            copy: [1, threads].map(|threads| bandwidth(threads, false)),
            triad: [1, threads].map(|threads| bandwidth(threads, true)),
            single: [1, threads].map(|threads| operations(threads, chains_of_f32)),
            double: [1, threads].map(|threads| operations(threads, chains_of_f64)),
        }
    }

    /// GFLOP/s and GB/s that so many threads can reach, in double precision or in single.
    pub fn ceilings(&self, threads: usize, double: bool) -> [f64; 2] {
        let all = usize::from(threads > 1);
        [if double { self.double[all] } else { self.single[all] }, self.copy[all]]
    }

    /// Name, threads, GFLOP/s and GB/s of every ceiling.
    pub fn rows(&self) -> impl Iterator<Item = (&'static str, usize, f64, f64)> {
        let threads = [1, self.threads];
        let bytes = [("machine-copy", self.copy), ("machine-triad", self.triad)];
        let operations = [("machine-f32", self.single), ("machine-f64", self.double)];
        let of_bytes = bytes.map(|(name, found)| [0, 1].map(|i| (name, threads[i], f64::NAN, found[i])));
        let of_operations = operations.map(|(name, found)| [0, 1].map(|i| (name, threads[i], found[i], f64::NAN)));
        of_bytes.into_iter().chain(of_operations).flatten()
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:24} {:>10} {:>12}", "this machine", "1 thread", format!("{} threads", self.threads))?;
        let rows = [
            ("copy, GB/s", self.copy),
            ("triad, GB/s", self.triad),
            ("FMA of f32, GFLOP/s", self.single),
            ("FMA of f64, GFLOP/s", self.double),
        ];
        for (name, [one, all]) in rows {
            writeln!(f, "  {name:22} {one:>10.1} {all:>12.1}")?;
        }
        writeln!(f)
    }
}

/// The best of several passes, GB/s.
fn bandwidth(threads: usize, triad: bool) -> f64 {
    let [a, b, mut out] = [1.0_f32, 2.0, 0.0].map(|x| Numbers::new(x, NUMBERS));
    let size = NUMBERS.div_ceil(threads);
    let lists = if triad { 3 } else { 2 };
    let mut best: f64 = 0.0;
    for _ in 0..5 {
        let clock = Instant::now();
        out.par_chunks_mut(size).zip(a.par_chunks(size)).zip(b.par_chunks(size)).for_each(|((out, a), b)| {
            if triad {
                for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                    *out = a + 3.0 * b;
                }
            } else {
                out.copy_from_slice(a);
            }
        });
        black_box(&out);
        best = best.max((lists * 4 * NUMBERS) as f64 / clock.elapsed().as_secs_f64() / 1e9);
    }
    best
}

/// Operations of a thread.
const OPERATIONS: usize = 1 << 28;
/// As many keep two units busy, and are in registers everywhere.
const CHAINS: usize = 10;

/// Independent chains of multiplications with additions, fused where the machine can, in the widest registers.
///
/// They are named: lists of numbers are put in registers of which not every machine has enough, which halves the ceiling.
macro_rules! chains {
    ($name:ident, $of:ident, $registers:ident) => {
        fn $name() {
            dispatch!(Level::new(), simd => $of(simd));
        }

        #[inline(always)]
        #[expect(clippy::disallowed_methods, reason = "what the machine can do is measured; no result is made of it")]
        fn $of<S: Simd>(simd: S) {
            let splat = |x| S::$registers::splat(simd, black_box(x));
            let (mut sums, a, b) = ([splat(0.5); CHAINS], splat(0.999), splat(1e-3));
            for _ in 0..OPERATIONS / (2 * CHAINS * S::$registers::LEN) {
                for k in 0..CHAINS {
                    sums[k] = sums[k].mul_add(a, b);
                }
            }
            black_box(sums);
        }
    };
}
chains!(chains_of_f32, chains_in_f32, f32s);
chains!(chains_of_f64, chains_in_f64, f64s);

/// The best of several rounds, GFLOP/s.
fn operations(threads: usize, chains: fn()) -> f64 {
    let mut best: f64 = 0.0;
    for _ in 0..5 {
        let clock = Instant::now();
        (0..threads).into_par_iter().with_max_len(1).for_each(|_| chains());
        best = best.max((threads * OPERATIONS) as f64 / clock.elapsed().as_secs_f64() / 1e9);
    }
    best
}

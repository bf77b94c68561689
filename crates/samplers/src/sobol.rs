//! A scrambled low-discrepancy sequence over the indices.

use rand::RngCore;
use sgdlab_core::streams::Key;
use sgdlab_core::{Domain, Entry, Hyperparameter, Settings};

use crate::context::check_length;
use crate::error::{SamplerError, check_sizes};
use crate::law::Moments;
use crate::{BatchBuffer, Context, Law, Sampler};

pub(crate) const ENTRY: Entry = Entry {
    name: "sobol",
    summary: "Batches are consecutive points of an Owen-scrambled Sobol sequence over the order of the terms.",
    formula: "xₙ point n of the scrambled sequence in [0, 1)ᵈ; batch t is ⌊N xₙ⌋ for n = tB … tB + B − 1 \
              (d = 1: van der Corput's), or the cell of the grid that xₙ lies in\n\
              E ĝ = G; Cov(aᵢ, aⱼ) = B⁻² Σₙₘ (P(n at i, m at j) − pᵢpⱼ), where n and m, whose coordinates share \
              exactly their first ℓ binary digits before scrambling, lie uniformly in different halves of a uniform one \
              of 2^ℓ intervals, independently in each coordinate",
    conventions: "For terms in a meaningful order: quantiles of a distribution, or a product design whose last axis is fastest \
                  (grid). Where B is a power of 2 a batch has one point in each of B equal intervals of every axis: for \
                  d = 1 its variance is the mean variance within these intervals / B, never more than with-replacement's, \
                  and O(B⁻³) for gradients that are smooth in i/N; it is S / B where gradients have no trend within or \
                  between intervals. Where N is a power of 2 too, d = 1 and B ≤ N, an epoch visits every term once. \
                  Other B have no such guarantee. \
                  48 binary digits are scrambled, so probabilities are multiples of 2⁻⁴⁸; the sequence repeats after \
                  2⁴⁸ points. An epoch is ⌈N/B⌉ steps of one sequence, which goes on. B may exceed N.",
    hyperparameters: &[Hyperparameter {
        name: "grid",
        meaning: "sizes of the axes of a product design, at most 8, whose product is N; empty for one axis",
        domain: Domain::Integers { default: &[] },
    }],
    dialects: &[],
    cost: "no memory; 8 words from 8 streams an axis and index, about 1 µs; any step in the same time",
    reference: "Sobol' (1967), On the distribution of points in a cube; Joe, Kuo (2008), Constructing Sobol sequences with \
                better two-dimensional projections (direction numbers); Owen (1995), Randomly permuted (t, m, s)-nets and \
                (t, s)-sequences; Owen (1997), Scrambled net variance for integrals of smooth functions",
};

/// Binary digits of a coordinate.
const DIGITS: u32 = 48;

/// Digits whose flips are one word.
const CHUNK: u32 = 6;

/// Degree, coefficients and first numbers of the recursions of axes 2 to 8 (Joe and Kuo's new-joe-kuo-6).
const RECURSIONS: [(u32, u64, &[u64]); 7] = [
    (1, 0, &[1]),
    (2, 1, &[1, 3]),
    (3, 1, &[1, 3, 1]),
    (3, 2, &[1, 1, 1]),
    (4, 1, &[1, 1, 3, 3]),
    (4, 4, &[1, 3, 5, 13]),
    (5, 2, &[1, 1, 5, 5, 17]),
];

/// What bit k of a point's number contributes to its coordinate on an axis.
fn directions(axis: usize) -> [u64; DIGITS as usize] {
    let mut numbers = [1_u64; DIGITS as usize];
    if axis > 0 {
        let (degree, coefficients, first) = RECURSIONS[axis - 1];
        let degree = degree as usize;
        numbers[..degree].copy_from_slice(first);
        for k in degree..DIGITS as usize {
            let mut number = numbers[k - degree] ^ (numbers[k - degree] << degree);
            for i in 1..degree {
                if coefficients >> (degree - 1 - i) & 1 == 1 {
                    number ^= numbers[k - i] << i;
                }
            }
            numbers[k] = number;
        }
    }
    for (k, number) in numbers.iter_mut().enumerate() {
        *number <<= DIGITS as usize - 1 - k;
    }
    numbers
}

/// One axis of the design.
#[derive(Debug)]
struct Axis {
    size: u32,
    digits: u32,
    directions: [u64; DIGITS as usize],
}

impl Axis {
    /// The coordinate of a point before it is scrambled, in units of 2^−[`DIGITS`].
    fn raw(&self, point: u64) -> u64 {
        let bits = (0..DIGITS as usize).filter(|&k| point >> k & 1 == 1);
        bits.fold(0, |x, k| x ^ self.directions[k]) >> (DIGITS - self.digits)
    }

    /// The cell that a coordinate lies in.
    fn cell(&self, x: u64) -> u32 {
        ((u128::from(x) * u128::from(self.size)) >> self.digits) as u32
    }

    /// The coordinates of a cell: from the first to before the second.
    fn interval(&self, cell: u32) -> (u64, u64) {
        let start = |cell: u64| (u128::from(cell) << self.digits).div_ceil(u128::from(self.size)) as u64;
        (start(u64::from(cell)), start(u64::from(cell) + 1))
    }

    /// P(a point is in the cell).
    fn probability(&self, cell: u32) -> f64 {
        let (start, end) = self.interval(cell);
        (end - start) as f64 / (1_u64 << self.digits) as f64
    }

    /// P(one point is in cell `i` and the other in cell `j`), for points whose raw coordinates are these.
    fn joint(&self, (one, i): (u64, u32), (other, j): (u64, u32)) -> f64 {
        if one == other {
            return if i == j { self.probability(i) } else { 0.0 };
        }
        let shared = self.digits - (64 - (one ^ other).leading_zeros());
        let width = 1_u64 << (self.digits - shared);
        let half = width / 2;
        let (own, others) = (self.interval(i), self.interval(j));
        // Intervals of `width` that meet both cells; different cells have at most one in common.
        let (first, last) = (own.0.max(others.0) / width, (own.1.min(others.1) - 1) / width);
        if last < first {
            return 0.0;
        }
        let overlap =
            |(start, end): (u64, u64), from: u64| (end.min(from + half)).saturating_sub(start.max(from)) as f64;
        let within = |k: u64| {
            let (low, high) = (k * width, k * width + half);
            overlap(own, low) * overlap(others, high) + overlap(own, high) * overlap(others, low)
        };
        let half = half as f64;
        let between = (last - first).saturating_sub(1) as f64 * 2.0 * half * half;
        let sum = within(first) + if last > first { within(last) + between } else { 0.0 };
        sum / (2.0 * half * half * (1_u64 << shared) as f64)
    }
}

/// Flips each of the `digits` binary digits of `x` or not, by a bit that depends on the digits before it.
///
/// The bits of six digits are those of the word of a node: 1 followed by the digits before them, in binary.
fn scramble(x: u64, digits: u32, mut word: impl FnMut(u64) -> u64) -> u64 {
    let mut scrambled = 0;
    let mut done = 0;
    while done < digits {
        let word = word((1 << done) | x.checked_shr(digits - done).unwrap_or(0));
        let mut node = 1;
        let chunk = CHUNK.min(digits - done);
        for _ in 0..chunk {
            done += 1;
            let digit = x >> (digits - done) & 1;
            scrambled = (scrambled << 1) | (digit ^ (word >> node & 1));
            node = (node << 1) | digit;
        }
    }
    scrambled
}

/// The number of point `j` of a batch.
fn number(step: u64, batch: usize, j: usize) -> u64 {
    step.wrapping_mul(batch as u64).wrapping_add(j as u64)
}

/// The term whose cell a point lies in, when axis `k` is scrambled by the words `word(k, node)`.
fn term(axes: &[Axis], point: u64, mut word: impl FnMut(usize, u64) -> u64) -> u32 {
    axes.iter().enumerate().fold(0, |term, (k, axis)| {
        let x = scramble(axis.raw(point), axis.digits, |node| word(k, node));
        term * axis.size + axis.cell(x)
    })
}

struct Sobol {
    axes: Vec<Axis>,
    keys: Vec<Key>,
    terms: usize,
    batch: usize,
}

impl Sampler for Sobol {
    fn batches_per_epoch(&self) -> u64 {
        self.terms.div_ceil(self.batch) as u64
    }

    fn largest_batch(&self) -> usize {
        self.batch
    }

    fn fill(&mut self, step: u64, out: &mut BatchBuffer) {
        out.clear();
        let word = |axis: usize, node: u64| self.keys[axis].stream(node).next_u64();
        out.indices.extend((0..self.batch).map(|j| term(&self.axes, number(step, self.batch, j), word)));
    }
}

#[derive(Debug)]
struct SobolLaw {
    axes: Vec<Axis>,
    batch: usize,
}

impl SobolLaw {
    /// The cells of a term, with their axes.
    fn cells(&self, term: usize) -> impl Iterator<Item = (&Axis, u32)> {
        let mut rest = term as u32;
        self.axes.iter().rev().map(move |axis| {
            let cell = rest % axis.size;
            rest /= axis.size;
            (axis, cell)
        })
    }

    fn probability(&self, term: usize) -> f64 {
        self.cells(term).map(|(axis, cell)| axis.probability(cell)).product()
    }
}

impl Moments for SobolLaw {
    fn mean(&self, _: u64, term: usize) -> f64 {
        self.probability(term)
    }

    fn covariance(&self, (first, i): (u64, usize), (second, j): (u64, usize)) -> f64 {
        let both = self.probability(i) * self.probability(j);
        let mut sum = 0.0;
        for one in (0..self.batch).map(|k| number(first, self.batch, k)) {
            for other in (0..self.batch).map(|k| number(second, self.batch, k)) {
                let axes = self.cells(i).zip(self.cells(j));
                let joint = axes.map(|((axis, i), (_, j))| axis.joint((axis.raw(one), i), (axis.raw(other), j)));
                sum += joint.product::<f64>() - both;
            }
        }
        sum / (self.batch * self.batch) as f64
    }
}

fn axes(settings: &Settings, context: &Context<'_>, batch: usize) -> Result<Vec<Axis>, SamplerError> {
    let terms = check_sizes(context.terms, batch)?;
    let mut sizes = settings.integers("grid");
    if sizes.is_empty() {
        sizes.push(terms as usize);
    }
    if sizes.len() > RECURSIONS.len() + 1 {
        let (given, needed) = (sizes.len(), RECURSIONS.len() + 1);
        return Err(SamplerError::Lengths { sampler: ENTRY.name, what: "axes of a grid", given, needed });
    }
    let product = sizes.iter().fold(1, |product: usize, &size| product.saturating_mul(size));
    check_length(ENTRY.name, "cells of a grid", product, context.terms)?;
    let axis = |(k, size): (usize, usize)| Axis { size: size as u32, digits: DIGITS, directions: directions(k) };
    Ok(sizes.into_iter().enumerate().map(axis).collect())
}

pub(crate) fn bind(
    settings: &Settings,
    context: &Context<'_>,
    batch: usize,
    key: Key,
) -> Result<Box<dyn Sampler>, SamplerError> {
    let axes = axes(settings, context, batch)?;
    let keys = (0..axes.len()).map(|axis| key.child(&format!("axis {axis}"))).collect();
    Ok(Box::new(Sobol { axes, keys, terms: context.terms, batch }))
}

pub(crate) fn law(settings: &Settings, context: &Context<'_>, batch: usize) -> Result<Law, SamplerError> {
    let axes = axes(settings, context, batch)?;
    Ok(Law::general(context.terms, context.terms.div_ceil(batch), SobolLaw { axes, batch }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every scrambling of `digits` digits: a bit for each of the 2^digits − 1 nodes.
    fn scramblings(digits: u32) -> std::ops::Range<u64> {
        0..1 << ((1 << digits) - 1)
    }

    #[test]
    fn cells_have_their_law_under_every_scrambling() {
        for (digits, sizes) in [(1, vec![1, 2]), (2, vec![3, 4]), (3, vec![2, 3, 5, 7, 8]), (4, vec![5, 11])] {
            for size in sizes {
                let axis = Axis { size, digits, directions: directions(0) };
                // Twice as many points as there are coordinates, so that some come back.
                for (one, other) in [(0, 1), (0, 2), (1, 3), (0, 4), (2, 6), (3, 3), (0, 2 << digits >> 1), (5, 9)] {
                    check_pair(&axis, axis.raw(one), axis.raw(other));
                }
            }
        }
    }

    fn check_pair(axis: &Axis, one: u64, other: u64) {
        let size = axis.size as usize;
        let mut counts = vec![0_u32; size * size];
        for flips in scramblings(axis.digits) {
            let [i, j] = [one, other].map(|x| axis.cell(scramble(x, axis.digits, |_| flips << 1)) as usize);
            counts[i * size + j] += 1;
        }
        let all = scramblings(axis.digits).count() as f64;
        for (cells, count) in counts.into_iter().enumerate() {
            let (i, j) = ((cells / size) as u32, (cells % size) as u32);
            let (measured, exact) = (f64::from(count) / all, axis.joint((one, i), (other, j)));
            assert!(
                (measured - exact).abs() <= 1e-12,
                "{axis:?}, {one} in {i}, {other} in {j}: {measured}, not {exact}"
            );
        }
    }

    /// Over all scramblings of each axis: moments of the weights of terms in three batches.
    #[test]
    fn batches_have_their_law_under_every_scrambling() {
        for (digits, sizes, batch) in [(3, vec![5], 3), (3, vec![8], 2), (2, vec![2, 3], 2), (2, vec![4, 3], 3)] {
            let axis = |(k, &size)| Axis { size, digits, directions: directions(k) };
            let axes = || sizes.iter().enumerate().map(axis).collect::<Vec<_>>();
            let terms: u32 = sizes.iter().product();
            let law = SobolLaw { axes: axes(), batch };
            let nodes = (1 << digits) - 1;
            let outcomes: Vec<Vec<Vec<f64>>> = (0..1_u64 << (nodes * sizes.len()))
                .map(|flips| {
                    (0..3).map(|step| weights(&axes(), (terms, batch), step, |k| flips >> (k * nodes) << 1)).collect()
                })
                .collect();
            check_moments(&law, &outcomes);
        }
    }

    fn weights(axes: &[Axis], (terms, batch): (u32, usize), step: u64, flips: impl Fn(usize) -> u64) -> Vec<f64> {
        let mut weights = vec![0.0; terms as usize];
        for j in 0..batch {
            weights[term(axes, number(step, batch, j), |k, _| flips(k)) as usize] += 1.0 / batch as f64;
        }
        weights
    }

    fn check_moments(law: &SobolLaw, outcomes: &[Vec<Vec<f64>>]) {
        let mean_of = |f: &dyn Fn(&Vec<Vec<f64>>) -> f64| outcomes.iter().map(f).sum::<f64>() / outcomes.len() as f64;
        let places = || (0..3).flat_map(|step: usize| (0..outcomes[0][0].len()).map(move |term| (step, term)));
        for (s, i) in places() {
            let mean = mean_of(&|a| a[s][i]);
            assert!((mean - law.mean(s as u64, i)).abs() <= 1e-12, "{law:?}: mean of {i} at {s}");
            for (t, j) in places() {
                let measured = mean_of(&|a| a[s][i] * a[t][j]) - mean * mean_of(&|a| a[t][j]);
                let exact = law.covariance((s as u64, i), (t as u64, j));
                assert!(
                    (measured - exact).abs() <= 1e-12,
                    "{law:?}: {measured}, not {exact} for {:?}",
                    ((s, i), (t, j))
                );
            }
        }
    }

    #[test]
    fn scrambling_is_a_permutation_that_keeps_intervals() {
        for flips in [0, 0x5bd1_e995_1234_abcd, u64::MAX] {
            let word = |node: u64| flips.rotate_left((node % 61) as u32);
            let mut all: Vec<u64> = (0..512).map(|x| scramble(x, 9, word)).collect();
            for (x, y) in (0_u64..512).flat_map(|x| (0..512).map(move |y| (x, y))) {
                let (a, b) = (all[x as usize], all[y as usize]);
                assert_eq!((a ^ b).leading_zeros(), (x ^ y).leading_zeros());
            }
            all.sort_unstable();
            assert_eq!(all, (0..512).collect::<Vec<_>>());
        }
    }

    /// 2^k points from a multiple of 2^k on have one in each of 2^k intervals of every axis,
    /// and on the first two axes one in each of 2^k boxes of every shape.
    #[test]
    fn points_are_spread_evenly() {
        let axes: Vec<Axis> = (0..8).map(|k| Axis { size: 1, digits: DIGITS, directions: directions(k) }).collect();
        for k in 0..8 {
            let points = || (3_u64 << k)..(4 << k);
            for axis in &axes {
                let seen: std::collections::BTreeSet<u64> = points().map(|n| axis.raw(n) >> (DIGITS - k)).collect();
                assert_eq!(seen.len(), 1 << k);
            }
            for first in 0..=k {
                let part = |axis: usize, bits: u32, n| axes[axis].raw(n).checked_shr(DIGITS - bits).unwrap_or(0);
                let boxes = points().map(|n| (part(0, first, n), part(1, k - first, n)));
                assert_eq!(boxes.collect::<std::collections::BTreeSet<_>>().len(), 1 << k);
            }
        }
    }

    /// By hand: m = 2m′ ⊕ m′ on the second axis, and m = 2m′ ⊕ 4m″ ⊕ m″ on the third.
    #[test]
    fn direction_numbers_are_those_of_the_recursion() {
        let numbers = |axis: usize| (0..5).map(move |k| directions(axis)[k] >> (DIGITS as usize - 1 - k));
        assert_eq!(numbers(0).collect::<Vec<_>>(), [1, 1, 1, 1, 1]);
        assert_eq!(numbers(1).collect::<Vec<_>>(), [1, 3, 5, 15, 17]);
        assert_eq!(numbers(2).collect::<Vec<_>>(), [1, 3, 6 ^ 4 ^ 1, 6 ^ 12 ^ 3, 18 ^ 12 ^ 3]);
    }
}

//! Products of rows of data with parameters, and of slopes with rows.

use std::hint::black_box;

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Lanes, Real, WIDTH, reduce};

/// Rows of features, each followed by a 1 that is not stored if there is an intercept.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a, R> {
    pub(super) features: &'a [R],
    pub(super) columns: usize,
    pub(super) intercept: bool,
}

/// Bytes of the rows of a block: a quarter of the first cache of common machines, half of which is for what comes
/// next from memory.
const BLOCK: usize = 1 << 13;

/// Columns whose sums are in registers at the same time.
const ALONE: usize = 32;

/// The same for sums of 16 lanes.
const IN_PACK: usize = 4;

impl<'a, R: Real> Rows<'a, R> {
    /// How many rows go through the cache together.
    pub(super) fn of_a_block(&self) -> usize {
        (BLOCK / (size_of::<R>() * self.columns.max(1))).max(1).next_multiple_of(WIDTH)
    }

    #[inline(always)]
    fn row(&self, term: usize) -> &'a [R] {
        &self.features[term * self.columns..][..self.columns]
    }
}

/// z[i] = w·xᵢ + b for the rows of a batch.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
pub(super) fn predict<R: Real, const N: usize>(
    rows: Rows<'_, R>,
    batch: &[u32],
    at: &[Lanes<R, N>],
    z: &mut [Lanes<R, N>],
) {
    assert_eq!(batch.len(), z.len(), "a place for each prediction");
    outputs(rows, |i| batch[i] as usize, at, z);
}

/// z[i] = w·xᵢ + b for all rows in order.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
pub(super) fn predict_all<R: Real, const N: usize>(rows: Rows<'_, R>, at: &[Lanes<R, N>], z: &mut [Lanes<R, N>]) {
    outputs(rows, |i| i, at, z);
}

#[inline(always)]
fn outputs<R: Real, const N: usize>(
    rows: Rows<'_, R>,
    term: impl Fn(usize) -> usize,
    at: &[Lanes<R, N>],
    z: &mut [Lanes<R, N>],
) {
    let (weights, bias) = at.split_at(rows.columns);
    let bias = if rows.intercept { Some(bias[0]) } else { None };
    if let ([weight], Some(bias)) = (weights, bias) {
        // Both in registers.
        let weight = *weight;
        for (i, z) in z.iter_mut().enumerate() {
            let x = rows.features[term(i)];
            let z = if N == 1 { z } else { black_box(z) };
            for l in 0..N {
                z[l] = weight[l] * x + bias[l];
            }
        }
        return;
    }
    let last = if N == 1 { end(weights.as_flattened()) } else { [R::ZERO; WIDTH] };
    for (i, z) in z.iter_mut().enumerate() {
        let row = rows.row(term(i));
        let mut output = if N == 1 && row.len() > 1 {
            [alone(weights.as_flattened(), &last, row); N]
        } else {
            reduce::project(weights, row)
        };
        if let Some(bias) = bias {
            for l in 0..N {
                output[l] += bias[l];
            }
        }
        *z = output;
    }
}

/// The numbers behind the last whole 16, and zeros.
#[inline(always)]
fn end<R: Real>(numbers: &[R]) -> [R; WIDTH] {
    let (_, rest) = numbers.as_chunks::<WIDTH>();
    let mut end = [R::ZERO; WIDTH];
    end[..rest.len()].copy_from_slice(rest);
    end
}

/// w·x, whose end is `last`, in the canonical order: zeros do not change a sum that began with one.
#[inline(always)]
fn alone<R: Real>(weights: &[R], last: &[R; WIDTH], row: &[R]) -> R {
    let mut sums = [[R::ZERO]; WIDTH];
    for (w, x) in weights.as_chunks::<WIDTH>().0.iter().zip(row.as_chunks::<WIDTH>().0) {
        for k in 0..WIDTH {
            sums[k][0] += w[k] * x[k];
        }
    }
    let end = end(row);
    for k in 0..WIDTH {
        sums[k][0] += last[k] * end[k];
    }
    reduce::sum_by::<R, 1>(WIDTH, |k, _| sums[k][0])[0]
}

/// out += Σᵢ slopes[i] (xᵢ, 1), term by term.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
pub(super) fn gather<R: Real, const N: usize>(
    rows: Rows<'_, R>,
    batch: &[u32],
    slopes: &[Lanes<R, N>],
    out: &mut [Lanes<R, N>],
) {
    let (weights, bias) = out.split_at_mut(rows.columns);
    let mut from = 0;
    if N == 1 {
        let (groups, _) = weights.as_flattened_mut().as_chunks_mut::<ALONE>();
        for sums in groups {
            add_columns(rows, (batch, slopes.as_flattened()), from, sums);
            from += ALONE;
        }
    } else {
        let (groups, _) = weights.as_chunks_mut::<IN_PACK>();
        for sums in groups {
            add_columns_of_packs(rows, (batch, slopes), from, sums);
            from += IN_PACK;
        }
    }
    let rest = &mut weights[from..];
    if N == 1 {
        for (slope, &term) in slopes.iter().zip(batch) {
            reduce::accumulate(rest, slope, &rows.row(term as usize)[from..]);
        }
    } else {
        for (k, sum) in rest.iter_mut().enumerate() {
            add_columns_of_packs(rows, (batch, slopes), from + k, std::array::from_mut(sum));
        }
    }
    if let Some(bias) = bias.first_mut() {
        let mut sum = *bias;
        for slope in slopes {
            for l in 0..N {
                sum[l] += slope[l];
            }
        }
        *bias = sum;
    }
}

/// Some columns of a single run.
#[inline(always)]
fn add_columns<R: Real, const C: usize>(
    rows: Rows<'_, R>,
    (batch, slopes): (&[u32], &[R]),
    from: usize,
    sums: &mut [R; C],
) {
    let mut own = *sums;
    for (&slope, &term) in slopes.iter().zip(batch) {
        let row: &[R; C] = rows.row(term as usize)[from..].first_chunk().expect("columns of the row");
        for c in 0..C {
            own[c] += slope * row[c];
        }
    }
    *sums = own;
}

/// Some columns of a pack.
#[inline(always)]
fn add_columns_of_packs<R: Real, const N: usize, const C: usize>(
    rows: Rows<'_, R>,
    (batch, slopes): (&[u32], &[Lanes<R, N>]),
    from: usize,
    sums: &mut [Lanes<R, N>; C],
) {
    let mut own = *sums;
    for (slope, &term) in slopes.iter().zip(batch) {
        let row: &[R; C] = rows.row(term as usize)[from..].first_chunk().expect("columns of the row");
        for c in 0..C {
            for l in 0..N {
                own[c][l] += slope[l] * row[c];
            }
        }
    }
    *sums = own;
}

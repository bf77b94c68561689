//! The two products of matrices that networks are made of, in tiles that stay in registers.
//!
//! A matrix has `width` numbers a row: those of all outputs and lanes, which are contiguous.
//! Factors are the same in all lanes (`P` = 1: data) or a lane's own (`P` = number of lanes: hidden units), so that
//! number v of a row has the factor of lane v mod `P`.
//! Every number of the result is one chain of additions, whatever tile it is in.
//!
//! Registers are named, because the compiler loses them in tiles of more than four rows.
//! How high and wide tiles are was measured: where factors are the same in all lanes, 64 bytes by as many rows as there
//! are registers for are best, since AVX-512 multiplies by a factor in memory; where they are not, few rows by several
//! registers are.

use std::sync::LazyLock;

use fearless_simd::{Level, Simd, SimdBase, dispatch, f32x4, f32x8, f32x16, f64x2, f64x4, f64x8};
use sgdlab_core::{Real, WIDTH};

/// The widest instructions of the machine.
static LEVEL: LazyLock<Level> = LazyLock::new(Level::new);

/// What the chains of additions begin with.
#[derive(Clone, Copy)]
pub enum Start<'a, R> {
    /// 0.
    Zero,
    /// The numbers of this row, in every row of the result.
    Row(&'a [R]),
    /// What is in the place of the result.
    There,
}

/// A precision whose matrices can be multiplied.
pub trait Products: Real {
    /// `out[i, ·]` = `start[i, ·]` + Σₖ `rows[i, k]` `b[k, ·]`.
    ///
    /// `rows` has `columns` factors a row, `b` as many rows of `width` numbers.
    fn products<const P: usize>(
        rows_and_columns: (&[Self], usize),
        b_and_width: (&[Self], usize),
        start: Start<'_, Self>,
        out: &mut [Self],
    );

    /// `out[k, ·]` = `factor` (`start[k, ·]` + Σᵢ `rows[i, k]` `b[i, ·]`).
    ///
    /// `rows` has `columns` factors a row, `b` as many rows of `width` numbers, and `out` one for each column.
    fn sums_of_products<const P: usize>(
        rows_and_columns: (&[Self], usize),
        b_and_width: (&[Self], usize),
        start_and_factor: (Start<'_, Self>, Self),
        out: &mut [Self],
    );
}

/// The registers of a precision.
trait Registers<S: Simd>: Real {
    /// Of 64 bytes, which are several where the machine has smaller ones.
    type Whole: SimdBase<S, Element = Self>;
    /// Of 32 bytes.
    type Half: SimdBase<S, Element = Self>;
    /// Of 16 bytes.
    type Quarter: SimdBase<S, Element = Self>;
}

macro_rules! products {
    ($float:ident, $whole:ident, $half:ident, $quarter:ident) => {
        impl<S: Simd> Registers<S> for $float {
            type Whole = $whole<S>;
            type Half = $half<S>;
            type Quarter = $quarter<S>;
        }

        impl Products for $float {
            fn products<const P: usize>(
                rows: (&[Self], usize),
                b: (&[Self], usize),
                start: Start<'_, Self>,
                out: &mut [Self],
            ) {
                dispatch!(*LEVEL, simd => products_with::<_, _, P>(simd, rows, b, start, out));
            }

            fn sums_of_products<const P: usize>(
                rows: (&[Self], usize),
                b: (&[Self], usize),
                ends: (Start<'_, Self>, Self),
                out: &mut [Self],
            ) {
                dispatch!(*LEVEL, simd => sums_with::<_, _, P>(simd, rows, b, ends, out));
            }
        }
    };
}

products!(f32, f32x16, f32x8, f32x4);
products!(f64, f64x8, f64x4, f64x2);

/// Whether a register has 64 bytes; there are twice as many registers then.
#[inline(always)]
fn is_wide<S: Simd>() -> bool {
    <S::f32s as SimdBase<S>>::LEN == 16
}

/// Goes through the rows of a result, in tiles as high as the registers of `$S` are many, then in lower ones.
macro_rules! heights {
    ($S:ident, $p:ident, $rows:expr, |$at:ident, $high:ident| $tiles:expr) => {{
        let mut $at = 0;
        if $p > 1 {
            heights!(@ $rows, $at, $high, 2, $tiles);
        } else if is_wide::<$S>() {
            heights!(@ $rows, $at, $high, 12, $tiles);
            heights!(@ $rows, $at, $high, 4, $tiles);
        } else {
            heights!(@ $rows, $at, $high, 6, $tiles);
            heights!(@ $rows, $at, $high, 4, $tiles);
            heights!(@ $rows, $at, $high, 2, $tiles);
        }
        heights!(@ $rows, $at, $high, 1, $tiles);
    }};
    (@ $rows:expr, $at:ident, $high:ident, $count:expr, $tiles:expr) => {
        while $rows - $at >= $count {
            const $high: usize = $count;
            $tiles;
            $at += $count;
        }
    };
}

#[inline(always)]
fn products_with<S: Simd, R: Registers<S>, const P: usize>(
    simd: S,
    (rows, columns): (&[R], usize),
    (b, width): (&[R], usize),
    start: Start<'_, R>,
    out: &mut [R],
) {
    let rows: &[[R; P]] = rows.as_chunks().0;
    let terms = b.chunks_exact(width).zip(0..columns);
    heights!(S, P, out.len() / width, |at, I| {
        let tile: &[&[[R; P]]; I] = &std::array::from_fn(|i| &rows[(at + i) * columns..][..columns]);
        let factors = |k: usize| move |i: usize| &tile[i][k];
        let out = &mut out[at * width..][..I * width];
        across::<S, R, P, I, _, _>(simd, (&terms, factors), width, (start, None), out);
    });
}

#[inline(always)]
fn sums_with<'a, S: Simd, R: Registers<S>, const P: usize>(
    simd: S,
    (rows, columns): (&'a [R], usize),
    (b, width): (&[R], usize),
    (start, factor): (Start<'_, R>, R),
    out: &mut [R],
) {
    let rows: &'a [[R; P]] = rows.as_chunks().0;
    let terms = b.chunks_exact(width).zip(rows.chunks_exact(columns));
    heights!(S, P, columns, |at, I| {
        let factors = |row: &'a [[R; P]]| {
            let column: &[[R; P]; I] = row[at..][..I].as_array().expect("as high as a tile");
            move |i: usize| &column[i]
        };
        let out = &mut out[at * width..][..I * width];
        across::<S, R, P, I, _, _>(simd, (&terms, factors), width, (start, Some(factor)), out);
    });
}

/// `I` rows of the result, in tiles that are ever narrower.
///
/// A term is a row of `b` with that of which its factors in the rows of the result are made; where iterators made them,
/// bounds would be checked in every step.
/// Terms are cloned for every tile, since to pair rows anew would divide anew to see how many there are.
#[inline(always)]
fn across<'a, 'b, S, R, const P: usize, const I: usize, T, X>(
    simd: S,
    (terms, factors): (&(impl Iterator<Item = (&'b [R], T)> + Clone), impl Fn(T) -> X + Copy),
    width: usize,
    ends: (Start<'_, R>, Option<R>),
    out: &mut [R],
) where
    S: Simd,
    R: Registers<S>,
    X: Fn(usize) -> &'a [R; P],
{
    const { assert!(WIDTH.is_multiple_of(P), "tiles begin with lane 0") };
    let (whole, half, quarter) = (R::Whole::LEN, R::Half::LEN, R::Quarter::LEN);
    let mut first = 0;
    if P == 1 {
        while width - first >= whole {
            tile::<S, R, R::Whole, P, I, 1, _, _>(simd, (terms.clone(), factors), (width, first), ends, out);
            first += whole;
        }
    } else if P == WIDTH && is_wide::<S>() {
        while width - first >= 4 * whole {
            tile::<S, R, R::Whole, P, I, 4, _, _>(simd, (terms.clone(), factors), (width, first), ends, out);
            first += 4 * whole;
        }
        while width - first >= whole {
            tile::<S, R, R::Whole, P, I, 1, _, _>(simd, (terms.clone(), factors), (width, first), ends, out);
            first += whole;
        }
    } else {
        // Ten outputs and four lanes are five registers: with two factors 13 in all.
        if P <= half && width / half % 4 == 1 && width / half > 4 {
            tile::<S, R, R::Half, P, I, 5, _, _>(simd, (terms.clone(), factors), (width, first), ends, out);
            first += 5 * half;
        }
        while width - first >= 4 * half {
            tile::<S, R, R::Half, P, I, 4, _, _>(simd, (terms.clone(), factors), (width, first), ends, out);
            first += 4 * half;
        }
    }
    while width - first >= half {
        tile::<S, R, R::Half, P, I, 1, _, _>(simd, (terms.clone(), factors), (width, first), ends, out);
        first += half;
    }
    while width - first >= quarter {
        tile::<S, R, R::Quarter, P, I, 1, _, _>(simd, (terms.clone(), factors), (width, first), ends, out);
        first += quarter;
    }
    if first == width {
        return;
    }
    if P == 1 && width >= quarter && !matches!(ends.0, Start::There) {
        // Some numbers are computed again, which takes no longer.
        tile::<S, R, R::Quarter, P, I, 1, _, _>(simd, (terms.clone(), factors), (width, width - quarter), ends, out);
    } else {
        for v in first..width {
            chains::<R, P, I, _, _>((terms.clone(), factors), (width, v), ends, out);
        }
    }
}

/// The numbers of `C` registers from `first` on of `I` rows.
///
/// What there is less of, factors or registers of `b`, waits in registers for the other.
#[inline(always)]
fn tile<'a, 'b, S, R, V, const P: usize, const I: usize, const C: usize, T, X>(
    simd: S,
    (terms, factors): (impl Iterator<Item = (&'b [R], T)>, impl Fn(T) -> X),
    (width, first): (usize, usize),
    (start, factor): (Start<'_, R>, Option<R>),
    out: &mut [R],
) where
    S: Simd,
    R: Real,
    V: SimdBase<S, Element = R>,
    X: Fn(usize) -> &'a [R; P],
{
    let load = |from: &[R], c: usize| V::from_slice(simd, &from[c * V::LEN..][..V::LEN]);
    let mut sums = [[V::splat(simd, R::ZERO); C]; I];
    if let Start::Row(_) | Start::There = start {
        for i in 0..I {
            let row = if let Start::Row(row) = start { row } else { &out[i * width..] };
            let row = &row[first..][..C * V::LEN];
            for c in 0..C {
                sums[i][c] = load(row, c);
            }
        }
    }
    for (b, term) in terms {
        let x = factors(term);
        let b = &b[first..][..C * V::LEN];
        // Factors of the lanes that a register holds: the same in all of them, or as many as there are lanes.
        let same = |i: usize| {
            let x = x(i);
            if P == 1 { V::splat(simd, x[0]) } else { V::from_fn(simd, |v| x[v % P]) }
        };
        if I < C && P <= V::LEN {
            let same: [V; I] = std::array::from_fn(same);
            for c in 0..C {
                let b = load(b, c);
                for i in 0..I {
                    sums[i][c] += b * same[i];
                }
            }
        } else {
            let b: [V; C] = std::array::from_fn(|c| load(b, c));
            for i in 0..I {
                let same = same(i);
                for c in 0..C {
                    let x = if P <= V::LEN {
                        same
                    } else {
                        V::from_slice(simd, &x(i)[(first + c * V::LEN) % P..][..V::LEN])
                    };
                    sums[i][c] += b[c] * x;
                }
            }
        }
    }
    for i in 0..I {
        let out = &mut out[i * width..][first..][..C * V::LEN];
        for c in 0..C {
            let sum = if let Some(factor) = factor { V::splat(simd, factor) * sums[i][c] } else { sums[i][c] };
            sum.store_slice(&mut out[c * V::LEN..][..V::LEN]);
        }
    }
}

/// Number `v` of `I` rows.
#[inline(always)]
fn chains<'a, 'b, R: Real, const P: usize, const I: usize, T, X: Fn(usize) -> &'a [R; P]>(
    (terms, factors): (impl Iterator<Item = (&'b [R], T)>, impl Fn(T) -> X),
    (width, v): (usize, usize),
    (start, factor): (Start<'_, R>, Option<R>),
    out: &mut [R],
) {
    let mut sums = match start {
        Start::Zero => [R::ZERO; I],
        Start::Row(row) => [row[v]; I],
        Start::There => std::array::from_fn(|i| out[i * width + v]),
    };
    for (b, term) in terms {
        let x = factors(term);
        for i in 0..I {
            sums[i] += b[v] * x(i)[v % P];
        }
    }
    for i in 0..I {
        out[i * width + v] = factor.map_or(sums[i], |factor| factor * sums[i]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same chains, number by number; `by_column` says which of the two products.
    fn naive<R: Real, const P: usize>(
        by_column: bool,
        (rows, columns): (&[R], usize),
        (b, width): (&[R], usize),
        (start, factor): (Start<'_, R>, R),
        out: &mut [R],
    ) {
        for (i, out) in out.chunks_exact_mut(width).enumerate() {
            for (v, out) in out.iter_mut().enumerate() {
                let mut sum = match start {
                    Start::Zero => R::ZERO,
                    Start::Row(row) => row[v],
                    Start::There => *out,
                };
                for (k, b) in b.chunks_exact(width).enumerate() {
                    let place = if by_column { k * columns + i } else { i * columns + k };
                    sum += b[v] * rows[place * P + v % P];
                }
                *out = factor * sum;
            }
        }
    }

    fn numbers<R: Real>(count: usize, seed: usize) -> Vec<R> {
        (0..count).map(|k| R::of(((k * 7919 + seed * 104_729) % 1009) as f64 / 131.0 - 3.7)).collect()
    }

    /// Every set of instructions that this machine has.
    fn levels() -> Vec<Level> {
        let level = Level::new();
        let mut levels = vec![level, Level::baseline()];
        #[cfg(target_arch = "x86_64")]
        {
            levels.extend(level.as_avx2().map(Level::Avx2));
            levels.extend(level.as_sse4_2().map(Level::Sse4_2));
        }
        levels
    }

    macro_rules! check {
        ($float:ident, $p:expr, $terms:expr, $columns:expr, $width:expr) => {{
            let (terms, columns, width): (usize, usize, usize) = ($terms, $columns, $width);
            let rows = numbers::<$float>(terms * columns * $p, 1);
            let (weights, deltas) = (numbers::<$float>(columns * width, 2), numbers::<$float>(terms * width, 3));
            let (row, there) = (numbers::<$float>(width, 4), numbers::<$float>(terms.max(columns) * width, 5));
            for start in [Start::Zero, Start::Row(&row), Start::There] {
                for level in levels() {
                    let [mut found, mut expected] = [(); 2].map(|()| there[..terms * width].to_vec());
                    let given = ((&rows[..], columns), (&weights[..], width));
                    dispatch!(level, simd => {
                        products_with::<_, _, $p>(simd, given.0, given.1, start, &mut found)
                    });
                    naive::<$float, $p>(false, given.0, given.1, (start, 1.0), &mut expected);
                    assert_eq!(found, expected, "products, {level:?}, {} lanes, {terms} {columns} {width}", $p);

                    let [mut found, mut expected] = [(); 2].map(|()| there[..columns * width].to_vec());
                    let (given, ends) = (((&rows[..], columns), (&deltas[..], width)), (start, 0.3));
                    dispatch!(level, simd => {
                        sums_with::<_, _, $p>(simd, given.0, given.1, ends, &mut found)
                    });
                    naive::<$float, $p>(true, given.0, given.1, ends, &mut expected);
                    assert_eq!(found, expected, "sums, {level:?}, {} lanes, {terms} {columns} {width}", $p);
                }
            }
        }};
    }

    #[test]
    fn tiles_have_the_bits_of_chains_at_every_level() {
        for (terms, columns) in [(1, 1), (3, 2), (7, 13), (17, 5), (29, 28)] {
            for outputs in [1, 2, 3, 4, 5, 7, 9, 10, 17, 33] {
                check!(f32, 1, terms, columns, outputs);
                check!(f64, 1, terms, columns, outputs);
                check!(f32, 4, terms, columns, 4 * outputs);
                check!(f64, 4, terms, columns, 4 * outputs);
                check!(f32, 16, terms, columns, 16 * outputs);
                check!(f64, 16, terms, columns, 16 * outputs);
            }
        }
    }
}

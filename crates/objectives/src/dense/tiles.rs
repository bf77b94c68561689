//! The two products of matrices that networks are made of, in tiles that stay in registers.
//!
//! A matrix has `width` numbers a row: those of all outputs and lanes, which are contiguous.
//! Factors are the same in all lanes (`P` = 1: data) or a lane's own (`P` = number of lanes: hidden units), so that
//! number v of a row has the factor of lane v mod `P`.
//! Every number of the result is one chain of additions, whatever tile it is in.
//!
//! What the compiler makes of these loops hangs on their form: numbers are indexed and factors are not copied, because
//! otherwise it unrolls a tile before it looks for vectors (measured: 5 to 40 times slower).

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Real, WIDTH};

/// Rows of a tile: each number of the other matrix that is loaded is used so many times.
const HIGH: usize = 4;

/// Outputs of a tile whose lanes fill registers; with 4 the compiler unrolls and finds no vectors.
const OUTPUTS: usize = 5;

/// Goes through the tiles of a row: wide ones, then ever narrower ones.
macro_rules! tiles {
    ($p:ident, $width:expr, |$first:ident, $wide:ident| $tile:expr) => {{
        let mut $first = 0;
        tiles!(@ $width, $first, $wide, 16, $tile);
        tiles!(@ $width, $first, $wide, 8, $tile);
        tiles!(@ $width, $first, $wide, 4, $tile);
        if $p < 4 {
            tiles!(@ $width, $first, $wide, 2, $tile);
            tiles!(@ $width, $first, $wide, 1, $tile);
        }
    }};
    (@ $width:expr, $first:ident, $wide:ident, $numbers:expr, $tile:expr) => {
        while $width - $first >= $numbers {
            const $wide: usize = $numbers;
            $tile;
            $first += $numbers;
        }
    };
}

/// What the chains of additions begin with.
#[derive(Clone, Copy)]
pub(super) enum Start<'a, R> {
    /// 0.
    Zero,
    /// The numbers of this row, in every row of the result.
    Row(&'a [R]),
    /// What is in the place of the result.
    There,
}

/// `out[i, ·]` = `start[i, ·]` + Σₖ `rows[i, k]` `b[k, ·]`.
///
/// `rows` has `columns` factors a row, `b` as many rows of `width` numbers.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
pub(super) fn products<R: Real, const P: usize>(
    (rows, columns): (&[R], usize),
    (b, width): (&[R], usize),
    start: Start<'_, R>,
    out: &mut [R],
) {
    const { assert!(WIDTH.is_multiple_of(P), "tiles begin with lane 0") };
    let ends = (start, |sum| sum);
    if P == WIDTH {
        for (row, out) in rows.chunks_exact(columns * P).zip(out.chunks_exact_mut(width)) {
            lane_tiles::<R, P>((row, 1, 0), (b, width), ends, out);
        }
        return;
    }
    let high = out.len() / width / HIGH * HIGH;
    let (tall, rest) = rows.split_at(high * columns * P);
    let (tall_out, rest_out) = out.split_at_mut(high * width);
    for (rows, out) in tall.chunks_exact(HIGH * columns * P).zip(tall_out.chunks_exact_mut(HIGH * width)) {
        let row = |i: usize| -> &[[R; P]] { rows[i * columns * P..][..columns * P].as_chunks().0 };
        let [x, y, z, w]: [_; HIGH] = std::array::from_fn(row);
        tiles!(P, width, |first, V| {
            let factors = x.iter().zip(y).zip(z).zip(w).map(|(((x, y), z), w)| [x, y, z, w]);
            tile::<R, P, HIGH, V>(factors, (b, width, first), ends, out);
        });
    }
    for (row, out) in rest.chunks_exact(columns * P).zip(rest_out.chunks_exact_mut(width)) {
        let row: &[[R; P]] = row.as_chunks().0;
        tiles!(P, width, |first, V| tile::<R, P, 1, V>(row.iter().map(|x| [x]), (b, width, first), ends, out));
    }
}

/// `out[k, ·]` = `factor` (`start[k, ·]` + Σᵢ `rows[i, k]` `b[i, ·]`).
///
/// `rows` has `columns` factors a row, `b` as many rows of `width` numbers, and `out` one for each column.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
pub(super) fn sums_of_products<R: Real, const P: usize>(
    (rows, columns): (&[R], usize),
    (b, width): (&[R], usize),
    (start, factor): (Start<'_, R>, R),
    out: &mut [R],
) {
    const { assert!(WIDTH.is_multiple_of(P), "tiles begin with lane 0") };
    let ends = (start, |sum| factor * sum);
    if P == WIDTH {
        for (k, out) in out.chunks_exact_mut(width).enumerate() {
            lane_tiles::<R, P>((rows, columns, k), (b, width), ends, out);
        }
        return;
    }
    let high = columns / HIGH * HIGH;
    let each = || rows.chunks_exact(columns * P);
    let (tall, rest) = out.split_at_mut(high * width);
    for (k, out) in (0..high).step_by(HIGH).zip(tall.chunks_exact_mut(HIGH * width)) {
        tiles!(P, width, |first, V| {
            let factors =
                each().map(|row| row[k * P..][..HIGH * P].as_chunks().0.as_array().expect("as high as a tile"));
            tile::<R, P, HIGH, V>(factors.map(|x| x.each_ref()), (b, width, first), ends, out);
        });
    }
    for (k, out) in (high..columns).zip(rest.chunks_exact_mut(width)) {
        tiles!(P, width, |first, V| {
            let factors = each().map(|row| [row[k * P..][..P].as_array().expect("a factor for each lane")]);
            tile::<R, P, 1, V>(factors, (b, width, first), ends, out);
        });
    }
}

/// `V` numbers from `first` on of `I` rows.
#[inline(always)]
fn tile<'a, R: Real, const P: usize, const I: usize, const V: usize>(
    factors: impl Iterator<Item = [&'a [R; P]; I]>,
    (b, width, first): (&[R], usize, usize),
    (start, finish): (Start<'_, R>, impl Fn(R) -> R),
    out: &mut [R],
) {
    let mut sums = [[R::ZERO; V]; I];
    match start {
        Start::Zero => {}
        Start::Row(row) => sums.iter_mut().for_each(|sums| sums.copy_from_slice(&row[first..][..V])),
        Start::There => {
            for (i, sums) in sums.iter_mut().enumerate() {
                sums.copy_from_slice(&out[i * width + first..][..V]);
            }
        }
    }
    for (factors, b) in factors.zip(b.chunks_exact(width)) {
        let b: &[R; V] = b[first..first + V].as_array().expect("a row is longer than a tile");
        for i in 0..I {
            for v in 0..V {
                sums[i][v] += b[v] * factors[i][v % P];
            }
        }
    }
    for (i, sums) in sums.iter().enumerate() {
        let out = &mut out[i * width + first..][..V];
        for v in 0..V {
            out[v] = finish(sums[v]);
        }
    }
}

/// One row of the result, where lanes alone fill a register: xₖ is block `place` + k `stride` of `rows`.
#[inline(always)]
fn lane_tiles<R: Real, const P: usize>(
    factors: (&[R], usize, usize),
    (b, width): (&[R], usize),
    ends: (Start<'_, R>, impl Fn(R) -> R + Copy),
    out: &mut [R],
) {
    let mut first = 0;
    while first + OUTPUTS * P <= width {
        lane_tile::<R, P, OUTPUTS>(factors, (b, width, first), ends, out);
        first += OUTPUTS * P;
    }
    while first < width {
        lane_tile::<R, P, 1>(factors, (b, width, first), ends, out);
        first += P;
    }
}

/// The lanes of `C` outputs from number `first` on.
#[inline(always)]
fn lane_tile<R: Real, const P: usize, const C: usize>(
    (rows, stride, place): (&[R], usize, usize),
    (b, width, first): (&[R], usize, usize),
    (start, finish): (Start<'_, R>, impl Fn(R) -> R),
    out: &mut [R],
) {
    let mut sums = [[R::ZERO; P]; C];
    let begin = match start {
        Start::Zero => None,
        Start::Row(row) => Some(row),
        Start::There => Some(&*out),
    };
    if let Some(begin) = begin {
        for (c, sums) in sums.iter_mut().enumerate() {
            sums.copy_from_slice(&begin[first + c * P..][..P]);
        }
    }
    for k in 0..b.len() / width {
        let b = &b[k * width + first..][..C * P];
        let x: &[R; P] = rows[(place + k * stride) * P..][..P].as_array().expect("a factor for each lane");
        for c in 0..C {
            for l in 0..P {
                sums[c][l] += b[c * P + l] * x[l];
            }
        }
    }
    for (c, sums) in sums.iter().enumerate() {
        let out = &mut out[first + c * P..][..P];
        for l in 0..P {
            out[l] = finish(sums[l]);
        }
    }
}

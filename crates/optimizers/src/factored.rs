//! Second moments that Adafactor and CAME keep by rows and columns.

use std::iter::zip;

use sgdlab_core::Real;
use sgdlab_core::kept::{Kept, Tape};

use crate::per_tensor::zeros;
use crate::sums::mean;

/// A running mean of squares, from 0: one number for each entry of a vector, and for each row and
/// column of a matrix.
///
/// A matrix V is approximated by rᵢ cⱼ / mean(r), the product of its running row means r and column
/// means c; a tensor of higher rank is many matrices, of its last two axes.
///
/// Source: Shazeer and Stern (2018), arXiv:1804.04235, section 3.
pub(crate) enum Squares<R> {
    Full(Vec<R>),
    Factored { rows: Vec<R>, columns: Vec<R>, height: usize, width: usize },
}

impl<R: Real> Kept for Squares<R> {
    fn tape(&mut self, tape: &mut Tape<'_>) {
        match self {
            Self::Full(v) => v.tape(tape),
            Self::Factored { rows, columns, .. } => {
                rows.tape(tape);
                columns.tape(tape);
            }
        }
    }
}

impl<R: Real> Squares<R> {
    pub(crate) fn new(shape: &[usize]) -> Self {
        match *shape {
            [.., height, width] if shape.iter().all(|&n| n > 0) => {
                let matrices = shape.iter().product::<usize>() / (height * width);
                let zeros = |n| vec![R::ZERO; matrices * n];
                Self::Factored { rows: zeros(height), columns: zeros(width), height, width }
            }
            _ => Self::Full(zeros(shape)),
        }
    }

    /// The means become `stays` times what they were plus `fresh` times the means of `square(i)`, i being flat.
    #[inline(always)]
    pub(crate) fn average(&mut self, stays: f64, fresh: f64, square: impl Fn(usize) -> R) {
        let (stays, fresh) = (R::of(stays), R::of(fresh));
        match self {
            Self::Full(v) => {
                for (i, v) in v.iter_mut().enumerate() {
                    *v = stays * *v + fresh * square(i);
                }
            }
            Self::Factored { rows, columns, height, width } => {
                for (i, row) in rows.iter_mut().enumerate() {
                    *row = stays * *row + fresh * mean(*width, |j| square(i * *width + j));
                }
                for (k, column) in columns.iter_mut().enumerate() {
                    let first = k / *width * *width * *height + k % *width;
                    *column = stays * *column + fresh * mean(*height, |i| square(first + i * *width));
                }
            }
        }
    }

    /// uᵢ ← uᵢ / √vᵢ.
    ///
    /// The roots of rows and columns are taken one by one, so that their product does not underflow in `f32`.
    #[inline(always)]
    pub(crate) fn divide_by_root(&self, u: &mut [R]) {
        match self {
            Self::Full(v) => {
                for (u, &v) in zip(u, v) {
                    *u /= v.sqrt();
                }
            }
            Self::Factored { .. } => {
                self.walk(u, R::ZERO, |u, row, column, mean| u / ((row / mean).sqrt() * column.sqrt()));
            }
        }
    }

    /// uᵢ ← uᵢ / √max(vᵢ, `least`²), where the mean of the rows is at least `least`.
    #[inline(always)]
    pub(crate) fn divide_by_root_at_least(&self, u: &mut [R], least: R) {
        let square = least * least;
        match self {
            Self::Full(v) => {
                for (u, &v) in zip(u, v) {
                    *u /= v.max(square).sqrt();
                }
            }
            Self::Factored { .. } => {
                self.walk(u, least, |u, row, column, mean| u / (row * column / mean).max(square).sqrt());
            }
        }
    }

    /// Replaces each entry of the matrices by f of itself, its row, its column and the mean of the rows, which is at
    /// least `least`.
    #[inline(always)]
    fn walk(&self, u: &mut [R], least: R, f: impl Fn(R, R, R, R) -> R) {
        let Self::Factored { rows, columns, height, width } = self else { return };
        let matrices = zip(rows.chunks_exact(*height), columns.chunks_exact(*width));
        for (u, (rows, columns)) in zip(u.chunks_exact_mut(height * width), matrices) {
            let mean = mean(*height, |i| rows[i]).max(least);
            for (u, &row) in zip(u.chunks_exact_mut(*width), rows) {
                for (u, &column) in zip(u, columns) {
                    *u = f(*u, row, column, mean);
                }
            }
        }
    }
}

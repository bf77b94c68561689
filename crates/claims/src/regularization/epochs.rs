//! Everything that some epochs can be.

use sgdlab_core::WIDTH;

use super::terms::{Numbers, Points, Terms};

/// How the batches of epochs are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// Batches of so many terms, with every term in one batch of each epoch.
    Dealt(usize),
    /// Single terms, independently; an epoch has as many as there are terms.
    Drawn,
}

/// Epochs of equal probability, one after the other.
struct Walk<'w, 'a> {
    terms: &'w mut Terms<'a>,
    scheme: Scheme,
    rates: &'w Numbers,
    visit: &'w mut dyn FnMut(&Points),
}

impl Walk<'_, '_> {
    /// Goes on from a point with terms that are left in this epoch, or steps where they are drawn.
    fn on(&mut self, at: &Points, left: u32, epochs: usize) {
        match (left, epochs) {
            (0, 0) => (self.visit)(at),
            (0, _) => self.on(at, self.fresh(), epochs - 1),
            _ => match self.scheme {
                Scheme::Dealt(size) => {
                    let fits = |set: &u32| set & !left == 0 && set.count_ones() as usize == size;
                    (1..=left).filter(fits).for_each(|set| self.step(at, set, left & !set, epochs));
                }
                Scheme::Drawn => {
                    (0..self.terms.count()).for_each(|term| self.step(at, 1 << term, left & (left - 1), epochs));
                }
            },
        }
    }

    /// All terms.
    fn fresh(&self) -> u32 {
        (1 << self.terms.count()) - 1
    }

    fn step(&mut self, at: &Points, set: u32, left: u32, epochs: usize) {
        let mut batch = [0; 8];
        let mut size = 0;
        for term in (0..8).filter(|term| set >> term & 1 == 1) {
            batch[size] = term;
            size += 1;
        }
        let mut there = *at;
        self.terms.step(&batch[..size], &mut there, self.rates);
        self.on(&there, left, epochs);
    }
}

/// Visits where every course of some epochs ends; all are equally probable.
pub(super) fn ends(
    terms: &mut Terms<'_>,
    (scheme, epochs): (Scheme, usize),
    rates: &Numbers,
    start: &Points,
    visit: &mut dyn FnMut(&Points),
) {
    Walk { terms, scheme, rates, visit }.on(start, 0, epochs);
}

/// The mean of where epochs end.
pub(super) fn mean(terms: &mut Terms<'_>, epochs: (Scheme, usize), rates: &Numbers, start: &Points) -> Points {
    let (mut sum, mut count) = ([[0.0; WIDTH]; 2], 0.0);
    // Differences from the start are small, and so is their rounding.
    ends(terms, epochs, rates, start, &mut |end| {
        count += 1.0;
        for (sum, (end, start)) in sum.iter_mut().zip(end.iter().zip(start)) {
            for run in 0..WIDTH {
                sum[run] += end[run] - start[run];
            }
        }
    });
    std::array::from_fn(|j| std::array::from_fn(|run| start[j][run] + sum[j][run] / count))
}

#[cfg(test)]
mod tests {
    use super::super::terms::{START, neurons};
    use super::*;

    fn count(terms: usize, epochs: (Scheme, usize)) -> usize {
        let objective = neurons(terms);
        let mut count = 0;
        ends(&mut Terms::new(&objective), epochs, &[0.1; WIDTH], &START, &mut |_| count += 1);
        count
    }

    #[test]
    fn everything_is_counted() {
        assert_eq!(count(6, (Scheme::Dealt(1), 1)), 720);
        assert_eq!([2, 3, 6].map(|size| count(6, (Scheme::Dealt(size), 1))), [90, 20, 1]);
        assert_eq!(count(6, (Scheme::Drawn, 1)), 46_656);
        assert_eq!([count(2, (Scheme::Dealt(1), 4)), count(2, (Scheme::Drawn, 4))], [16, 256]);
    }
}

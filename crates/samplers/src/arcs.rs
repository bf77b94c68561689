//! The law of samplers whose only randomness is a start on a circle of N places.

use crate::law::Moments;

/// Which samplers there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arcs {
    /// Terms at equal distances from a start that is new in every step.
    Systematic,
    /// A block of consecutive terms from a start that is new in every step.
    Block,
    /// Blocks one after the other from one start.
    Cyclic,
}

/// Term i is in a batch exactly if the start, uniform on N places, lies in an arc of B of them.
///
/// So E aᵢ = 1/N and Cov(aᵢ, aⱼ) = (places in both arcs) / (N B²) − 1/N².
#[derive(Debug)]
pub(crate) struct ArcsLaw {
    pub(crate) kind: Arcs,
    pub(crate) terms: usize,
    pub(crate) batch: usize,
}

impl ArcsLaw {
    /// Where the arc of a term at a step begins.
    fn arc(&self, step: u64, term: usize) -> usize {
        let [terms, batch, term] = [self.terms, self.batch, term].map(|x| x as u128);
        let start = match self.kind {
            // r + jN lies in [iB, iB + B) for a whole j.
            Arcs::Systematic => term * batch,
            // The block from r on has i if r is one of i − B + 1, …, i.
            Arcs::Block => term + 1 + terms - batch,
            // It begins at r + tB.
            Arcs::Cyclic => term + 1 + 2 * terms - batch - u128::from(step) * batch % terms,
        };
        (start % terms) as usize
    }
}

impl Moments for ArcsLaw {
    fn mean(&self, _: u64, _: usize) -> f64 {
        1.0 / self.terms as f64
    }

    fn covariance(&self, (first, i): (u64, usize), (second, j): (u64, usize)) -> f64 {
        if first != second && self.kind != Arcs::Cyclic {
            return 0.0;
        }
        let apart = self.arc(first, i).abs_diff(self.arc(second, j));
        let places = self.batch.saturating_sub(apart) + self.batch.saturating_sub(self.terms - apart);
        let (terms, batch) = (self.terms as f64, self.batch as f64);
        places as f64 / (terms * batch * batch) - 1.0 / (terms * terms)
    }
}

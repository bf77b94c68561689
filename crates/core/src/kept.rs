//! What running things keep between steps, as a flat list of numbers: saving and restoring.

use crate::Invalid;

/// Where kept numbers go to, or come from.
///
/// One description of a state serves both ways, so that what is saved is what is restored.
pub enum Tape<'a> {
    /// Appends to a list.
    Save(&'a mut Vec<f64>),
    /// Takes from the front of a list, and counts what is missing.
    Restore {
        /// What is left.
        rest: &'a [f64],
        /// How many numbers were asked for in vain.
        missing: usize,
    },
}

impl Tape<'_> {
    /// Saves a number, or replaces it by the next one.
    fn number(&mut self, x: &mut f64) {
        match self {
            Self::Save(list) => list.push(*x),
            Self::Restore { rest, missing } => match rest.split_first() {
                Some((first, after)) => (*x, *rest) = (*first, after),
                None => *missing += 1,
            },
        }
    }
}

/// A state, or a part of one, that can be saved and restored.
///
/// Numbers of `f32` and counts below 2⁵³ are exact as `f64`.
/// Buffers whose contents do not matter between steps are no part of the state.
pub trait Kept {
    /// Saves what is kept, or restores it, in an order of its own.
    fn tape(&mut self, tape: &mut Tape<'_>);
}

impl Kept for f64 {
    fn tape(&mut self, tape: &mut Tape<'_>) {
        tape.number(self);
    }
}

impl Kept for f32 {
    fn tape(&mut self, tape: &mut Tape<'_>) {
        let mut x = f64::from(*self);
        tape.number(&mut x);
        *self = x as Self;
    }
}

impl Kept for u64 {
    fn tape(&mut self, tape: &mut Tape<'_>) {
        let mut x = *self as f64;
        tape.number(&mut x);
        *self = x as u64;
    }
}

impl Kept for bool {
    fn tape(&mut self, tape: &mut Tape<'_>) {
        let mut x = f64::from(u8::from(*self));
        tape.number(&mut x);
        *self = x != 0.0;
    }
}

impl Kept for () {
    fn tape(&mut self, _: &mut Tape<'_>) {}
}

impl<T: Kept> Kept for Vec<T> {
    fn tape(&mut self, tape: &mut Tape<'_>) {
        self.iter_mut().for_each(|x| x.tape(tape));
    }
}

impl<T: Kept, const N: usize> Kept for [T; N] {
    fn tape(&mut self, tape: &mut Tape<'_>) {
        self.iter_mut().for_each(|x| x.tape(tape));
    }
}

impl<A: Kept, B: Kept> Kept for (A, B) {
    fn tape(&mut self, tape: &mut Tape<'_>) {
        self.0.tape(tape);
        self.1.tape(tape);
    }
}

impl Kept for Option<f64> {
    fn tape(&mut self, tape: &mut Tape<'_>) {
        let (mut some, mut x) = (self.is_some(), self.unwrap_or_default());
        some.tape(tape);
        x.tape(tape);
        *self = some.then_some(x);
    }
}

/// Everything that `tape` goes through.
#[must_use]
pub fn save(tape: impl FnOnce(&mut Tape<'_>)) -> Vec<f64> {
    let mut list = Vec::new();
    tape(&mut Tape::Save(&mut list));
    list
}

/// Restores everything that `tape` goes through.
///
/// # Errors
/// If the list is too short or too long; what was kept is then partly replaced.
pub fn restore(saved: &[f64], tape: impl FnOnce(&mut Tape<'_>)) -> Result<(), Invalid> {
    let mut from = Tape::Restore { rest: saved, missing: 0 };
    tape(&mut from);
    let (rest, missing) = match from {
        Tape::Save(_) => (&[][..], 0),
        Tape::Restore { rest, missing } => (rest, missing),
    };
    if rest.is_empty() && missing == 0 {
        return Ok(());
    }
    let wanted = saved.len() - rest.len() + missing;
    Err(Invalid::new("state", format!("{} numbers", saved.len()), format!("{wanted} numbers for what is restored")))
}

//! Numbers in memory that suits loops over all of them.

use std::ops::{Deref, DerefMut};

use aligned_vec::{AVec, ConstAlign};
use bytemuck::Pod;
use memmap2::MmapMut;

/// From here on, in bytes, numbers get pages of their own: two of the huge ones of common machines.
const LONG: usize = 1 << 22;

/// A cache line, in bytes.
const LINE: usize = 64;

/// A list of numbers that begins with a cache line, as long as it was made.
///
/// Long lists ask for huge pages where the system has them (Linux): a pass over 10⁷ numbers waits
/// for fewer translations of addresses.
pub struct Numbers<T>(Memory<T>);

enum Memory<T> {
    List(AVec<T, ConstAlign<LINE>>),
    Pages(MmapMut),
}

impl<T: Pod> Numbers<T> {
    /// `count` times `x`.
    #[must_use]
    pub fn new(x: T, count: usize) -> Self {
        match pages(count.saturating_mul(size_of::<T>())) {
            Some(pages) => {
                let mut numbers = Self(Memory::Pages(pages));
                numbers.fill(x);
                numbers
            }
            None => Self(Memory::List(aligned_vec::avec![[LINE]| x; count])),
        }
    }
}

/// Pages for so many bytes, if they are worth it and the system has them.
fn pages(bytes: usize) -> Option<MmapMut> {
    let pages = if bytes < LONG { None } else { MmapMut::map_anon(bytes).ok() }?;
    // A system without huge pages refuses, and has others.
    #[cfg(target_os = "linux")]
    let _ = pages.advise(memmap2::Advice::HugePage);
    Some(pages)
}

impl<T: Pod> Deref for Numbers<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Memory::List(list) => list,
            Memory::Pages(pages) => bytemuck::cast_slice(pages),
        }
    }
}

impl<T: Pod> DerefMut for Numbers<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.0 {
            Memory::List(list) => list,
            Memory::Pages(pages) => bytemuck::cast_slice_mut(pages),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_as_long_as_asked_and_begins_with_a_line() {
        for count in [0, 1, 3, 17, LONG / 4 - 1, LONG / 4, LONG / 4 + 5] {
            let mut numbers = Numbers::new(0.5_f32, count);
            assert_eq!(numbers.len(), count);
            assert!(numbers.iter().all(|&x| x == 0.5));
            assert_eq!(numbers.as_ptr().align_offset(LINE), 0);
            numbers.fill(2.0);
            assert!(numbers.iter().all(|&x| x == 2.0));
        }
    }

    #[test]
    fn lanes_begin_with_a_line_too() {
        for count in [0, 1, 5, LONG / 128] {
            let numbers = Numbers::new([1.5_f64; 16], count);
            assert_eq!((numbers.len(), numbers.as_ptr().align_offset(LINE)), (count, 0));
            assert!(numbers.iter().flatten().all(|&x| x == 1.5));
        }
    }
}

//! Which runs each of several machines takes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::str::FromStr;

use crate::pack::Packing;
use crate::sweep::Sweep;

/// Share `index` of `of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    pub index: u32,
    /// How many shares there are.
    pub of: u32,
}

/// The largest number of shares.
pub const MOST_SHARDS: u32 = 1_000_000;

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shard = text.split_once('/').and_then(|(index, of)| {
            let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
            Some(Self { index: number(index)?, of: number(of)? })
        });
        shard
            .filter(|shard| shard.index < shard.of && shard.of <= MOST_SHARDS)
            .ok_or_else(|| format!("takes I/N, 0 ≤ I < N ≤ {MOST_SHARDS}"))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.index, self.of)
    }
}

/// With fewer packs than this for each share, single runs are dealt out instead.
const PACKS_A_SHARD: usize = 4;

impl Sweep {
    /// The runs of each of `of` shares, in rising order: a function of the plan and the number alone.
    ///
    /// Packs go, the dearest first, to the share that has least to do; a plan with few packs is dealt out run by run.
    ///
    /// # Panics
    /// If `of` is 0.
    #[must_use]
    pub fn shares(&self, of: u32) -> Vec<Vec<usize>> {
        let mut shares = vec![Vec::new(); of as usize];
        self.deal(of, &mut |share, runs| shares[share as usize].extend_from_slice(runs));
        shares.iter_mut().for_each(|share| share.sort_unstable());
        shares
    }

    /// The runs of one share, in rising order, in four bytes each.
    pub(crate) fn share(&self, shard: Shard) -> Vec<u32> {
        let mut mine = Vec::new();
        self.deal(shard.of, &mut |share, runs| {
            if share == shard.index {
                mine.extend(runs.iter().map(|&run| run as u32));
            }
        });
        mine.sort_unstable();
        mine
    }

    /// Hands all runs to shares.
    pub(crate) fn deal(&self, of: u32, hand: &mut dyn FnMut(u32, &[usize])) {
        // Whatever this sweep does: all shares must agree.
        let packs = self.all_packs(Packing::Automatic);
        let mut lightest: BinaryHeap<Reverse<(u64, u32)>> = (0..of).map(|share| Reverse((0, share))).collect();
        let mut give = |cost: u64, runs: &[usize]| {
            let Reverse((load, share)) = lightest.pop().expect("there is at least one share");
            hand(share, runs);
            lightest.push(Reverse((load.saturating_add(cost), share)));
        };
        let whole = packs.len() >= PACKS_A_SHARD * of as usize;
        // Cost, first run and number of the packs that are alike but for their replicates, or of their runs.
        let mut units: Vec<(Reverse<u64>, u32, u32)> = Vec::new();
        for (number, (first, lanes)) in (0..).zip(packs.kinds()) {
            let nanoseconds = (1e9 * self.pack_seconds((first, lanes))).min(1e18) as u64;
            if whole {
                units.push((Reverse(nanoseconds), first as u32, number));
            } else {
                let runs = packs.get(number as usize * packs.times());
                units.extend(runs.iter().map(|&run| (Reverse(nanoseconds / lanes as u64), run as u32, number)));
            }
        }
        units.sort_unstable();
        for (Reverse(cost), first, number) in units {
            for replicate in 0..packs.times() {
                if whole {
                    give(cost, &packs.get(number as usize * packs.times() + replicate));
                } else {
                    give(cost, &[first as usize + replicate]);
                }
            }
        }
    }
}

/// Numbers as `--array` takes them: `2,3,7-9`.
#[must_use]
pub fn ranges(numbers: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for &number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let text = |&(first, last): &(u32, u32)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    ranges.iter().map(text).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_written_as_two_numbers() {
        assert_eq!("2/8".parse(), Ok(Shard { index: 2, of: 8 }));
        assert_eq!(Shard { index: 2, of: 8 }.to_string(), "2/8");
        for wrong in ["", "2", "8/8", "9/8", "-1/8", "+1/8", "1/0", "1/8/2", "0/1000001", "1 /8", "a/b"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn ranges_are_those_of_array_jobs() {
        assert_eq!(ranges(&[2, 3, 7, 8, 9, 11]), "2-3,7-9,11");
        assert_eq!(ranges(&[5]), "5");
        assert_eq!(ranges(&[]), "");
    }
}

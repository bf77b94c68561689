//! One finished run as bytes of a journal.
//!
//! A record is a head of fixed size and three texts: the line in `runs.csv`, the lines in `rows.csv` and those in
//! `parameters.csv`.
//! The head holds a hash of the texts and one of itself, so that nothing is taken from bytes that are not as they were
//! written.

use xxhash_rust::xxh3::{Xxh3, xxh3_64, xxh3_128};

use crate::status::Status;

/// Bytes of a head.
pub(crate) const HEAD: usize = 112;

/// How every record begins.
const MAGIC: [u8; 4] = *b"run\x01";

/// A finished run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Record<'a> {
    pub(crate) facts: Facts,
    pub(crate) summary: &'a str,
    pub(crate) rows: &'a str,
    pub(crate) parameters: &'a str,
}

/// What a record says beside its texts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Facts {
    pub(crate) key: u128,
    pub(crate) status: Status,
    /// Updates, up to divergence.
    pub(crate) steps: u64,
    /// Number of its pack in its attempt.
    pub(crate) pack: u64,
    /// Runs in that pack.
    pub(crate) lanes: u32,
    /// Wall time of that pack.
    pub(crate) seconds: f64,
    /// When it was finished, in milliseconds since 1970.
    pub(crate) finished: u64,
}

/// A head as it was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Head {
    pub(crate) facts: Facts,
    /// Bytes of summary, rows and parameters.
    pub(crate) lengths: [u64; 3],
    /// A hash of the texts.
    pub(crate) content: u128,
}

impl Record<'_> {
    /// The texts, as they follow the head.
    pub(crate) fn texts(&self) -> [&str; 3] {
        [self.summary, self.rows, self.parameters]
    }

    /// The bytes before the texts, whose hash is `content`.
    pub(crate) fn head(&self, content: u128) -> [u8; HEAD] {
        Head { facts: self.facts, lengths: self.texts().map(|text| text.len() as u64), content }.to_bytes()
    }
}

/// The hash of a record's texts.
pub(crate) fn content(texts: [&str; 3]) -> u128 {
    let mut hash = Xxh3::new();
    texts.iter().for_each(|text| hash.update(text.as_bytes()));
    hash.digest128()
}

impl Head {
    fn to_bytes(self) -> [u8; HEAD] {
        let Facts { key, status, steps, pack, lanes, seconds, finished } = self.facts;
        let mut bytes = [0; HEAD];
        let mut at = 0;
        let mut put = |part: &[u8], bytes: &mut [u8; HEAD]| {
            bytes[at..][..part.len()].copy_from_slice(part);
            at += part.len();
        };
        put(&MAGIC, &mut bytes);
        put(&status.code().to_le_bytes(), &mut bytes);
        put(&key.to_le_bytes(), &mut bytes);
        for number in [steps, pack, u64::from(lanes), seconds.to_bits(), finished].iter().chain(&self.lengths) {
            put(&number.to_le_bytes(), &mut bytes);
        }
        put(&self.content.to_le_bytes(), &mut bytes);
        put(&xxh3_64(&bytes[..HEAD - 8]).to_le_bytes(), &mut bytes);
        bytes
    }

    /// Reads a head; `None` if the bytes are not those of one.
    pub(crate) fn read(bytes: &[u8; HEAD]) -> Option<Self> {
        let (body, hash) = bytes.split_at(HEAD - 8);
        if body[..4] != MAGIC || hash != xxh3_64(body).to_le_bytes() {
            return None;
        }
        let number = |at: usize| u64::from_le_bytes(body[at..at + 8].try_into().expect("eight bytes"));
        let wide = |at: usize| u128::from_le_bytes(body[at..at + 16].try_into().expect("sixteen bytes"));
        let facts = Facts {
            key: wide(8),
            status: Status::of_code(u32::from_le_bytes(body[4..8].try_into().expect("four bytes")))?,
            steps: number(24),
            pack: number(32),
            lanes: u32::try_from(number(40)).ok()?,
            seconds: f64::from_bits(number(48)),
            finished: number(56),
        };
        Some(Self { facts, lengths: [number(64), number(72), number(80)], content: wide(88) })
    }

    /// Bytes of the texts; `None` if no file is as long.
    pub(crate) fn length(&self) -> Option<u64> {
        self.lengths.iter().try_fold(0_u64, |sum, &length| sum.checked_add(length)).filter(|&sum| sum < 1 << 50)
    }

    /// The record of this head with these bytes behind it; `None` if they are not as they were written.
    pub(crate) fn with<'a>(&self, texts: &'a [u8]) -> Option<Record<'a>> {
        if Some(texts.len() as u64) != self.length() || xxh3_128(texts) != self.content {
            return None;
        }
        let text = std::str::from_utf8(texts).ok()?;
        let (summary, rest) = text.split_at_checked(self.lengths[0] as usize)?;
        let (rows, parameters) = rest.split_at_checked(self.lengths[1] as usize)?;
        Some(Record { facts: self.facts, summary, rows, parameters })
    }
}

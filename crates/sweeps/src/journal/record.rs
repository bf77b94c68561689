//! One finished run as bytes of a journal.
//!
//! A record is a head of fixed size and three texts: the line in `runs.csv`, the lines in `rows.csv` and those in
//! `parameters.csv`.
//! The head holds a hash of the texts and one of itself, so that nothing is taken from bytes that are not as they were
//! written.

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

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
    /// Appends the record.
    pub(crate) fn push(&self, bytes: &mut Vec<u8>) {
        let texts = [self.summary, self.rows, self.parameters];
        let start = bytes.len();
        bytes.resize(start + HEAD, 0);
        texts.iter().for_each(|text| bytes.extend_from_slice(text.as_bytes()));
        let content = xxh3_128(&bytes[start + HEAD..]);
        let head = Head { facts: self.facts, lengths: texts.map(|text| text.len() as u64), content };
        bytes[start..][..HEAD].copy_from_slice(&head.to_bytes());
    }
}

impl Head {
    fn to_bytes(self) -> [u8; HEAD] {
        let Facts { key, status, steps, pack, lanes, seconds, finished } = self.facts;
        let mut bytes = Vec::with_capacity(HEAD);
        bytes.extend(MAGIC);
        bytes.extend(status.code().to_le_bytes());
        bytes.extend(key.to_le_bytes());
        for number in [steps, pack, u64::from(lanes), seconds.to_bits(), finished] {
            bytes.extend(number.to_le_bytes());
        }
        self.lengths.iter().for_each(|length| bytes.extend(length.to_le_bytes()));
        bytes.extend(self.content.to_le_bytes());
        bytes.extend(xxh3_64(&bytes).to_le_bytes());
        bytes.try_into().expect("a head has a fixed size")
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

//! Who wrote a journal, of which plan, on what.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::run::SCHEMA;

/// The format that this program writes, and the only one that it reads.
pub(crate) const FORMAT: u32 = 1;

/// The first line, up to the number of the format.
const TITLE: &str = "sgdlab journal ";

/// A header that is longer than this is none.
pub(crate) const LONGEST: usize = 1 << 16;

/// Who wrote a journal, of which plan, on what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The meaning of configurations ([`crate::SCHEMA`]).
    pub schema: u32,
    /// BLAKE3 of the plan with every default written out.
    pub plan: String,
    /// A hash of the program.
    pub program: String,
    /// The processor, and the widest instructions that it has for the program.
    pub cpu: String,
    /// The machine's name, if it has one.
    pub host: String,
    /// The number of the process there.
    pub process: u32,
    /// When the attempt began, in RFC 3339.
    pub started: String,
    /// `I/N` if the attempt has a share of the plan only.
    pub shard: Option<String>,
    /// A hash of what fixed runs give here: machines that differ in it do not go together.
    pub canary: Option<String>,
}

/// What the beginning of a file is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// A header of this many bytes.
    Header(Box<Header>, usize),
    /// The beginning of one, cut off.
    Torn,
    /// Something else, and what.
    Refused(String),
}

impl Header {
    /// The header as the first lines of a file: title with format, content, and a hash of these two lines.
    pub(crate) fn to_text(&self) -> String {
        let content = serde_json::to_string(self).expect("texts and numbers are JSON");
        let lines = format!("{TITLE}{FORMAT}\n{content}\n");
        let hash = xxh3_64(lines.as_bytes());
        format!("{lines}{hash:016x}\n")
    }

    /// Reads the beginning of a file, which has at least [`LONGEST`] bytes if the file has as many.
    pub(crate) fn read(bytes: &[u8]) -> Beginning {
        let title = &bytes[..bytes.len().min(TITLE.len())];
        if title != &TITLE.as_bytes()[..title.len()] {
            // Some file systems leave zeros where a file was not written before the power went.
            return if bytes.iter().all(|&byte| byte == 0) { Beginning::Torn } else { foreign() };
        }
        let mut lines = bytes.splitn(4, |&byte| byte == b'\n');
        let (first, content, hash) = (lines.next().unwrap_or(b""), lines.next(), lines.next());
        let (Some(content), Some(hash), Some(_)) = (content, hash, lines.next()) else {
            return if bytes.len() < LONGEST { Beginning::Torn } else { foreign() };
        };
        let number = std::str::from_utf8(&first[TITLE.len()..]).ok().and_then(|text| text.parse::<u32>().ok());
        match number {
            Some(FORMAT) => {}
            Some(other) => {
                return Beginning::Refused(format!(
                    "it has format {other}, and this program reads format {FORMAT}: another version of it wrote the \
                     journal"
                ));
            }
            None => return foreign(),
        }
        let length = first.len() + content.len() + 2;
        if hash != format!("{:016x}", xxh3_64(&bytes[..length])).as_bytes() {
            return Beginning::Refused("its header is not as it was written".to_owned());
        }
        match serde_json::from_slice::<Self>(content) {
            Ok(header) if header.schema == SCHEMA => Beginning::Header(Box::new(header), length + hash.len() + 1),
            Ok(header) => Beginning::Refused(format!(
                "its runs are of schema {}, and this program computes those of schema {SCHEMA}",
                header.schema
            )),
            Err(error) => Beginning::Refused(format!("its header cannot be read: {error}")),
        }
    }
}

fn foreign() -> Beginning {
    Beginning::Refused("it is no journal of sgdlab".to_owned())
}

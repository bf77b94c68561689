//! Inputs that are almost what a reader expects.

use sgdlab_core::streams::{Stream, index};

/// What means something, or is hard to read, in every format.
const TOKENS: [&str; 48] = [
    "0",
    "-0",
    "-1",
    "1",
    "2",
    "0.5",
    "1e308",
    "1e309",
    "-1e-400",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "18446744073709551616",
    "134217729",
    "99999999999999999999999999",
    "0x10",
    "1_000",
    "NaN",
    "nan",
    "inf",
    "-inf",
    "Infinity",
    "null",
    "true",
    "\"",
    "\"\"",
    "'",
    "\"\"\"",
    "\\",
    "\\u0000",
    ",",
    ":",
    ";",
    "=",
    "#",
    "\n",
    "\r\n",
    "\r",
    "\t",
    " ",
    "\0",
    "\u{1b}[31m",
    "\u{7f}",
    "\u{85}",
    "\u{feff}",
    "\u{2028}",
    "é",
];

/// What nests, each with enough to close it again.
const NESTS: [(&str, &str); 5] = [("[", "]"), ("{\"a\":", "}"), ("{a=", "}"), ("a.", ""), ("(", ")")];

/// Bytes that are no text, or mean something in a header.
const BYTES: [&[u8]; 8] = [
    &[0xff],
    &[0xc0, 0x80],
    &[0xed, 0xa0, 0x80],
    &[0xff; 4],
    &[0x7f, 0xff, 0xff, 0xff],
    &[0; 4],
    &[0x1f, 0x8b],
    &[0, 0, 8, 1],
];

/// Valid inputs of a reader, and the words of its format.
pub struct Corpus {
    seeds: Vec<Vec<u8>>,
    tokens: Vec<Vec<u8>>,
}

impl Corpus {
    /// The seeds, and the words in addition to those of every format.
    pub fn new(seeds: Vec<Vec<u8>>, words: &[&str]) -> Self {
        assert!(seeds.iter().all(|seed| !seed.is_empty()) && !seeds.is_empty(), "a corpus has seeds");
        let words = words.iter().chain(&TOKENS).map(|word| word.as_bytes().to_vec());
        Self { seeds, tokens: words.chain(BYTES.map(<[u8]>::to_vec)).collect() }
    }

    /// All seeds.
    pub fn seeds(&self) -> &[Vec<u8>] {
        &self.seeds
    }

    /// One input: in one case of 16 random bytes, in one random words, else a seed with some edits.
    pub fn input(&self, rng: &mut Stream) -> Vec<u8> {
        match below(rng, 16) {
            0 => (0..below(rng, 200)).map(|_| below(rng, 256) as u8).collect(),
            1 => (0..below(rng, 40)).flat_map(|_| self.token(rng)).collect(),
            _ => {
                let mut input = pick(&self.seeds, rng).clone();
                // Mostly one or two edits, so that what comes after the first refusal is reached as well.
                for _ in 0..=below(rng, 8) * below(rng, 8) / 12 {
                    self.edit(&mut input, rng);
                }
                input
            }
        }
    }

    fn token(&self, rng: &mut Stream) -> Vec<u8> {
        pick(&self.tokens, rng).clone()
    }

    fn edit(&self, input: &mut Vec<u8>, rng: &mut Stream) {
        let (part, other) = (range(input.len(), rng), range(input.len(), rng));
        match below(rng, 64) {
            0..4 => set(input, &part, vec![below(rng, 256) as u8]),
            4..6 => input.iter_mut().skip(part.start).take(1).for_each(|byte| *byte ^= 1 << below(rng, 8)),
            6..12 => set(input, &part, Vec::new()),
            12..16 => set(input, &(part.end..part.end), input[part.clone()].to_vec()),
            16..20 => set(input, &other, input[part].to_vec()),
            20..24 => {
                let seed = pick(&self.seeds, rng);
                set(input, &part, seed[range(seed.len(), rng)].to_vec());
            }
            24..32 => set(input, &(part.start..part.start), self.token(rng)),
            32..48 => set(input, &word(input, part.start), self.token(rng)),
            48..52 => set(input, &line(input, part.start), Vec::new()),
            52..55 => set(input, &(other.start..other.start), input[line(input, part.start)].to_vec()),
            55..57 => set(input, &line(input, part.start), input[line(input, other.start)].to_vec()),
            57 => input.truncate(part.start),
            58 => set(input, &(0..0), "\u{feff}".into()),
            59 => *input = input.iter().flat_map(|&b| if b == b'\n' { vec![b'\r', b] } else { vec![b] }).collect(),
            60 => set(input, &word(input, part.start), number(rng)),
            61 => input.rotate_left(part.start),
            // The last two are long, and rare because of that.
            62 if below(rng, 8) == 0 => {
                set(input, &word(input, part.start), self.token(rng).repeat(1 << below(rng, 14)));
            }
            63 if below(rng, 8) == 0 => {
                let (open, close) = pick(&NESTS, rng);
                let depth = 1 << below(rng, 15);
                let close = if below(rng, 2) == 0 { "" } else { close };
                set(
                    input,
                    &word(input, part.start),
                    [open.repeat(depth), "1".into(), close.repeat(depth)].concat().into(),
                );
            }
            _ => set(input, &word(input, part.start), number(rng)),
        }
    }
}

/// A number below `n`, or 0 if there is none.
fn below(rng: &mut Stream, n: u32) -> usize {
    index(rng, n.max(1)) as usize
}

fn pick<'a, T>(list: &'a [T], rng: &mut Stream) -> &'a T {
    &list[below(rng, list.len() as u32)]
}

/// A part of a list of bytes, mostly a short one.
fn range(length: usize, rng: &mut Stream) -> std::ops::Range<usize> {
    let start = below(rng, length as u32 + 1);
    let most = [4, 16, 64, length][below(rng, 4)].min(length - start);
    start..start + below(rng, most as u32 + 1)
}

fn set(input: &mut Vec<u8>, range: &std::ops::Range<usize>, new: Vec<u8>) {
    input.splice(range.clone(), new);
}

/// The word around a place.
fn word(input: &[u8], at: usize) -> std::ops::Range<usize> {
    around(input, at, |byte| byte.is_ascii_alphanumeric() || b"+-._".contains(byte))
}

/// The line around a place, without its end.
fn line(input: &[u8], at: usize) -> std::ops::Range<usize> {
    around(input, at, |byte| *byte != b'\n')
}

fn around(input: &[u8], at: usize, inside: impl Fn(&u8) -> bool) -> std::ops::Range<usize> {
    let start = input[..at].iter().rposition(|byte| !inside(byte)).map_or(0, |before| before + 1);
    let end = input[at..].iter().position(|byte| !inside(byte)).map_or(input.len(), |after| at + after);
    start..end
}

/// A number of any size, whole or not.
fn number(rng: &mut Stream) -> Vec<u8> {
    let digits: String = (0..=below(rng, 12)).map(|_| char::from(b'0' + below(rng, 10) as u8)).collect();
    let sign = if below(rng, 4) == 0 { "-" } else { "" };
    let end = match below(rng, 4) {
        0 => format!(".{}", below(rng, 1000)),
        1 => format!("e{}", below(rng, 700) as i32 - 350),
        _ => String::new(),
    };
    format!("{sign}{digits}{end}").into()
}

//! What every reader has to keep, whatever it is given.

use std::cell::{Cell, RefCell};
use std::io::Write as _;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sgdlab_core::streams::Key;

use crate::mutate::Corpus;

/// The most bytes that reading one input takes: no input here has a megabyte.
const MOST_BYTES: u64 = 512 << 20;

/// The longest message about one thing that is wrong, in characters.
const LONGEST: usize = 2000;

/// An input on which a reader is longer than this hangs: others take milliseconds.
const HANGS: Duration = Duration::from_secs(120);

/// Most different failures that are collected before a run stops.
const MOST_FAILURES: usize = 10;

/// A reader under test.
pub trait Reader: Sync {
    /// What comes out where the input is accepted.
    type Value: Send;

    /// Its name, which the inputs are a function of.
    const NAME: &'static str;

    /// How many inputs every change has to pass.
    const CASES: u64;

    /// Valid inputs and the words of the format.
    fn corpus(&self) -> Corpus;

    /// Reads an input; if it is refused, what a person is told, one message for each thing that is wrong.
    fn read(&self, input: &[u8]) -> Result<Self::Value, Vec<String>>;

    /// How a message says where the input is.
    fn names_place(&self, message: &str) -> bool;

    /// Compares what was read with what the input says; the error is what is wrong.
    fn check(&self, input: &[u8], value: &Self::Value) -> Result<(), String>;
}

thread_local! {
    /// Whether panics of this thread are expected, and the last of them.
    static CAUGHT: (Cell<bool>, RefCell<String>) = const { (Cell::new(false), RefCell::new(String::new())) };
}

/// Runs a reader on its seeds, all of which it must accept, and on inputs made of them.
///
/// # Panics
/// If a property is broken, with the shortest input that was found to break it.
pub fn fuzz<T: Reader>(reader: &T) {
    keep_panics_silent();
    // One thread, so that its allocations and panics are those of the reader, and a name for the case that it overflows
    // its stack.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).thread_name(|_| T::NAME.to_owned());
    let failures = pool.build().expect("a thread").install(|| run(reader));
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

fn run<T: Reader>(reader: &T) -> Vec<String> {
    let (corpus, key, cases) = (reader.corpus(), Key::new("fuzz").child(T::NAME), cases(T::CASES));
    let watch = Watch::new(T::NAME);
    let mut failures: Vec<(String, String)> = Vec::new();
    for seed in corpus.seeds() {
        match attempt(reader, seed) {
            Ok(true) => {}
            Ok(false) => failures.push(("seed".to_owned(), format!("a seed is refused: {}", shown(seed)))),
            Err(what) => failures.push((kind(&what), format!("seed: {what}: {}", shown(seed)))),
        }
    }
    let (mut accepted, mut slowest) = (0, (Duration::ZERO, 0));
    let count = cases.end - cases.start;
    for case in cases {
        let input = corpus.input(&mut key.stream(case));
        watch.begin(case, &input);
        let began = Instant::now();
        let outcome = attempt(reader, &input);
        slowest = slowest.max((began.elapsed(), case));
        match outcome {
            Ok(good) => accepted += u64::from(good),
            Err(what) if failures.iter().all(|(known, _)| *known != kind(&what)) => {
                let small = shrink(reader, input, &kind(&what));
                let what = attempt(reader, &small).err().unwrap_or(what);
                failures.push((kind(&what), format!("case {case}: {what}: {}", shown(&small))));
            }
            Err(_) => {}
        }
        if failures.len() >= MOST_FAILURES {
            break;
        }
    }
    let name = T::NAME;
    println!("{name}: {count} inputs, {accepted} accepted, slowest {:?} (case {})", slowest.0, slowest.1);
    failures.into_iter().map(|(_, failure)| failure).collect()
}

/// The numbers of the inputs: `SGDLAB_FUZZ_CASES` as `N` or `A..B`, or the first `default`.
fn cases(default: u64) -> Range<u64> {
    let Ok(text) = std::env::var("SGDLAB_FUZZ_CASES") else { return 0..default };
    let number = |text: &str| text.parse::<u64>().expect("SGDLAB_FUZZ_CASES is N or A..B");
    text.split_once("..").map_or_else(|| 0..number(&text), |(a, b)| number(a)..number(b))
}

/// Whether an input is accepted, or which property is broken.
fn attempt<T: Reader>(reader: &T, input: &[u8]) -> Result<bool, String> {
    let mut read = Err(String::new());
    let counted = allocation_counter::measure(|| read = caught(|| reader.read(input)));
    let value = read?;
    if counted.bytes_max > MOST_BYTES {
        return Err(format!("{} bytes were allocated for {} of input", counted.bytes_max, input.len()));
    }
    match value {
        Ok(value) => caught(|| reader.check(input, &value))?.map(|()| true),
        Err(messages) if messages.is_empty() => Err("refused without a message".to_owned()),
        Err(messages) => messages.iter().try_for_each(|message| readable(reader, message)).map(|()| false),
    }
}

/// Whether a person can read a message and knows from it where to look.
fn readable<T: Reader>(reader: &T, message: &str) -> Result<(), String> {
    let length = message.chars().count();
    if length > LONGEST {
        let start: String = message.chars().take(200).collect();
        return Err(format!("a message has {length} characters: {start:?}"));
    }
    if message.contains(char::is_control) {
        return Err(format!("a message has control characters: {message:?}"));
    }
    if reader.names_place(message) { Ok(()) } else { Err(format!("a message names no place: {message:?}")) }
}

/// What a function returns, or its panic.
fn caught<V>(run: impl FnOnce() -> V) -> Result<V, String> {
    CAUGHT.with(|(expected, _)| expected.set(true));
    let outcome = catch_unwind(AssertUnwindSafe(run));
    CAUGHT.with(|(expected, last)| {
        expected.set(false);
        outcome.map_err(|_| last.take())
    })
}

/// An error with its causes, as the command line shows it.
pub fn chain(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {}", chain(cause)))
}

fn keep_panics_silent() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            CAUGHT.with(|(expected, last)| {
                if expected.get() {
                    last.replace(panic.to_string());
                } else {
                    usual(panic);
                }
            });
        }));
    });
}

/// What two failures have in common that are the same: the beginning of what is said, without numbers.
fn kind(what: &str) -> String {
    what.chars().filter(|c| !c.is_ascii_digit()).take(60).collect()
}

/// Leaves out parts of an input, as long as it fails in the same way.
fn shrink<T: Reader>(reader: &T, mut input: Vec<u8>, kind_of: &str) -> Vec<u8> {
    let began = Instant::now();
    let mut length = input.len().next_power_of_two();
    while length > 0 {
        let mut start = 0;
        while start < input.len() && began.elapsed() < HANGS / 8 {
            let end = (start + length).min(input.len());
            let shorter = [&input[..start], &input[end..]].concat();
            if attempt(reader, &shorter).is_err_and(|what| kind(&what) == kind_of) {
                input = shorter;
            } else {
                start = end;
            }
        }
        length /= 2;
    }
    input
}

/// An input as a literal, cut where it is long.
fn shown(input: &[u8]) -> String {
    const LENGTH: usize = 2000;
    let end =
        if input.len() > LENGTH { format!(" … and {} more bytes", input.len() - LENGTH) } else { String::new() };
    format!("b\"{}\"{end}", input[..input.len().min(LENGTH)].escape_ascii())
}

/// Ends the program where a reader hangs, and leaves the input that is being read in a file, for that case and for the
/// case that a stack overflows.
struct Watch {
    path: PathBuf,
    at: &'static AtomicU64,
}

impl Watch {
    fn new(name: &'static str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}.input"));
        let at: &'static AtomicU64 = Box::leak(Box::new(AtomicU64::new(u64::MAX)));
        let said = format!("{name}: longer than {HANGS:?} for the input in {}, case", path.display());
        std::thread::spawn(move || {
            let mut last = at.load(Ordering::Relaxed);
            loop {
                std::thread::sleep(HANGS);
                let now = at.load(Ordering::Relaxed);
                if now == last && now != u64::MAX {
                    // Past the harness, which would keep it.
                    let _ = writeln!(std::io::stderr(), "{said} {now}");
                    std::process::exit(101);
                }
                last = now;
            }
        });
        Self { path, at }
    }

    fn begin(&self, case: u64, input: &[u8]) {
        self.at.store(case, Ordering::Relaxed);
        std::fs::write(&self.path, input).expect("the input is written");
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.at.store(u64::MAX, Ordering::Relaxed);
    }
}

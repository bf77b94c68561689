//! The reader of journals under random, mutated and spliced bytes: nothing comes out that was not written.
//!
//! Input number `n` is a function of `n`; `SGDLAB_FUZZ_CASES` asks for more inputs than the few that every change has
//! to pass.

#[path = "../../../tests/fuzz/mutate.rs"]
mod mutate;

use std::collections::HashSet;
use std::fs;
use std::ops::Range;
use std::sync::LazyLock;

use proptest::prelude::*;
use sgdlab_core::streams::Key;
use sgdlab_sweeps::journal::examine;
use sgdlab_sweeps::plan::Plan;
use sgdlab_sweeps::{Format, Packing, Progress, Request, Sweep, catalogues, write_results};

use mutate::Corpus;

const PLAN: &str = "\
name = \"journals\"
question = \"Is it read as it was written?\"
problems = \"line\"
rules = [\"sgd\", { name = \"adam\", label = \"Adam, β\" }]
rates = [0.1, 1e9]
batch-sizes = 10
replicates = 2
budget = { steps = 20 }
";

/// The journal of a small sweep.
fn journal(rest: &str) -> Vec<u8> {
    let plan = Plan::parse(&format!("{PLAN}{rest}"), "journals", &[], &catalogues()).expect("a plan");
    let sweep = Sweep::new(plan, Packing::Automatic).expect("a sweep");
    let folder = tempfile::TempDir::new().expect("a folder");
    let request = Request {
        folder: folder.path(),
        threads: 1,
        command: "",
        program: "0",
        shard: None,
        any_program: false,
        format: Format::Csv,
    };
    write_results(&sweep, &request, &Progress::default(), &mut |_| {}).expect("a sweep");
    let mut names = fs::read_dir(folder.path().join("journal")).expect("a folder").flatten().map(|entry| entry.path());
    let path = names.find(|path| path.extension().is_some_and(|ending| ending == "journal")).expect("a journal");
    fs::read(path).expect("a journal")
}

static WRITTEN: LazyLock<Written> = LazyLock::new(Written::new);

/// What was written: journals, and their records.
struct Written {
    journals: Vec<Vec<u8>>,
    records: HashSet<Vec<u8>>,
}

impl Written {
    fn new() -> Self {
        let journals: Vec<Vec<u8>> = ["", "parameters = true\n"].map(journal).into();
        let mut records = HashSet::new();
        for journal in &journals {
            let places = examine(journal).expect("a journal");
            assert_eq!((places.len(), places.last().map(|last| last.end)), (8, Some(journal.len())));
            records.extend(places.into_iter().map(|place| journal[place].to_vec()));
        }
        Self { journals, records }
    }

    /// Examines bytes; how many records there are, each of which must be one that was written.
    fn check(&self, bytes: &[u8]) -> Result<usize, String> {
        match examine(bytes) {
            Ok(places) => {
                let strange = |place: &&Range<usize>| !self.records.contains(&bytes[(*place).clone()]);
                match places.iter().find(strange) {
                    Some(place) => Err(format!("a record that nobody wrote at {place:?}")),
                    None => Ok(places.len()),
                }
            }
            Err(reason) if reason.is_empty() || reason.chars().any(char::is_control) || reason.len() > 300 => {
                Err(format!("{reason:?} is not to be read"))
            }
            Err(_) => Ok(0),
        }
    }
}

/// The numbers of the inputs: `SGDLAB_FUZZ_CASES` as `N` or `A..B`, or the first few.
fn cases() -> Range<u64> {
    let Ok(text) = std::env::var("SGDLAB_FUZZ_CASES") else { return 0..4000 };
    let number = |text: &str| text.parse::<u64>().expect("SGDLAB_FUZZ_CASES is N or A..B");
    text.split_once("..").map_or_else(|| 0..number(&text), |(a, b)| number(a)..number(b))
}

#[test]
fn no_record_comes_out_of_mutated_journals_that_was_not_written() {
    let written = &WRITTEN;
    let seeds = written.journals.iter().flat_map(|journal| {
        // Also short ones, so that edits of heads and of the header are as frequent.
        [8, 2, 1].map(|records| journal[..examine(journal).expect("a journal")[records - 1].end].to_vec())
    });
    let corpus = Corpus::new(seeds.collect(), &["run\x01", "sgdlab journal 1\n", "sgdlab journal 2\n"]);
    assert!(corpus.seeds().iter().all(|seed| written.check(seed).is_ok_and(|records| records > 0)));
    let (key, mut inputs, mut read, mut records) = (Key::new("fuzz").child("journals"), 0, 0, 0);
    for case in cases() {
        let input = corpus.input(&mut key.stream(case));
        match written.check(&input) {
            Ok(found) => (inputs, read, records) = (inputs + 1, read + u64::from(found > 0), records + found),
            Err(what) => panic!("case {case}: {what}"),
        }
    }
    println!("{inputs} inputs, {read} of them with records, {records} records");
    assert!(read > inputs / 8, "mutations leave something to be read: {read} of {inputs}");
}

/// Where something is done to a journal, and what is put there.
type Edit = (prop::sample::Index, prop::sample::Index, Vec<u8>);

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_are_no_journal(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(examine(&bytes).map_or(true, |places| places.is_empty()));
    }

    #[test]
    fn nothing_but_records_comes_out_of_bytes_behind_a_header(tail in prop::collection::vec(any::<u8>(), 0..300)) {
        let text = &WRITTEN.journals[0];
        let end = examine(text).expect("a journal")[0].start;
        let bytes = [&text[..end], &tail].concat();
        prop_assert_eq!(examine(&bytes), Ok(Vec::new()));
    }

    #[test]
    fn what_is_before_an_edit_is_read_and_nothing_strange_behind_it(
        edits in prop::collection::vec(any::<Edit>(), 1..4)
    ) {
        let written = &WRITTEN;
        let original = &written.journals[0];
        let (mut bytes, mut first) = (original.clone(), original.len());
        for (a, b, new) in edits {
            let (a, b) = (a.index(bytes.len() + 1), b.index(bytes.len() + 1));
            let place = a.min(b)..a.max(b).min(a.min(b) + 200);
            first = first.min(place.start);
            bytes.splice(place, new);
        }
        let before = examine(original).expect("a journal").into_iter().filter(|place| place.end <= first).count();
        let header = examine(original).expect("a journal")[0].start;
        match written.check(&bytes) {
            Ok(found) => prop_assert!(found >= before || first < header, "{found} of {before}"),
            Err(what) => prop_assert!(false, "{}", what),
        }
    }
}

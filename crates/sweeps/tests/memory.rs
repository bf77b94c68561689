//! What a sweep keeps in memory does not grow with its runs, but for a few bytes of each.

use peak_alloc::PeakAlloc;
use sgdlab_sweeps::plan::Plan;
use sgdlab_sweeps::{Format, Packing, Progress, Request, Sweep, catalogues, merge, write_results};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// A run more costs at most so many bytes: eight for the place of its record, and the same for its id before.
///
/// Finished packs on their way to the tables, whose number depends on the threads, are the rest.
const OF_A_RUN: usize = 40;

/// The most bytes of the heap at one time while something is done, beyond what was there before.
fn peak_of<T>(work: impl FnOnce() -> T) -> (usize, T) {
    HEAP.reset_peak_usage();
    let before = HEAP.current_usage();
    let result = work();
    (HEAP.peak_usage() - before, result)
}

/// The peaks of a sweep of so many runs, of the same sweep again, and of the merge of its journal.
fn peaks(runs: usize, rates: usize, steps: u64) -> [usize; 3] {
    let values: Vec<f64> = (0..rates).map(|rate| 0.001 * (rate + 1) as f64).collect();
    let text = format!(
        "name = \"memory\"\nquestion = \"How much does it take?\"\nproblems = \"line\"\nrules = \"sgd\"\n\
         rates = {values:?}\nbatch-sizes = 10\nreplicates = {}\nprecision = \"f32\"\n\
         budget = {{ steps = {steps} }}\nlog = {{ every-steps = 1 }}\n",
        runs / rates
    );
    let folder = tempfile::TempDir::new().unwrap();
    let request = Request {
        folder: folder.path(),
        threads: 1,
        command: "",
        program: "0",
        shard: None,
        format: Format::Csv,
        any_program: false,
    };
    let sweep = || Sweep::new(Plan::parse(&text, "plan", &[], &catalogues()).unwrap(), Packing::Automatic).unwrap();
    let swept = || write_results(&sweep(), &request, &Progress::default(), &mut |_| {}).unwrap();
    let (first, outcome) = peak_of(swept);
    assert_eq!((outcome.runs, outcome.before), (runs, 0));
    drop(outcome);
    let (second, outcome) = peak_of(swept);
    assert_eq!((outcome.runs, outcome.before), (runs, runs));
    drop(outcome);
    let (merged, outcome) = peak_of(|| merge(&sweep(), &request, false, &mut |_| {}).unwrap());
    assert_eq!(outcome.runs, runs);
    [first, second, merged]
}

/// One test, because the heap is that of all.
#[test]
fn a_run_more_takes_a_few_bytes() {
    // What is made once in a process, such as the threads that lay runs out, is made here.
    peaks(100, 1, 1);
    const RUNS: usize = 10_000;
    // At one rate runs are written as they are finished.
    for (once, twice) in peaks(RUNS, 1, 1).into_iter().zip(peaks(2 * RUNS, 1, 1)) {
        let more = twice.saturating_sub(once);
        assert!(more <= OF_A_RUN * RUNS, "{once} bytes, and {more} more for {RUNS} more runs");
    }
    // Of twenty rates, packs have all replicates of one before the next one is due: 48 MB of lines have to wait. Of
    // these 16 MB are kept in memory, and up to 10 MB are on their way there.
    let [first, ..] = peaks(2 * RUNS, 20, 40);
    assert!(first <= 36 << 20, "{first} bytes");
}

//! What is left of a sweep when a file operation fails, when its process dies there, and when a run panics.

use std::fs;
use std::io::IoSlice;
use std::path::Path;
use std::sync::Mutex;

use tempfile::TempDir;

use crate::catalogues;
use crate::disk::Operation;
use crate::disk::fault::{inject, take};
use crate::drive::Progress;
use crate::folder::{self, Folder};
use crate::formats::Format;
use crate::journal::{Journal, Store, content};
use crate::pack::Packing;
use crate::plan::Plan;
use crate::results::{self, Outcome, Request, ResultsError, write_results};
use crate::run::RunKey;
use crate::shard::Shard;
use crate::sweep::Sweep;
use crate::tables;

/// Runs that panic.
static PANICS: Mutex<Vec<RunKey>> = Mutex::new(Vec::new());

/// Panics if a test has asked for it.
pub(crate) fn panic_if_asked(run: RunKey) {
    let asked = PANICS.lock().unwrap().contains(&run);
    assert!(!asked, "injected,\n\"here\"");
}

/// The tables, which manifests have hashes of.
const TABLES: [&str; 4] = ["rows.csv", "runs.csv", "parameters.csv", "timings.csv"];

/// A pack and a single run, and whatever else.
fn sweep(rates: &str, rest: &str) -> Sweep {
    let text = format!(
        "name = \"faults\"\nquestion = \"What is left?\"\nproblems = \"line\"\nrules = [\"sgd\", \"adam\"]\n\
         rates = {rates}\nbatch-sizes = 10\nreplicates = 1\nprecision = \"f32\"\nbudget = {{ steps = 6 }}\n\
         targets = {{ metric = \"value\", values = [0.5, 0.1] }}\n{rest}\n"
    );
    let plan = Plan::parse(&text, "faults", &[], &catalogues()).unwrap_or_else(|errors| panic!("{errors}"));
    Sweep::new(plan, Packing::Automatic).unwrap()
}

fn old() -> Sweep {
    sweep("[0.1, 0.2, 0.3, 0.4, 0.5]", "parameters = true")
}

fn new() -> Sweep {
    sweep("[0.11, 0.2, 0.3, 0.4, 0.5, 0.6]", "")
}

fn request(folder: &Path, shard: Option<Shard>) -> Request<'_> {
    Request { folder, threads: 1, command: "test", program: "0", shard, any_program: false, format: Format::Csv }
}

fn execute(sweep: &Sweep, folder: &Path) -> Result<Outcome, ResultsError> {
    write_results(sweep, &request(folder, None), &Progress::default(), &mut |_| {})
}

fn execute_shard(sweep: &Sweep, folder: &Path, index: u32) -> Result<Outcome, ResultsError> {
    write_results(sweep, &request(folder, Some(Shard { index, of: 2 })), &Progress::default(), &mut |_| {})
}

fn merge(sweep: &Sweep, request: &Request<'_>, partial: bool) -> Result<Outcome, ResultsError> {
    results::merge(sweep, request, partial, &mut |_| {})
}

/// A folder as a test leaves it: contents by name, `None` where there is none.
fn read(folder: &Path, name: &str) -> Option<String> {
    fs::read_to_string(folder.join(name)).ok()
}

fn parts(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with('.')).collect()
}

/// Whether every table is as the manifest says, and there is no other.
fn is_whole(folder: &Path) -> bool {
    let manifest: toml::Table = read(folder, "manifest.toml").expect("a manifest").parse().expect("TOML");
    TABLES.iter().all(|name| {
        let hash = read(folder, name).map(|text| blake3::hash(text.as_bytes()).to_hex().to_string());
        hash.as_deref() == manifest["tables"].get(name).and_then(toml::Value::as_str)
    })
}

fn copied(from: &Path) -> TempDir {
    let to = TempDir::new().unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.path().join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&target).unwrap();
            for entry in fs::read_dir(entry.path()).unwrap().map(Result::unwrap) {
                fs::copy(entry.path(), target.join(entry.file_name())).unwrap();
            }
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
    to
}

/// What a folder has to hold: before, and after.
struct Expected<'a> {
    before: &'a Path,
    after: &'a Path,
}

impl Expected<'_> {
    /// Expects the tables of one sweep, or what can be told from them.
    fn check(&self, folder: &Path, context: &str) -> bool {
        let equal = |name: &str, of: &Path| read(folder, name) == read(of, name);
        let fixed = ["rows.csv", "runs.csv", "parameters.csv"];
        for name in fixed {
            assert!(equal(name, self.before) || equal(name, self.after), "{context}: {name} is torn");
        }
        let lines = |of: &Path| read(of, "timings.csv").map(|text| (text.ends_with('\n'), text.lines().count()));
        assert!([self.before, self.after].map(lines).contains(&lines(folder)), "{context}: timings.csv is torn");
        let whole = is_whole(folder);
        if whole {
            let all = |of: &Path| fixed.iter().all(|name| equal(name, of));
            assert!(all(self.before) || all(self.after), "{context}: a mixture has the hashes of the manifest");
        }
        whole
    }
}

/// Lets every operation of `act` fail in a copy of `base`, alone and with all that follow.
///
/// An operation that fails with all that follow is also what a process leaves that dies there.
fn each_fault(base: &Path, act: &dyn Fn(&Path) -> Result<Outcome, ResultsError>, after: &dyn Fn(&Path, &str, usize)) {
    let undisturbed = copied(base);
    inject(undisturbed.path(), None, false);
    act(undisturbed.path()).unwrap();
    let operations = take(undisturbed.path());
    assert!(operations.len() > 5, "{operations:?}");
    for fails in 0..operations.len() {
        for stays in [false, true] {
            let folder = copied(base);
            let folder = folder.path();
            let context = format!("operation {fails} ({:?}){}", operations[fails], if stays { " and on" } else { "" });
            inject(folder, Some(fails), stays);
            let result = act(folder);
            let done = take(folder);
            // How often a journal is brought to the disk depends on the clock.
            if done.len() <= fails {
                drop(result.unwrap_or_else(|error| panic!("{context}: {error}")));
            } else {
                let Err(ResultsError::File { path, source, .. }) = result else { panic!("{context}: {result:?}") };
                assert!(
                    path.starts_with(folder) && source.to_string().starts_with("injected at"),
                    "{context}: {source}"
                );
            }
            assert!(stays || parts(folder).is_empty(), "{context}: {:?}", parts(folder));
            let renamed = done[..fails.min(done.len())].iter().filter(|done| **done == Operation::Rename).count();
            after(folder, &context, renamed);
        }
    }
}

/// A folder with the tables of a sweep.
fn swept(sweep: &Sweep) -> TempDir {
    let folder = TempDir::new().unwrap();
    execute(sweep, folder.path()).unwrap();
    folder
}

#[test]
fn a_sweep_that_fails_anywhere_leaves_a_whole_folder_and_goes_on() {
    let (old, new) = (old(), new());
    let (before, after) = (swept(&old), swept(&new));
    let expected = Expected { before: before.path(), after: after.path() };
    each_fault(before.path(), &|folder| execute(&new, folder), &|folder, context, renamed| {
        // The plan is renamed first.
        let whole = expected.check(folder, context);
        assert!(whole || renamed > 1, "{context}: nothing was replaced");
        let outcome = execute(&new, folder).unwrap_or_else(|error| panic!("{context}: {error}"));
        assert!(outcome.is_complete() && outcome.warnings.is_empty(), "{context}: {outcome:?}");
        for name in ["rows.csv", "runs.csv", "parameters.csv"] {
            assert_eq!(read(folder, name), read(after.path(), name), "{context}: {name}");
        }
        assert!(is_whole(folder) && parts(folder).is_empty(), "{context}");
    });
}

#[test]
fn a_merge_that_fails_anywhere_leaves_a_whole_folder_and_goes_on() {
    let (old, new) = (old(), new());
    let (before, after) = (swept(&old), swept(&new));
    fs::remove_file(before.path().join("plan.toml")).unwrap();
    for index in 0..2 {
        execute_shard(&new, before.path(), index).unwrap();
    }
    let merged = |folder: &Path| merge(&new, &request(folder, None), false);
    let expected = Expected { before: before.path(), after: after.path() };
    each_fault(before.path(), &merged, &|folder, context, renamed| {
        let whole = expected.check(folder, context);
        assert!(whole || renamed > 0, "{context}: nothing was replaced");
        merged(folder).unwrap_or_else(|error| panic!("{context}: {error}"));
        for name in ["rows.csv", "runs.csv", "parameters.csv"] {
            assert_eq!(read(folder, name), read(after.path(), name), "{context}: {name}");
        }
        assert!(is_whole(folder) && parts(folder).is_empty(), "{context}");
    });
}

#[test]
fn a_share_that_fails_anywhere_goes_on() {
    let (new, empty) = (new(), TempDir::new().unwrap());
    let after = swept(&new);
    each_fault(empty.path(), &|folder| execute_shard(&new, folder, 0), &|folder, context, _| {
        for index in 0..2 {
            let outcome = execute_shard(&new, folder, index).unwrap_or_else(|error| panic!("{context}: {error}"));
            assert!(outcome.is_complete(), "{context}");
        }
        merge(&new, &request(folder, None), false).unwrap_or_else(|error| panic!("{context}: {error}"));
        for name in ["rows.csv", "runs.csv"] {
            assert_eq!(read(folder, name), read(after.path(), name), "{context}: {name}");
        }
        let whole: Vec<String> = parts(folder).into_iter().filter(|name| !name.starts_with(".plan.toml")).collect();
        assert_eq!(whole, [""; 0], "{context}");
    });
}

#[test]
fn what_is_finished_is_not_run_again() {
    let new = new();
    let folder = swept(&new);
    for name in ["rows.csv", "runs.csv"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    let outcome = execute(&new, folder.path()).unwrap();
    assert_eq!((outcome.before, outcome.runs), (12, 12));
}

#[test]
fn a_merge_does_not_disturb_a_sweep_that_writes_tables() {
    let new = new();
    let outcome = TempDir::new().unwrap();
    let folder = outcome.path();
    let running = execute(&new, folder).unwrap();
    // The outcome lives, and so the summary may be being written.
    let said = merge(&new, &request(folder, None), false).unwrap_err().to_string();
    assert_eq!(said, format!("another sweep or merge is running in {}", folder.display()));
    assert!(execute(&new, folder).is_err() && execute_shard(&new, folder, 0).is_ok());
    drop(running);
    fs::write(folder.join(".rows.csv.7.part"), "left over").unwrap();
    fs::write(folder.join(".plan.toml.7.part"), "a share is writing").unwrap();
    drop(merge(&new, &request(folder, None), false).unwrap());
    assert_eq!(parts(folder), [".plan.toml.7.part"]);
    drop(execute(&new, folder).unwrap());
    assert_eq!(parts(folder), [""; 0]);
}

/// The fields of every line.
fn fields(table: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(table.as_bytes());
    let record = |record: Result<csv::StringRecord, _>| record.expect("a line").iter().map(str::to_owned).collect();
    reader.records().map(record).collect()
}

#[test]
fn a_panic_is_the_outcome_of_its_run_and_of_no_other() {
    // Rates that no other test has.
    let sweep = sweep("[0.011, 0.012, 0.013, 0.014, 0.015, 0.016]", "parameters = true");
    let (undisturbed, folder) = (swept(&sweep), TempDir::new().unwrap());
    let key = sweep.runs().get(2).key;
    PANICS.lock().unwrap().push(key);
    let failed = execute(&sweep, folder.path()).unwrap();
    PANICS.lock().unwrap().retain(|&other| other != key);
    assert_eq!((failed.runs, failed.failed, failed.diverged), (12, 1, 0));
    drop(failed);
    let id = sweep.runs().get(2).id().to_string();
    for name in ["rows.csv", "parameters.csv"] {
        let text = read(undisturbed.path(), name).unwrap();
        let others: String = text.split_inclusive('\n').filter(|line| !line.starts_with(&id)).collect();
        assert_eq!(read(folder.path(), name), Some(others), "{name}");
    }
    let [usual, runs] = [&undisturbed, &folder].map(|folder| fields(&read(folder.path(), "runs.csv").unwrap()));
    for (position, (usual, run)) in usual.iter().zip(&runs).enumerate() {
        assert_eq!(run.len(), runs[0].len());
        if position == 3 {
            let start: Vec<&str> = run[..10].iter().map(String::as_str).collect();
            assert_eq!(start, usual[..10]);
            assert_eq!(run[10..16], ["failed", "0", "0", "0", "", "injected, \"here\""]);
            assert!(run[16..25].iter().all(String::is_empty) && run[25..].iter().all(|cost| cost == "inf"), "{run:?}");
        } else {
            assert_eq!(run, usual);
        }
    }
    // It stays failed, and is counted again.
    let again = execute(&sweep, folder.path()).unwrap();
    assert_eq!((again.before, again.failed), (12, 1));
    drop(again);
    let shares = [0, 1].map(|index| execute_shard(&sweep, folder.path(), index).unwrap().failed);
    assert_eq!(shares.iter().sum::<usize>(), 1, "{shares:?}");
    assert_eq!(merge(&sweep, &request(folder.path(), None), false).unwrap().failed, 1);
}

/// Writes a journal with these rows of the first run.
fn journal(sweep: &Sweep, folder: &Path, name: &str, rows: Option<&str>, shard: Option<Shard>) {
    Folder(folder).create().unwrap();
    let mut header = folder::header(sweep, "0", shard).unwrap();
    header.cpu = format!("processor of {name}");
    let mut journal =
        Journal::create(folder.join("journal").join(format!("{name}.journal")), &header, || Ok(())).unwrap();
    if let Some(rows) = rows {
        let mut finished = None;
        let packs = sweep.packs_of([0].into_iter(), Packing::Single);
        let keep = |pack| {
            finished = Some(pack);
            Ok::<(), ResultsError>(())
        };
        sweep.run_packs(&packs, 1, &Progress::default(), keep).unwrap();
        let finished = finished.unwrap();
        let mut record = tables::record(&finished, 0, 0);
        record.rows = rows;
        let head = record.head(content(record.texts()));
        let texts = record.texts().map(str::as_bytes);
        journal
            .append(&mut [&head[..]].iter().chain(&texts).map(|bytes| IoSlice::new(bytes)).collect::<Vec<_>>())
            .unwrap();
    }
    journal.finish().unwrap();
}

#[test]
fn two_journals_that_contradict_each_other_are_named() {
    let (sweep, folder) = (new(), TempDir::new().unwrap());
    journal(&sweep, folder.path(), "a", Some("one\n"), None);
    journal(&sweep, folder.path(), "b", Some("two\n"), None);
    let error = execute(&sweep, folder.path()).unwrap_err();
    assert!(matches!(error, ResultsError::Conflict { .. }));
    let journals = folder.path().join("journal");
    let expected = format!(
        "\"line f32 reshuffle 10 plain constant sgd 0.11\" came out differently:\n  {0}/a.journal on processor of a\n  \
         {0}/b.journal on processor of b\nmove the journal away that is wrong",
        journals.display()
    );
    assert_eq!(error.to_string(), expected);
    let merged = merge(&sweep, &request(folder.path(), None), true).unwrap_err();
    assert_eq!(merged.to_string(), expected);
}

#[test]
fn a_share_that_never_finishes_a_run_is_given_up() {
    let (sweep, folder) = (new(), TempDir::new().unwrap());
    let shard = Shard { index: 0, of: 2 };
    journal(&sweep, folder.path(), "a", None, Some(shard));
    journal(&sweep, folder.path(), "b", None, Some(Shard { index: 1, of: 2 }));
    assert!(Store::open(&sweep, &folder.path().join("journal")).unwrap().without_progress(shard).is_none());
    journal(&sweep, folder.path(), "c", None, Some(shard));
    let error = execute_shard(&sweep, folder.path(), 0).unwrap_err();
    let ResultsError::NoProgress { path, .. } = &error else { panic!("{error}") };
    assert_eq!(path, &folder.path().join("journal/c.journal"));
    // Neither the other share nor the whole is concerned.
    assert!(execute_shard(&sweep, folder.path(), 1).unwrap().is_complete());
    assert!(execute(&sweep, folder.path()).unwrap().is_complete());
}

#[test]
fn attempts_that_finished_runs_of_an_earlier_plan_had_progress() {
    let (earlier, sweep) = (sweep("[0.7]", ""), new());
    let folder = TempDir::new().unwrap();
    let shard = Some(Shard { index: 0, of: 2 });
    journal(&earlier, folder.path(), "a", Some("row\n"), shard);
    journal(&earlier, folder.path(), "b", Some("row\n"), shard);
    assert!(execute_shard(&sweep, folder.path(), 0).unwrap().is_complete());
}

#[test]
fn a_folder_may_hold_more_journals_than_a_process_may_open_files() {
    let (sweep, folder) = (new(), swept(&new()));
    let journals = folder.path().join("journal");
    let one = crate::journal::paths(&journals).unwrap().remove(0);
    for number in 0..600 {
        fs::copy(&one, journals.join(format!("{number:04}.journal"))).unwrap();
    }
    let store = Store::open(&sweep, &journals).unwrap();
    assert_eq!((store.attempts.len(), store.duplicates, store.missing()), (601, 600 * 12, 0));
    #[cfg(target_os = "linux")]
    {
        let links = fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
        let open = links.filter(|link| link.starts_with(&journals)).count();
        assert!((1..300).contains(&open), "{open} are open");
    }
    assert!(!store.attempts.iter().any(crate::journal::Attempt::is_running));
}

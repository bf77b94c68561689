//! Sweeps that are killed again and again: nothing that was finished is lost, and the tables are those of a sweep that
//! nobody disturbed.
//!
//! `SGDLAB_SOAK_KILLS=200` asks for more kills than the few that every change has to pass.

#![cfg(unix)]

use std::fs;
use std::process::Child;
use std::time::{Duration, Instant};

use sgdlab_core::streams::{Key, Stream, index};

use crate::support::{Lab, is_whole};

/// Runs of a few milliseconds: two or three seconds of work.
const PLAN: &str = "\
name = \"soak\"
question = \"Is anything lost?\"
problems = \"line\"
rules = [\"sgd\", \"adam\"]
rates = [0.1, 0.05, 0.02]
batch-sizes = 10
replicates = 60
parameters = true
budget = { steps = 4000 }
log = { every-steps = 40 }
";

/// What the tables are compared in.
const TABLES: [&str; 4] = ["rows.csv", "runs.csv", "parameters.csv", "summary.csv"];

/// Kills without `SGDLAB_SOAK_KILLS`.
const FEW: u32 = 12;

/// When a sweep is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Moment {
    /// After so many milliseconds.
    Time(u64),
    /// When its journal has become longer so many times.
    Growth(u64),
    /// When all runs are finished and tables are written, and so many tenths of a millisecond after it.
    Written(u64),
    /// When `rows.csv` has been replaced, and so many tenths of a millisecond after it.
    Replaced(u64),
}

impl Moment {
    fn draw(rng: &mut Stream) -> Self {
        let mut below = |bound: u32| u64::from(index(rng, bound));
        match below(4) {
            0 => Self::Time(below(1500)),
            1 => Self::Growth(1 + below(30)),
            2 => Self::Written(below(30)),
            _ => Self::Replaced(below(30)),
        }
    }
}

/// What was there when a sweep had been killed.
#[derive(Default)]
struct Counts {
    kills: u32,
    /// Before it had a journal.
    early: u32,
    /// With a part of the runs in the journals.
    computing: u32,
    /// With all runs in the journals, but the old tables.
    writing: u32,
    /// With some of the new tables.
    replacing: u32,
    /// With all tables, before the end.
    replaced: u32,
    /// Journals with a record that was cut off.
    torn: u32,
    /// Sweeps that ended before they were killed.
    ended: u32,
}

/// The journals of `out`: bytes of all, and how many of them end within a record.
fn journals(lab: &Lab) -> (u64, u32) {
    let (mut bytes, mut torn) = (0, 0);
    for entry in fs::read_dir(lab.path("out/journal")).into_iter().flatten().flatten() {
        if entry.path().extension().is_some_and(|ending| ending == "journal") {
            let content = fs::read(entry.path()).expect("a journal");
            let places = sgdlab_sweeps::journal::examine(&content).expect("a journal");
            bytes += content.len() as u64;
            let header = content.splitn(4, |&byte| byte == b'\n').take(3).map(|line| line.len() + 1).sum();
            torn += u32::from(places.last().map_or(header, |place| place.end) < content.len());
        }
    }
    (bytes, torn)
}

/// The size of a journal that is being written.
fn growing(lab: &Lab) -> u64 {
    let entries = fs::read_dir(lab.path("out/journal")).into_iter().flatten().flatten();
    entries.filter_map(|entry| Some(entry.metadata().ok()?.len())).sum()
}

/// Waits for a moment; whether the sweep still runs then.
fn wait(lab: &Lab, child: &mut Child, moment: Moment) -> bool {
    let (started, inode) = (Instant::now(), || fs::metadata(lab.path("out/rows.csv")).ok().map(|data| inode(&data)));
    let (old, mut size, mut grown) = (inode(), growing(lab), 0);
    loop {
        let come = match moment {
            Moment::Time(milliseconds) => started.elapsed() >= Duration::from_millis(milliseconds),
            Moment::Growth(times) => {
                let now = growing(lab);
                grown += u64::from(now != size);
                size = now;
                grown > times
            }
            // It is short enough to be written as one piece, at the end.
            Moment::Written(_) => fs::metadata(lab.path("out/.runs.csv.0.part")).is_ok_and(|data| data.len() > 0),
            Moment::Replaced(_) => inode() != old,
        };
        if child.try_wait().expect("a child").is_some() {
            return false;
        }
        if come {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "the sweep hangs");
        if matches!(moment, Moment::Time(_)) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    match moment {
        Moment::Written(tenths) | Moment::Replaced(tenths) => std::thread::sleep(Duration::from_micros(100 * tenths)),
        _ => {}
    }
    true
}

fn inode(data: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(data)
}

/// Kills sweeps of one folder until one ends, or `most` were killed.
fn soak(undisturbed: &Lab, lab: &Lab, rng: &mut Stream, counts: &mut Counts, most: u32) {
    for _ in 0..most {
        let mut child = lab.start(&["sweep", "plan.toml", "--out", "out", "--quiet"]);
        let moment = Moment::draw(rng);
        let running = wait(lab, &mut child, moment);
        if running {
            child.kill().expect("a child");
        }
        let status = child.wait().expect("a child");
        if status.code().is_some() {
            assert_eq!(status.code(), Some(0), "{moment:?}");
            counts.ended += 1;
            return;
        }
        counts.kills += 1;
        look(undisturbed, lab, counts);
    }
    // Whatever there is by now is brought to an end.
    lab.sweep(&[]);
    counts.ended += 1;
}

/// What a killed sweep has left.
fn look(undisturbed: &Lab, lab: &Lab, counts: &mut Counts) {
    let (bytes, torn) = journals(lab);
    counts.torn += torn;
    let old = fs::read_to_string(lab.path("old/manifest.toml")).ok();
    let manifest = fs::read_to_string(lab.path("out/manifest.toml")).ok();
    let new =
        |name: &str| fs::read(lab.path("out").join(name)).ok() == fs::read(undisturbed.path("out").join(name)).ok();
    let some = TABLES[..3].iter().any(|name| new(name));
    if manifest.is_some() && manifest != old {
        assert!(is_whole(lab, "out"), "a manifest takes its place when all tables have theirs");
        assert!(TABLES[..3].iter().all(|name| new(name)));
        counts.replaced += 1;
    } else if some {
        assert!(manifest.is_none() || !is_whole(lab, "out"), "tables of two sweeps are told apart");
        counts.replacing += 1;
    } else {
        assert!(manifest.is_none() || is_whole(lab, "out"), "the old tables are as they were");
        let complete = missing(lab) == 0;
        *(if bytes == 0 {
            &mut counts.early
        } else if complete {
            &mut counts.writing
        } else {
            &mut counts.computing
        }) += 1;
    }
}

/// How many runs no journal has.
fn missing(lab: &Lab) -> u64 {
    let said = lab.run(&["status", "out"]);
    let line = said.stdout.lines().next().unwrap_or_default().to_owned();
    let numbers: Vec<u64> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
    match numbers[..] {
        [done, planned, ..] => planned - done,
        _ => u64::MAX,
    }
}

#[test]
fn a_sweep_that_is_killed_again_and_again_has_the_tables_of_one_that_was_not() {
    let kills = std::env::var("SGDLAB_SOAK_KILLS").map_or(FEW, |text| text.parse().expect("SGDLAB_SOAK_KILLS is N"));
    let seed = std::env::var("SGDLAB_SOAK_SEED").map_or(0, |text| text.parse().expect("SGDLAB_SOAK_SEED is N"));
    let undisturbed = Lab::with_plan(PLAN);
    undisturbed.sweep(&[]);
    let (mut counts, mut sweeps) = (Counts::default(), 0);
    let mut rng = Key::new("soak").stream(seed);
    while counts.kills < kills {
        let lab = Lab::with_plan(PLAN);
        if sweeps % 2 == 1 {
            // Tables of an earlier sweep, to be replaced.
            lab.sweep(&["--replicates", "1", "--set", "budget.steps=10"]);
            fs::create_dir(lab.path("old")).expect("a folder");
            fs::copy(lab.path("out/manifest.toml"), lab.path("old/manifest.toml")).expect("a manifest");
        }
        let most = (kills - counts.kills).min(8);
        soak(&undisturbed, &lab, &mut rng, &mut counts, most);
        for name in TABLES {
            let [disturbed, usual] =
                [&lab, &undisturbed].map(|lab| blake3::hash(lab.read(&format!("out/{name}")).as_bytes()));
            assert_eq!(disturbed, usual, "{name}");
        }
        assert!(is_whole(&lab, "out"));
        let left: Vec<_> = lab.names("out").into_iter().filter(|name| name.starts_with('.')).collect();
        assert_eq!(left, [""; 0], "nothing that was written aside is left");
        sweeps += 1;
    }
    let Counts { kills, early, computing, writing, replacing, replaced, torn, ended } = counts;
    println!(
        "{kills} kills in {sweeps} sweeps: {early} before there was a journal, {computing} while computing, {writing} \
         with all runs in the journals and the old tables, {replacing} with some new tables, {replaced} with all of \
         them; {torn} times a journal ended within a record; {ended} sweeps ended, all with the same tables"
    );
    assert_eq!((kills, sweeps), (early + computing + writing + replacing + replaced, ended));
}

/// Sends a signal.
fn send(child: &Child, signal: &str) {
    let sent = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.expect("kill").success());
}

#[test]
fn a_second_signal_ends_a_sweep_at_once_and_loses_nothing() {
    let undisturbed = Lab::with_plan(PLAN);
    undisturbed.sweep(&[]);
    for (second, codes) in [("-TERM", &[Some(75)][..]), ("-KILL", &[None, Some(75)])] {
        let lab = Lab::with_plan(PLAN);
        let mut child = lab.start(&["sweep", "plan.toml", "--out", "out", "--quiet"]);
        lab.wait_for_runs("out");
        send(&child, if second == "-TERM" { "-TERM" } else { "-INT" });
        send(&child, second);
        let code = child.wait().expect("a child").code();
        assert!(codes.contains(&code), "{second}: {code:?}");
        assert!(missing(&lab) < 360, "what is finished is kept");
        lab.sweep(&[]);
        for name in TABLES {
            assert_eq!(lab.read(&format!("out/{name}")), undisturbed.read(&format!("out/{name}")), "{second}: {name}");
        }
    }
}

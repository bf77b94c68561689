//! Journals that are foreign, damaged, cut off, contradictory or out of reach.

use std::fs;
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use sgdlab_sweeps::journal::examine;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::support::{Lab, SMALL, Said, is_whole};

/// Bytes of the head of a record.
const HEAD: usize = 112;

/// Twelve runs with eleven rows each.
const TWELVE: [&str; 4] = ["--replicates", "12", "--set", "log.every-steps=1"];

/// Seconds of work in runs of a few milliseconds.
const LONG: [&str; 6] = ["--replicates", "400", "--set", "budget.steps=20000", "--set", "log.every-steps=2000"];

const TABLES: [&str; 3] = ["rows.csv", "runs.csv", "summary.csv"];

/// A folder that was swept once, and its journal.
fn swept() -> (Lab, PathBuf) {
    let lab = Lab::with_plan(SMALL);
    lab.sweep(&TWELVE);
    let journal = lab.path("out/journal").join(journals(&lab).remove(0));
    (lab, journal)
}

/// The names of the journals in `out`.
fn journals(lab: &Lab) -> Vec<String> {
    lab.names("out/journal").into_iter().filter(|name| name.ends_with(".journal")).collect()
}

fn tables(lab: &Lab) -> [String; 3] {
    TABLES.map(|name| lab.read(&format!("out/{name}")))
}

/// Sweeps again; messages are in one line.
fn again(lab: &Lab, arguments: &[&str]) -> Said {
    let said = lab.run(&[&["sweep", "plan.toml", "--out", "out"], &TWELVE[..], arguments].concat());
    Said { stderr: said.stderr.replace("\n  ", " "), ..said }
}

/// Expects that a sweep goes on where `kept` runs are finished, says `stderr`, and has the same tables.
#[track_caller]
fn goes_on(lab: &Lab, expected: &[String; 3], kept: usize, stderr: &str) {
    let said = again(lab, &[]);
    assert_eq!((said.code, &*said.stderr), (Some(0), stderr));
    let before = match kept {
        0 => "\n12 runs, ".to_owned(),
        12 => "\n12 runs (all finished before), ".to_owned(),
        _ => format!("\n12 runs ({kept} finished before), "),
    };
    assert!(said.stdout.contains(&before), "{kept}: {}", said.stdout);
    assert_eq!(&tables(lab), expected);
    assert!(is_whole(lab, "out"));
}

/// A journal with other texts and another status in one of its records.
fn rewritten(journal: &[u8], record: usize, status: u32, change: impl Fn(usize, &str) -> String) -> Vec<u8> {
    let place = examine(journal).expect("a journal").swap_remove(record);
    let mut head = journal[place.start..][..HEAD].to_vec();
    head[4..8].copy_from_slice(&status.to_le_bytes());
    let (mut texts, mut at) = (Vec::new(), place.start + HEAD);
    for number in 0..3 {
        let length = &mut head[64 + 8 * number..][..8];
        let old = u64::from_le_bytes((&*length).try_into().expect("eight bytes")) as usize;
        let text = change(number, std::str::from_utf8(&journal[at..at + old]).expect("text"));
        length.copy_from_slice(&(text.len() as u64).to_le_bytes());
        texts.extend(text.into_bytes());
        at += old;
    }
    head[88..104].copy_from_slice(&xxh3_128(&texts).to_le_bytes());
    let hash = xxh3_64(&head[..104]).to_le_bytes();
    head[104..].copy_from_slice(&hash);
    [&journal[..place.start], &head, &texts, &journal[place.end..]].concat()
}

#[test]
fn what_is_no_journal_of_this_program_is_named_and_left_alone() {
    let (lab, journal) = swept();
    let (expected, usual) = (tables(&lab), fs::read(&journal).expect("a journal"));
    let text = String::from_utf8_lossy(&usual);
    let content = text.find('{').expect("a header");
    let newer = text.replacen("sgdlab journal 1\n", "sgdlab journal 2\n", 1);
    let hashed = |lines: &str| format!("{lines}{:016x}\n", xxh3_64(lines.as_bytes()));
    let schema = hashed(
        "sgdlab journal 1\n{\"schema\":1,\"plan\":\"\",\"program\":\"\",\"cpu\":\"\",\"host\":\"\",\"process\":1,\"started\":\"\"}\n",
    );
    let mut damaged = usual.clone();
    damaged[content + 5] ^= 4;
    let format = "it has format 2, and this program reads format 1: another version of it wrote the journal";
    let cases: [(Vec<u8>, &str); 6] = [
        ("run,step\n1,2\n".into(), "it is no journal of sgdlab"),
        (vec![0x1f, 0x8b, 8, 0], "it is no journal of sgdlab"),
        (newer.into(), format),
        (damaged, "its header is not as it was written"),
        (schema.into(), "its runs are of schema 1, and this program computes those of schema 4"),
        (
            hashed("sgdlab journal 1\n{}\n").into(),
            "its header cannot be read: missing field `schema` at line 1 column 2",
        ),
    ];
    let path = lab.path("out/journal/z.journal");
    for (bytes, reason) in cases {
        fs::write(&path, &bytes).expect("a file");
        let message = format!("error: out/journal/z.journal: {reason}; move it away if it is not needed\n");
        for command in [&["sweep", "plan.toml", "--out", "out"][..], &["merge", "out"], &["status", "out"]] {
            let said = lab.run(command);
            assert_eq!((said.code, &*said.stdout, said.stderr.replace("\n  ", " ")), (Some(2), "", message.clone()));
        }
        assert_eq!(fs::read(&path).expect("a file"), bytes);
        assert_eq!(tables(&lab), expected);
    }
    fs::remove_file(&path).expect("a file");
    fs::create_dir(&path).expect("a folder");
    let said = again(&lab, &[]);
    let message = "error: failed to read out/journal/z.journal: Is a directory (os error 21)\n";
    assert_eq!((said.code, &*said.stderr), (Some(2), message));
    fs::remove_dir(&path).expect("a folder");
    goes_on(&lab, &expected, 12, "");
}

#[test]
fn what_an_attempt_was_writing_when_it_was_cut_off_is_run_again() {
    let (lab, journal) = swept();
    let (expected, usual) = (tables(&lab), fs::read(&journal).expect("a journal"));
    let places = examine(&usual).expect("a journal");
    let last = places[11].clone();
    let cut = [0, 10, places[0].start, places[0].start + 1, last.start, last.start + HEAD, last.end - 1];
    let zeros = [0, 1, HEAD, 4096];
    for length in cut {
        for zeros in zeros.into_iter().filter(|&zeros| zeros == 0 || length == 0 || length > 10) {
            fs::write(&journal, [&usual[..length], &vec![0; zeros]].concat()).expect("a file");
            let kept = places.iter().filter(|place| place.end <= length).count();
            goes_on(&lab, &expected, kept, "");
            for name in journals(&lab).iter().filter(|name| !journal.ends_with(name)) {
                fs::remove_file(lab.path("out/journal").join(name)).expect("a journal");
            }
        }
    }
}

#[test]
fn damage_costs_what_is_behind_it_and_never_gives_a_wrong_row() {
    let (lab, journal) = swept();
    let (expected, usual) = (tables(&lab), fs::read(&journal).expect("a journal"));
    let places = examine(&usual).expect("a journal");
    for (record, offset) in [(0, 0), (0, 20), (3, 60), (5, HEAD), (7, HEAD + 200), (11, 110), (11, HEAD + 5)] {
        let mut damaged = usual.clone();
        let at = places[record].start + offset;
        damaged[at] ^= 1;
        fs::write(&journal, &damaged).expect("a file");
        let name = journals(&lab).remove(0);
        let warning = format!(
            "warning: out/journal/{name} is damaged behind byte {}: the {record} runs before it are used, the rest is \
             not\n",
            places[record].start
        );
        goes_on(&lab, &expected, record, &warning);
        for name in journals(&lab).iter().filter(|name| !journal.ends_with(name)) {
            fs::remove_file(lab.path("out/journal").join(name)).expect("a journal");
        }
    }
}

#[test]
fn results_that_contradict_each_other_are_named_with_status_3() {
    let (lab, journal) = swept();
    let usual = fs::read(&journal).expect("a journal");
    let other =
        rewritten(&usual, 4, 0, |number, text| if number == 1 { text.replacen('1', "2", 1) } else { text.into() });
    fs::write(lab.path("out/journal/z.journal"), other).expect("a file");
    let expected = tables(&lab);
    let name = journals(&lab).remove(0);
    for command in [&["sweep", "plan.toml", "--out", "out"][..], &["merge", "out"], &["status", "out"]] {
        let arguments = if command[0] == "sweep" { &TWELVE[..] } else { &[] };
        let said = lab.run(&[command, arguments].concat());
        assert_eq!((said.code, &*said.stdout), (Some(3), ""), "{}", said.stderr);
        let head = "error: \"line f64 reshuffle 10 plain constant sgd 0.1\" came out differently:\n";
        assert!(said.stderr.starts_with(head), "{}", said.stderr);
        for path in [format!("out/journal/{name} on "), "out/journal/z.journal on ".to_owned()] {
            assert!(said.stderr.contains(&path), "{path}: {}", said.stderr);
        }
    }
    assert_eq!(tables(&lab), expected);
}

#[test]
fn a_run_that_has_failed_is_told_counted_and_ranked_last() {
    let (lab, journal) = swept();
    let usual = fs::read(&journal).expect("a journal");
    let runs = lab.table("out/runs.csv");
    let behind = runs.header.len() - 16;
    let failed = rewritten(&usual, 4, 2, |number, text| {
        let start: Vec<&str> = text.split(',').take(10).collect();
        let line = || format!("{},failed,0,0,0,,\"it broke, \"\"here\"\"\"{}\n", start.join(","), ",".repeat(behind));
        if number == 0 { line() } else { String::new() }
    });
    fs::write(&journal, failed).expect("a file");
    for command in [&["sweep", "plan.toml", "--out", "out"][..], &["merge", "out"]] {
        let arguments = if command[0] == "sweep" { &TWELVE[..] } else { &[] };
        let said = lab.run(&[command, arguments].concat());
        assert_eq!(said.code, Some(1), "{}", said.stderr);
        assert!(said.stdout.contains("files in out"), "{}", said.stdout);
        // Every row has as many fields as the header, or it could not be read.
        let table = lab.table("out/runs.csv");
        let of = |status: &str| table.rows.iter().filter(|row| row["status"] == status).count();
        assert_eq!((of("done"), of("failed")), (11, 1));
        let failed = table.rows.iter().find(|row| row["status"] == "failed").expect("a row");
        assert_eq!((&*failed["message"], &*failed["final_value"]), ("it broke, \"here\"", ""));
        assert_eq!(lab.table("out/rows.csv").rows.len(), 11 * 11);
        let summary = lab.table("out/summary.csv").rows.remove(0);
        assert_eq!(&*summary["runs"], "12");
        assert!(!summary.contains_key("message_median"));
        assert!(is_whole(&lab, "out"));
    }
    let said = again(&lab, &[]);
    assert!(said.stderr.starts_with("1 run failed, which is a defect of the program:"), "{}", said.stderr);
    assert!(said.stderr.contains("it broke, \"here\""), "{}", said.stderr);
}

#[test]
fn the_plan_may_change_between_sweeps() {
    let lab = Lab::with_plan(SMALL);
    lab.sweep(&["--set", "rates=[0.1, 0.2]"]);
    let run = |rates: &str| lab.run(&["sweep", "plan.toml", "--out", "out", "--set", rates]);
    let said = run("rates=[0.1, 0.2, 0.3]");
    assert!(said.stdout.contains("\n3 runs (2 finished before), "), "{}", said.stdout);
    let said = run("rates=[0.3, 0.4]");
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    assert!(said.stdout.contains("\n2 runs (1 finished before), "), "{}", said.stdout);
    let rates: Vec<String> =
        lab.table("out/runs.csv").rows.into_iter().map(|mut row| row.remove("rate").unwrap()).collect();
    assert_eq!(rates, ["0.3", "0.4"]);
    let said = run("rates=[0.4, 0.3, 0.2, 0.1]");
    assert!(said.stdout.contains("\n4 runs (all finished before), "), "{}", said.stdout);
}

#[test]
fn starting_over_is_asked_for_twice() {
    let (lab, journal) = swept();
    let (expected, usual) = (tables(&lab), fs::read(&journal).expect("a journal"));
    let said = again(&lab, &["--fresh"]);
    let message = "error: --fresh forgets the finished runs in out: give --yes too if that is meant\n";
    assert_eq!((said.code, &*said.stdout, &*said.stderr), (Some(2), "", message));
    assert_eq!(fs::read(&journal).expect("it is still there"), usual);
    assert_eq!(tables(&lab), expected);

    let said = again(&lab, &["--fresh", "--yes"]);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    assert!(said.stdout.contains("\n12 runs, 0 diverged"), "{}", said.stdout);
    assert_eq!(journals(&lab).len(), 1);
    assert_eq!(tables(&lab), expected);

    // Where nothing is finished, there is nothing to ask.
    fs::remove_file(lab.path("out/journal").join(&journals(&lab)[0])).expect("a journal");
    let said = again(&lab, &["--fresh"]);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
}

/// Waits for a process, at most half a minute.
fn wait(mut child: Child) -> Said {
    let started = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        if started.elapsed() > Duration::from_secs(30) {
            child.kill().expect("a child");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().expect("a child");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    Said { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn start(lab: &Lab, arguments: &[&str]) -> Child {
    lab.start(&[&["sweep", "plan.toml", "--out", "out"], &LONG[..], arguments].concat())
}

#[test]
fn sweeps_keep_each_other_out_and_shares_do_not() {
    let (undisturbed, lab) = (Lab::with_plan(SMALL), Lab::with_plan(SMALL));
    undisturbed.sweep(&LONG);
    let busy = "error: another sweep is running in out\nwait for it (cargo xtask status says how far it is), or sweep into another\n  \
                folder with --out\n";
    let arguments = [&["sweep", "plan.toml", "--out", "out"], &LONG[..]].concat();

    let first = start(&lab, &["--shard", "0/2"]);
    lab.wait_for_runs("out");
    let second = start(&lab, &["--shard", "0/2"]);
    let third = start(&lab, &["--shard", "1/2"]);
    let said = lab.run(&arguments);
    assert_eq!((said.code, &*said.stderr), (Some(2), busy));
    for child in [first, second, third] {
        let said = wait(child);
        assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    }
    assert_eq!(journals(&lab).len(), 3);
    let said = lab.run(&["merge", "out", "--quiet"]);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    assert_eq!(tables(&lab), tables(&undisturbed), "a share that is run twice changes nothing");

    assert_eq!(lab.run(&[&arguments[..], &["--fresh", "--yes", "--dry-run"]].concat()).code, Some(0));
    for name in journals(&lab) {
        fs::remove_file(lab.path("out/journal").join(name)).expect("a journal");
    }
    let first = start(&lab, &[]);
    lab.wait_for_runs("out");
    for more in [&[][..], &["--shard", "0/2"], &["--fresh", "--yes"]] {
        let said = lab.run(&[&arguments[..], more].concat());
        assert_eq!((said.code, &*said.stdout, &*said.stderr), (Some(2), "", busy), "{more:?}");
    }
    let said = wait(first);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    assert_eq!(tables(&lab), tables(&undisturbed), "the first is not disturbed");
}

#[test]
fn a_folder_that_is_removed_under_a_sweep_ends_it() {
    let lab = Lab::with_plan(SMALL);
    let child = start(&lab, &["--set", "rates=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]"]);
    lab.wait_for_runs("out");
    fs::rename(lab.path("out"), lab.path("away")).expect("a folder");
    fs::remove_dir_all(lab.path("away")).expect("a folder");
    let said = wait(child);
    let message = said.stderr.replace("\n  ", " ");
    assert_eq!((said.code, &*said.stdout), (Some(2), ""), "{message}");
    assert!(message.starts_with("error: failed to write out/journal/"), "{message}");
    assert!(message.ends_with(".journal: No such file or directory (os error 2)\n"), "{message}");
}

#[test]
#[cfg(unix)]
fn a_share_without_progress_is_given_up() {
    let lab = Lab::with_plan(SMALL);
    let endless = ["--set", "budget.steps=1000000000000", "--set", "log.per-decade=1", "--shard", "0/1"];
    let arguments = [&["sweep", "plan.toml", "--out", "out"], &endless[..]].concat();
    for attempt in 0..2 {
        let child = lab.start(&arguments);
        let begun = || {
            fs::read_dir(lab.path("out/journal")).map_or(0, |entries| {
                let whole = |entry: &fs::DirEntry| entry.path().extension().is_some_and(|ending| ending == "journal");
                entries
                    .flatten()
                    .filter(whole)
                    .filter(|entry| entry.metadata().is_ok_and(|data| data.len() > 100))
                    .count()
            })
        };
        while begun() <= attempt {
            std::thread::sleep(Duration::from_millis(10));
        }
        let sent = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(sent.expect("kill").success());
        assert_eq!(wait(child).code, Some(75));
    }
    let said = lab.run(&arguments);
    let message = said.stderr.replace("\n  ", " ");
    assert_eq!((said.code, &*said.stdout), (Some(1), ""), "{message}");
    assert!(message.starts_with("error: two attempts of shard 0/1 ended before they finished a run"), "{message}");
    assert!(message.contains(&format!("or remove out/journal/{}", journals(&lab)[1])), "{message}");
}

/// A sweep of `plan.toml` into `out` by somebody whom permissions stop: the administrator becomes nobody.
#[cfg(unix)]
fn as_nobody(lab: &Lab) -> Said {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    fs::set_permissions(lab.path("."), fs::Permissions::from_mode(0o755)).expect("our folder");
    let mut command = lab.command(&[&["sweep", "plan.toml", "--out", "out"], &TWELVE[..]].concat());
    if fs::metadata(lab.path(".")).expect("a folder").uid() == 0 {
        // The program may be where nobody may look.
        let program = lab.path("program");
        if !program.exists() {
            fs::copy(crate::support::program(), &program).expect("a copy");
        }
        let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        command = std::process::Command::new(program);
        command.args(arguments).current_dir(lab.path(".")).uid(65534).gid(65534);
    }
    let output = command.output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8").replace("\n  ", " ");
    Said { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
#[cfg(unix)]
fn what_may_not_be_read_or_written_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let (lab, journal) = swept();
    let expected = tables(&lab);
    let mode =
        |path: &std::path::Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
    let name = journals(&lab).remove(0);
    let denied = "Permission denied (os error 13)";
    for path in
        [lab.path("out"), lab.path("out/journal"), lab.path("out/journal/lock"), lab.path("out/journal/tables.lock")]
    {
        mode(&path, 0o777);
    }
    mode(&journal, 0o000);
    let said = as_nobody(&lab);
    assert_eq!((said.code, said.stderr), (Some(2), format!("error: failed to read out/journal/{name}: {denied}\n")));
    mode(&journal, 0o644);
    mode(&lab.path("out"), 0o555);
    let said = as_nobody(&lab);
    assert_eq!((said.code, said.stderr), (Some(2), format!("error: failed to write out/rows.csv: {denied}\n")));
    mode(&lab.path("out/journal/lock"), 0o444);
    let said = as_nobody(&lab);
    assert_eq!((said.code, said.stderr), (Some(2), format!("error: failed to write out/journal/lock: {denied}\n")));
    mode(&lab.path("out"), 0o755);
    assert_eq!(tables(&lab), expected);
}

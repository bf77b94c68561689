//! How many instructions kernels take: counted by Valgrind, and compared with what was recorded.
//!
//! Times differ from minute to minute, these counts do not: what makes a kernel slower is seen on any machine.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::kernels::count_all;
use crate::output;
use crate::text;

/// How much more or less than the recorded instructions is no change, as a share of them.
const TOLERANCE: f64 = 0.03;

/// What was counted, and what it was counted with.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counts {
    rustc: String,
    valgrind: String,
    instructions: BTreeMap<String, u64>,
}

/// Compares the counts of this program with those in a file, or writes them to it.
pub fn run(file: &Path, record: bool) -> Result<ExitCode> {
    ensure!(!cfg!(debug_assertions), "--instructions counts those of a release build: cargo xtask bench");
    let found = Counts::of_this_program()?;
    if record {
        let text = toml::to_string(&found).context("failed to write counts as TOML")?;
        output::write(file, text.as_bytes())?;
        text::print(&format!("{}: {} kernels\n", file.display(), found.instructions.len()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let text = fs::read_to_string(file).with_context(|| format!("failed to read {}", file.display()))?;
    let recorded: Counts = toml::from_str(&text).with_context(|| format!("failed to read {}", file.display()))?;
    let (table, changed) = compare(&recorded.instructions, &found.instructions);
    text::print(&table)?;
    if changed == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    text::print(&advice(&recorded, &found, changed, file))?;
    Ok(ExitCode::FAILURE)
}

/// Does all kernels and prints their names; Valgrind looks for [`counted`].
pub fn count() -> Result<ExitCode> {
    let mut names = String::new();
    count_all(|name, work| {
        names += name;
        names.push('\n');
        counted(work);
    });
    text::print(&names)?;
    Ok(ExitCode::SUCCESS)
}

/// A function that Valgrind finds by its name: it counts from its beginning to its end.
#[inline(never)]
fn counted(work: &mut dyn FnMut()) {
    work();
}

impl Counts {
    /// Runs this program on Valgrind, which has AVX2 if the machine does, and no AVX-512.
    fn of_this_program() -> Result<Self> {
        let folder = tempfile::tempdir().context("failed to make a folder")?;
        let counts = folder.path().join("counts");
        let program = std::env::current_exe().context("failed to find the file of this program")?;
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--zero-before=*::counted", "--dump-after=*::counted"])
            .arg(format!("--callgrind-out-file={}", counts.display()))
            .arg(program)
            .args(["bench", "--count"])
            // Other threads would count how long they look for work.
            .env("RAYON_NUM_THREADS", "1")
            .stdin(Stdio::null())
            .output()
            .context("failed to start valgrind, which counts instructions: install it")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "valgrind ended with {}:\n{said}", output.status);
        let names = String::from_utf8(output.stdout).context("names are UTF-8")?;
        let one = |(number, name): (usize, &str)| {
            let path = counts.with_extension((number + 1).to_string());
            let found = fs::read_to_string(path).ok().and_then(|text| total(&text));
            let found = found.with_context(|| format!("valgrind has counted nothing for {name}:\n{said}"))?;
            Ok((name.to_owned(), found))
        };
        let instructions = names.lines().enumerate().map(one).collect::<Result<_>>()?;
        Ok(Self { rustc: version("rustc")?, valgrind: version("valgrind")?, instructions })
    }
}

/// What a command says when it is asked for its version.
fn version(command: &str) -> Result<String> {
    let output = Command::new(command).arg("--version").output();
    let output = output.with_context(|| format!("failed to start {command} --version"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The instructions of a file of callgrind.
fn total(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix("totals:"))?.trim().parse().ok()
}

/// Every kernel with both counts, and how many have changed.
fn compare(recorded: &BTreeMap<String, u64>, found: &BTreeMap<String, u64>) -> (String, usize) {
    let mut table = format!("{:26} {:>14} {:>14} {:>9}\n", "instructions of", "recorded", "found", "change");
    let mut changed = 0;
    let only_recorded = recorded.keys().filter(|name| !found.contains_key(*name));
    for name in found.keys().chain(only_recorded) {
        let [before, now] = [recorded, found].map(|counts| counts.get(name).copied());
        let both = before.zip(now);
        let kept = both.is_some_and(|(before, now)| now.abs_diff(before) as f64 <= TOLERANCE * before as f64);
        let change = both.map(|(before, now)| now as f64 / before as f64 - 1.0);
        changed += usize::from(!kept);
        let [before, now] = [before, now].map(|count| count.map_or("none".to_owned(), |count| count.to_string()));
        let change = change.map_or(String::new(), |change| format!("{:+.1} %", 100.0 * change));
        let mark = if kept { "" } else { "  changed" };
        let line = format!("{name:26} {before:>14} {now:>14} {change:>9}{mark}");
        let _ = writeln!(table, "{}", line.trim_end());
    }
    (table, changed)
}

/// What to do about counts that have changed.
fn advice(recorded: &Counts, found: &Counts, changed: usize, file: &Path) -> String {
    let mut text = format!("\n{changed} kernels have changed by more than {:.0} %.\n", 100.0 * TOLERANCE);
    for (recorded, found) in [(&recorded.rustc, &found.rustc), (&recorded.valgrind, &found.valgrind)] {
        if recorded != found {
            let _ = writeln!(text, "Counts were recorded with {recorded}\nand found with {found}, which may be why.");
        }
    }
    let file = file.display();
    let _ = writeln!(text, "If it is meant, record them:\n  cargo xtask bench --instructions {file} --record");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The marks behind the kernels a to d, and how many have changed.
    fn marks(recorded: &[(&str, u64)], found: &[(&str, u64)]) -> (Vec<String>, usize) {
        let map = |counts: &[(&str, u64)]| counts.iter().map(|&(name, count)| (name.to_owned(), count)).collect();
        let (table, changed) = compare(&map(recorded), &map(found));
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        (table.lines().skip(1).map(words).collect(), changed)
    }

    #[test]
    fn changes_beyond_three_percent_are_found_in_both_directions() {
        let recorded = [("a", 1000), ("b", 1000), ("c", 1000), ("d", 1000)];
        let (lines, changed) = marks(&recorded, &[("a", 1030), ("b", 970), ("c", 1031), ("d", 969)]);
        let expected =
            ["a 1000 1030 +3.0 %", "b 1000 970 -3.0 %", "c 1000 1031 +3.1 % changed", "d 1000 969 -3.1 % changed"];
        assert_eq!((lines, changed), (expected.map(str::to_owned).to_vec(), 2));
    }

    #[test]
    fn kernels_that_are_new_or_gone_have_changed() {
        let (lines, changed) = marks(&[("gone", 7), ("same", 8)], &[("new", 9), ("same", 8)]);
        let expected = ["new none 9 changed", "same 8 8 +0.0 %", "gone 7 none changed"];
        assert_eq!((lines, changed), (expected.map(str::to_owned).to_vec(), 2));
    }

    #[test]
    fn the_advice_names_compilers_that_differ_and_the_command() {
        let with = |rustc: &str| Counts {
            rustc: rustc.to_owned(),
            valgrind: "valgrind-3.19.0".to_owned(),
            instructions: BTreeMap::new(),
        };
        let said = advice(&with("rustc 1.95.0"), &with("rustc 1.96.0"), 2, Path::new("counts.toml"));
        assert_eq!(
            said,
            "\n2 kernels have changed by more than 3 %.\nCounts were recorded with rustc 1.95.0\nand found with rustc \
             1.96.0, which may be why.\nIf it is meant, record them:\n  cargo xtask bench --instructions counts.toml \
             --record\n"
        );
    }

    #[test]
    fn totals_are_those_of_the_file() {
        assert_eq!(total("events: Ir\nsummary: 8659\n\nfn=(1) f\n7 3008\ntotals: 3008\n"), Some(3008));
        assert_eq!(total("events: Ir\n"), None);
    }
}

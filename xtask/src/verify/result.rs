//! A result that is there: its hashes, its data, and some of its runs executed again.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;
use sgdlab_core::streams::{Key, index};
use sgdlab_reports::{Runs, write_summary};
use sgdlab_sweeps::{Packing, Progress, Sweep, SweepError};

use super::Sample;
use super::difference::{self, Difference};
use super::protocol::Protocol;
use crate::repeat::Original;
use crate::sweep::{cores, expect_panics};
use crate::text::{self, counted, fill, grouped};

/// So many differences are shown in full.
const SHOWN: usize = 8;

/// Checks a result; whether everything is as its manifest and this program say.
pub fn check(original: &Original, sample: Sample, key: &str) -> Result<bool> {
    let (manifest, folder) = (&original.manifest, original.folder.display());
    let plan = original.plan(&[])?;
    let made = format!("{folder}: {}, written by sgdlab {}", counted(manifest.runs, "run"), manifest.sgdlab);
    let head = fill(&format!("{}: {}", plan.name, plan.question), "", "  ");
    text::print(&format!("{head}\n{}\n\n", fill(&format!("{made} on {}", manifest.started), "", "  ")))?;
    // Before anything is said, since data that is not there is an error.
    let sweep = original.sweep(plan, Packing::Automatic)?;
    let mut check =
        Check { original, protocol: Protocol::begin("what", "how")?, complaints: Vec::new(), executed: false };
    check.tables()?;
    check.summary()?;
    check.plan(&sweep)?;
    if check.data(&sweep)? {
        check.runs(&sweep, sample, key)?;
    } else {
        check.protocol.say("runs", "not executed, as the data is another", "")?;
    }
    check.protocol.end();
    check.conclude()
}

struct Check<'a> {
    original: &'a Original,
    protocol: Protocol,
    /// What differs, in full.
    complaints: Vec<String>,
    /// Whether runs were executed again.
    executed: bool,
}

/// The lines of one run, by the beginning of the name of their table.
type Lines = BTreeMap<&'static str, String>;

impl Check<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.original.folder.join(name)
    }

    /// The table whose name begins like this, in whatever format it is.
    fn table(&self, kind: &str) -> Option<String> {
        self.original.manifest.tables.keys().find(|name| name.split('.').next() == Some(kind)).cloned()
    }

    /// Are the tables those that were written?
    fn tables(&mut self) -> Result<()> {
        for (name, recorded) in &self.original.manifest.tables {
            self.protocol.doing(name);
            let path = self.path(name);
            let (how, found) = match difference::hash(&path) {
                Ok(hash) => (format!("BLAKE3 of {}", text::bytes(fs::metadata(&path)?.len())), hash),
                Err(error) if error.kind() == io::ErrorKind::NotFound => ("no such file".to_owned(), String::new()),
                Err(error) => return Err(error).with_context(|| format!("failed to read {}", path.display())),
            };
            let same = found == *recorded;
            if !same && !found.is_empty() {
                self.complaints.push(format!(
                    "{name} is not the file that was written; BLAKE3\n  here      {found}\n  manifest  {recorded}\n"
                ));
            }
            self.protocol.compared(name, &how, same)?;
        }
        Ok(())
    }

    /// Is the plan beside the tables, from which sweeps go on, that of the manifest?
    fn plan(&mut self, sweep: &Sweep) -> Result<()> {
        match fs::read(self.path("plan.toml")) {
            Ok(text) if text != sweep.plan().resolved_toml().as_bytes() => {
                self.complaints.push("plan.toml is not the plan of the manifest\n".to_owned());
                self.protocol.compared("plan.toml", "the plan of the manifest", false)
            }
            _ => Ok(()),
        }
    }

    /// Is the summary that of the runs?
    fn summary(&mut self) -> Result<()> {
        let Some(table) = self.table("runs").filter(|table| is_text(table) && self.path(table).is_file()) else {
            return Ok(());
        };
        self.protocol.doing("summary.csv");
        let mut again = Vec::new();
        let made = Runs::read(&self.path(&table)).is_ok_and(|runs| write_summary(&runs, &mut again).is_ok());
        let same = made && fs::read(self.path("summary.csv")).is_ok_and(|old| old == again);
        if !same {
            self.complaints.push(format!("summary.csv is not what {table} gives\n"));
        }
        self.protocol.compared("summary.csv", &format!("made again of {table}"), same)
    }

    /// Is the data that of the result?
    fn data(&mut self, sweep: &Sweep) -> Result<bool> {
        self.protocol.doing("data");
        let others = self.original.manifest.other_data(sweep);
        for choice in &sweep.plan().problems {
            let same = others.iter().all(|other| other.problem != choice.label);
            self.protocol.compared("data", &format!("of problem \"{}\"", choice.label), same)?;
        }
        self.complaints.extend(others.iter().map(|other| format!("{other}\n")));
        Ok(others.is_empty())
    }

    /// Do some of the runs give the lines of the tables?
    fn runs(&mut self, sweep: &Sweep, sample: Sample, key: &str) -> Result<()> {
        let kinds = ["rows", "runs", "parameters"];
        let table = |kind| Some((kind, self.table(kind).filter(|table| is_text(table) && self.path(table).is_file())?));
        let tables: Vec<(&str, String)> = kinds.into_iter().filter_map(table).collect();
        if tables.is_empty() {
            return self.protocol.say("runs", "not executed, as no table is CSV", "");
        }
        let candidates = self.candidates(sweep)?;
        let places = chosen(candidates.len(), sample.of(candidates.len()), key);
        let chosen: Vec<usize> = places.into_iter().map(|place| candidates[place]).collect();
        let name = counted(chosen.len() as u64, "run");
        self.protocol.doing(&format!("executing {name}"));
        let lines = executed(sweep, &chosen)?;
        self.executed = true;
        self.protocol.spin("comparing with the tables");
        let before = self.complaints.len();
        for (kind, table) in tables {
            let path = self.path(&table);
            let parted = parted(&path, kind, &lines).with_context(|| format!("failed to read {}", path.display()))?;
            let complaint = |(run, found): (String, Difference)| {
                let line = if found.line == 0 { String::new() } else { format!(" line {}", found.line) };
                format!("run {run}, {table}{line}\n{found}")
            };
            self.complaints.extend(parted.into_iter().map(complaint));
        }
        let how = format!("executed again, of {}", grouped(candidates.len() as u64));
        self.protocol.compared(&name, &how, self.complaints.len() == before)
    }

    /// The runs that the tables have.
    fn candidates(&self, sweep: &Sweep) -> Result<Vec<usize>> {
        let all = 0..sweep.runs().len();
        let Some(table) = self.table("runs").filter(|table| !self.original.manifest.complete && is_text(table)) else {
            return Ok(all.collect());
        };
        let path = self.path(&table);
        let mut ids = HashSet::new();
        let read = each_line(&path, |_, line| {
            ids.insert(id_of(line).to_owned());
        });
        read.with_context(|| format!("failed to read {}", path.display()))?;
        Ok(all.filter(|&run| ids.contains(sweep.runs().get(run).id().to_string().as_bytes())).collect())
    }

    fn conclude(&self) -> Result<bool> {
        let Self { protocol, complaints, .. } = self;
        if protocol.different == 0 {
            let again = if self.executed { ", and comes out the same again" } else { "; no run was executed again" };
            text::print(&format!("\nall is as it was written{again}\n"))?;
            return Ok(true);
        }
        let more = complaints.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!("and {} more\n", grouped(more as u64)) } else { String::new() };
        let shown: String = complaints.iter().take(SHOWN).cloned().collect();
        text::complain(&format!("{} of {} differ\n{shown}{more}", protocol.different, protocol.lines));
        Ok(false)
    }
}

/// Whether a table consists of lines.
fn is_text(table: &str) -> bool {
    table.ends_with(".csv") || table.ends_with(".csv.gz")
}

/// `count` different numbers below `total`, in rising order: all sets are equally likely (Floyd's method).
fn chosen(total: usize, count: usize, key: &str) -> Vec<usize> {
    let (mut stream, mut set) = (Key::new("runs to verify").child(key).stream(0), HashSet::new());
    for last in total - count..total {
        let bound = u32::try_from(last + 1).expect("a plan has fewer runs");
        let number = index(&mut stream, bound) as usize;
        if !set.insert(number) {
            set.insert(last);
        }
    }
    let mut list: Vec<usize> = set.into_iter().collect();
    list.sort_unstable();
    list
}

/// The lines of some runs, by their ids.
fn executed(sweep: &Sweep, some: &[usize]) -> Result<HashMap<Vec<u8>, Lines>> {
    expect_panics();
    let mut lines = HashMap::new();
    sweep.execute_some(some, cores(), &Progress::default(), |run| {
        let of_run = [("rows", run.rows), ("runs", run.summary), ("parameters", run.parameters)];
        let of_run = of_run.map(|(kind, text)| (kind, text.to_owned()));
        lines.insert(sweep.runs().get(run.run).id().to_string().into_bytes(), Lines::from(of_run));
        Ok::<(), SweepError>(())
    })?;
    Ok(lines)
}

/// The first difference of each run between a table and the lines that it should have.
fn parted(path: &Path, kind: &str, lines: &HashMap<Vec<u8>, Lines>) -> io::Result<Vec<(String, Difference)>> {
    let mut left: HashMap<&[u8], std::str::Lines<'_>> =
        lines.iter().map(|(id, lines)| (&**id, lines[kind].lines())).collect();
    let mut found = Vec::new();
    let texts = |old: Option<&[u8]>, now: Option<&str>| {
        let old = old.map(|line| String::from_utf8_lossy(line).into_owned());
        [("in the table".to_owned(), old), ("computed now".to_owned(), now.map(str::to_owned))]
    };
    each_line(path, |number, line| {
        let id = id_of(line);
        let Some(expected) = left.get_mut(id) else { return };
        let now = expected.next();
        if now.map(str::as_bytes) != Some(line) {
            let difference = Difference { line: number, texts: texts(Some(line), now) };
            found.push((String::from_utf8_lossy(id).into_owned(), difference));
            left.remove(id);
        }
    })?;
    let mut missing: Vec<_> = left.into_iter().filter_map(|(id, mut rest)| Some((id, rest.next()?))).collect();
    missing.sort_unstable();
    found.extend(missing.into_iter().map(|(id, next)| {
        (String::from_utf8_lossy(id).into_owned(), Difference { line: 0, texts: texts(None, Some(next)) })
    }));
    Ok(found)
}

/// Hands over each line of a file behind the first, with its number from 1 and without its end.
fn each_line(path: &Path, mut take: impl FnMut(u64, &[u8])) -> io::Result<()> {
    let file = File::open(path)?;
    let packed = path.extension().is_some_and(|extension| extension == "gz");
    let file: Box<dyn Read> = if packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    let (mut reader, mut line) = (BufReader::with_capacity(1 << 20, file), Vec::new());
    for number in 1.. {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if number > 1 {
            take(number, line.strip_suffix(b"\n").unwrap_or(&line));
        }
    }
    Ok(())
}

/// The first field of a line.
fn id_of(line: &[u8]) -> &[u8] {
    line.split(|&byte| byte == b',').next().unwrap_or_default()
}

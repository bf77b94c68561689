//! One plan, computed in many ways.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};
use sgdlab_core::streams::{Key, Stream, index};
use sgdlab_sweeps::plan::Plan;
use sgdlab_sweeps::{Manifest, Packing, Sweep};
use tempfile::TempDir;

use super::children::Children;
use super::difference;
use super::protocol::Protocol;
use crate::repeat::is_of_times;
use crate::sweep::cores;
use crate::text::{self, counted, fill};

/// How a plan is computed.
#[derive(Clone, Copy)]
enum Way {
    Threads(u32),
    NoPacks,
    Shards(u32),
}

/// The first is what the others are compared with.
const WAYS: [Way; 7] =
    [Way::Threads(1), Way::Threads(2), Way::Threads(8), Way::NoPacks, Way::Shards(1), Way::Shards(3), Way::Shards(8)];

/// So many times sweeps are killed.
const KILLS: usize = 5;

/// A kill comes after at most this share of the time of an undisturbed sweep.
const LATEST: f64 = 0.4;

/// Computes a plan in all ways; whether the tables are the same, nothing if it was stopped.
pub fn prove(plan: Plan) -> Result<Option<bool>> {
    let root = tempfile::Builder::new().prefix("sgdlab-verify-").tempdir().context("failed to make a folder")?;
    let stop = Arc::new(AtomicBool::new(false));
    let handler = Arc::clone(&stop);
    ctrlc::set_handler(move || handler.store(true, Ordering::Relaxed)).context("failed to listen for Ctrl-C")?;
    let path = root.path().join("plan.toml");
    // A copy, so that a plan that is edited meanwhile changes nothing.
    fs::write(&path, plan.resolved_toml()).with_context(|| format!("failed to write {}", path.display()))?;
    let head = format!("{}: {}", plan.name, plan.question);
    let sweep = Sweep::new(plan, Packing::Automatic)?;
    let (runs, packs) = (counted(sweep.runs().len() as u64, "run"), counted(sweep.packs().len() as u64, "pack"));
    drop(sweep);
    text::print(&format!("{}\n{runs}, {packs}\n\n", fill(&head, "", "  ")))?;
    let children = Children::new(root.path(), stop)?;
    let mut proof = Proof {
        children,
        plan: path,
        root: root.path().to_owned(),
        protocol: Protocol::begin("variant", "how")?,
        reference: None,
        complaints: Vec::new(),
    };
    let result = proof.all();
    proof.protocol.end();
    match result {
        Err(_) if proof.children.stopped() => return Ok(None),
        result => result?,
    }
    proof.conclude(root).map(Some)
}

/// What is compared with.
struct Reference {
    name: String,
    folder: PathBuf,
    hashes: BTreeMap<String, String>,
}

struct Proof {
    children: Children,
    plan: PathBuf,
    root: PathBuf,
    protocol: Protocol,
    reference: Option<Reference>,
    /// What differs.
    complaints: Vec<String>,
}

impl Proof {
    fn all(&mut self) -> Result<()> {
        let mut undisturbed = Duration::ZERO;
        for way in WAYS {
            let name = way.name();
            let folder = self.root.join(name.replace(' ', "-"));
            self.protocol.doing(&name);
            let started = Instant::now();
            way.run(&self.children, &self.plan, &folder)?;
            if matches!(way, Way::Threads(2)) {
                undisturbed = started.elapsed();
            }
            self.compare(&name, &way.how(), folder)?;
        }
        self.killed(undisturbed)
    }

    /// Sweeps that are killed and go on, until there were enough kills.
    fn killed(&mut self, undisturbed: Duration) -> Result<()> {
        let mut moments = Key::new("moments").child(&format!("{:?}", SystemTime::now())).stream(0);
        let (mut kills, mut latest) = (0, LATEST * undisturbed.as_secs_f64());
        for round in 1.. {
            let folder = self.root.join(format!("killed-{round}"));
            self.protocol.doing("killed, and resumed");
            let times = self.round(&folder, KILLS - kills, (&mut moments, latest))?;
            kills += times.len();
            // Whoever is never caught is looked for earlier.
            latest /= 2.0;
            if !times.is_empty() {
                self.compare(&counted(times.len() as u64, "kill"), &moments_text(&times), folder)?;
            }
            if kills >= KILLS {
                break;
            }
        }
        Ok(())
    }

    /// Kills sweeps into a folder so many times, unless one is done before, and lets the last one end.
    fn round(&self, folder: &Path, most: usize, (moments, latest): (&mut Stream, f64)) -> Result<Vec<f64>> {
        let mut times = Vec::new();
        while times.len() < most {
            let seconds = latest * f64::from(index(moments, 1 << 20)) / f64::from(1 << 20);
            let child = self.children.start("killed", &sweep(&self.plan, folder, &["--threads", "2"]))?;
            if !self.children.kill(child, Duration::from_secs_f64(seconds))? {
                return Ok(times);
            }
            times.push(seconds);
        }
        let child = self.children.start("resumed", &sweep(&self.plan, folder, &["--threads", "2"]))?;
        self.children.finish(child)?;
        Ok(times)
    }

    /// Compares the tables of a folder with those of the first one; if they are the same, one copy is enough.
    fn compare(&mut self, name: &str, how: &str, folder: PathBuf) -> Result<()> {
        let hashes = hashes(&folder)?;
        let Some(reference) = &self.reference else {
            self.protocol.say(name, how, "the first")?;
            self.reference = Some(Reference { name: name.to_owned(), folder, hashes });
            return Ok(());
        };
        let same = reference.hashes == hashes;
        if same {
            fs::remove_dir_all(&folder).with_context(|| format!("failed to remove {}", folder.display()))?;
        } else {
            let complaint = reference.parting(name, &folder, &hashes)?;
            self.complaints.push(complaint);
        }
        self.protocol.compared(name, how, same)
    }

    fn conclude(self, root: TempDir) -> Result<bool> {
        let reference = self.reference.as_ref().expect("the first way is one");
        if self.complaints.is_empty() {
            let lines: String = reference.hashes.iter().map(|(name, hash)| format!("{name:14} {hash}\n")).collect();
            let ways = counted(self.protocol.lines as u64, "way");
            text::print(&format!("\nthe same bytes in {ways}, whose BLAKE3 is\n{lines}"))?;
            return Ok(true);
        }
        text::complain(&self.complaints.concat());
        text::complain(&format!("the folders are kept in {}", root.keep().display()));
        Ok(false)
    }
}

impl Reference {
    /// Which file is the first to differ, and where.
    fn parting(&self, name: &str, folder: &Path, hashes: &BTreeMap<String, String>) -> Result<String> {
        let names = self.hashes.keys().chain(hashes.keys());
        let file = names.clone().find(|file| self.hashes.get(*file) != hashes.get(*file)).expect("something differs");
        let [left, right] = [self.folder.join(file), folder.join(file)];
        let found = difference::first((&self.name, &left), (name, &right));
        let found = found.with_context(|| format!("failed to compare {} with {}", left.display(), right.display()))?;
        Ok(found.map_or_else(String::new, |found| format!("{file}, line {}\n{found}", found.line)))
    }
}

impl Way {
    fn name(self) -> String {
        match self {
            Self::Threads(n) => counted(u64::from(n), "thread"),
            Self::NoPacks => "no packs".to_owned(),
            Self::Shards(n) => counted(u64::from(n), "shard"),
        }
    }

    fn how(self) -> String {
        match self {
            Self::Threads(n) => format!("sweep --threads {n}"),
            Self::NoPacks => "sweep --no-packs --threads 8".to_owned(),
            Self::Shards(1) => "sweep --shard 0/1, merge".to_owned(),
            Self::Shards(n) => format!("sweep --shard 0/{n} … {}/{n}, merge", n - 1),
        }
    }

    fn run(self, children: &Children, plan: &Path, folder: &Path) -> Result<()> {
        let one = |more: &[&str]| children.finish(children.start("sweep", &sweep(plan, folder, more))?);
        match self {
            Self::Threads(n) => one(&["--threads", &n.to_string()]),
            Self::NoPacks => one(&["--no-packs", "--threads", "8"]),
            Self::Shards(n) => {
                let shards: Vec<String> = (0..n).map(|shard| format!("{shard}/{n}")).collect();
                // At the same time, but not more than would get in each other's way.
                for some in shards.chunks(cores().max(2)) {
                    let start = |shard: &String| {
                        let arguments = sweep(plan, folder, &["--shard", shard, "--threads", "1"]);
                        children.start(&format!("shard-{}", shard.replace('/', "-of-")), &arguments)
                    };
                    let started = some.iter().map(start).collect::<Result<Vec<_>>>()?;
                    started.into_iter().try_for_each(|child| children.finish(child))?;
                }
                let folder = folder.to_string_lossy().into_owned();
                children.finish(children.start("merge", &["merge".to_owned(), folder, "--quiet".to_owned()])?)
            }
        }
    }
}

/// When sweeps were killed, in the unit that keeps it short.
fn moments_text(seconds: &[f64]) -> String {
    let (unit, factor) = if seconds.iter().any(|&time| time >= 10.0) { ("s", 1.0) } else { ("ms", 1e3) };
    let times: Vec<String> = seconds.iter().map(|time| format!("{:.0}", factor * time)).collect();
    format!("killed after {} {unit}", times.join(", "))
}

/// The arguments of a sweep into a folder.
fn sweep(plan: &Path, folder: &Path, more: &[&str]) -> Vec<String> {
    let [plan, folder] = [plan, folder].map(|path| path.to_string_lossy().into_owned());
    let words = ["sweep".to_owned(), plan, "--quiet".to_owned(), "--out".to_owned(), folder];
    words.into_iter().chain(more.iter().map(|&word| word.to_owned())).collect()
}

/// BLAKE3 of every table of a folder but that of times.
fn hashes(folder: &Path) -> Result<BTreeMap<String, String>> {
    let manifest = Manifest::read(&folder.join("manifest.toml"))?;
    let names = manifest.tables.into_keys().filter(|name| !is_of_times(name)).chain(["summary.csv".to_owned()]);
    let hash = |name: String| {
        let path = folder.join(&name);
        let hash = difference::hash(&path).with_context(|| format!("failed to read {}", path.display()))?;
        Ok((name, hash))
    };
    names.map(hash).collect()
}

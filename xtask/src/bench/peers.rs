//! What a Python user would run: the scripts of `tests/peers`, as they are.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

/// A script, and what of its output is read.
#[derive(Clone, Debug)]
pub struct Script {
    pub name: &'static str,
    pub text: &'static str,
    pub arguments: Vec<&'static str>,
    /// How the line begins.
    pub line: &'static str,
    pub reading: Reading,
}

/// How a line of output says a time.
#[derive(Clone, Copy, Debug)]
pub enum Reading {
    /// The number before a word, times a factor that makes it nanoseconds a unit.
    Before(&'static str, f64),
    /// The last word is seconds for so many units.
    Seconds(f64),
}

/// A script with its arguments.
type Call = (&'static str, Vec<&'static str>);

/// An interpreter, with what its scripts have said in the round.
pub struct Python {
    command: PathBuf,
    said: HashMap<Call, (usize, String)>,
    /// Scripts that do not run, with the reason.
    failed: BTreeMap<Call, String>,
}

impl Python {
    /// An interpreter that starts.
    pub fn new(command: &Path) -> Result<Self> {
        let version = Command::new(command).arg("--version").stdin(Stdio::null()).output();
        let version = version.with_context(|| format!("--peers {} cannot be started", command.display()))?;
        let is_python = version.status.success() && version.stdout.starts_with(b"Python ");
        ensure!(is_python, "--peers {} is no Python: its --version does not begin with Python", command.display());
        Ok(Self { command: command.to_owned(), said: HashMap::new(), failed: BTreeMap::new() })
    }

    /// Nanoseconds a unit, or `None` if the script does not run; one that says several things runs once a round.
    pub fn nanoseconds(&mut self, script: &Script, round: usize) -> Option<f64> {
        let key = (script.name, script.arguments.clone());
        if self.failed.contains_key(&key) {
            return None;
        }
        let found = self.ask(script, &key, round);
        found.map_err(|error| self.failed.insert(key, format!("{error:#}"))).ok()
    }

    fn ask(&mut self, script: &Script, key: &Call, round: usize) -> Result<f64> {
        if self.said.get(key).is_none_or(|(of, _)| *of != round) {
            let said = self.run(script)?;
            self.said.insert(key.clone(), (round, said));
        }
        let said = &self.said[key].1;
        script.read(said).with_context(|| format!("{} says nothing about {:?}", script.name, script.line))
    }

    /// Why scripts did not run, one each.
    pub fn failed(self) -> Vec<String> {
        self.failed.into_values().collect()
    }

    fn run(&self, script: &Script) -> Result<String> {
        let mut command = Command::new(&self.command);
        command.arg("-").args(&script.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("failed to start {}", self.command.display()))?;
        // A script that does not read to its end says why on its standard error.
        let _ = child.stdin.take().map(|mut stdin| stdin.write_all(script.text.as_bytes()));
        let done = child.wait_with_output().with_context(|| format!("failed to run {}", script.name))?;
        if !done.status.success() {
            let errors = String::from_utf8_lossy(&done.stderr);
            let last = errors.trim_end().lines().last().unwrap_or("it says nothing");
            let call = [&[script.name], script.arguments.as_slice()].concat().join(" ");
            bail!("{call} does not run: {last}");
        }
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    }
}

impl Script {
    /// Nanoseconds a unit of what was said.
    fn read(&self, said: &str) -> Option<f64> {
        let squeezed = said.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        let line = squeezed.into_iter().find(|line| line.starts_with(self.line))?;
        let words: Vec<&str> = line.split(' ').collect();
        match self.reading {
            Reading::Before(word, factor) => {
                let place = words.iter().position(|other| *other == word)?;
                words.get(place.checked_sub(1)?)?.parse::<f64>().ok().map(|number| number * factor)
            }
            Reading::Seconds(units) => words.last()?.parse::<f64>().ok().map(|seconds| 1e9 * seconds / units),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_off_lines() {
        let script = |line, reading| Script { name: "", text: "", arguments: Vec::new(), line, reading };
        let said =
            "  batch 1: 0.5 s\njax vmap mlp  batch 16: 100 steps 2.0 s 20.0 us/step 1250 ns/sample\nmap numpy 0.5\n";
        let read = |line, reading| script(line, reading).read(said);
        assert_eq!(read("jax vmap mlp batch 16", Reading::Before("ns/sample", 1.0)), Some(1250.0));
        assert_eq!(read("jax", Reading::Before("us/step", 1e3)), Some(20_000.0));
        assert_eq!(read("map", Reading::Seconds(1e6)), Some(500.0));
        assert_eq!(read("torch", Reading::Seconds(1.0)), None);
        assert_eq!(read("batch 1:", Reading::Before("us/step", 1.0)), None);
    }
}

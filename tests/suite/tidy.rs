//! Rules about the files of the repository.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::root;

/// What the top level may hold, beside dotfiles and what is ignored.
const TOP: [&str; 11] = [
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "crates",
    "data",
    "tests",
    "xtask",
];

/// Folders that are not part of the repository.
const IGNORED: [&str; 2] = ["target", "results"];

/// Most lines of a source file without its tests.
const LONGEST: usize = 600;

/// Code that must not be committed. Each is split, so that this file does not hold it.
const UNFINISHED: [[&str; 2]; 4] = [["#[ign", "ore"], ["todo", "!("], ["unimplemented", "!("], ["dbg", "!("]];

/// Paths of somebody's machine.
const MACHINES: [[&str; 2]; 5] = [["/wor", "k/"], ["/ro", "ot/"], ["/ho", "me/"], ["/Use", "rs/"], ["/tmp/", "wt"]];

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name == ".git" || IGNORED.contains(&&*name) {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// Every file of the repository that is text, with its name from the root.
fn texts() -> Vec<(String, String)> {
    let mut files = Vec::new();
    collect(root(), &mut files);
    files.sort();
    let name = |path: &Path| path.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned();
    let text = |path: PathBuf| Some((name(&path), String::from_utf8(fs::read(&path).expect("readable")).ok()?));
    let texts: Vec<_> = files.into_iter().filter_map(text).collect();
    assert!(texts.iter().any(|(name, _)| name == "Cargo.toml"), "the root was found");
    texts
}

fn sources() -> Vec<(String, String)> {
    texts().into_iter().filter(|(name, _)| name.ends_with(".rs")).collect()
}

/// Names the files for which `wrong` says something.
#[track_caller]
fn check(files: Vec<(String, String)>, wrong: impl Fn(&str, &str) -> Vec<String>) {
    assert!(!files.is_empty());
    let found: Vec<String> = files
        .iter()
        .flat_map(|(name, text)| wrong(name, text).into_iter().map(move |what| format!("{name}: {what}")))
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// The lines that hold one of the patterns.
fn lines_with(text: &str, patterns: &[String]) -> Vec<String> {
    let has = |line: &&str| patterns.iter().any(|pattern| line.contains(pattern.as_str()));
    text.lines().filter(has).map(|line| line.trim().chars().take(100).collect()).collect()
}

#[test]
fn source_files_are_short() {
    check(sources(), |_, text| {
        let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
        if lines > LONGEST { vec![format!("{lines} lines")] } else { Vec::new() }
    });
}

#[test]
fn nothing_is_left_unfinished() {
    let patterns = UNFINISHED.map(|parts| parts.concat());
    check(sources(), |_, text| lines_with(text, &patterns));
}

#[test]
fn no_file_mentions_a_machine() {
    let patterns = MACHINES.map(|parts| parts.concat());
    check(texts(), |_, text| lines_with(text, &patterns));
}

#[test]
fn no_file_mentions_how_it_came_about() {
    let forbidden = |line: &&str| {
        let line = line.to_lowercase();
        let mut words = line.split(|c: char| !c.is_alphanumeric());
        line.contains(&["issue", " #"].concat()) || words.any(|word| word == ["sess", "ion"].concat())
    };
    check(texts(), |_, text| text.lines().filter(forbidden).map(str::to_owned).collect());
}

/// The list of all sets that compilers know takes half as long again to compile, for machines without AVX2.
#[test]
fn kernels_are_compiled_for_avx2_and_avx512() {
    check(sources(), |_, text| lines_with(text, &[["targets = \"", "simd"].concat()]));
}

#[test]
fn the_top_level_holds_what_is_allowed() {
    let names = fs::read_dir(root()).expect("the root");
    let names = names.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let known = |name: &String| name.starts_with('.') || IGNORED.contains(&&**name) || TOP.contains(&&**name);
    let strangers: Vec<String> = names.filter(|name| !known(name)).collect();
    assert_eq!(strangers, [""; 0]);
}

#[test]
fn every_crate_inherits_the_lints_of_the_workspace() {
    let manifests: Vec<_> = texts().into_iter().filter(|(name, _)| name.ends_with("/Cargo.toml")).collect();
    let crates = fs::read_dir(root().join("crates")).expect("the crates").count();
    assert_eq!(manifests.len(), crates + 1, "one for each crate and one for xtask");
    check(manifests, |_, text| {
        let inherits = text.contains("\n[lints]\nworkspace = true\n");
        if inherits { Vec::new() } else { vec!["no [lints] workspace = true".to_owned()] }
    });
}

/// Which crates of the workspace each crate may know, without the prefix.
const WALLS: [(&str, &[&str]); 12] = [
    (
        "claims",
        &["core", "losses", "samplers", "estimators", "optimizers", "objectives", "landscapes", "sweeps", "reports"],
    ),
    ("core", &[]),
    ("losses", &["core"]),
    ("samplers", &["core"]),
    ("estimators", &["core"]),
    ("optimizers", &["core"]),
    ("fingerprints", &["core", "optimizers"]),
    ("objectives", &["core", "losses"]),
    ("landscapes", &["core"]),
    ("replay", &["core", "estimators", "losses", "optimizers"]),
    ("reports", &["core"]),
    ("sweeps", &["core", "samplers", "estimators", "objectives", "landscapes", "optimizers"]),
];

/// The names under a heading of a manifest.
fn dependencies(manifest: &str, heading: &str) -> Vec<String> {
    let lines = manifest.lines().skip_while(|line| *line != heading).skip(1).take_while(|line| !line.starts_with('['));
    let name = |line: &str| line.split(['.', ' ', '=']).next().unwrap_or_default().to_owned();
    lines.map(name).filter(|name| !name.is_empty()).collect()
}

#[test]
fn crates_know_only_what_they_may() {
    let found = fs::read_dir(root().join("crates")).expect("the crates").count();
    assert_eq!(found, WALLS.len());
    for (name, may) in WALLS {
        let manifest = fs::read_to_string(root().join("crates").join(name).join("Cargo.toml")).expect("a manifest");
        let mut known = dependencies(&manifest, "[dependencies]");
        known.retain(|name| name.starts_with("sgdlab-"));
        let may: Vec<String> = may.iter().map(|name| format!("sgdlab-{name}")).collect();
        let strangers: Vec<&String> = known.iter().filter(|name| !may.contains(name)).collect();
        assert!(strangers.is_empty(), "{name} depends on {strangers:?}");
    }
}

#[test]
fn every_dependency_is_used() {
    let sources = sources();
    let mut unused = Vec::new();
    for (path, manifest) in texts().into_iter().filter(|(name, _)| name.ends_with("/Cargo.toml")) {
        let folder = path.trim_end_matches("Cargo.toml");
        let used = |name: &String, folders: &[String]| {
            let word = name.replace('-', "_");
            let of_crate = sources.iter().filter(|(file, _)| folders.iter().any(|folder| file.starts_with(folder)));
            of_crate.into_iter().any(|(_, text)| text.contains(&format!("{word}::")))
        };
        let own = [format!("{folder}src/")];
        // The tests of the workspace belong to xtask.
        let tests = if folder == "xtask/" { "tests/".to_owned() } else { folder.to_owned() };
        for (heading, folders) in [("[dependencies]", &own[..]), ("[dev-dependencies]", &[own[0].clone(), tests])] {
            let names = dependencies(&manifest, heading);
            unused.extend(names.into_iter().filter(|name| !used(name, folders)).map(|name| format!("{path}: {name}")));
        }
    }
    assert_eq!(unused, [""; 0]);
}

#[test]
fn library_crates_do_not_print() {
    let libraries = sources().into_iter().filter(|(name, _)| name.starts_with("crates/") && name.contains("/src/"));
    let patterns = ["print!(", "println!("].map(str::to_owned);
    let code =
        |text: &str| text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    check(libraries.collect(), |_, text| lines_with(&code(text), &patterns));
}

/// What `cargo tree` says of the dependencies of xtask: packages with versions and features.
fn built(feature: &[&str]) -> BTreeSet<String> {
    let words = "tree --locked --offline --package xtask --edges normal,build --prefix none".split(' ');
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root()).args(words).args(["--format", "{p} {f}"]).args(feature);
    let output = command.output().expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(|line| line.trim_end_matches("(*)").trim_end().to_owned()).collect()
}

/// A dependency that has other features in one of them would be compiled again, with all that know it.
#[test]
fn the_program_of_sweeps_and_the_whole_one_share_what_they_have_in_common() {
    let (sweeps, whole) = (built(&["--no-default-features"]), built(&[]));
    assert!(sweeps.iter().any(|package| package.starts_with("sgdlab-optimizers ")), "{sweeps:?}");
    let apart: Vec<&str> = sweeps.difference(&whole).map(|package| package.split(' ').next().unwrap_or("")).collect();
    assert_eq!(apart, ["sgdlab-reports", "xtask"]);
    assert!(!sweeps.iter().any(|package| package.starts_with("resvg ")), "figures are not needed to run plans");
}

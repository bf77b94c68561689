//! The commands that no sweep needs, in the program without them: it has the whole program built, and hands over.
//!
//! More than a third of a build is for them.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::text;

/// Commands of the whole program: their arguments are read there.
macro_rules! rest {
    ($($(#[$about:meta])* $name:ident;)+) => {
        $(
            pub mod $name {
                $(#[$about])*
                #[derive(clap::Args)]
                pub struct Arguments {}

                pub fn run(_: &Arguments) -> anyhow::Result<std::process::ExitCode> {
                    super::hand_over()
                }
            }
        )+

        const NAMES: &[&str] = &[$(stringify!($name)),+];
    };
}

rest! {
    claims;
    compare;
    explain;
    /// Draw any columns of a result folder or of a table.
    plot;
    replay;
    report;
    /// Draw an objective over a plane through its parameters, with the paths of update rules.
    surface;
}

/// `list --markdown`, for which every rule is run.
pub mod markdown {
    pub fn print() -> anyhow::Result<std::process::ExitCode> {
        super::hand_over()
    }
}

/// Whether these words call a command of the whole program, or its help.
pub fn is_called(words: impl Iterator<Item = OsString>) -> bool {
    let words: Vec<OsString> = words.take(2).collect();
    let names = |word: &OsString| NAMES.iter().any(|name| word == name);
    match &words[..] {
        [help, word] if help == "help" => names(word),
        [word, ..] => names(word),
        [] => false,
    }
}

/// Builds the whole program if it is not there, and becomes it.
pub fn hand_over() -> Result<ExitCode> {
    let (Some(cargo), Some(folder)) = (env::var_os("CARGO"), env::var_os("CARGO_MANIFEST_DIR")) else {
        bail!(
            "this program was built to run plans: call it as `cargo xtask`, which builds the rest, or build the whole \
             with `cargo build --release --package xtask`"
        );
    };
    let whole = |command: &str| {
        let mut whole = Command::new(&cargo);
        whole.args([command, "--quiet", "--release", "--bin", "xtask", "--manifest-path"]);
        whole.arg(Path::new(&folder).join("Cargo.toml"));
        whole
    };
    let built = while_told(|| whole("build").status()).context("failed to start cargo")?;
    ensure!(built.success(), "the rest of the program was not built");
    let mut run = whole("run");
    run.arg("--").args(env::args_os().skip(1));
    become_it(run)
}

/// Says what takes so long, if it does.
fn while_told<T>(work: impl FnOnce() -> T) -> T {
    std::thread::scope(|scope| {
        let (done, is_done) = mpsc::channel::<()>();
        scope.spawn(move || {
            // It is disconnected when the work is done.
            if is_done.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                text::complain("building the rest of the program, which takes minutes the first time");
            }
        });
        let result = work();
        drop(done);
        result
    })
}

#[cfg(unix)]
fn become_it(mut program: Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;

    Err(program.exec()).context("failed to start cargo")
}

#[cfg(not(unix))]
fn become_it(mut program: Command) -> Result<ExitCode> {
    let status = program.status().context("failed to start cargo")?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_the_whole_program_are_handed_over_with_their_help() {
        let called = |words: &str| is_called(words.split(' ').map(OsString::from));
        assert!(["plot", "plot --help", "help plot", "compare a b", "claims"].into_iter().all(called));
        assert!(!["sweep", "help", "help sweep", "--help", "list plot", "sweep plot", "plots"].into_iter().any(called));
    }
}

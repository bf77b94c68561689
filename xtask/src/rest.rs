//! The commands that no sweep needs, in the program without them: it has the whole program built, and hands over.
//!
//! Half of the time that a first build takes is for them.

use std::env;
use std::ffi::OsString;
use std::io::{IsTerminal, stderr};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use indicatif::ProgressBar;

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

/// Whether a command of the whole program is called, or its help.
pub fn is_called() -> bool {
    let words: Vec<OsString> = env::args_os().skip(1).take(2).collect();
    let names = |word: &OsString| NAMES.iter().any(|name| word == name);
    match &words[..] {
        [help, word] if help == "help" => names(word),
        [word, ..] => names(word),
        [] => false,
    }
}

/// Builds the whole program if it is not there, and becomes it.
pub fn hand_over() -> Result<ExitCode> {
    const WHOLE: [&str; 4] = ["--quiet", "--release", "--package", "xtask"];
    let Some(cargo) = env::var_os("CARGO") else {
        bail!(
            "this program was built to run plans: call it as `cargo xtask`, which builds the rest, or build the whole \
             with `cargo build --release --package xtask`"
        );
    };
    let build = || Command::new(&cargo).arg("build").args(WHOLE).spawn()?.wait();
    let built = while_told(build).context("failed to start cargo")?;
    ensure!(built.success(), "the commands that read results were not built");
    let mut whole = Command::new(&cargo);
    whole.arg("run").args(WHOLE).arg("--").args(env::args_os().skip(1));
    become_it(whole)
}

/// Says what takes so long, if it does.
fn while_told<T>(work: impl FnOnce() -> T) -> T {
    const ABOUT: &str = "building the commands that read results, which takes minutes the first time";
    let bar = ProgressBar::new_spinner().with_message(ABOUT);
    std::thread::scope(|scope| {
        let (done, is_done) = std::sync::mpsc::channel::<()>();
        scope.spawn(move || {
            // It is disconnected when the work is done.
            if is_done.recv_timeout(Duration::from_secs(1)) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                if stderr().is_terminal() {
                    bar.enable_steady_tick(Duration::from_millis(100));
                    let _ = is_done.recv();
                    bar.finish_and_clear();
                } else {
                    text::complain(ABOUT);
                }
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

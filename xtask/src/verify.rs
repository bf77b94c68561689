//! `verify`: a proof that results depend on the plan alone, and a check of a result that is there.

mod children;
mod difference;
mod protocol;
mod result;
mod ways;

use std::path::Path;
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::{Result, bail};
use clap::Args;

use crate::repeat::Original;
use crate::sweep::STOPPED;
use crate::text;

/// Prove that a result is the same bytes however it is computed.
///
/// Of a plan (without one the bundled `verify`), runs it on 1, 2 and 8 threads, in packs and not, in shards, and killed
/// and resumed, each time as processes of this very program, and compares the BLAKE3 of all tables.
///
/// Of a result folder, checks the hashes of its tables and of its data, executes some of its runs again, and compares
/// their rows with those in the tables.
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask verify
  cargo xtask verify my-plan.toml
  cargo xtask verify results/digits --sample 5% --key today

Folders of a plan's ways are in the folder for temporary files (TMPDIR), and are
kept only if they differ.

Exit status: 0 all is the same, 1 something differs, 2 usage or input/output,
75 stopped by a signal.")]
pub struct Arguments {
    /// A plan's file, the name of a bundled plan, or a result folder.
    #[arg(value_name = "PLAN|DIR")]
    subject: Option<String>,
    /// How many runs of a result to execute again: a number, or a share as in 5% [default: 1%].
    #[arg(long, value_name = "N|P%")]
    sample: Option<Sample>,
    /// Which runs of a result: another text is another sample [default: verify].
    #[arg(long, value_name = "TEXT")]
    key: Option<String>,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let subject = arguments.subject.as_deref();
    let same = match subject.map(Path::new).filter(|path| is_result(path)) {
        Some(path) => {
            let sample = arguments.sample.unwrap_or(Sample::Percent(1.0));
            result::check(&Original::read(path)?, sample, arguments.key.as_deref().unwrap_or("verify"))?
        }
        None if arguments.sample.is_some() || arguments.key.is_some() => {
            bail!("--sample and --key choose runs of a result folder, which {} is not", subject.unwrap_or("a plan"))
        }
        None => {
            if let Some(folder) = subject.filter(|subject| Path::new(subject).is_dir()) {
                bail!("{folder} is neither a plan nor a result folder: it has no plan.toml and no manifest.toml");
            }
            let plan = crate::plans::load(Some(subject.unwrap_or("verify")), &[])?;
            let Some(same) = ways::prove(plan)? else {
                text::complain("stopped: what was compared is removed");
                return Ok(ExitCode::from(STOPPED));
            };
            same
        }
    };
    Ok(ExitCode::from(u8::from(!same)))
}

/// Whether a path is a result folder, or the manifest in it.
fn is_result(path: &Path) -> bool {
    let holds = |name: &str| path.join(name).is_file();
    (path.is_file() && path.file_name().is_some_and(|name| name == "manifest.toml"))
        || holds("plan.toml")
        || holds("manifest.toml")
}

/// How many runs are executed again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sample {
    /// So many of a hundred.
    Percent(f64),
    /// So many.
    Runs(usize),
}

impl FromStr for Sample {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let sample = match text.strip_suffix('%') {
            Some(percent) => percent.parse().ok().filter(|p| *p > 0.0 && *p <= 100.0).map(Self::Percent),
            None => text.parse().ok().filter(|n| *n > 0).map(Self::Runs),
        };
        sample.ok_or("takes 1, 2, …, or P% up to 100%")
    }
}

impl Sample {
    /// How many of `total` runs: at least one, at most all.
    fn of(self, total: usize) -> usize {
        let count = match self {
            Self::Percent(percent) => (percent / 100.0 * total as f64).ceil() as usize,
            Self::Runs(count) => count,
        };
        count.clamp(total.min(1), total)
    }
}

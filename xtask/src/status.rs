//! `status`: how far a sweep is.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;
use sgdlab_reports::answer;
use sgdlab_sweeps::{AttemptSurvey, Packing, Survey, Sweep, survey};

use crate::merge::MISSING;
use crate::sweep::{digester, foreign};
use crate::text::{self, counted, grouped};

/// Say how far a sweep is, wherever its processes run.
///
/// Reads the journals of a result folder and changes nothing: finished and running, the rate of the last minute, the
/// time that is left, and the answer that the finished runs give so far.
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask status results/digits
  cargo xtask status results/digits --follow

Exit status: 0 all runs are finished, 2 usage or input/output,
3 attempts contradict each other, 4 runs are missing.")]
pub struct Arguments {
    /// The result folder.
    folder: PathBuf,
    /// Look again and again until all runs are finished, also while none is running: a queue may start some.
    #[arg(long, short)]
    follow: bool,
}

/// How long to wait before looking again, at least; and how many times as long as looking took.
const PAUSE: (Duration, u32) = (Duration::from_secs(1), 4);

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let sweep = Sweep::new(crate::plans::of_folder(&arguments.folder)?, Packing::Automatic)?;
    let live = arguments.follow && std::io::stdout().is_terminal();
    let mut last = None;
    loop {
        let clock = Instant::now();
        if !arguments.folder.is_dir() {
            bail!("{} is gone", arguments.folder.display());
        }
        let survey = survey(&sweep, &arguments.folder)?;
        let complete = survey.done == survey.planned;
        let ends = complete || !arguments.follow;
        if live || ends {
            // Home, and clear what is below.
            let clear = if live { "\x1b[H\x1b[J" } else { "" };
            text::print(&format!("{clear}{}", page(&sweep, &survey)?))?;
        } else if last.as_ref() != Some(&line(&survey)) {
            text::print(&format!("{}: {}", sweep.plan().name, line(&survey)))?;
        }
        last = Some(line(&survey));
        if ends {
            return Ok(ExitCode::from(if complete { 0 } else { MISSING }));
        }
        std::thread::sleep(PAUSE.0.max(PAUSE.1 * clock.elapsed()));
    }
}

/// One line for logs.
fn line(survey: &Survey) -> String {
    let percent = 100 * survey.done / survey.planned.max(1);
    let running = survey.attempts.iter().any(|attempt| attempt.running);
    let left = match survey.seconds_left {
        _ if survey.done == survey.planned => String::new(),
        _ if !running => ", nothing is running".to_owned(),
        seconds if seconds.is_finite() => format!(", about {} left", text::duration(seconds.max(1.0))),
        _ => String::new(),
    };
    let (done, planned) = (grouped(survey.done as u64), grouped(survey.planned as u64));
    format!("{done} of {planned} runs ({percent} %){left}\n")
}

/// Everything.
fn page(sweep: &Sweep, survey: &Survey) -> Result<String> {
    let plan = sweep.plan();
    let mut out = format!("{}: {}", plan.name, line(survey));
    let running: Vec<&AttemptSurvey> = survey.attempts.iter().filter(|attempt| attempt.running).collect();
    let of_status = format!("{} diverged, {} failed", grouped(survey.diverged as u64), grouped(survey.failed as u64));
    let rate = match survey.rate {
        rate if rate < 100.0 => format!("{rate:.1} runs/s in the last minute"),
        rate => format!("{} runs/s in the last minute", grouped(rate as u64)),
    };
    let attempts = format!("{} of {} running", running.len(), counted(survey.attempts.len() as u64, "attempt"));
    for (key, value) in [("outcome", of_status), ("rate", rate), ("attempts", attempts)] {
        out += &format!("  {key:8}  {value}\n");
    }
    for attempt in running.iter().take(SHOWN) {
        let header = &attempt.header;
        let share = header.shard.as_ref().map_or_else(|| "all".to_owned(), |shard| format!("shard {shard}"));
        let host: String = header.host.chars().take(24).collect();
        out +=
            &format!("    {share:14}  {:>9} runs  on {host}, since {}\n", grouped(attempt.runs as u64), header.started);
    }
    if running.len() > SHOWN {
        out += &format!("    and {} more\n", running.len() - SHOWN);
    }
    for warning in &survey.warnings {
        out += &(text::fill(&format!("warning: {warning}"), "", "  ") + "\n");
    }
    out += &foreign(survey.foreign);
    if survey.done > 0 {
        let mut digester = digester(sweep)?;
        survey.lines.iter().for_each(|line| digester.push(line));
        let digest = digester.finish()?;
        let partial = if survey.done < survey.planned { "so far:\n" } else { "" };
        out += &format!("\n{partial}{}", answer(&digest, &plan.targets.metric.name().replace('-', "_"))?);
    }
    Ok(out)
}

/// So many running attempts have a line of their own.
const SHOWN: usize = 8;

//! `submit`: hand a sweep to a cluster, in shards, and its merge behind them.
//!
//! Everything that the cluster needs is written into the folder first: the plan with every default, a copy of this
//! program, and scripts with absolute paths; a rebuild changes nothing for jobs that wait.

mod engines;
mod folder;
mod script;
mod shards;
mod wishes;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use sgdlab_sweeps::{Packing, Sweep, missing_shards, ranges};

use self::folder::Record;
use self::script::Job;
use self::shards::Work;
use self::wishes::Wishes;
use crate::plans::changes;
use crate::sweep::{explained, forgotten, quoted};
use crate::text::{self, counted, fill};

/// Hand a sweep to a cluster, in shards, and write its tables when they are done.
///
/// The folder has to be on a file system that all hosts share.
/// Relative paths of data in the plan are relative to where this command runs, there too.
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask submit my-plan.toml --engine slurm --time 02:00:00 --partition cpu
  cargo xtask submit my-plan.toml --engine ssh --hosts node1,node2
  cargo xtask submit my-plan.toml --engine print
  cargo xtask submit --resume results/my-plan

Exit status: 0 submitted (ssh: done), 2 usage or input/output; ssh: else that
of the merge.")]
pub struct Arguments {
    /// A plan's file, or the name of a bundled plan.
    plan: Option<String>,
    /// Who runs the shards; `print` writes the scripts and submits nothing.
    #[arg(long, required_unless_present = "resume")]
    engine: Option<Engine>,
    /// Where everything goes [default: results/ and the plan's name].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Submit only what is missing of a sweep that was submitted into DIR.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["plan", "out", "set", "replicates", "fresh"])]
    resume: Option<PathBuf>,
    /// How many parts to cut the sweep into [default: by the estimated time].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    shards: Option<u32>,
    /// Whom `print` writes scripts for [default: slurm].
    #[arg(long = "for", value_name = "SYSTEM")]
    system: Option<System>,
    /// Shorthand for --set replicates=N.
    #[arg(long, value_name = "N")]
    replicates: Option<u32>,
    /// Change a value of the plan, e.g. budget.epochs=5 or rates=[0.1,0.2].
    #[arg(long, value_name = "KEY=VALUE", action = clap::ArgAction::Append)]
    set: Vec<String>,
    /// Forget the finished runs of the folder, and start over.
    #[arg(long)]
    fresh: bool,
    /// Start over without asking.
    #[arg(long, requires = "fresh")]
    yes: bool,
    #[command(flatten)]
    wishes: Wishes,
}

/// What happens to the scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// Submit a job array, and a job that merges when it has ended.
    Slurm,
    /// Run shards on hosts that ssh reaches, by GNU parallel.
    Ssh,
    /// Write scripts only, and print how to start them.
    Print,
}

/// Whom scripts are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum System {
    /// Slurm.
    Slurm,
    /// GNU parallel over ssh.
    Ssh,
}

impl System {
    fn engine(self) -> Engine {
        match self {
            Self::Slurm => Engine::Slurm,
            Self::Ssh => Engine::Ssh,
        }
    }
}

impl Arguments {
    /// Whom to write scripts for; `before` is for whom they were written the last time.
    fn system(&self, before: Option<System>) -> Result<System> {
        match (self.engine, self.system) {
            (Some(Engine::Slurm), None) => Ok(System::Slurm),
            (Some(Engine::Ssh), None) => Ok(System::Ssh),
            (Some(Engine::Print), system) => Ok(system.or(before).unwrap_or(System::Slurm)),
            (None, None) => before.context("--engine is missing"),
            (_, Some(_)) => bail!("--for goes with --engine print only"),
        }
    }
}

/// Where everything goes.
struct Place {
    /// As people say it, for what is printed.
    said: PathBuf,
    /// As jobs need it.
    absolute: PathBuf,
}

impl Place {
    fn new(said: PathBuf) -> Result<Self> {
        let absolute = std::path::absolute(&said).context("failed to find the working directory")?;
        Ok(Self { said, absolute })
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    match &arguments.resume {
        None => first(arguments),
        Some(folder) => resume(arguments, folder),
    }
}

fn first(arguments: &Arguments) -> Result<ExitCode> {
    let system = arguments.system(None)?;
    let options = arguments.wishes.clone();
    options.check(system)?;
    let sweep = read(arguments.plan.as_deref(), &changes(&arguments.set, arguments.replicates), &options, system)?;
    let out = arguments.out.clone().unwrap_or_else(|| Path::new("results").join(&sweep.plan().name));
    let place = Place::new(out)?;
    let engine = arguments.engine.context("--engine is missing")?;
    let work = Work::of(&sweep, &options, system);
    let (shards, why) = shards::choose(&work, arguments.shards, engines::most_shards(engine)?)?;
    let queued = Record::read(&place.absolute)?.map(|record| engines::queued(&record)).unwrap_or_default();
    if !queued.is_empty() {
        let (said, jobs) = (place.said.display(), queued.join(" "));
        bail!(
            "jobs of an earlier submission into {said} are in the queue: wait for them, or end them with\nscancel {jobs}"
        );
    }
    if arguments.fresh && !forgotten(&place.absolute, arguments.yes)? {
        return Ok(ExitCode::SUCCESS);
    }
    folder::refuse_others(&sweep, &place.absolute, options.any_program)?;
    let record = Record { system, directory: folder::working_directory()?, shards, options, submissions: Vec::new() };
    hand_over(engine, &sweep, &place, record, Some(headline(&sweep, &work, shards, &why)))
}

fn resume(arguments: &Arguments, out: &Path) -> Result<ExitCode> {
    let place = Place::new(out.to_owned())?;
    let Some(mut record) = Record::read(&place.absolute)? else {
        bail!("{} was not submitted: it has no {}", out.display(), folder::RECORD);
    };
    record.system = arguments.system(Some(record.system))?;
    // Only what is given now has to fit: what was given for another system stays beside it.
    arguments.wishes.check(record.system)?;
    record.options = arguments.wishes.clone().or(record.options);
    // Paths of data in the plan begin there.
    std::env::set_current_dir(&record.directory).with_context(|| format!("failed to go to {}", record.directory))?;
    let plan = place.absolute.join(folder::PLAN);
    let sweep = read(Some(folder::utf8(&plan)?), &[], &record.options, record.system)?;
    let engine = arguments.engine.unwrap_or(record.system.engine());
    let work = Work::of(&sweep, &record.options, record.system);
    let wanted = arguments.shards.unwrap_or(record.shards);
    (record.shards, _) = shards::choose(&work, Some(wanted), engines::most_shards(engine)?)?;
    hand_over(engine, &sweep, &place, record, None)
}

/// Reads and checks a plan as `sweep` does, and refuses runs that the time limit would cut off.
fn read(plan: Option<&str>, sets: &[String], options: &Wishes, system: System) -> Result<Sweep> {
    let plan = crate::plans::load(plan, sets)?;
    text::warn(&plan.warnings);
    let sweep = Sweep::new(plan, Packing::Automatic)?;
    let (longest, limit) = (sweep.longest_seconds(), options.limit(system)?);
    if let Some(limit) = limit.filter(|&limit| 4.0 * longest > limit as f64) {
        bail!(
            "the longest run of \"{}\" takes about {}, and --time is {}: at most a quarter of it is accepted, since a \
             run that is cut off begins anew\n--time {} is enough",
            sweep.plan().name,
            text::duration(longest),
            text::duration(limit as f64),
            wishes::slurm_time((4.0 * longest).ceil() as u64)
        );
    }
    Ok(sweep)
}

/// What is submitted, and into how many parts it is cut.
fn headline(sweep: &Sweep, work: &Work, shards: u32, why: &str) -> String {
    let plan = sweep.plan();
    let runs = counted(sweep.runs().len() as u64, "run");
    let shard = text::duration(work.seconds / f64::from(shards));
    let cut = format!("{runs} in {} of about {shard}{why}", counted(u64::from(shards), "shard"));
    format!("{}\n{}\n", fill(&format!("{}: {}", plan.name, plan.question), "", "  "), fill(&cut, "", "  "))
}

/// Writes scripts for the shards in which runs are missing, and starts them if an engine is to.
///
/// What is submitted for the first time has a headline; plan and program are written with it.
fn hand_over(
    engine: Engine,
    sweep: &Sweep,
    place: &Place,
    mut record: Record,
    headline: Option<String>,
) -> Result<ExitCode> {
    let (said, folder) = (place.said.display(), &place.absolute);
    let missing = missing_shards(sweep, folder, record.shards).map_err(explained)?;
    if missing.is_empty() {
        let merge = format!("cargo xtask merge {}", quoted(said.to_string()));
        text::print(&format!("nothing is missing in {said}; this writes the tables:\n  {merge}\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let list = ranges(&missing);
    let job = Job { name: &sweep.plan().name, list: &list, folder: folder::utf8(folder)?, record: &record };
    let scripts = job.scripts()?;
    if let Some(headline) = headline {
        folder::prepare(folder, &sweep.plan().resolved_toml())?;
        text::print(&headline)?;
    }
    if missing.len() < record.shards as usize {
        text::print(&(fill(&format!("runs are missing in shards {list} of {}", record.shards), "", "  ") + "\n"))?;
    }
    folder::write_scripts(folder, &scripts)?;
    record.write(folder)?;
    match engine {
        Engine::Print => text::print(&engines::how_to_start(record.system, place)).map(|()| ExitCode::SUCCESS),
        Engine::Slurm => engines::slurm(place, list, &mut record).map(|()| ExitCode::SUCCESS),
        Engine::Ssh => engines::ssh(place),
    }
}

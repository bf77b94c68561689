//! Starting what was written.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use super::folder::{Record, Submission};
use super::{Engine, Place, System, script};
use crate::sweep::quoted;
use crate::text;

/// How many shards an engine takes at most, if it has a limit.
pub fn most_shards(engine: Engine) -> Result<Option<u32>> {
    if engine != Engine::Slurm {
        return Ok(None);
    }
    let config = ask("scontrol", &["show", "config"])?;
    let value = config.lines().find_map(|line| line.strip_prefix("MaxArraySize")?.trim().strip_prefix('='));
    let size = value.and_then(|value| value.trim().parse::<u32>().ok());
    // Tasks have numbers below it.
    size.map(Some).context("`scontrol show config` does not say what MaxArraySize is")
}

/// Submits the shards, and their merge behind them; the record is written as soon as there is something to tell.
pub fn slurm(place: &Place, list: String, record: &mut Record) -> Result<()> {
    let folder = &place.absolute;
    let job = submit(folder, script::SWEEP[0], &[])?;
    let submission = Submission { job: job.clone(), merge: None, array: list, shards: record.shards };
    record.submissions.push(submission);
    record.write(folder)?;
    // Not afterok, which waits for ever when a task has failed: the merge sees what is missing.
    let dependency = format!("--dependency=afterany:{}", number(&job));
    let merge = submit(folder, script::MERGE, &[&dependency])
        .with_context(|| format!("job {job} was submitted, and its merge was not"))?;
    if let Some(last) = record.submissions.last_mut() {
        last.merge = Some(merge.clone());
    }
    record.write(folder)?;
    let said = quoted(place.said.display().to_string());
    text::print(&format!(
        "submitted as job {job}; job {merge} writes the tables when it has ended\n\n\
         how far it is\n  cargo xtask status {said} --follow\n\
         stop, and keep finished runs\n  scancel {} {}\n\
         submit what is missing when the jobs have ended\n  cargo xtask submit --resume {said}\n",
        number(&job),
        number(&merge)
    ))
}

/// Those jobs of earlier submissions that Slurm has not finished; none where it cannot be asked.
pub fn queued(record: &Record) -> Vec<String> {
    let jobs = record.submissions.iter().flat_map(|submission| [Some(&submission.job), submission.merge.as_ref()]);
    let jobs = jobs.flatten().map(|job| number(job));
    // One by one: Slurm forgets jobs after a while, and one that it does not know spoils the answer.
    let waiting = |job: &&str| ask("squeue", &["--noheader", "--jobs", job]).is_ok_and(|said| !said.trim().is_empty());
    jobs.filter(waiting).map(str::to_owned).collect()
}

/// Runs the script, which ends with the merge.
pub fn ssh(place: &Place) -> Result<ExitCode> {
    let path = place.absolute.join(script::SWEEP[1]);
    let status = Command::new(&path).status().with_context(|| format!("failed to run {}", path.display()))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map(ExitCode::from).with_context(|| format!("{} was ended: {status}", path.display()))
}

/// How to start what was written.
pub fn how_to_start(system: System, place: &Place) -> String {
    let path = |name: &str| quoted(place.said.join(name).display().to_string());
    let commands = match system {
        System::Slurm => format!(
            "  job=$(sbatch --parsable {})\n  sbatch --dependency=afterany:${{job%%;*}} \\\n    {}\n",
            path(script::SWEEP[0]),
            path(script::MERGE)
        ),
        System::Ssh => {
            let run = path(script::SWEEP[1]);
            format!("  {}{run}\n", if run.contains('/') { "" } else { "./" })
        }
    };
    format!("nothing is submitted; this does it:\n{commands}")
}

/// Submits a script; the job's number, with that of its cluster if Slurm says one.
fn submit(folder: &Path, name: &str, options: &[&str]) -> Result<String> {
    let path = folder.join(name);
    let arguments = [&["--parsable"], options, &[super::folder::utf8(&path)?]].concat();
    let job = ask("sbatch", &arguments)?.trim().to_owned();
    if number(&job).is_empty() || !number(&job).bytes().all(|byte| byte.is_ascii_digit()) {
        bail!("sbatch said {job:?} instead of the number of a job");
    }
    Ok(job)
}

/// The number of a job, without its cluster.
fn number(job: &str) -> &str {
    job.split(';').next().unwrap_or_default()
}

/// What a program of Slurm says.
fn ask(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).output().with_context(|| {
        format!("failed to run {program}, which Slurm has; `--engine print` writes the scripts without it")
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{program} has failed:\n{}", said.trim_end());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

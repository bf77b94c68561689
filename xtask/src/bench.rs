//! `bench`: what the program's work costs, beside what a Python user would run and what the machine can do.

mod instructions;
mod kernels;
mod machine;
mod peers;
mod sweeps;
mod table;
mod updates;
mod work;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use self::machine::Machine;
use self::table::{Measurement, Row};
use self::work::{Kind, Rival, Workload, workloads};
use crate::output;
use crate::text::{self, fill};
use crate::words;

/// Measure what work costs, in turns with what Python users would run and with what the machine can do.
///
/// Every round does the work once and each of its rivals once, so that all of them see the same machine; a ratio is that
/// of one round, rival over sgdlab.
/// Without --peers only the rivals that are in this program run; one that Python cannot run is named and left out.
/// Columns called `of` are shares of what the machine can do, which is measured first.
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask bench --list
  cargo xtask bench
  cargo xtask bench toy-sweep mlp --peers venv/bin/python
  cargo xtask bench --peers python3 --rounds 7 --out bench.csv
  cargo xtask bench --instructions .ci/instructions.toml

Exit status: 0 done, 1 instructions have changed, 2 usage or input/output, or a rival does not run.")]
pub struct Arguments {
    /// What is measured, see --list; `mlp` is all that begins with mlp- [default: everything].
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Say what each work is and what bounds it, and measure nothing.
    #[arg(long)]
    list: bool,
    /// A Python with numpy, torch, jax, optax and scikit-learn, as a command or a file.
    #[arg(long, value_name = "PYTHON")]
    peers: Option<PathBuf>,
    /// How often everything is done.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: u16,
    /// Where the table goes.
    #[arg(long, value_name = "FILE.csv", default_value = "results/bench.csv")]
    out: PathBuf,
    /// Count instructions of small kernels with Valgrind instead, and compare them with those in a file.
    #[arg(long, value_name = "FILE.toml", conflicts_with_all = ["names", "list", "peers"])]
    instructions: Option<PathBuf>,
    /// Write the instructions to the file.
    #[arg(long, requires = "instructions", conflicts_with_all = ["names", "list", "peers"])]
    record: bool,
    /// Do all kernels once: what Valgrind runs.
    #[arg(long, hide = true)]
    count: bool,
}

const PEERS: &str = "a Python with numpy, torch, jax, optax and scikit-learn";

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    if arguments.count {
        return instructions::count();
    }
    if let Some(file) = &arguments.instructions {
        output::has_ending("--instructions", file, &["toml"])?;
        return instructions::run(file, arguments.record);
    }
    output::has_ending("--out", &arguments.out, &["csv"])?;
    output::accept(&arguments.out, &[])?;
    let chosen = choose(&arguments.names)?;
    if arguments.list {
        text::print(&chosen.iter().map(explanation).collect::<Vec<_>>().join("\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(folder) = arguments.out.parent().filter(|_| !output::is_stream(&arguments.out)) {
        output::make_folder(folder)?;
    }
    let mut python = arguments.peers.as_deref().map(peers::Python::new).transpose()?;
    let machine = Machine::measure();
    text::print(&machine.to_string())?;
    text::print(&table::head())?;
    let mut rows = Vec::new();
    for workload in chosen {
        let measured = measure(&workload, usize::from(arguments.rounds), python.as_mut())?;
        text::print(&table::lines(&measured, &machine))?;
        rows.extend(measured);
    }
    output::write(&arguments.out, table::csv(&machine, &rows).to_csv().as_bytes())?;
    text::print(&format!("\n{}\n", arguments.out.display()))?;
    let failed = python.map(|python| python.failed()).unwrap_or_default();
    anyhow::ensure!(failed.is_empty(), "{}\n--peers is to be {PEERS}", failed.join("\n"));
    Ok(ExitCode::SUCCESS)
}

/// The workloads of these names, or all; a name that none has stands for those that begin with it.
fn choose(names: &[String]) -> Result<Vec<Workload>> {
    let mut all = workloads();
    let known: Vec<String> = all.iter().map(|workload| workload.name.clone()).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let (mut chosen, mut complaints) = (Vec::new(), String::new());
    for name in names {
        let begins = |known: &&&str| known.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('-'));
        let found: Vec<&str> = match known.iter().find(|known| *known == name) {
            Some(exactly) => vec![exactly],
            None => known.iter().filter(begins).copied().collect(),
        };
        if found.is_empty() {
            let meant = words::likely(name, &known).map(|meant| format!(": did you mean {meant}?")).unwrap_or_default();
            complaints += &format!("{name} is no work to measure{meant}\n");
        }
        chosen.extend(found);
    }
    anyhow::ensure!(complaints.is_empty(), "{complaints}cargo xtask bench --list has all");
    all.retain(|workload| names.is_empty() || chosen.contains(&workload.name.as_str()));
    Ok(all)
}

fn explanation(workload: &Workload) -> String {
    let Workload { name, about, bound, rivals, threads, .. } = workload;
    let rivals: Vec<_> = rivals.iter().map(|rival| rival.label.clone()).collect();
    let threads = if *threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") };
    let lines = [about.clone(), format!("Bound by: {bound}."), format!("Beside: {}.", rivals.join(", "))];
    let lines: Vec<_> = lines.iter().map(|line| fill(line, "  ", "  ")).collect();
    format!("{name} ({threads})\n{}\n", lines.join("\n"))
}

/// Rounds of a workload and its rivals in turns; what cannot run without Python is left out where there is none.
fn measure(workload: &Workload, rounds: usize, mut python: Option<&mut peers::Python>) -> Result<Vec<Row>> {
    let mut own = (workload.prepare)()?;
    let mut rivals = Vec::new();
    for rival in &workload.rivals {
        match &rival.kind {
            Kind::Own(prepare) => rivals.push((rival, Some(prepare()?), Vec::new())),
            Kind::Python(_) if python.is_some() => rivals.push((rival, None, Vec::new())),
            Kind::Python(_) => {}
        }
    }
    // Once before it counts.
    (own.run)()?;
    let mut times: Vec<f64> = Vec::new();
    for round in 0..rounds {
        times.push(1e9 * (own.run)()? / own.units);
        for (rival, work, times) in &mut rivals {
            times.extend(once(rival, work.as_mut(), python.as_deref_mut(), round)?);
        }
    }
    let row = |rival: &str, rivals: &[f64]| Row::of(workload, &own, rival, Measurement { times: &times, rivals });
    let ran = rivals.iter().filter(|(_, _, times)| !times.is_empty());
    let mut rows: Vec<Row> = ran.map(|(rival, _, times)| row(&rival.label, times)).collect();
    if rows.is_empty() {
        rows.push(row("", &[]));
    }
    Ok(rows)
}

/// Nanoseconds a unit that a rival takes; `None` if Python cannot run it, which is then known there.
fn once(
    rival: &Rival,
    work: Option<&mut work::Work>,
    python: Option<&mut peers::Python>,
    round: usize,
) -> Result<Option<f64>> {
    match (&rival.kind, work, python) {
        (_, Some(work), _) => Ok(Some(1e9 * (work.run)()? / work.units)),
        (Kind::Python(script), _, Some(python)) => Ok(python.nanoseconds(script, round)),
        _ => unreachable!("rivals in Python were left out"),
    }
}

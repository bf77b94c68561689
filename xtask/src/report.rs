//! `report`: a result as a page that people read, show to others and print.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use sgdlab_reports::analysis::Comparison;
use sgdlab_reports::page::{Fact, Origin, Report};
use sgdlab_reports::printable;

use crate::asked::Asked;
use crate::output;
use crate::sweep::command;
use crate::text::{self, bytes, duration, fill};

/// Write what a result says as one page: the answer, the ranking, figures, and how all of it was made.
///
/// The page is one file that needs no network: figures show values under the pointer, can be zoomed, and hide series;
/// tables sort; numbers and drawings can be downloaded.
/// It says the same as `compare`.
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask report results/digits
  cargo xtask report results/digits --format markdown --out notes/digits.md
  cargo xtask report results/digits --format latex
  cargo xtask report log.csv --map log.toml

Exit status: 0 done, 2 usage or input/output.")]
pub struct Arguments {
    /// A result folder, or a table of another program with --map.
    #[arg(value_name = "DIR")]
    result: PathBuf,
    /// A page, Markdown with its figures and tables beside it, or tables for papers.
    #[arg(long, value_enum, default_value_t = Format::Html)]
    format: Format,
    /// Where it goes [default: report.html, report.md or report.tex in the folder, or beside the file].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    asked: Asked,
}

/// What a report is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One page for a browser.
    Html,
    /// Text for repositories, with files beside it.
    Markdown,
    /// Tables for papers.
    Latex,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let clock = Instant::now();
    let Arguments { result, format, .. } = arguments;
    let out = arguments.out.clone().unwrap_or_else(|| default_path(result, *format));
    accept(&out, *format, result)?;
    let source = arguments.asked.open(result)?;
    let comparison = Comparison::of(&source, &arguments.asked.options())?;
    text::warn(&comparison.warnings);
    let report = Report::of(&comparison, &origin(result)?);
    let mut written = Vec::new();
    let mut write = |path: PathBuf, text: &str| -> Result<()> {
        output::write(&path, text.as_bytes())?;
        written.push((path, text.len() as u64));
        Ok(())
    };
    match format {
        Format::Html => write(out.clone(), &report.html()?)?,
        Format::Latex => write(out.clone(), &report.latex()?)?,
        Format::Markdown => {
            let stem = out.file_stem().unwrap_or(OsStr::new("report")).to_string_lossy().into_owned();
            let folder = format!("{stem}-files");
            let (text, files) = report.markdown(&folder)?;
            let beside = out.with_file_name(&folder);
            for file in files {
                write(beside.join(&file.name), &file.text)?;
            }
            write(out.clone(), &text)?;
        }
    }
    let size = bytes(written.iter().map(|(_, size)| size).sum());
    let files = if written.len() == 1 { String::new() } else { format!(" and {} files beside it", written.len() - 1) };
    let done = format!("{}{files}: {size} in {}", out.display(), duration(clock.elapsed().as_secs_f64()));
    text::print(&format!("{}\n\n{}\n", fill(&printable(&report.verdict), "", "  "), fill(&done, "", "  ")))?;
    Ok(ExitCode::SUCCESS)
}

/// Refuses a file that the report must not or cannot be.
fn accept(out: &Path, format: Format, result: &Path) -> Result<()> {
    let endings: &[&str] = match format {
        Format::Html => &["html", "htm"],
        Format::Markdown => &["md", "markdown"],
        Format::Latex => &["tex"],
    };
    output::has_ending("--out", out, endings)?;
    let has_files = format == Format::Markdown && output::is_stream(out);
    ensure!(!has_files, "--out {} has no place for the files beside Markdown: it takes a file", out.display());
    output::accept(out, &[result])
}

/// How the result and the report were made; a table of another program is known by its hash.
pub fn origin(result: &Path) -> Result<Origin> {
    let generator = concat!("sgdlab ", env!("CARGO_PKG_VERSION"));
    let mut origin = Origin::of_folder(result, &command(), generator)?;
    if result.is_file() {
        let mut hasher = blake3::Hasher::new();
        let mut file = std::fs::File::open(result).with_context(|| format!("failed to read {}", result.display()))?;
        std::io::copy(&mut file, &mut hasher).with_context(|| format!("failed to read {}", result.display()))?;
        let name = result.file_name().unwrap_or_default().to_string_lossy();
        origin.tables.push(Fact::new(&name, hasher.finalize().to_hex().as_str()));
        origin.facts.extend(origin.tables.iter().cloned());
    }
    origin.facts.push(Fact::new("Report made by", format!("{}: {}", origin.generator, origin.command)));
    Ok(origin)
}

/// Where a report goes if nobody says.
fn default_path(result: &Path, format: Format) -> PathBuf {
    let ending = match format {
        Format::Html => "html",
        Format::Markdown => "md",
        Format::Latex => "tex",
    };
    if result.is_dir() {
        result.join(format!("report.{ending}"))
    } else {
        result.with_extension(format!("report.{ending}"))
    }
}

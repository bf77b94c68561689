//! `plot`: any columns of any result as a figure.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use sgdlab_reports::figures::{Drawn, Figure, KINDS, Kind, Plot, Theme, plot};
use sgdlab_reports::page::{Column, Exhibit, Report, Section, Sheet, Show, Source};
use sgdlab_sweeps::columns::TABLES;

use crate::{output, text};

/// By how much pictures of pixels are larger than drawings, so that they are sharp on paper.
const SCALE: f64 = 2.0;

/// Draw any columns of a result folder or of a table.
///
/// Without options: the plan's metric against term gradients, one curve for each rule at its best setting, as medians
/// over replicates with quartiles. Runs that diverged are at ∞ from then on, never left out.
/// Columns are those of rows, runs, timings and summary (cargo xtask list columns), or those of the file.
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask plot results/digits
  cargo xtask plot results/digits --y value --where sampler=reshuffle
  cargo xtask plot results/digits --x rate --where batch_size=16
  cargo xtask plot results/digits --x rule --y seconds
  cargo xtask plot results/digits --kind ecdf --y evaluations_to_0.05
  cargo xtask plot results/digits --x rate --y batch_size --z final_value
  cargo xtask plot measured.csv --x epoch --y loss --by method --out loss.png

Exit status: 0 drawn, 2 usage or input/output.")]
pub struct Arguments {
    /// A result folder, or a table (.csv, .csv.gz, .parquet).
    #[arg(value_name = "DIR|FILE", required_unless_present = "kind")]
    path: Option<PathBuf>,
    /// The column to the right [default: evaluations, or rate for columns of runs].
    #[arg(long, value_name = "COLUMN")]
    x: Option<String>,
    /// The column upward [default: the plan's metric, or the cost of its hardest target].
    #[arg(long, value_name = "COLUMN")]
    y: Option<String>,
    /// The column that is shown as colors over x and y.
    #[arg(long, value_name = "COLUMN")]
    z: Option<String>,
    /// The columns whose values are series [default: rule, in a result folder].
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    by: Vec<String>,
    /// The kind of figure; `list` explains all kinds [default: what fits the columns].
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Show only rows with this value of a column; again for more values or columns.
    #[arg(long = "where", value_name = "COLUMN=VALUE", value_parser = condition)]
    only: Vec<(String, String)>,
    /// A logarithmic axis to the right, or =false for none [default: if the numbers span much].
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    log_x: Option<bool>,
    /// The same upward.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    log_y: Option<bool>,
    /// The title of the figure.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// The file [default: named after the columns, in the folder].
    #[arg(long, value_name = "FILE.svg|png|html|csv")]
    out: Option<PathBuf>,
}

/// Takes a condition apart.
fn condition(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((column, value)) if !column.is_empty() => Ok((column.to_owned(), value.to_owned())),
        _ => Err("it takes COLUMN=VALUE".to_owned()),
    }
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Svg,
    Png,
    Html,
    Csv,
}

impl Ending {
    fn of(path: &Path) -> Result<Self> {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        Ok(match &*ending {
            "svg" => Self::Svg,
            "png" => Self::Png,
            "html" => Self::Html,
            "csv" => Self::Csv,
            _ => bail!(
                "--out {} is not accepted: it takes a file that ends in .svg, .png, .html or .csv",
                path.display()
            ),
        })
    }
}

/// Draws a figure and says where it is.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    if arguments.kind.as_deref() == Some("list") {
        let lines = KINDS.iter().map(|(_, name, what)| format!("{name:9}  {what}\n"));
        text::print(&lines.collect::<String>())?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(path) = &arguments.path else { bail!("DIR or FILE is needed: what is to be drawn") };
    let out = arguments.out.as_ref().map(|out| Ok::<_, anyhow::Error>((out, Ending::of(out)?))).transpose()?;
    if let Some((out, _)) = out {
        output::accept(out, &[path])?;
    }
    let Drawn { mut figure, name } = plot(path, &wish(arguments)?)?;
    if let Some(title) = &arguments.title {
        figure.title.clone_from(title);
    }
    let (out, ending) = match out {
        Some((out, ending)) => (out.clone(), ending),
        None => (beside(path, &name), Ending::Svg),
    };
    output::write(&out, &bytes(figure, ending, &name, path)?)?;
    text::print(&format!("{}\n", out.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn wish(arguments: &Arguments) -> Result<Plot> {
    let kind = arguments.kind.as_deref().map(kind).transpose()?;
    let columns = TABLES.iter().flat_map(|table| table.columns);
    // The unit of text is what kind of text it is.
    let measures = columns.filter(|column| column.holds != sgdlab_sweeps::columns::Holds::Text);
    let name = |name: &str| name.split("_to_").next().unwrap_or_default().to_owned();
    let units: BTreeMap<String, String> = measures.map(|column| (name(column.name), column.unit.to_owned())).collect();
    Ok(Plot {
        x: arguments.x.clone(),
        y: arguments.y.clone(),
        z: arguments.z.clone(),
        by: arguments.by.clone(),
        kind,
        only: arguments.only.clone(),
        log_x: arguments.log_x,
        log_y: arguments.log_y,
        units,
    })
}

fn kind(name: &str) -> Result<Kind> {
    if let Some((kind, ..)) = KINDS.iter().find(|(_, known, _)| *known == name) {
        return Ok(*kind);
    }
    let names: Vec<&str> = KINDS.iter().map(|(_, name, _)| *name).collect();
    bail!("--kind {name} is not accepted: it takes {}", names.join(", "))
}

/// A file in the folder, or beside the table.
fn beside(path: &Path, name: &str) -> PathBuf {
    if path.is_dir() {
        return path.join(format!("{name}.svg"));
    }
    let table = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = table.split('.').next().unwrap_or_default();
    path.with_file_name(format!("{stem}-{name}.svg"))
}

fn bytes(figure: Figure, ending: Ending, name: &str, path: &Path) -> Result<Vec<u8>> {
    Ok(match ending {
        Ending::Svg => figure.svg().into_bytes(),
        Ending::Png => png(&figure)?,
        Ending::Csv => figure.data().to_csv().into_bytes(),
        Ending::Html => page(figure, name, path)?.html()?.into_bytes(),
    })
}

/// A figure in pixels.
pub fn png(figure: &Figure) -> Result<Vec<u8>> {
    Ok(figure.png(SCALE, Theme::Light)?)
}

/// The figure alone on a page, with its numbers and how it was made.
fn page(figure: Figure, name: &str, path: &Path) -> Result<Report> {
    let id: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let (title, data, origin) = (figure.title.clone(), figure.data(), crate::report::origin(path)?);
    let columns = data.columns.iter().map(|name| Column::new(name, Show::Text(name.clone()))).collect();
    let hash = origin.facts.iter().find(|fact| fact.name == "Plan").map(|fact| fact.text.clone());
    let key = hash.unwrap_or_else(|| "nothing was drawn at random".to_owned());
    let source = Source { command: origin.command, key, hashes: origin.tables };
    let (figure, sheet) = (Some(figure), Some(Sheet { data, columns }));
    let exhibit = Exhibit { id: id.clone(), title: title.clone(), figure, sheet, source, ..Exhibit::default() };
    let section = Section { id: format!("{id}-section"), exhibits: vec![exhibit], ..Section::default() };
    let (provenance, plan, generator) = (origin.facts, origin.plan, origin.generator);
    Ok(Report { title, sections: vec![section], provenance, plan, generator, ..Report::default() })
}

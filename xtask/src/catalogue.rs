//! `list` and `show`: the catalogues, as their registries hold them.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use sgdlab_core::{Domain, Entry, nearest};
use sgdlab_sweeps::columns::{Column, Holds, TABLES};

use crate::markdown;
use crate::plans::BUNDLED;
use crate::text::{self, fill};

/// The kinds of things that are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Update rules.
    Rules,
    /// Losses of one prediction, and of several logits.
    Losses,
    /// How batches are drawn.
    Samplers,
    /// What is minimized.
    Objectives,
    /// How the rate changes over a run.
    Schedules,
    /// How a gradient is made of a batch.
    Estimators,
    /// Plans that come with the program.
    Plans,
    /// The columns of every table.
    Columns,
}

/// Arguments of `list`.
#[derive(Args)]
pub struct List {
    /// What to list; everything if left out.
    kind: Option<Kind>,
    /// Tables in Markdown, with what is measured of every rule: the text of crates/optimizers/CATALOGUE.md.
    #[arg(long, conflicts_with = "kind")]
    markdown: bool,
}

/// Arguments of `show`.
#[derive(Args)]
pub struct Show {
    /// Which kind of thing; the singular will do too.
    #[arg(value_parser = kind)]
    kind: Kind,
    /// Its name, as `list` prints it.
    name: String,
}

/// A kind in plural or singular.
fn kind(word: &str) -> Result<Kind, String> {
    let kinds = Kind::value_variants();
    let name = |kind: &Kind| kind.to_possible_value().expect("no kind is hidden").get_name().to_owned();
    let singular = |kind: &Kind| {
        if *kind == Kind::Losses { "loss".to_owned() } else { name(kind).trim_end_matches('s').to_owned() }
    };
    let found = kinds.iter().find(|kind| name(kind) == word || singular(kind) == word);
    found.copied().ok_or_else(|| format!("one of {}", kinds.iter().map(name).collect::<Vec<_>>().join(", ")))
}

pub fn entries(kind: Kind) -> Vec<&'static Entry> {
    match kind {
        Kind::Rules => sgdlab_optimizers::entries(),
        Kind::Losses => [sgdlab_losses::entries(), sgdlab_losses::multiclass_entries()].concat(),
        Kind::Samplers => sgdlab_samplers::entries(),
        Kind::Objectives => sgdlab_sweeps::objectives(),
        Kind::Schedules => sgdlab_optimizers::schedules::entries(),
        Kind::Estimators => sgdlab_estimators::entries(),
        Kind::Plans | Kind::Columns => Vec::new(),
    }
}

/// Prints names and one sentence each.
pub fn list(arguments: &List) -> Result<ExitCode> {
    if arguments.markdown {
        return markdown::print();
    }
    let kinds = match arguments.kind {
        Some(kind) => vec![kind],
        None => Kind::value_variants().to_vec(),
    };
    let mut out = String::new();
    for &kind in &kinds {
        if kinds.len() > 1 {
            out += &format!("{}{}\n", if out.is_empty() { "" } else { "\n" }, heading(kind));
        }
        match kind {
            Kind::Columns => out += &columns(),
            Kind::Plans => {
                let lines: Vec<_> = BUNDLED.iter().map(|(name, plan)| (*name, question(plan))).collect();
                out += &two_columns(&lines);
            }
            _ => {
                let lines: Vec<_> = entries(kind).iter().map(|e| (e.name, e.summary.to_owned())).collect();
                out += &two_columns(&lines);
            }
        }
    }
    text::print(&out)?;
    Ok(ExitCode::SUCCESS)
}

fn heading(kind: Kind) -> String {
    format!("{kind:?}").to_lowercase()
}

/// The question of a bundled plan.
fn question(plan: &str) -> String {
    let catalogues = sgdlab_sweeps::catalogues();
    sgdlab_sweeps::plan::Plan::parse(plan, "bundled", &[], &catalogues)
        .map_or_else(|_| String::new(), |plan| plan.question)
}

fn two_columns(lines: &[(&str, String)]) -> String {
    let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let indent = " ".repeat(width + 4);
    let line = |(name, summary): &(&str, String)| fill(summary, &format!("  {name:width$}  "), &indent) + "\n";
    lines.iter().map(line).collect()
}

fn columns() -> String {
    let mut out = String::new();
    for table in TABLES {
        out += &fill(&format!("{}: {}", table.file, table.row), "", "  ");
        out.push('\n');
        for column in table.columns {
            let text = format!("[{}] {}", about(column), column.meaning);
            out += &fill(&text, &format!("  {}  ", column.name), "      ");
            out.push('\n');
        }
        out.push('\n');
    }
    out
}

/// Prints everything about one entry.
pub fn show(arguments: &Show) -> Result<ExitCode> {
    let Show { kind, name } = arguments;
    let page = match kind {
        Kind::Plans => BUNDLED.iter().find(|(known, _)| known == name).map(|(_, plan)| (*plan).to_owned()),
        Kind::Columns => column(name),
        _ => entries(*kind).into_iter().find(|entry| entry.name == name).map(page),
    };
    let Some(page) = page else { bail!(unknown(*kind, name)) };
    text::print(&page)?;
    Ok(ExitCode::SUCCESS)
}

fn unknown(kind: Kind, name: &str) -> String {
    let names: Vec<&str> = match kind {
        Kind::Plans => BUNDLED.iter().map(|(name, _)| *name).collect(),
        Kind::Columns => TABLES.iter().flat_map(|table| table.columns).map(|column| column.name).collect(),
        _ => entries(kind).iter().map(|entry| entry.name).collect(),
    };
    let hint = nearest(name, &names).map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default();
    format!("there is no \"{name}\" among the {}: {}{hint}", heading(kind), names.join(", "))
}

/// The unit of a column, and for whole numbers that they are.
fn about(column: &Column) -> String {
    if column.holds == Holds::Count { format!("{}, whole", column.unit) } else { column.unit.to_owned() }
}

fn column(name: &str) -> Option<String> {
    let found = TABLES.iter().flat_map(|table| table.columns.iter().map(move |column| (table, column)));
    let pages: Vec<String> = found
        .filter(|(_, column)| column.name == name)
        .map(|(table, column)| {
            fill(&format!("{}, {} [{}]: {}", table.file, name, about(column), column.meaning), "", "  ") + "\n"
        })
        .collect();
    (!pages.is_empty()).then(|| pages.concat())
}

/// One entry on a page.
fn page(entry: &Entry) -> String {
    let mut out = fill(&format!("{}: {}", entry.name, entry.summary), "", "  ");
    out += "\n\n";
    for line in entry.formula.lines() {
        out += &fill(line, "    ", "      ");
        out.push('\n');
    }
    out += "\nhyperparameters\n";
    if entry.hyperparameters.is_empty() {
        out += "  none\n";
    }
    for h in entry.hyperparameters {
        let text = format!("{} = {}: {}; takes {}", h.name, default(&h.domain), h.meaning, h.domain);
        out += &(fill(&text, "  ", "      ") + "\n");
    }
    for dialect in entry.dialects {
        let first = entry.dialects[0].name == dialect.name;
        let defaults: Vec<String> =
            dialect.defaults.iter().map(|(name, x)| format!("{name} = {}", number(*x))).collect();
        let defaults = if defaults.is_empty() { String::new() } else { format!(" Defaults: {}.", defaults.join(", ")) };
        let text = format!(
            "dialect {}{}: {}{defaults}",
            dialect.name,
            if first { " (default)" } else { "" },
            dialect.conventions
        );
        out += &format!("\n{}\n", fill(&text, "", "  "));
        if !dialect.formula.is_empty() {
            let lines = entry.lines(Some(dialect)).into_iter().map(|line| fill(line, "    ", "      ") + "\n");
            out += &lines.collect::<String>();
        }
    }
    for (title, text) in [("conventions", entry.conventions), ("cost", entry.cost), ("reference", entry.reference)] {
        out += &format!("\n{}\n", fill(&format!("{title}: {text}"), "", "  "));
    }
    out
}

fn default(domain: &Domain) -> String {
    match domain.default_value() {
        sgdlab_core::Value::Word(word) => format!("\"{word}\""),
        sgdlab_core::Value::Number(x) => number(x),
        other => other.to_string(),
    }
}

/// A number as people write it: 0.9 and 1e-8.
pub fn number(x: f64) -> String {
    if x != 0.0 && x.abs() < 1e-4 { format!("{x:e}") } else { x.to_string() }
}

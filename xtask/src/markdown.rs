//! The catalogues as tables in Markdown.

use std::process::ExitCode;

use anyhow::{Context, Result};
use rayon::prelude::*;
use sgdlab_core::Entry;
use sgdlab_fingerprints::{Invariance, Subject, Verdict, family, invariances, kept, oracle};

use crate::catalogue::{Kind, entries};
use crate::text;

/// The rate at which rules are measured.
const RATE: f64 = 0.01;

/// What stands above the tables.
const HEAD: &str = "\
# Catalogue

This page is written by `cargo xtask list --markdown`, and a test compares it with what that writes.
`cargo xtask show` explains every entry, `cargo xtask explain` every rule.

## Update rules

Every rule is in its first dialect, with its defaults, at the rate 0.01.
Family, what it keeps, oracle and invariances are found out by running it.
*Keeps* counts the numbers per parameter that are kept from step to step, of a vector and of a 16 × 16 matrix; buffers \
come on top.
A *method* has queries of its own, a *transform* changes gradients before another rule, a *tail* works on its points, a \
*driver* chooses its rates, hyperparameters or tensors.
An invariance is a change under which steps stay the same:
*scale* of the loss, *diagonal scale* of every coordinate of the gradient by a factor of its own, *permutation* of \
coordinates, *rotation* of all of a tensor, *row and column rotation* of a matrix, *sign only* if sizes of gradients do \
not matter, *translation of x*.
With ε it holds but for what is called eps, with ≈ to a thousandth of a step, with a number from that step on.
*loss^p* says that steps go as that power of the scale of the loss.

";

/// Prints the page.
pub fn print() -> Result<ExitCode> {
    let head = ["rule", "paper", "year", "family", "keeps", "oracle per step", "dialects", "invariances"];
    let rows = sgdlab_optimizers::entries().into_par_iter().map(row).collect::<Result<Vec<_>>>()?;
    let mut out = HEAD.to_owned() + &table(&head, rows);
    let kinds = [
        (Kind::Estimators, "Gradient estimators"),
        (Kind::Samplers, "Samplers"),
        (Kind::Losses, "Losses"),
        (Kind::Schedules, "Schedules"),
    ];
    for (kind, title) in kinds {
        let rows = entries(kind).into_iter();
        let rows = rows.map(|entry| vec![code(entry.name), entry.summary.to_owned(), entry.reference.to_owned()]);
        out += &format!("\n## {title}\n\n{}", table(&["name", "what it is", "paper"], rows.collect()));
    }
    text::print(&out)?;
    Ok(ExitCode::SUCCESS)
}

fn row(entry: &'static Entry) -> Result<Vec<String>> {
    let (authors, year) = entry.publication().with_context(|| format!("{} has no authors and year", entry.name))?;
    let subject = Subject::new(entry, None, [])?;
    let dialects: Vec<&str> = entry.dialects.iter().map(|dialect| dialect.name).collect();
    let found: Vec<String> = invariances(&subject, RATE).iter().filter_map(invariance).collect();
    Ok(vec![
        code(entry.name),
        authors.to_owned(),
        year.to_string(),
        family(&subject).to_string(),
        kept(&subject).to_string(),
        oracle(&subject).to_string(),
        dialects.join(", "),
        found.join(", "),
    ])
}

/// A change under which steps stay the same, or a power of it.
fn invariance(found: &Invariance) -> Option<String> {
    let kind = found.kind;
    match (found.verdict, found.degree) {
        (Verdict::Exact | Verdict::Rounding, _) => Some(kind.to_string()),
        (Verdict::ButForEps, _) => Some(format!("{kind} ε")),
        (Verdict::After(1), _) => Some(format!("{kind} ≈")),
        (Verdict::After(step), _) => Some(format!("{kind} {step}")),
        (Verdict::No, Some(degree)) => Some(format!("loss^{}", (degree * 1e3).round() / 1e3)),
        (Verdict::No, None) => None,
    }
}

fn code(name: &str) -> String {
    format!("`{name}`")
}

fn table(head: &[&str], rows: Vec<Vec<String>>) -> String {
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let head: Vec<String> = head.iter().map(|&cell| cell.to_owned()).collect();
    let rule = vec!["---".to_owned(); head.len()];
    [head, rule].iter().chain(&rows).map(|cells| line(cells)).collect()
}

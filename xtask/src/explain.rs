//! `explain`: what update rules do, found out by running them.

mod against;
mod figure;
mod page;
mod rule;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Args;
use sgdlab_fingerprints::{Family, Response, STEPS, Subject, family, responses};

use crate::output;
use crate::text::{self, fill};
use crate::words::assignment;

/// Arguments of `explain`.
#[derive(Args)]
pub struct Arguments {
    /// An update rule, or one in a dialect as in adam/optax; without it, the names of all.
    rule: Option<String>,
    /// Hyperparameters, as in beta2=0.99; in a comparison, of both rules.
    #[arg(value_name = "KEY=VALUE", value_parser = assignment)]
    values: Vec<(String, String)>,
    /// The same with a name in front of it.
    #[arg(long, value_name = "KEY=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// Compare with another rule, or with another dialect.
    #[arg(long, value_name = "RULE|DIALECT")]
    against: Option<String>,
    /// The rate of every step.
    #[arg(long, default_value_t = 0.01)]
    rate: f64,
    /// Draw the responses.
    #[arg(long, value_name = "FILE.svg")]
    figure: Option<PathBuf>,
    /// Write the responses as a table.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

/// Explains one rule, compares two, or lists all.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let Some(name) = &arguments.rule else {
        let lacks_rule = arguments.against.is_none() && arguments.figure.is_none() && arguments.csv.is_none();
        ensure!(lacks_rule, "a rule is needed to compare, draw or write; cargo xtask explain lists them");
        text::print(&all()?)?;
        return Ok(ExitCode::SUCCESS);
    };
    let rate = arguments.rate;
    ensure!(rate > 0.0 && rate.is_finite(), "--rate {rate} is not accepted: it takes a number > 0");
    if let Some(path) = &arguments.figure {
        output::has_ending("--figure", path, &["svg"])?;
        ensure!(arguments.csv.as_ref() != Some(path), "--figure and --csv are the same file");
    }
    if let Some(path) = &arguments.csv {
        output::has_ending("--csv", path, &["csv"])?;
    }
    let given = [&arguments.values[..], &arguments.set].concat();
    let first = rule::Request::parse(name)?;
    let second = arguments.against.as_ref().map(|name| first.against(name)).transpose()?;
    let subjects = rule::subjects(&first, second.as_ref(), &given)?;
    let said = match &subjects[..] {
        [first, second] => against::page(first, second, rate),
        _ => page::page(&subjects[0], rate),
    };
    let all: Vec<(String, Vec<Response>)> = subjects.iter().map(|s| (s.label(), responses(s, rate))).collect();
    if let Some(path) = &arguments.figure {
        output::write(path, figure::draw(&all, rate).as_bytes())?;
    }
    if let Some(path) = &arguments.csv {
        output::write(path, &table(&all)?)?;
    }
    text::print(&said)?;
    Ok(ExitCode::SUCCESS)
}

/// The names of all rules with their dialects, by families.
fn all() -> Result<String> {
    let families = [
        Family::Rule,
        Family::WithProbe,
        Family::ReadingValue,
        Family::Matrix,
        Family::Method,
        Family::Transform,
        Family::Tail,
        Family::Driver,
    ];
    let subjects: Vec<Subject> = sgdlab_optimizers::entries()
        .into_iter()
        .map(|entry| Subject::new(entry, None, []))
        .collect::<Result<_, _>>()?;
    let of_family: Vec<Family> = subjects.iter().map(family).collect();
    let mut out = String::new();
    for wanted in families {
        let names: Vec<String> = subjects
            .iter()
            .zip(&of_family)
            .filter(|(_, family)| **family == wanted)
            .map(|(subject, _)| {
                let dialects: Vec<&str> = subject.entry().dialects.iter().map(|dialect| dialect.name).collect();
                match &dialects[..] {
                    [] | [_] => subject.entry().name.to_owned(),
                    several => format!("{} ({})", subject.entry().name, several.join(" ")),
                }
            })
            .collect();
        if !names.is_empty() {
            out += &format!("{wanted}\n{}\n\n", fill(&names.join(", "), "  ", "  "));
        }
    }
    Ok(out + "cargo xtask explain adam, or adam/optax, or adam --against optax\n")
}

/// The responses as CSV, one row a step.
fn table(all: &[(String, Vec<Response>)]) -> Result<Vec<u8>> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(["rule", "stimulus", "series", "step", "update_per_rate"])?;
    for (label, responses) in all {
        for Response { stimulus, series, values } in responses {
            for t in 0..STEPS {
                let (step, value) = ((t + 1).to_string(), values[t].to_string());
                out.write_record([label, *stimulus, *series, &step, &value])?;
            }
        }
    }
    out.into_inner().context("a table in memory")
}

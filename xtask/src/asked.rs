//! What is asked of a result, the same for `compare` and `report`.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use sgdlab_reports::analysis::{Options, Tune};
use sgdlab_reports::reading::{Mapping, Source, Wish};

/// How a result is read and compared.
#[derive(Args)]
pub struct Asked {
    /// How the columns of another program's table are read; see `compare --help` for its keys.
    #[arg(long, value_name = "FILE.toml")]
    map: Option<PathBuf>,
    /// Compare by another metric than that of the plan's targets, e.g. test-error.
    #[arg(long)]
    metric: Option<String>,
    /// Compare by the cost of other targets than the plan's; may be given several times.
    #[arg(long, value_name = "VALUE", value_parser = number, action = clap::ArgAction::Append, allow_hyphen_values = true)]
    target: Vec<f64>,
    /// Look at no row with a larger cost.
    #[arg(long, value_name = "COST", value_parser = positive, allow_hyphen_values = true)]
    budget: Option<f64>,
    /// Choose settings on the first N replicates, a share P%, or `all`, which then are scored as well [default: half].
    #[arg(long, value_name = "N|P%|all", value_parser = tune, allow_hyphen_values = true)]
    tune: Option<Tune>,
    /// The rate that people use without tuning, to set beside the tuned one; may be given several times.
    #[arg(long, value_name = "RULE=RATE", value_parser = rate_of_rule, action = clap::ArgAction::Append)]
    default: Vec<(String, f64)>,
    /// Draw other bootstrap samples and signs.
    #[arg(long, value_name = "TEXT", default_value_t = Options::default().key)]
    key: String,
}

impl Asked {
    /// How the columns of another program's table are read.
    pub fn mapping(&self) -> Result<Option<Mapping>> {
        Ok(self.map.as_deref().map(Mapping::read).transpose()?)
    }

    /// What rules are compared by.
    pub fn wish(&self) -> Wish {
        Wish { metric: self.metric.clone(), targets: self.target.clone(), budget: self.budget }
    }

    /// How they are compared.
    pub fn options(&self) -> Options {
        Options { tune: self.tune.unwrap_or_default(), key: self.key.clone() }
    }

    /// Opens a result.
    pub fn open(&self, path: &Path) -> Result<Source> {
        let mut source = Source::open(path, self.mapping()?.as_ref(), &self.wish())?;
        for (rule, rate) in &self.default {
            source.set_default_rate(rule, *rate)?;
        }
        Ok(source)
    }
}

fn number(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|x: &f64| x.is_finite()).ok_or_else(|| "not a finite number".to_owned())
}

fn positive(text: &str) -> Result<f64, String> {
    number(text).ok().filter(|x| *x > 0.0).ok_or_else(|| "not a finite number above 0".to_owned())
}

fn rate_of_rule(text: &str) -> Result<(String, f64), String> {
    let (rule, rate) = text.rsplit_once('=').ok_or("not RULE=RATE, as in adam=0.001")?;
    Ok((rule.to_owned(), positive(rate)?))
}

fn tune(text: &str) -> Result<Tune, String> {
    if text == "all" {
        return Ok(Tune::Same);
    }
    let share = text.strip_suffix('%').map(|share| share.parse().ok().filter(|share| (0.0..100.0).contains(share)));
    match (share, text.parse()) {
        (Some(Some(share)), _) if share > 0.0 => Ok(Tune::Share(share / 100.0)),
        (None, Ok(count)) if count > 0 => Ok(Tune::Count(count)),
        _ => Err("neither a number of replicates from 1 on, nor a share as 50%, nor `all`".to_owned()),
    }
}

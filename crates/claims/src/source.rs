//! A source: an experiment that measures what its claims are about.

use sgdlab_core::streams::Key;
use sgdlab_reports::figures::Figure;
use sgdlab_reports::{StringRecord, Table};

use crate::{Claim, Finding, Measured};

/// Something published that is reproduced by running it.
#[derive(Debug)]
pub struct Source {
    /// How the command line calls it.
    pub name: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// What is run, and what is drawn.
    pub summary: &'static str,
    /// What is held to be true, in the order of the source.
    pub claims: &'static [&'static Claim],
    pub(crate) run: fn(&Setting, &mut Outcome),
}

/// How a source is run.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// With smaller samples, which decide about the same claims.
    pub quick: bool,
    /// What random numbers come from.
    pub key: Key,
}

impl Setting {
    /// One of two sizes.
    pub(crate) fn choose<T>(&self, quick: T, full: T) -> T {
        if self.quick { quick } else { full }
    }
}

/// What running a source gives.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Every decided number, in the order of the claims.
    pub findings: Vec<Finding>,
    /// Tables; their names are file names without an ending.
    pub tables: Vec<Table>,
    /// Figures with file names without an ending.
    pub figures: Vec<(String, Figure)>,
}

impl Source {
    /// Runs the experiment and decides about every claim.
    ///
    /// The outcome is a function of the setting.
    ///
    /// # Panics
    /// If a claim is not measured, or something is measured for a claim of another source: errors of the program.
    #[must_use]
    pub fn run(&self, setting: &Setting) -> Outcome {
        let mut outcome = Outcome::default();
        (self.run)(setting, &mut outcome);
        let place = |finding: &Finding| {
            let place = self.claims.iter().position(|claim| std::ptr::eq(*claim, finding.claim));
            place.unwrap_or_else(|| panic!("{} does not list {}", self.name, finding.claim.name))
        };
        outcome.findings.sort_by_key(place);
        for claim in self.claims {
            let measured = outcome.findings.iter().any(|finding| std::ptr::eq(finding.claim, *claim));
            assert!(measured, "{} does not measure {}", self.name, claim.name);
        }
        outcome
    }
}

impl Outcome {
    /// Whether every claim holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.findings.iter().all(Finding::holds)
    }

    /// The decided numbers as a table: `claims.csv`.
    ///
    /// A standard error is empty where nothing was drawn.
    #[must_use]
    pub fn claims(&self) -> Table {
        const COLUMNS: [&str; 7] = ["claim", "quantity", "measured", "standard_error", "lower", "upper", "verdict"];
        let row = |finding: &Finding| {
            let error = finding.measured.standard_error.map(|error| error.to_string()).unwrap_or_default();
            [
                finding.claim.name.to_owned(),
                finding.quantity.clone(),
                finding.measured.value.to_string(),
                error,
                finding.lower.to_string(),
                finding.upper.to_string(),
                finding.verdict().to_owned(),
            ]
        };
        table("claims", &COLUMNS, self.findings.iter().map(row))
    }

    pub(crate) fn decide(&mut self, claim: &'static Claim, quantity: impl Into<String>, measured: Measured) {
        self.findings.push(claim.judge(quantity, measured));
    }

    pub(crate) fn draw(&mut self, name: impl Into<String>, figure: Figure) {
        self.figures.push((name.into(), figure));
    }
}

/// A table of text.
pub(crate) fn table<R>(name: &str, columns: &[&str], rows: impl IntoIterator<Item = R>) -> Table
where
    R: IntoIterator<Item = String>,
{
    let rows = rows.into_iter().map(|row| row.into_iter().collect::<StringRecord>()).collect();
    Table { name: name.to_owned(), columns: columns.iter().map(|&column| column.to_owned()).collect(), rows }
}

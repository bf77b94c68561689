//! An experiment: what is said, how it is measured, and what was found.

use sgdlab_core::streams::Key;
use sgdlab_reports::figures::Figure;
use sgdlab_reports::{StringRecord, Table};

use crate::{Claim, Finding, Measured};

/// Experiments that belong together.
#[derive(Debug)]
pub struct Chapter {
    /// What they are about.
    pub title: &'static str,
    /// What a reader should know before, in a few sentences.
    pub introduction: &'static str,
    /// In the order in which they are read.
    pub experiments: &'static [&'static Experiment],
}

/// Something that is said, and is decided about by running it.
///
/// The texts are read in this order, as a note of a lecture: the sentence, the verdict, the picture, how it was measured,
/// and when it fails.
#[derive(Debug)]
pub struct Experiment {
    /// How the command line calls it: lower-case letters, digits and hyphens.
    pub name: &'static str,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// What is said, in a sentence as people know it.
    pub sentence: &'static str,
    /// Who says it: authors, year, title, section.
    pub reference: &'static str,
    /// The exact statement with its conventions (½ or not, mean or sum, what m counts), as formulas in plain text.
    pub statement: &'static str,
    /// What is run: problem, rules, rates, sizes, with and without `--quick`.
    pub setup: &'static str,
    /// What is computed exactly or enumerated, and what is sampled, how often.
    pub exactness: &'static str,
    /// Where it stops being true, and what was seen there.
    pub limits: &'static str,
    /// What is to be thought of the sentence if all claims hold.
    pub truth: Truth,
    /// What is held to be true, in the order in which it is read.
    pub claims: &'static [&'static Claim],
    /// What its tables hold.
    pub tables: &'static [&'static Header],
    pub(crate) run: fn(&Setting, &mut Outcome),
}

/// The columns of decided numbers.
const DECIDED: [&str; 9] =
    ["claim", "quantity", "measured", "standard_error", "lower", "upper", "verdict", "expected", "stance"];

/// The decided numbers of several experiments as a table.
pub static CLAIMS: Header = Header {
    table: "claims",
    row: "one number that a claim was decided by",
    columns: &[
        ("claim", "name of the claim"),
        ("quantity", "which of its numbers"),
        ("measured", "the number"),
        ("standard_error", "of the number; empty where nothing was drawn"),
        ("lower", "least number that is accepted; -inf if there is none"),
        ("upper", "greatest number that is accepted; inf if there is none"),
        ("verdict", "`holds` or `fails`"),
        ("expected", "what the number is in theory; empty where limits alone decide"),
        ("stance", "`confirms`, `corrects` or `adds`: how the claim relates to the sentence"),
        ("experiment", "name of the experiment"),
    ],
};

/// What [`CLAIMS`] describes: `claims.csv`.
#[must_use]
pub fn all_claims(found: &[(&'static Experiment, Outcome)]) -> Table {
    let mut all = Outcome::default().claims();
    all.columns.push("experiment".to_owned());
    for (experiment, outcome) in found {
        all.rows.extend(outcome.claims().rows.into_iter().map(|mut row| {
            row.push_field(experiment.name);
            row
        }));
    }
    all
}

/// What is to be thought of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It is true as it is said.
    Holds,
    /// It is true where a claim that corrects it says.
    Limited,
    /// It is wrong as it is said.
    Wrong,
}

impl Truth {
    /// In a few words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Holds => "true as said",
            Self::Limited => "true within limits",
            Self::Wrong => "wrong as said",
        }
    }
}

/// The columns of a table.
#[derive(Debug)]
pub struct Header {
    /// The name of its file, without an ending.
    pub table: &'static str,
    /// What one row is.
    pub row: &'static str,
    /// Names of columns, and what they hold with its unit or convention.
    pub columns: &'static [(&'static str, &'static str)],
}

/// How an experiment is run.
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

/// What running an experiment gives.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Every decided number, in the order of the claims.
    pub findings: Vec<Finding>,
    /// Tables, in the order of their headers.
    pub tables: Vec<Table>,
    /// Figures with file names without an ending; the first shows what is said.
    pub figures: Vec<(String, Figure)>,
}

impl Experiment {
    /// Runs the experiment and decides about every claim.
    ///
    /// The outcome is a function of the setting.
    ///
    /// # Panics
    /// If a claim is not measured, a table is not filled, no figure is drawn, or something is measured for a claim or
    /// table of another experiment: errors of the program.
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
        let place = |table: &Table| self.tables.iter().position(|header| header.table == table.name);
        outcome.tables.sort_by_key(|table| {
            place(table).unwrap_or_else(|| panic!("{} does not list the table {}", self.name, table.name))
        });
        let filled: Vec<_> = outcome.tables.iter().map(|table| table.name.as_str()).collect();
        let listed: Vec<_> = self.tables.iter().map(|header| header.table).collect();
        assert_eq!(filled, listed, "{} fills every table once", self.name);
        assert!(!outcome.figures.is_empty(), "{} draws no figure", self.name);
        outcome
    }
}

impl Outcome {
    /// Whether every claim holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.findings.iter().all(Finding::holds)
    }

    /// The decided numbers as a table.
    ///
    /// A standard error is empty where nothing was drawn.
    #[must_use]
    pub fn claims(&self) -> Table {
        let row = |finding: &Finding| {
            let error = finding.measured.standard_error.map(number).unwrap_or_default();
            StringRecord::from(vec![
                finding.claim.name.to_owned(),
                finding.quantity.clone(),
                number(finding.measured.value),
                error,
                number(finding.lower),
                number(finding.upper),
                finding.verdict().to_owned(),
                finding.measured.expected.map(number).unwrap_or_default(),
                finding.claim.stance.word().to_owned(),
            ])
        };
        let columns = DECIDED.map(str::to_owned).to_vec();
        Table { name: "claims".to_owned(), columns, rows: self.findings.iter().map(row).collect() }
    }

    /// Decides about a number; there may be several for one claim.
    pub(crate) fn decide(&mut self, claim: &'static Claim, quantity: impl Into<String>, measured: Measured) {
        self.findings.push(claim.judge(quantity, measured));
    }

    /// Writes a table; a row has a field for each column.
    pub(crate) fn tabulate<R>(&mut self, header: &Header, rows: impl IntoIterator<Item = R>)
    where
        R: IntoIterator<Item = String>,
    {
        let rows: Vec<_> = rows.into_iter().map(|row| row.into_iter().collect::<StringRecord>()).collect();
        for row in &rows {
            assert_eq!(row.len(), header.columns.len(), "the columns of {}", header.table);
        }
        let columns = header.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        self.tables.push(Table { name: header.table.to_owned(), columns, rows });
    }

    pub(crate) fn draw(&mut self, name: impl Into<String>, figure: Figure) {
        self.figures.push((name.into(), figure));
    }
}

/// A number as tables have it: all digits, and powers of ten where there would be many zeros.
pub(crate) fn number(x: f64) -> String {
    if x == 0.0 || !x.is_finite() || (1e-4..1e16).contains(&x.abs()) { x.to_string() } else { format!("{x:e}") }
}

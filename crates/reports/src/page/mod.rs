//! The report: a page that people read, show to others and print, and the same as Markdown and as tables for papers.
//!
//! A [`Report`] is texts, [`Exhibit`]s and where they are from; it is made [of](Report::of) what was found in a result, or by hand.
//! The page is one file that asks the network for nothing: a policy in its head forbids it to.
//! Every figure is in it as a static picture, for print and where there are no scripts, and as its numbers, from which
//! a script draws the interactive form.

mod compose;
mod film;
mod html;
mod latex;
mod markdown;
mod numbers;
mod sheet;

pub use compose::Origin;
pub use film::{Arrow, Film, Track};
pub use markdown::Beside;
pub use numbers::{human, percent};
pub use sheet::{Cell, Column, Sheet, Show};

use crate::figures::Figure;
use crate::table::TableError;

/// Why a report cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PageError {
    /// A column is missing, or a field is not a number.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A template does not fit what is given to it.
    #[error("failed to fill the template of the page")]
    Template(#[from] minijinja::Error),
    /// A figure cannot be described.
    #[error("failed to describe a figure")]
    Figure(#[from] serde_json::Error),
}

/// Everything a report says. All texts are plain text, whoever wrote them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The name of the plan.
    pub title: String,
    /// What the plan asks.
    pub question: String,
    /// The answer in a sentence, with its uncertainty.
    pub verdict: String,
    /// What has to be known about the answer, a sentence or two each.
    pub reservations: Vec<String>,
    /// What was run, in a few sentences; may be empty.
    pub setup: String,
    /// The sizes of the experiment.
    pub facts: Vec<Fact>,
    /// The exhibits with what they show.
    pub sections: Vec<Section>,
    /// The words that a reader may not know.
    pub glossary: Vec<Fact>,
    /// How the result was made.
    pub provenance: Vec<Fact>,
    /// The plan with all defaults, as TOML; may be empty.
    pub plan: String,
    /// The program and its version.
    pub generator: String,
}

impl Report {
    /// What the exhibits are called, in their order: `Figure 1`, `Table 1`, …
    fn labels(&self) -> Vec<String> {
        let mut counts = [0; 2];
        let exhibits = self.sections.iter().flat_map(|section| &section.exhibits);
        exhibits
            .map(|exhibit| {
                let figure = exhibit.figure.is_some();
                counts[usize::from(figure)] += 1;
                format!("{} {}", if figure { "Figure" } else { "Table" }, counts[usize::from(figure)])
            })
            .collect()
    }
}

/// A name and what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Fact {
    /// The name.
    pub name: String,
    /// What belongs to it.
    pub text: String,
}

impl Fact {
    /// A fact of two texts.
    #[must_use]
    pub fn new(name: &str, text: impl Into<String>) -> Self {
        Self { name: name.to_owned(), text: text.into() }
    }
}

/// A part of a report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// Its name in addresses: lower-case letters, digits and hyphens, once in a report.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// Something that is said, on which the section has a verdict.
    pub told: Option<Told>,
    /// Paragraphs before the exhibits.
    pub text: Vec<String>,
    /// What is shown.
    pub exhibits: Vec<Exhibit>,
}

impl Section {
    fn new(id: &str, title: &str) -> Self {
        Self { id: id.to_owned(), title: title.to_owned(), ..Self::default() }
    }
}

/// Something that is said, with a verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Told {
    /// What is said.
    pub sentence: String,
    /// What is to be thought of it, in a few words.
    pub truth: String,
    /// Whether all that is claimed about it holds.
    pub holds: bool,
    /// The verdict in a few words.
    pub verdict: String,
    /// What the verdict is made of.
    pub claims: Vec<Judged>,
    /// What is known about it, after the exhibits.
    pub notes: Vec<Fact>,
}

/// A statement that was decided about.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Judged {
    /// The statement.
    pub statement: String,
    /// What kind of statement it is, in a word.
    pub kind: String,
    /// Whether it holds.
    pub holds: bool,
    /// The numbers that decided, with what is accepted.
    pub numbers: String,
}

/// A figure, a table, or a figure with the table behind it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exhibit {
    /// Its name in addresses and of its files: lower-case letters, digits and hyphens, once in a report.
    pub id: String,
    /// What is seen.
    pub title: String,
    /// How it is read, and how many runs are behind it: paragraphs.
    pub caption: Vec<String>,
    /// The picture.
    pub figure: Option<Figure>,
    /// The numbers.
    pub sheet: Option<Sheet>,
    /// Where it is from.
    pub source: Source,
}

/// What made an exhibit.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Source {
    /// The command that makes it again.
    pub command: String,
    /// The key of the plan and of what was drawn at random.
    pub key: String,
    /// The tables it was made of with their hashes.
    pub hashes: Vec<Fact>,
}

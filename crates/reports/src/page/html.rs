//! The report as one HTML file.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;
use serde_json::{Map, json};
use sha2::{Digest, Sha256};

use super::compose::counted;
use super::numbers::human;
use super::sheet::Sheet;
use super::{Cell, Exhibit, Fact, PageError, Report, Section, Source, Told};
use crate::figures::{self, Figure, Theme};

/// The scripts of the page, in this order. The first is D3 as it is published; its license is beside it.
const SCRIPTS: [&str; 6] = [
    include_str!("assets/d3.min.js"),
    include_str!("assets/axes.js"),
    include_str!("assets/marks.js"),
    include_str!("assets/figure.js"),
    THEME,
    include_str!("assets/page.js"),
];

/// The script of the switch between light and dark.
pub(super) const THEME: &str = include_str!("assets/theme.js");

/// The templates; names that end in `.html` let every text be escaped.
const TEMPLATES: [(&str, &str); 2] =
    [("page.html", include_str!("assets/page.html")), ("exhibit.html", include_str!("assets/exhibit.html"))];

/// The most rows of a table that a page shows.
const MOST_ROWS: usize = 500;

/// The most bytes of a table that a page hands out.
const MOST_BYTES: usize = 1 << 20;

/// How many styles of series scripts know; those beyond begin anew, after every color has had every dash and symbol.
const STYLES: usize = 64;

/// What stands for the font in the drawings that the page hands out; the page has the font once.
const FONT: &str = "@font@";

impl Report {
    /// The report as one self-contained HTML file.
    ///
    /// # Errors
    /// If a table lacks a column that is shown, or a field is not a number.
    pub fn html(&self) -> Result<String, PageError> {
        let mut environment = Environment::new();
        for (name, source) in TEMPLATES {
            environment.add_template(name, source)?;
        }
        let mut labels = self.labels().into_iter();
        let section = |section| PageSection::of(section, &mut labels);
        let sections = self.sections.iter().map(section).collect::<Result<Vec<_>, _>>()?;
        let (style, data) = (style(), data(self)?);
        let policy = policy(&style, &SCRIPTS);
        let page = Page { report: Texts::of(self), sections, policy, style, data, scripts: SCRIPTS };
        Ok(environment.get_template("page.html")?.render(Serde(page))?)
    }
}

/// What the template is given.
#[derive(Serialize)]
struct Page<'a> {
    report: Texts<'a>,
    sections: Vec<PageSection<'a>>,
    policy: String,
    style: String,
    data: String,
    scripts: [&'static str; 6],
}

/// What the page may do: run and apply what is in it, and show pictures that are in it. Nothing is loaded or sent.
pub(super) fn policy(style: &str, scripts: &[&str]) -> String {
    let hash = |text: &str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)));
    let scripts = scripts.iter().map(|script| hash(script)).collect::<Vec<_>>().join(" ");
    format!(
        "default-src 'none'; script-src {scripts}; style-src {}; img-src data:; font-src data:; base-uri 'none'; \
         form-action 'none'",
        hash(style)
    )
}

/// The style of the page: the font and the colors of figures, and what is its own.
pub(super) fn style() -> String {
    let font = BASE64_STANDARD.encode(figures::WOFF2);
    let [light, dark] = [Theme::Light, Theme::Dark].map(figures::variables);
    let css = include_str!("assets/page.css").replace("/*light*/", &light).replace("/*dark*/", &dark);
    let family = figures::FAMILY;
    let face =
        format!("@font-face{{font-family:{family:?};src:url(data:font/woff2;base64,{font}) format(\"woff2\")}}\n");
    face + &css + &figures::page_style()
}

/// The texts of a report, for the template.
#[derive(Serialize)]
struct Texts<'a> {
    title: &'a str,
    question: &'a str,
    verdict: &'a str,
    reservations: &'a [String],
    setup: &'a str,
    facts: &'a [Fact],
    glossary: &'a [Fact],
    provenance: &'a [Fact],
    plan: &'a str,
    generator: &'a str,
}

impl<'a> Texts<'a> {
    fn of(report: &'a Report) -> Self {
        let Report {
            title,
            question,
            verdict,
            reservations,
            setup,
            facts,
            sections: _,
            glossary,
            provenance,
            plan,
            generator,
        } = report;
        Self { title, question, verdict, reservations, setup, facts, glossary, provenance, plan, generator }
    }
}

#[derive(Serialize)]
struct PageSection<'a> {
    id: &'a str,
    title: &'a str,
    told: Option<&'a Told>,
    text: &'a [String],
    exhibits: Vec<PageExhibit<'a>>,
}

impl<'a> PageSection<'a> {
    fn of(section: &'a Section, labels: &mut impl Iterator<Item = String>) -> Result<Self, PageError> {
        let Section { id, title, told, text, exhibits } = section;
        let labeled = exhibits.iter().zip(labels);
        let exhibits = labeled.map(|(exhibit, label)| PageExhibit::of(exhibit, label)).collect::<Result<_, _>>()?;
        Ok(Self { id, title, told: told.as_ref(), text, exhibits })
    }
}

#[derive(Serialize)]
struct PageExhibit<'a> {
    id: &'a str,
    /// What it is called: `Figure 1`.
    label: String,
    title: &'a str,
    /// The text below the title of the figure.
    subtitle: &'a str,
    caption: &'a [String],
    /// The text below the figure.
    note: &'a str,
    /// The static picture, which is markup.
    picture: Option<String>,
    table: Option<PageTable>,
    /// Whether the table waits below a figure until it is asked for.
    folded: bool,
    source: &'a Source,
}

impl<'a> PageExhibit<'a> {
    fn of(exhibit: &'a Exhibit, label: String) -> Result<Self, PageError> {
        let Exhibit { id, title, caption, figure, sheet, source } = exhibit;
        let table = sheet.as_ref().map(PageTable::of).transpose()?;
        // The page has the texts of the figure around it.
        let bare = |figure: &Figure| Figure {
            title: String::new(),
            subtitle: String::new(),
            note: String::new(),
            ..figure.clone()
        };
        let picture = figure.as_ref().map(|figure| bare(figure).inline_svg(id));
        let [subtitle, note] = figure.as_ref().map_or(["", ""], |figure| [&figure.subtitle, &figure.note]);
        Ok(Self { id, label, title, subtitle, caption, note, picture, table, folded: figure.is_some(), source })
    }
}

#[derive(Serialize)]
struct PageTable {
    columns: Vec<PageColumn>,
    rows: Vec<Vec<PageCell>>,
    /// Whether a column has a note.
    noted: bool,
    /// How many rows there are, those that are not shown as well.
    all: String,
    /// What is not shown, in a sentence.
    left_out: String,
}

#[derive(Serialize)]
struct PageColumn {
    label: String,
    unit: String,
    note: String,
    number: bool,
}

#[derive(Serialize)]
struct PageCell {
    text: String,
    aside: String,
    number: bool,
    /// What it is sorted by, as scripts read it.
    value: Option<String>,
}

impl PageTable {
    fn of(sheet: &Sheet) -> Result<Self, PageError> {
        let columns = sheet.columns.iter().map(|column| PageColumn {
            label: column.label.clone(),
            unit: column.unit.clone(),
            note: column.note.clone(),
            number: column.is_number(),
        });
        let mut cells = sheet.cells()?;
        let all = cells.len();
        cells.truncate(MOST_ROWS);
        let rows = cells.into_iter().map(|row| {
            let cell = |cell: Cell| PageCell {
                number: cell.number.is_some(),
                value: cell.number.map(|number| number.to_string()),
                text: cell.text,
                aside: cell.aside,
            };
            row.into_iter().map(cell).collect()
        });
        let mut left_out = String::new();
        if all > MOST_ROWS {
            left_out = format!("The first {MOST_ROWS} of {} rows. ", human(all as f64));
        }
        if sheet.data.to_csv().len() > MOST_BYTES {
            left_out += "The CSV file is too large for a page: --format markdown writes it.";
        }
        let noted = sheet.columns.iter().any(|column| !column.note.is_empty());
        let all = counted(all, "row");
        Ok(Self { columns: columns.collect(), rows: rows.collect(), noted, all, left_out })
    }
}

/// Color, dash and symbol of a series, as the static drawings have them.
fn style_of(style: usize) -> serde_json::Value {
    json!({
        "color": format!("var(--s{})", style % figures::CYCLE),
        "dash": figures::dash(style),
        "symbol": figures::symbol(style),
    })
}

/// Figures and tables for the scripts, as JSON that no parser of HTML mistakes for markup.
fn data(report: &Report) -> Result<String, PageError> {
    let mut exhibits = Map::new();
    let font = BASE64_STANDARD.encode(figures::WOFF2);
    for exhibit in report.sections.iter().flat_map(|section| &section.exhibits) {
        let csv = exhibit.sheet.as_ref().map(|sheet| sheet.data.to_csv()).filter(|csv| csv.len() <= MOST_BYTES);
        let svg = exhibit.figure.as_ref().map(|figure| figure.svg().replace(&font, FONT));
        let figure = exhibit.figure.as_ref().map(serde_json::to_value).transpose()?;
        exhibits.insert(exhibit.id.clone(), json!({ "figure": figure, "csv": csv, "svg": svg }));
    }
    let json = serde_json::to_string(&json!({
        "font": FONT,
        "styles": (0..STYLES).map(style_of).collect::<Vec<_>>(),
        "shades": {
            "viridis": figures::shades(figures::Colors::Viridis),
            "terrain": figures::shades(figures::Colors::Terrain),
        },
        "exhibits": serde_json::Value::Object(exhibits),
    }))?;
    Ok(inert(&json))
}

/// JSON that no parser of HTML mistakes for markup.
pub(super) fn inert(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

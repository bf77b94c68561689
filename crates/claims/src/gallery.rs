//! What was found as a page: a section for each experiment, as a note of a lecture.

use sgdlab_reports::page::{Column, Exhibit, Fact, Judged, Report, Section, Sheet, Show, Source, Told, human};

use crate::{Criterion, Experiment, Finding, Outcome, Truth, chapters};

/// How a gallery was made.
#[derive(Clone, Copy, Debug)]
pub struct Made<'a> {
    /// The command that makes it again.
    pub command: &'a str,
    /// The options with which one experiment is made again, as a shell takes them.
    pub options: &'a str,
    /// How many experiments were asked for: more than there are if the run was stopped.
    pub asked: usize,
    /// What random numbers came from.
    pub key: &'a str,
    /// Whether samples were small.
    pub quick: bool,
    /// The program and its version.
    pub generator: &'a str,
}

/// The page of experiments that were run, in the order of the chapters.
#[must_use]
pub fn gallery(found: &[(&'static Experiment, Outcome)], made: &Made<'_>) -> Report {
    let mut sections = Vec::new();
    for (number, chapter) in (1..).zip(chapters()) {
        let is_here =
            |experiment: &Experiment| chapter.experiments.iter().any(|other| std::ptr::eq(*other, experiment));
        let here: Vec<_> = found.iter().filter(|(experiment, _)| is_here(experiment)).collect();
        if !here.is_empty() {
            let (id, title) = (format!("chapter-{number}"), chapter.title.to_owned());
            sections.push(Section { id, title, text: vec![chapter.introduction.to_owned()], ..Section::default() });
            sections.extend(here.into_iter().map(|(experiment, outcome)| section(experiment, outcome, made)));
        }
    }
    Report {
        title: "Claims".to_owned(),
        question: "What is said about stochastic gradient methods, and is it true?".to_owned(),
        verdict: verdict(found, made.asked),
        setup:
            "Each section has a sentence that people know, the verdict on it, what is seen, how it was measured, and \
                where it stops being true. A claim decides about numbers by a rule that was fixed before; some claims \
                correct the sentence. All numbers can be opened below the first figure of a section. \
                With --quick samples are small, and some claims are decided about fewer cases than their text names."
                .to_owned(),
        facts: facts(found, made),
        sections,
        provenance: vec![
            Fact::new("Command", made.command),
            Fact::new("Key", made.key),
            Fact::new("Program", made.generator),
        ],
        generator: made.generator.to_owned(),
        ..Report::default()
    }
}

/// The answer of the page in a few sentences.
fn verdict(found: &[(&'static Experiment, Outcome)], asked: usize) -> String {
    let stopped = match asked - found.len() {
        0 => String::new(),
        _ => format!(" The run was stopped after {} of {asked} experiments.", found.len()),
    };
    let answer = match found {
        [(told, outcome)] if outcome.holds() => {
            format!("The sentence is {}. All claims about it hold.", told.truth.words())
        }
        [_] => "Not all claims about the sentence hold.".to_owned(),
        _ => answer_of_several(found),
    };
    format!("{answer}{stopped}")
}

fn answer_of_several(found: &[(&'static Experiment, Outcome)]) -> String {
    let of = |truth: Truth| found.iter().filter(|(told, outcome)| outcome.holds() && told.truth == truth).count();
    let [holds, limited, wrong] = [Truth::Holds, Truth::Limited, Truth::Wrong].map(|truth| (of(truth), truth.words()));
    let failed: Vec<_> = found.iter().filter(|(_, outcome)| !outcome.holds()).map(|(told, _)| told.title).collect();
    let held = match &failed[..] {
        [] => "All claims about them hold.".to_owned(),
        failed => format!("Not all claims hold; these experiments fail: {}.", failed.join("; ")),
    };
    let all = found.len();
    format!(
        "Of {all} sentences {} are {}, {} {}, and {} {}. {held}",
        holds.0, holds.1, limited.0, limited.1, wrong.0, wrong.1
    )
}

fn facts(found: &[(&'static Experiment, Outcome)], made: &Made<'_>) -> Vec<Fact> {
    let sum = |count: &dyn Fn(&Experiment, &Outcome) -> usize| {
        found.iter().map(|(experiment, outcome)| count(experiment, outcome)).sum::<usize>().to_string()
    };
    vec![
        Fact::new("Experiments", found.len().to_string()),
        Fact::new("Claims", sum(&|experiment, _| experiment.claims.len())),
        Fact::new("Numbers decided about", sum(&|_, outcome| outcome.findings.len())),
        Fact::new("Samples", if made.quick { "small (--quick)" } else { "full" }),
    ]
}

fn section(experiment: &'static Experiment, outcome: &Outcome, made: &Made<'_>) -> Section {
    let claims: Vec<Judged> = experiment
        .claims
        .iter()
        .map(|claim| {
            let decided = || outcome.findings.iter().filter(|finding| std::ptr::eq(finding.claim, *claim));
            let numbers = format!("{} Accepted: {}.", numbers(decided()), claim.criterion.words());
            let (statement, kind) = (claim.statement.to_owned(), claim.stance.word().to_owned());
            Judged { statement, kind, holds: decided().all(Finding::holds), numbers }
        })
        .collect();
    let (all, fail) = (claims.len(), claims.iter().filter(|claim| !claim.holds).count());
    let verdict = match fail {
        0 => format!("{all} of {all} claims hold; {} numbers decided.", outcome.findings.len()),
        _ => format!("{fail} of {all} claims fail; {} numbers decided.", outcome.findings.len()),
    };
    let notes = vec![
        Fact::new("Exactly", experiment.statement),
        Fact::new("How it was measured", experiment.setup),
        Fact::new("Exact and sampled", experiment.exactness),
        Fact::new("When it fails", experiment.limits),
        Fact::new("Who says so", experiment.reference),
        Fact::new("Command", format!("cargo xtask claims {}", experiment.name)),
    ];
    let sentence = experiment.sentence.to_owned();
    let truth = if outcome.holds() { experiment.truth.words() } else { "not as claimed" }.to_owned();
    let told = Told { sentence, holds: outcome.holds(), truth, verdict, claims, notes };
    Section {
        id: experiment.name.to_owned(),
        title: experiment.title.to_owned(),
        told: Some(told),
        exhibits: exhibits(experiment, outcome, made),
        ..Section::default()
    }
}

/// The figures; the first has all decided numbers behind it.
fn exhibits(experiment: &'static Experiment, outcome: &Outcome, made: &Made<'_>) -> Vec<Exhibit> {
    let command = format!("cargo xtask claims {} {}", experiment.name, made.options);
    let source = Source { command, key: made.key.to_owned(), hashes: Vec::new() };
    let exhibit = |(i, (name, figure)): (usize, &(String, _))| {
        let figure: &sgdlab_reports::figures::Figure = figure;
        Exhibit {
            id: format!("{}-{name}", experiment.name),
            title: figure.title.clone(),
            sheet: (i == 0).then(|| sheet(outcome)),
            figure: Some(figure.clone()),
            source: source.clone(),
            ..Exhibit::default()
        }
    };
    outcome.figures.iter().enumerate().map(exhibit).collect()
}

fn sheet(outcome: &Outcome) -> Sheet {
    let show = |label: &str, name: &str| Column::new(label, Show::Number(name.to_owned()));
    let text = |label: &str, name: &str| Column::new(label, Show::Text(name.to_owned()));
    let columns = vec![
        text("Claim", "claim"),
        text("Quantity", "quantity"),
        show("Measured", "measured"),
        show("Standard error", "standard_error"),
        show("At least", "lower"),
        show("At most", "upper"),
        text("Verdict", "verdict"),
    ];
    Sheet { data: outcome.claims(), columns }
}

/// What decided, in a sentence: the number that came closest to failing, if there are several.
fn numbers<'a>(findings: impl Iterator<Item = &'a Finding>) -> String {
    let findings: Vec<_> = findings.collect();
    let Some(closest) = findings.iter().min_by(|a, b| slack(a).total_cmp(&slack(b))) else { return String::new() };
    let measured = human(closest.measured.value);
    let error = closest.measured.standard_error.map(|error| format!(" ± {}", human(error))).unwrap_or_default();
    let beside = match (closest.claim.criterion, closest.measured.expected) {
        (Criterion::Between(..), _) | (_, None) => String::new(),
        (_, Some(expected)) => format!(", expected {}", human(expected)),
    };
    let number = format!("{}: {measured}{error}{beside}.", closest.quantity);
    match findings.len() {
        1 => number,
        count => format!("The tightest of {count} numbers, {number}"),
    }
}

/// How far inside of what is accepted a number is, in half widths of it; negative outside.
///
/// From 0 to something means at most that: no size, share or distance is below 0.
fn slack(finding: &Finding) -> f64 {
    let Finding { measured, lower, upper, .. } = finding;
    if *lower == 0.0 && measured.value >= 0.0 && upper.is_finite() && *upper > 0.0 {
        return (upper - measured.value) / upper;
    }
    let inside = (measured.value - lower).min(upper - measured.value);
    if inside.is_nan() {
        return f64::NEG_INFINITY;
    }
    let width = (upper - lower) / 2.0;
    let unit = if width.is_finite() { width } else { if lower.is_finite() { *lower } else { *upper }.abs() };
    inside / unit.max(f64::MIN_POSITIVE)
}

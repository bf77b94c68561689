//! Two rules on a page.

use sgdlab_fingerprints::{Comparison, Difference, Hunk, Parting, Quenched, Rates, Subject};

use super::page::{plain, short};
use crate::catalogue::number;
use crate::text::fill;

/// Where two rules part, and what makes them.
pub fn page(first: &Subject, second: &Subject, rate: f64) -> String {
    let comparison = Comparison::new(first, second, Rates::Constant(rate));
    let mut out = format!("{} against {}\n", first.label(), second.label());
    let labels = match (first.settings().dialect(), second.settings().dialect()) {
        (Some(a), Some(b)) if a != b && first.entry().name == second.entry().name => [a.to_owned(), b.to_owned()],
        _ => [first.label(), second.label()],
    };
    out += &fill(
        &format!("{} steps of 17 parameters on the same gradients, at the rate {}", Parting::STEPS, number(rate)),
        "",
        "  ",
    );
    out += "\n\n";
    if comparison.defaults.is_empty() && comparison.unshared.is_empty() {
        out += "with the same hyperparameters\n";
    } else {
        out += "each with its own hyperparameters\n";
        out += &parting(&comparison.own, &labels);
        out += "\nwith equal hyperparameters where both have them\n";
    }
    out += &parting(&comparison.equal, &labels);
    out += &settings(&comparison, &labels);
    out += &differences(&comparison.defaults, &labels);
    out += &lines(&comparison, &labels);
    out
}

fn percent(share: f64) -> String {
    format!("{} %", short(100.0 * share))
}

/// Where they part and how far they get.
fn parting(found: &Parting, labels: &[String; 2]) -> String {
    let Some(place) = found.first else { return "  they agree to 1e-12 at every step\n".to_owned() };
    let [a, b] = labels;
    let apart = (place.first - place.second).abs() / place.first.abs().max(place.second.abs());
    let special = match place.gradients() {
        "" => String::new(),
        gradients => format!(", {gradients}"),
    };
    let first = format!(
        "they part at step {}, in parameter {}{special}: {a} moves it by {:.6e} and {b} by {:.6e}, {} apart",
        place.step,
        place.parameter,
        place.first,
        place.second,
        percent(apart)
    );
    let far = |steps: usize| percent(found.distance[steps - 1]);
    let then = format!("after 10 steps they are {} of their way apart, after 100 steps {}", far(10), far(100));
    [first, then].iter().map(|text| fill(text, "  ", "    ") + "\n").collect()
}

/// What had to be set, and what could not be.
fn settings(comparison: &Comparison, labels: &[String; 2]) -> String {
    let [a, b] = &comparison.subjects;
    let mut out = String::new();
    let shared = a.settings().values().iter().filter(|(name, value)| b.value(name) == Some(value));
    let shared: Vec<String> = shared.map(|(name, value)| format!("{name} = {}", plain(value))).collect();
    if !shared.is_empty() {
        out += &(fill(&format!("equal: {}", shared.join(", ")), "  ", "    ") + "\n");
    }
    for (own, other, label) in [(a, b, &labels[0]), (b, a, &labels[1])] {
        let lacks = own.settings().values().iter().filter(|(name, _)| other.value(name).is_none());
        let lacks: Vec<&str> = lacks.map(|(name, _)| *name).collect();
        if !lacks.is_empty() {
            out += &(fill(&format!("only {label} has {}", lacks.join(", ")), "  ", "    ") + "\n");
        }
    }
    for name in &comparison.unshared {
        let values = [a, b].map(|subject| subject.value(name).map(plain).unwrap_or_default());
        let text = format!("{name} cannot be equal: {} is {}, {} is {}", labels[0], values[0], labels[1], values[1]);
        out += &(fill(&text, "  ", "    ") + "\n");
    }
    out
}

/// What each differing value does, by switching it.
fn differences(differences: &[Difference], labels: &[String; 2]) -> String {
    if differences.is_empty() {
        return String::new();
    }
    let after = |parting: &Parting| match parting.first {
        None => "they agree".to_owned(),
        Some(_) => format!("{} after 100 steps", percent(parting.distance[Parting::STEPS - 1])),
    };
    let mut out = "\nwhat differing values do, one by one\n".to_owned();
    for Difference { name, values, alone, without } in differences {
        let values = values.each_ref().map(plain);
        let text = format!(
            "{name} ({} {}, {} {}): if it alone differs, {}; if it alone is equal, {}",
            labels[0],
            values[0],
            labels[1],
            values[1],
            after(alone),
            after(without)
        );
        out += &(fill(&text, "  ", "    ") + "\n");
    }
    out
}

/// The lines in pieces of this size; an empty one if there are none.
fn pieces<'a>(lines: &'a [&'a str], size: usize) -> impl Iterator<Item = &'a [&'a str]> {
    lines.chunks(size).chain(lines.is_empty().then_some(lines))
}

/// Lines that read differently, and settings that tell which of them do it.
fn lines(comparison: &Comparison, labels: &[String; 2]) -> String {
    if comparison.hunks.is_empty() {
        return "\nthe formulas are the same, line by line\n".to_owned();
    }
    let mut out = "\nlines that read differently\n".to_owned();
    let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    let said_by = |label: &str, lines: &[&str]| -> String {
        let line = |(i, text): (usize, &&str)| {
            let label = if i == 0 { label } else { "" };
            fill(text, &format!("  {label:width$}  "), &" ".repeat(width + 6)) + "\n"
        };
        if lines.is_empty() { line((0, &"(nothing)")) } else { lines.iter().enumerate().map(line).collect() }
    };
    let mut unnamed = comparison.quenched.clone();
    unnamed.dedup_by_key(|setting| setting.name);
    for Hunk { first, second } in &comparison.hunks {
        // Where as many lines stand against each other, line against line.
        let size = if first.len() == second.len() { 1 } else { first.len().max(second.len()) };
        for (first, second) in pieces(first, size).zip(pieces(second, size)) {
            out += &format!("{}{}", said_by(&labels[0], first), said_by(&labels[1], second));
            let is_here = |setting: &Quenched| first.iter().chain(second).any(|line| names(line, setting.name));
            let here: Vec<String> = unnamed.iter().filter(|setting| is_here(setting)).map(setting).collect();
            if !here.is_empty() {
                let text = format!("with {} in both they agree: this line does it", here.join(", or "));
                out += &(fill(&text, "  ", "    ") + "\n");
            }
            unnamed.retain(|setting| !is_here(setting));
            out.push('\n');
        }
    }
    let ending = ending(comparison, &unnamed);
    if ending.is_empty() { out.trim_end().to_owned() + "\n" } else { out + &fill(&ending, "", "  ") + "\n" }
}

/// `name = value`.
fn setting(Quenched { name, value }: &Quenched) -> String {
    format!("{name} = {}", plain(value))
}

/// Whether a line has the name of a hyperparameter in it.
fn names(line: &str, name: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '-').any(|word| word.trim_matches('ᵗ') == name)
}

/// What is to be said about settings, after all lines; `unnamed` are those that no line has in it.
fn ending(comparison: &Comparison, unnamed: &[Quenched]) -> String {
    if let Some((found, rates)) = &comparison.hidden {
        let falling = matches!(rates, Rates::Falling(_)).then(|| "a falling rate".to_owned());
        let with: Vec<String> = found.iter().map(setting).chain(falling).collect();
        return format!("these lines matter elsewhere: with {} the two part", with.join(" and "));
    }
    match (comparison.equal.agrees(), unnamed) {
        (true, _) => "no setting of one hyperparameter was found that makes them part".to_owned(),
        (false, []) if comparison.quenched.is_empty() => "no setting of one hyperparameter makes them agree".to_owned(),
        (false, []) => String::new(),
        (false, several) => {
            let several: Vec<String> = several.iter().map(setting).collect();
            format!("they would agree with {} in both", several.join(", or "))
        }
    }
}

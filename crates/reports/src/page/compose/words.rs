//! Words for readers who know neither the plan nor the columns.

use super::Fact;
use crate::analysis::Comparison;
use crate::reading::Cost;

/// A metric in words, and its unit.
pub fn metric(name: &str) -> (String, String) {
    let (words, unit) = match name {
        "value" => ("training loss", ""),
        "error" => ("training error", "share"),
        "test_value" | "test-value" => ("held-out loss", ""),
        "test_error" | "test-error" => ("held-out error", "share"),
        "gap" => ("loss above the minimum", ""),
        "distance" => ("distance to the minimizer", ""),
        "gradient_norm" | "gradient-norm" => ("norm of the gradient", ""),
        "sharpness" => ("sharpness", ""),
        "hessian_trace" | "hessian-trace" => ("trace of the Hessian", ""),
        "noise_curvature" | "noise-curvature" => ("curvature along the noise", ""),
        name => return (name.replace('_', " "), String::new()),
    };
    (words.to_owned(), unit.to_owned())
}

/// A note as a sentence: with a capital and a full stop.
pub fn sentence(note: &str) -> String {
    let mut letters = note.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let stop = if note.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

/// A number with the word for what is counted.
pub fn counted(n: usize, word: &str) -> String {
    format!("{} {word}{}", super::human(n as f64), if n == 1 { "" } else { "s" })
}

/// What a figure leaves out that has at most so many of all.
pub fn first(most: usize, all: usize, which: &str, what: &str) -> Option<String> {
    (all > most).then(|| format!("The {which} {most} of {all} {what} are drawn; the table has all."))
}

/// Words with commas and "and"; of many the first ones.
pub fn listed(words: &[String]) -> String {
    const MOST: usize = 12;
    match words {
        [] => String::new(),
        [word] => word.clone(),
        [words @ .., last] if words.len() < MOST => format!("{} and {last}", words.join(", ")),
        _ => format!("{} and {} others", words[..MOST - 1].join(", "), words.len() + 1 - MOST),
    }
}

/// The words that a report on a comparison uses.
pub fn glossary(comparison: &Comparison) -> Vec<Fact> {
    let mut words = Vec::new();
    let measure = &comparison.measure;
    if measure.cost == Cost::Evaluations && measure.unit == "term gradients" {
        let text = "The gradient of one term of the mean that is minimized, which mostly is one training example. \
                    Costs are counted in them wherever they are computed, so a method that needs several gradients a step \
                    pays for all of them; measuring is free.";
        words.push(Fact::new("Term gradient", text));
    }
    if !measure.targets.is_empty() {
        let text = format!(
            "A value of the {} that is good enough. Its cost is what a run had spent at the first logged step that was \
             at least as good; a run that never was has an infinite cost.",
            metric(&measure.metric).0
        );
        words.push(Fact::new("Target", text));
    }
    let rest = [
        ("Setting", "Everything that a run has beside problem and rule: rate, batch size, sampler and so on."),
        (
            "Replicate",
            "A repetition with other random numbers. Runs of one replicate share their batches and initial points across \
             rules and rates, so rules are compared in pairs.",
        ),
        (
            "Fresh",
            "Of replicates: not those that the setting was chosen on. A setting looks better where it was chosen, so scores \
             are those of fresh replicates.",
        ),
        (
            "Diverged",
            "A run whose numbers became too large or were none. It counts as the worst there is, +∞, and is never left out.",
        ),
        (
            "Good rates",
            "The rates around the best one that need at most twice its score. An open end is the end of the rates that \
             were tried.",
        ),
        (
            "Interval",
            "The true median is in a 95 % interval in about 95 of 100 experiments. Fewer than six runs have none; their \
             range is shown instead.",
        ),
        (
            "p-value",
            "How often a difference as large would be seen if both rules were alike, by flipping the signs of the \
             differences of pairs; after Holm's correction, for all pairs together.",
        ),
    ];
    words.extend(rest.map(|(name, text)| Fact::new(name, text)));
    words
}

//! One rule on a page.

use sgdlab_core::Value;
use sgdlab_fingerprints::{
    Facts, Family, Idle, Invariance, Later, Memory, Response, Subject, Verdict, facts, family, invariances, kept,
    memory_text, oracle, responses,
};

use crate::catalogue::number;
use crate::text::fill;

/// Steps of responses that are printed.
const SHOWN: [usize; 9] = [1, 2, 3, 5, 10, 11, 12, 20, 30];

/// Everything about one rule.
pub fn page(subject: &Subject, rate: f64) -> String {
    let entry = subject.entry();
    let mut out = fill(&format!("{}: {}", subject.label(), entry.summary), "", "  ") + "\n\n";
    out += &formula(&subject.lines());
    out += &format!("\n{}\n", fill(&settings(subject, rate), "", "  "));
    let oracle = oracle(subject);
    let place = if oracle.elsewhere { ", elsewhere than at its answer" } else { "" };
    out += "\n";
    let kind = family(subject);
    out += &line("kind", &kind.to_string());
    if kind == Family::Tail {
        out += &line("steps below", "those of the iterate; its answer can be another point");
    }
    out += &line("asks at a step for", &format!("{oracle}{place}"));
    out += &line("keeps", &format!("{} per parameter; {}", kept(subject), memory_text(entry)));
    out += "\nsteps against the gradient per unit of rate, −Δx/lr\n";
    out += &table(&responses(subject, rate));
    out += "\na gradient of 1 in one coordinate, without weight decay\n";
    out += &numbers(&facts(subject, rate));
    out += "\ndo steps stay the same under a change of\n";
    out += &invariances(subject, rate)
        .iter()
        .map(|found| line(&found.kind.to_string(), &verdict(found)))
        .collect::<String>();
    out
}

/// A label and what is said about it.
fn line(label: &str, text: &str) -> String {
    fill(text, &format!("  {label:26}"), &" ".repeat(30)) + "\n"
}

/// The numbered lines of a formula.
fn formula(lines: &[&str]) -> String {
    let numbered = |(i, text): (usize, &&str)| fill(text, &format!("  {:2}  ", i + 1), "        ") + "\n";
    lines.iter().enumerate().map(numbered).collect()
}

/// All values, and the rate.
fn settings(subject: &Subject, rate: f64) -> String {
    let values = subject.settings().values().iter().map(|(name, value)| format!("{name} = {}", plain(value)));
    let values: Vec<String> = values.chain([format!("at the rate {}", number(rate))]).collect();
    values.join(", ")
}

/// A value as people write it.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Number(x) => number(*x),
        other => other.to_string(),
    }
}

fn table(responses: &[Response]) -> String {
    let head: String = SHOWN.iter().map(|step| format!("{step:>7}")).collect();
    let mut out = format!("  step           {head}\n");
    for Response { stimulus, series, values } in responses {
        let label = format!("{stimulus} {series}");
        let cells: String = SHOWN.iter().map(|&step| format!("{:>7}", short(values[step - 1]))).collect();
        out += &format!("  {label:15}{cells}\n");
    }
    out
}

/// A number in at most six characters.
pub fn short(x: f64) -> String {
    if x == 0.0 {
        return "0".to_owned();
    }
    let size = x.abs();
    let text = match size {
        s if s.is_nan() => return "NaN".to_owned(),
        s if s.is_infinite() => return if x > 0.0 { "∞" } else { "−∞" }.to_owned(),
        s if !(0.001..99_999.5).contains(&s) => format!("{x:.0e}"),
        s if s >= 999.5 => format!("{x:.0}"),
        s if s >= 99.95 => format!("{x:.1}"),
        s if s >= 9.9995 => format!("{x:.2}"),
        _ => format!("{x:.3}"),
    };
    let whole = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    whole.replace('-', if text.contains('e') { "-" } else { "−" })
}

fn numbers(facts: &Facts) -> String {
    let later = match facts.later {
        Later::Steady(step) => format!("{} × rate, and stays there", short(step)),
        Later::Power { at, power } if power.abs() <= 3.0 => {
            format!("{} × rate, and then goes as t^{power:.2}", short(at))
        }
        Later::Power { at, power } => {
            let word = if power > 0.0 { "grows" } else { "shrinks" };
            format!("{} × rate, and {word} faster than any small power of t", short(at))
        }
        Later::Neither(step) => format!("{} × rate, and does not settle", short(step)),
    };
    let steps = |steps: Option<usize>| steps.map_or_else(|| "over 2000".to_owned(), |n| n.to_string());
    let memory = match facts.memory {
        None => "a gradient at the first step alone moves nothing".to_owned(),
        Some(Memory { to_1_over_e, to_1_percent }) => {
            format!("to 1/e after {} steps, to 1 % after {}", steps(to_1_over_e), steps(to_1_percent))
        }
    };
    let idle = match facts.idle {
        Idle::Rests => "nothing moves".to_owned(),
        Idle::Shrinks(share) => format!("x shrinks by {} × rate a step", short(share)),
        Idle::Moves => "x moves".to_owned(),
    };
    [
        line("first step", &format!("{} × rate", short(facts.first))),
        line("step 1000", &later),
        line("impulse fades", &memory),
        line("without gradients", &idle),
    ]
    .concat()
}

/// What is said about an invariance.
pub fn verdict(found: &Invariance) -> String {
    let deviation = format!("{:.0e}", found.deviation);
    match (found.verdict, found.degree) {
        (Verdict::Exact, _) => "yes, to the bit".to_owned(),
        (Verdict::Rounding, _) => format!("yes, to rounding ({deviation})"),
        (Verdict::ButForEps, _) => format!("yes, but for eps ({deviation})"),
        (Verdict::After(1), _) => format!("nearly: within 0.1 % ({deviation})"),
        (Verdict::After(step), _) => format!("in the end: within 0.1 % from step {step} on ({deviation} before)"),
        (Verdict::No, Some(degree)) => format!("no: steps go as the loss to the power {}", short(degree)),
        (Verdict::No, None) => format!("no ({deviation})"),
    }
}

//! What a map shows, as it is asked for.

use anyhow::{Context, Result, bail, ensure};
use sgdlab_core::streams::Key;
use sgdlab_landscapes::surface::Quantity;
use sgdlab_optimizers::{RuleSpec, Sgd};
use sgdlab_samplers::Context as Terms;
use sgdlab_sweeps::{Course, Problem};

use super::paths::sampler;

/// A quantity that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    what: What,
    /// What it is called on axes.
    pub label: String,
    /// What it is, as a sentence says it.
    pub words: String,
    /// What numbers are multiplied by.
    pub factor: f64,
}

#[derive(Clone, Debug, PartialEq)]
enum What {
    Value,
    Batch(Vec<u32>),
    Variance,
    GradientVariance,
    Modified { rate: f64, batch: usize },
}

/// A whole number of terms.
fn count(text: &str, terms: usize, option: &str) -> Result<usize> {
    match text.trim().parse() {
        Ok(size) if (1..=terms).contains(&size) => Ok(size),
        _ => bail!("--quantity {option} is not accepted: a batch has 1 to {terms} of the terms, and not {text}"),
    }
}

impl Asked {
    /// Reads an option.
    pub fn read(text: &str, problem: &Problem, words: &str, key: &Key) -> Result<Self> {
        let (name, rest) = text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest)));
        let terms = problem.terms();
        let asked = |what, label: &str, words: String| Self { what, label: label.to_owned(), words, factor: 1.0 };
        Ok(match (name, rest) {
            ("value", None) => asked(What::Value, "loss", "the loss".to_owned()),
            ("batch", Some(rest)) => {
                let (size, step) = rest.split_once('@').unwrap_or((rest, "0"));
                let size = count(size, terms, text)?;
                let Ok(step) = step.parse::<u64>() else {
                    bail!("--quantity {text} is not accepted: it takes batch:SIZE@STEP with a step from 0 on");
                };
                let batch = drawn(problem, words, (size, step), key)?;
                asked(What::Batch(batch), "loss of a batch", format!("the loss of the batch of {size} of step {step}"))
            }
            ("variance", size) => {
                let size = size.map_or(Ok(1), |size| count(size, terms, text))?;
                let factor = factor(problem, words, size)?;
                let of = if size == 1 { "single terms".to_owned() } else { format!("batches of {size}") };
                let words = format!("the variance of the loss of {of} that {words} draws");
                let asked = asked(What::Variance, "variance of the loss", words);
                Self { factor, ..asked }
            }
            ("gradient-variance", None) => {
                let words = "the variance of the gradients of single terms, tr Σ".to_owned();
                asked(What::GradientVariance, "tr Σ", words)
            }
            ("modified", Some(rest)) => {
                let (rate, size) = rest.split_once(',').unwrap_or((rest, "1"));
                let rate: f64 = rate.trim().parse().unwrap_or(f64::NAN);
                ensure!(
                    rate > 0.0 && rate.is_finite(),
                    "--quantity {text} is not accepted: it takes modified:RATE,SIZE with a rate > 0"
                );
                let batch = count(size, terms, text)?;
                let words = format!("the loss that an epoch of batches of {batch} descends at the rate {rate}");
                asked(What::Modified { rate, batch }, "modified loss", words)
            }
            _ => bail!(
                "--quantity {text} is not accepted: it takes value, batch:SIZE[@STEP], variance[:SIZE], \
                 gradient-variance or modified:RATE[,SIZE]{}",
                crate::words::hint(name, &["value", "batch", "variance", "gradient-variance", "modified"])
            ),
        })
    }

    /// The quantity.
    pub fn quantity(&self) -> Quantity<'_> {
        match &self.what {
            What::Value => Quantity::Value,
            What::Batch(terms) => Quantity::Batch(terms),
            What::Variance => Quantity::ValueVariance,
            What::GradientVariance => Quantity::GradientVariance,
            What::Modified { rate, batch } => Quantity::Modified { rate: *rate, batch: *batch },
        }
    }

    /// Whether it is the value of the objective.
    pub fn is_value(&self) -> bool {
        self.what == What::Value
    }
}

/// The share of the variance of single terms that the first batch of a sampler has, by its exact law.
fn factor(problem: &Problem, words: &str, size: usize) -> Result<f64> {
    let sampler = sampler(words)?;
    let refused = || {
        format!(
            "--sampler {words} does not treat all terms alike, so that the variance of its batches is no share of that \
             of terms: reshuffle and with-replacement have one"
        )
    };
    let wants = sampler.wants();
    ensure!(!wants.norms && !wants.smoothness && !wants.feedback, refused());
    let context = Terms {
        terms: problem.terms(),
        parameters: problem.layout().size(),
        classes: problem.classes(),
        norms: None,
        smoothness: None,
    };
    let law = sampler.law(&context, size).with_context(|| format!("--sampler {words}"))?;
    law.factor(0, 0).with_context(refused)
}

/// The batch of a step, as rules that run here are given it.
fn drawn(problem: &Problem, words: &str, (size, step): (usize, u64), key: &Key) -> Result<Vec<u32>> {
    let sampler = sampler(words)?;
    ensure!(
        !sampler.wants().feedback,
        "--sampler {words} orders batches by the gradients of a run: a single batch takes another one"
    );
    let start = sgdlab_sweeps::start(problem, 0);
    let rule = RuleSpec::from(Sgd::default());
    let batches = Some((&sampler, size));
    let batch = Course { rule: &rule, rate: 1.0, start: &start, steps: 0, batches, key: *key }.batch(problem, step)?;
    ensure!(
        batch.weights.is_empty() && !batch.indices.is_empty(),
        "--sampler {words} gives terms weights, or no terms: the loss of a batch takes another one"
    );
    Ok(batch.indices)
}

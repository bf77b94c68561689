//! A class, then a term of it.

use rand::RngCore;
use sgdlab_core::streams::{Key, index};
use sgdlab_core::{Domain, Entry, Hyperparameter, Settings};

use crate::context::by_class;
use crate::draws::{DrawsLaw, weigh};
use crate::error::check_sizes;
use crate::{BatchBuffer, Context, Law, Sampler, SamplerError};

pub(crate) const ENTRY: Entry = Entry {
    name: "class-balanced",
    summary: "Every draw is of a uniformly chosen class, and uniform within it.",
    formula: "pᵢ = 1 / (C n_c) for the n_c terms of each of C classes; i₁ … i_B independent with these probabilities\n\
              reweight = false: E ĝ = (1/C) Σ_c G_c, the mean of the classes' means, so the bias is Σ_c (1/C − n_c/N) G_c; \
              reweight = true: wᵢ = C n_c / N, E ĝ = G\n\
              Cov ĝ = (1/B) (Σ pᵢwᵢ²gᵢgᵢᵀ − (E ĝ)(E ĝ)ᵀ); different steps are independent",
    conventions: "An epoch is ⌈N/B⌉ steps. B may exceed N. Classes without training terms do not count. \
                  Without reweighting what is minimized is the mean over classes, whose minimizer is another one.",
    hyperparameters: &[Hyperparameter {
        name: "reweight",
        meaning: "whether terms are weighted so that the estimate is unbiased",
        domain: Domain::Flag { default: false },
    }],
    dialects: &[],
    cost: "2N indices of memory; two 64-bit words a draw; any step in the same time",
    reference: "Shen, Lin, Huang (2016), Relay backpropagation for effective learning of deep convolutional neural networks \
                (class-aware sampling)",
};

/// Replaces `out` by `batch` terms, each of a uniform one of `classes` and uniform in it.
///
/// `weights` are those of the terms, or empty if all are 1.
///
/// # Panics
/// If there is no class, or it has no term; or there are weights, but not for every term.
pub fn draw((classes, weights): (&[Vec<u32>], &[f64]), batch: usize, rng: &mut impl RngCore, out: &mut BatchBuffer) {
    out.clear();
    for _ in 0..batch {
        let class = &classes[index(rng, classes.len() as u32) as usize];
        out.indices.push(class[index(rng, class.len() as u32) as usize]);
    }
    weigh(weights, out);
}

struct ClassBalanced {
    classes: Vec<Vec<u32>>,
    /// The weight of each term; empty if all are 1.
    weights: Vec<f64>,
    terms: usize,
    batch: usize,
    key: Key,
}

impl Sampler for ClassBalanced {
    fn batches_per_epoch(&self) -> u64 {
        self.terms.div_ceil(self.batch) as u64
    }

    fn largest_batch(&self) -> usize {
        self.batch
    }

    fn fill(&mut self, step: u64, out: &mut BatchBuffer) {
        draw((&self.classes, &self.weights), self.batch, &mut self.key.stream(step), out);
    }
}

/// The terms of each class, and what their draws are like.
fn draws(settings: &Settings, context: &Context<'_>, batch: usize) -> Result<(Vec<Vec<u32>>, DrawsLaw), SamplerError> {
    check_sizes(context.terms, batch)?;
    let classes = by_class(ENTRY.name, context)?;
    let mut probabilities = vec![0.0; context.terms];
    let mut weights = vec![1.0; context.terms];
    for class in &classes {
        for &term in class {
            probabilities[term as usize] = 1.0 / (classes.len() * class.len()) as f64;
            weights[term as usize] = (classes.len() * class.len()) as f64 / context.terms as f64;
        }
    }
    if !settings.flag("reweight") {
        weights.clear();
    }
    Ok((classes, DrawsLaw { probabilities, weights, batch }))
}

pub(crate) fn bind(
    settings: &Settings,
    context: &Context<'_>,
    batch: usize,
    key: Key,
) -> Result<Box<dyn Sampler>, SamplerError> {
    let (classes, DrawsLaw { weights, .. }) = draws(settings, context, batch)?;
    Ok(Box::new(ClassBalanced { classes, weights, terms: context.terms, batch, key }))
}

pub(crate) fn law(settings: &Settings, context: &Context<'_>, batch: usize) -> Result<Law, SamplerError> {
    Ok(draws(settings, context, batch)?.1.law())
}

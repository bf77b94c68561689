//! A fixed number of terms of every stratum.

use rand::RngCore;
use sgdlab_core::streams::Key;
use sgdlab_core::{Domain, Entry, Hyperparameter, Range, Settings};

use crate::context::{by_class, check_length};
use crate::error::check_distinct;
use crate::law::{Moments, subset_factor};
use crate::per_batch::draw_more;
use crate::{BatchBuffer, Context, Law, Sampler, SamplerError, Wants};

pub(crate) const ENTRY: Entry = Entry {
    name: "stratified",
    summary: "Every batch has a fixed number of terms of every stratum, drawn without replacement.",
    formula: "n_h of the N_h terms of stratum h, Σ n_h = B; wᵢ = B N_h / (N n_h)\n\
              E ĝ = G, Cov ĝ = Σ_h (N_h/N)² (S_h / n_h) (N_h − n_h) / (N_h − 1) with S_h the covariance within stratum h; \
              different steps are independent",
    conventions: "allocation = proportional: n_h ∝ N_h; neyman: n_h ∝ N_h σ_h. In whole numbers it is the n_h that make \
                  Σ N_h²σ_h² / n_h smallest among those with 1 ≤ n_h ≤ N_h (σ_h = 1 where proportional). \
                  σ_h is given by deviations; otherwise it is the standard deviation, with divisor N_h, of the norms of \
                  the terms' gradients at the initial point, which is a guess at the spread of gradients. \
                  strata = 0: the classes of the data; k: k contiguous blocks of terms whose sizes differ by at most 1. \
                  As many strata as B at most. An epoch is ⌈N/B⌉ steps, each by itself; the last one is not shorter. B ≤ N.",
    hyperparameters: &[
        Hyperparameter {
            name: "allocation",
            meaning: "how the batch is divided among the strata",
            domain: Domain::Choice { default: "proportional", accepts: &["proportional", "neyman"] },
        },
        Hyperparameter {
            name: "strata",
            meaning: "number of contiguous blocks of terms; 0 for the classes of the data",
            domain: Domain::Integer { default: 0, least: 0 },
        },
        Hyperparameter {
            name: "deviations",
            meaning: "σ_h of each stratum, for allocation = neyman; empty to compute them",
            domain: Domain::Numbers { default: &[], range: Range::at_least(0.0) },
        },
    ],
    dialects: &[],
    cost: "2N + B numbers of memory; B words and 2B swaps a step; any step in the same time. \
           neyman without deviations computes N term gradients before the run, which are not counted.",
    reference: "Neyman (1934), On the two different aspects of the representative method; \
                Wright (2012), The equivalence of Neyman optimum allocation for sampling and equal proportions for \
                apportioning the U.S. House of Representatives (whole numbers); \
                Zhao, Zhang (2014), Accelerating minibatch stochastic gradient descent using stratified sampling",
};

/// What it asks for.
pub(crate) fn wants(settings: &Settings) -> Wants {
    let computes = settings.word("allocation") == "neyman" && settings.numbers("deviations").is_empty();
    Wants { norms: computes, ..Wants::default() }
}

/// The whole n_h from 1 to N_h with Σ n_h = `batch` that make Σ (N_h σ_h)² / n_h smallest.
///
/// The next term goes to the stratum where it gains most: the largest N_h σ_h / √(n (n + 1)).
///
/// # Panics
/// If there are more strata than `batch`, or fewer terms.
#[must_use]
pub fn allocate(sizes: &[usize], deviations: &[f64], batch: usize) -> Vec<usize> {
    assert!(sizes.len() <= batch && batch <= sizes.iter().sum(), "a batch of {batch} of {sizes:?}");
    let mut counts = vec![1; sizes.len()];
    for _ in sizes.len()..batch {
        let gain = |h: usize| {
            let of_stratum = sizes[h] as f64 * deviations[h];
            of_stratum / (counts[h] as f64 * (counts[h] + 1) as f64).sqrt()
        };
        let open = (0..sizes.len()).filter(|&h| counts[h] < sizes[h]);
        let best = open.reduce(|best, h| if gain(h) > gain(best) { h } else { best });
        counts[best.expect("fewer terms are drawn than there are")] += 1;
    }
    counts
}

/// One stratum.
#[derive(Clone, Debug)]
struct Stratum {
    terms: Vec<u32>,
    /// As many as are drawn of it.
    swaps: Vec<u32>,
    weight: f64,
}

/// Strata with what is drawn of each.
#[derive(Clone, Debug)]
pub struct Strata {
    strata: Vec<Stratum>,
    /// Whether any weight is not 1.
    weighted: bool,
}

impl Strata {
    /// The strata of checked settings of this sampler, and its allocation of a batch.
    ///
    /// # Errors
    /// If the context lacks what they need, or the batch is not between the numbers of strata and terms.
    pub fn new(settings: &Settings, context: &Context<'_>, batch: usize) -> Result<Self, SamplerError> {
        let strata = strata(settings, context, batch)?;
        let weighted = strata.iter().any(|stratum| stratum.weight != 1.0);
        Ok(Self { strata, weighted })
    }

    /// n_h, how many terms are drawn of each.
    #[must_use]
    pub fn counts(&self) -> Vec<usize> {
        self.strata.iter().map(|stratum| stratum.swaps.len()).collect()
    }

    /// Replaces `out` by a batch, stratum by stratum.
    pub fn draw(&mut self, rng: &mut impl RngCore, out: &mut BatchBuffer) {
        out.clear();
        for Stratum { terms, swaps, weight } in &mut self.strata {
            draw_more(terms, swaps, rng, out);
            if self.weighted {
                out.weights.resize(out.indices.len(), *weight);
            }
        }
    }
}

struct Stratified {
    strata: Strata,
    terms: usize,
    batch: usize,
    key: Key,
}

impl Sampler for Stratified {
    fn batches_per_epoch(&self) -> u64 {
        self.terms.div_ceil(self.batch) as u64
    }

    fn largest_batch(&self) -> usize {
        self.batch
    }

    fn fill(&mut self, step: u64, out: &mut BatchBuffer) {
        self.strata.draw(&mut self.key.stream(step), out);
    }
}

/// The strata with what is drawn of each.
fn strata(settings: &Settings, context: &Context<'_>, batch: usize) -> Result<Vec<Stratum>, SamplerError> {
    let all = check_distinct(ENTRY.name, context.terms, batch)?;
    let groups = match settings.integer("strata") {
        0 => by_class(ENTRY.name, context)?,
        count if count > batch as u64 => {
            let strata = usize::try_from(count).unwrap_or(usize::MAX);
            return Err(SamplerError::FewerThanStrata { sampler: ENTRY.name, batch, strata });
        }
        count => {
            let start = |k: u64| (k * u64::from(all) / count) as u32;
            (0..count).map(|k| (start(k)..start(k + 1)).collect()).collect()
        }
    };
    if groups.len() > batch {
        return Err(SamplerError::FewerThanStrata { sampler: ENTRY.name, batch, strata: groups.len() });
    }
    let sizes: Vec<usize> = groups.iter().map(Vec::len).collect();
    let counts = allocate(&sizes, &deviations(settings, context, &groups)?, batch);
    let stratum = |(terms, count): (Vec<u32>, usize)| Stratum {
        weight: (batch * terms.len()) as f64 / (context.terms * count) as f64,
        swaps: vec![0; count],
        terms,
    };
    Ok(groups.into_iter().zip(counts).map(stratum).collect())
}

/// σ_h of each stratum.
fn deviations(settings: &Settings, context: &Context<'_>, groups: &[Vec<u32>]) -> Result<Vec<f64>, SamplerError> {
    let given = settings.numbers("deviations");
    if settings.word("allocation") == "proportional" {
        return Ok(vec![1.0; groups.len()]);
    }
    if !given.is_empty() {
        check_length(ENTRY.name, "deviations", given.len(), groups.len())?;
        return Ok(given.to_vec());
    }
    let norms = context.norms;
    let what = "norms of its terms' gradients, or deviations,";
    let norms = norms.ok_or(SamplerError::Unknown { sampler: ENTRY.name, what })?;
    check_length(ENTRY.name, "norms", norms.len(), context.terms)?;
    let deviation = |group: &Vec<u32>| {
        let of_group = || group.iter().map(|&i| norms[i as usize]);
        let mean = of_group().sum::<f64>() / group.len() as f64;
        (of_group().map(|norm| (norm - mean) * (norm - mean)).sum::<f64>() / group.len() as f64).sqrt()
    };
    Ok(groups.iter().map(deviation).collect())
}

/// The law of independent steps.
#[derive(Debug)]
struct StratifiedLaw {
    /// The stratum of each term.
    stratum: Vec<usize>,
    /// N_h and n_h.
    sizes: Vec<(usize, usize)>,
}

impl Moments for StratifiedLaw {
    fn mean(&self, _: u64, _: usize) -> f64 {
        1.0 / self.stratum.len() as f64
    }

    fn covariance(&self, (first, i): (u64, usize), (second, j): (u64, usize)) -> f64 {
        let h = self.stratum[i];
        if first != second || h != self.stratum[j] {
            return 0.0;
        }
        let (size, drawn) = self.sizes[h];
        let share = 1.0 / self.stratum.len() as f64;
        let once = if i == j { size as f64 } else { 0.0 };
        share * share * subset_factor(size, drawn) * (once - 1.0)
    }
}

pub(crate) fn bind(
    settings: &Settings,
    context: &Context<'_>,
    batch: usize,
    key: Key,
) -> Result<Box<dyn Sampler>, SamplerError> {
    Ok(Box::new(Stratified { strata: Strata::new(settings, context, batch)?, terms: context.terms, batch, key }))
}

pub(crate) fn law(settings: &Settings, context: &Context<'_>, batch: usize) -> Result<Law, SamplerError> {
    let strata = strata(settings, context, batch)?;
    let mut stratum = vec![0; context.terms];
    let mut sizes = Vec::new();
    for (h, of_stratum) in strata.into_iter().enumerate() {
        of_stratum.terms.iter().for_each(|&term| stratum[term as usize] = h);
        sizes.push((of_stratum.terms.len(), of_stratum.swaps.len()));
    }
    Ok(Law::general(context.terms, context.terms.div_ceil(batch), StratifiedLaw { stratum, sizes }))
}

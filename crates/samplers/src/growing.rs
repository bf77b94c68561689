//! Batches that grow as the run goes on.

use sgdlab_core::streams::Key;
use sgdlab_core::{Domain, Entry, Hyperparameter, Range, Settings};

use crate::law::Moments;
use crate::{BatchBuffer, Context, Law, Sampler, SamplerError, SamplerSpec, Wants};

pub(crate) const ENTRY: Entry = Entry {
    name: "growing",
    summary: "Every batch is several batches of another sampler, ever more of them.",
    formula: "stage s = 0, 1, …: kₛ = min(limit, round(factorˢ)) batches of base a step, for every epochs or steps; \
              ĝ = (1/k) Σ ĝ_base over them\n\
              E ĝ = (1/k) Σ E ĝ_base, Cov(ĝₛ, ĝₜ) = 1/(kₛkₜ) Σ Σ Cov of base",
    conventions: "The batches of base are used in sequence, without gaps. Estimates are averaged, not terms: where batches of \
                  base differ in size or weights, terms are weighted so. unit = epochs counts epochs of base, rounded up \
                  to whole steps; steps counts steps. Epochs in budgets, logs and tables are epochs of base; for schedules \
                  and estimators that count epochs in steps, an epoch is that of the first stage. \
                  The paper increases the batch where others decay the rate: k takes the place of 1/rate.",
    hyperparameters: &[
        Hyperparameter {
            name: "base",
            meaning: "the sampler whose batches are put together",
            domain: Domain::Item { default: "reshuffle", catalogue: bases },
        },
        Hyperparameter {
            name: "factor",
            meaning: "growth from one stage to the next",
            domain: Domain::Number { default: 2.0, range: Range::at_least(1.01) },
        },
        Hyperparameter {
            name: "every",
            meaning: "length of a stage, in units",
            domain: Domain::Number { default: 1.0, range: Range::above(0.0) },
        },
        Hyperparameter {
            name: "unit",
            meaning: "what a stage is measured in",
            domain: Domain::Choice { default: "epochs", accepts: &["epochs", "steps"] },
        },
        Hyperparameter {
            name: "limit",
            meaning: "most batches of base in a step",
            domain: Domain::Integer { default: 16, least: 1 },
        },
    ],
    dialects: &[],
    cost: "that of base, and room for limit of its batches; k batches a step; any step in the time of base",
    reference: "Smith, Kindermans, Ying, Le (2018), Don't decay the learning rate, increase the batch size",
};

/// All samplers but this one, and those whose batches depend on gradients.
fn bases() -> Vec<&'static Entry> {
    let fixed = |entry: &&Entry| ![ENTRY.name, crate::grab::ENTRY.name].contains(&entry.name);
    crate::entries().into_iter().filter(fixed).collect()
}

fn base(settings: &Settings) -> SamplerSpec {
    SamplerSpec::new(settings.item("base")).expect("an item of the catalogue is a sampler")
}

/// What it asks for.
pub(crate) fn wants(settings: &Settings) -> Wants {
    base(settings).wants()
}

/// From here on every step has `count` batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stage {
    step: u64,
    /// The batches used before.
    batch: u64,
    count: u64,
}

/// The stages of a run; the last one does not end.
#[derive(Clone, Debug)]
struct Stages(Vec<Stage>);

impl Stages {
    fn new(settings: &Settings, batches_per_epoch: u64) -> Self {
        let (factor, every, limit) = (settings.number("factor"), settings.number("every"), settings.integer("limit"));
        let in_epochs = settings.word("unit") == "epochs";
        let mut stages = vec![Stage { step: 0, batch: 0, count: 1 }];
        let (mut stage, mut power) = (stages[0], 1.0);
        while stage.count < limit {
            let length = if in_epochs {
                ((every * batches_per_epoch as f64).round().max(1.0) as u64).div_ceil(stage.count)
            } else {
                every.round().max(1.0) as u64
            };
            power *= factor;
            stage = Stage {
                step: stage.step.saturating_add(length),
                batch: stage.batch.saturating_add(length.saturating_mul(stage.count)),
                count: (power.round() as u64).min(limit),
            };
            stages.push(stage);
        }
        Self(stages)
    }

    /// The first batch of a step, and how many it has.
    fn locate(&self, step: u64) -> (u64, u64) {
        let stage = self.0[self.0.partition_point(|stage| stage.step <= step) - 1];
        (stage.batch.saturating_add((step - stage.step).saturating_mul(stage.count)), stage.count)
    }

    /// The fewest steps that use so many batches.
    fn steps(&self, batches: u64) -> u64 {
        let stage = self.0[self.0.partition_point(|stage| stage.batch <= batches) - 1];
        stage.step + (batches - stage.batch).div_ceil(stage.count)
    }
}

struct Growing {
    base: Box<dyn Sampler>,
    stages: Stages,
    limit: usize,
    /// One batch of base.
    inner: BatchBuffer,
}

impl Sampler for Growing {
    fn batches_per_epoch(&self) -> u64 {
        self.base.batches_per_epoch()
    }

    fn largest_batch(&self) -> usize {
        self.base.largest_batch().saturating_mul(self.limit)
    }

    fn terms_per_epoch(&self) -> u64 {
        self.base.terms_per_epoch()
    }

    fn fill(&mut self, step: u64, out: &mut BatchBuffer) {
        let (first, count) = self.stages.locate(step);
        let inner = &mut self.inner;
        out.clear();
        let mut alike = true;
        for k in 0..count {
            self.base.fill(first.saturating_add(k), inner);
            alike &= inner.weights.is_empty() && inner.scale == 1.0;
            alike &= k == 0 || (k + 1) * inner.indices.len() as u64 == (out.indices.len() + inner.indices.len()) as u64;
            let share = inner.scale / inner.indices.len() as f64;
            out.indices.extend_from_slice(&inner.indices);
            out.weights.extend(inner.weights.iter().map(|weight| share * weight));
            out.weights.resize(out.indices.len(), share);
        }
        if alike {
            return out.weights.clear();
        }
        let whole = out.indices.len() as f64 / count as f64;
        out.weights.iter_mut().for_each(|weight| *weight *= whole);
    }

    fn batches(&self, steps: u64) -> u64 {
        self.stages.locate(steps).0
    }

    fn steps(&self, batches: u64) -> u64 {
        self.stages.steps(batches)
    }
}

#[derive(Debug)]
struct GrowingLaw {
    base: Law,
    stages: Stages,
}

impl GrowingLaw {
    fn batches(&self, step: u64) -> (std::ops::Range<u64>, f64) {
        let (first, count) = self.stages.locate(step);
        (first..first.saturating_add(count), 1.0 / count as f64)
    }
}

impl Moments for GrowingLaw {
    fn mean(&self, step: u64, term: usize) -> f64 {
        let (batches, share) = self.batches(step);
        batches.map(|batch| share * self.base.weight_mean(batch, term)).sum()
    }

    fn covariance(&self, (first, i): (u64, usize), (second, j): (u64, usize)) -> f64 {
        let ((ones, share), (others, other_share)) = (self.batches(first), self.batches(second));
        let pairs = ones.flat_map(|one| others.clone().map(move |other| (one, other)));
        pairs.map(|(one, other)| share * other_share * self.base.weight_covariance((one, i), (other, j))).sum()
    }
}

pub(crate) fn bind(
    settings: &Settings,
    context: &Context<'_>,
    batch: usize,
    key: Key,
) -> Result<Box<dyn Sampler>, SamplerError> {
    let base = base(settings).bind(context, batch, key)?;
    let stages = Stages::new(settings, base.batches_per_epoch());
    let inner = BatchBuffer::with_capacity(base.largest_batch());
    let limit = usize::try_from(settings.integer("limit")).unwrap_or(usize::MAX);
    Ok(Box::new(Growing { base, stages, limit, inner }))
}

pub(crate) fn law(settings: &Settings, context: &Context<'_>, batch: usize) -> Result<Law, SamplerError> {
    let base = base(settings).law(context, batch)?;
    let stages = Stages::new(settings, base.batches_per_epoch());
    let batches = base.batches_per_epoch() as usize;
    Ok(Law::general(context.terms, batches, GrowingLaw { base, stages }))
}

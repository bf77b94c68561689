//! What `compare` finds, typed: everything that text, tables, figures and pages are made of.
//!
//! Scores are costs of a target, or values of the metric where no target is compared; smaller is better, and a metric
//! that is maximized is negated ([`Measure::written`] gives it back).
//! +∞ is the score of a run that diverged, failed, or did not reach the target.

use crate::reading::{Facts, Measure, Target};
use crate::statistics::{GoodRange, Interval, PairedTest, Steps, WinnersCurse};

/// Which replicates settings are chosen on, and which they are scored on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// The replicates that settings are chosen on, ascending.
    pub tuning: Vec<u32>,
    /// The replicates that they are scored on, ascending; the same ones if the split is not honest.
    pub fresh: Vec<u32>,
}

impl Split {
    /// Whether no replicate is used twice.
    #[must_use]
    pub fn is_honest(&self) -> bool {
        self.tuning.iter().all(|replicate| !self.fresh.contains(replicate))
    }
}

/// Everything that was found in one result.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// How people call the result.
    pub name: String,
    /// The folder or file.
    pub path: String,
    /// What was asked.
    pub question: Option<String>,
    /// What the manifest says.
    pub facts: Facts,
    /// What is compared by.
    pub measure: Measure,
    /// Costs above are not reached.
    pub budget: Option<f64>,
    /// How replicates were used.
    pub split: Split,
    /// The key of everything that was drawn.
    pub key: String,
    /// How many runs there are.
    pub runs: usize,
    /// How many of them diverged.
    pub diverged: usize,
    /// How many of them failed.
    pub failed: usize,
    /// All rules, best first over all problems.
    pub rules: Vec<String>,
    /// The rules on each problem, in the order of the table.
    pub contests: Vec<Contest>,
    /// Every combination with the scores of all its replicates, in the order of the table.
    pub combinations: Vec<Combination>,
    /// What the numbers of [`Combination::axes`] are called.
    pub words: [Vec<String>; 8],
    /// The first of [`rules`](Self::rules) against each other rule, in their order, in one scope after the other; none
    /// with a single rule.
    pub pairs: Vec<Pair>,
    /// The scope that the verdict is about: [`Scope::Chosen`] where that has pairs enough for a p-value of 5 %, or there
    /// are no other settings.
    pub scope: Scope,
    /// Friedman's test with Nemenyi's critical difference; `None` with fewer than three blocks or two rules.
    pub ranks: Option<Ranks>,
    /// How often each rule is how close to the best; `None` without targets that are reached.
    pub profiles: Option<Profiles>,
    /// How the ranking depends on target and budget.
    pub outlook: Vec<Outlook>,
    /// What it all says.
    pub verdict: Verdict,
    /// What is not as it should be.
    pub warnings: Vec<String>,
}

/// The rules on one problem.
#[derive(Clone, Debug)]
pub struct Contest {
    /// The problem.
    pub problem: String,
    /// What they are scored by.
    pub criterion: Criterion,
    /// The axes beside rule and rate that have several values, as columns are called.
    pub varies: Vec<String>,
    /// Each rule at the setting that is chosen for it, best first.
    pub standings: Vec<Standing>,
    /// For each rule, in the order of `standings`, how its score depends on the rate at the chosen setting.
    pub sensitivity: Vec<Sensitivity>,
    /// For each rule, in the order of `standings`, its metric against costs; empty if there are no rows.
    pub curves: Vec<Curve>,
    /// For each rule, in the order of `standings`, the share of (run, target) pairs that are reached; empty if there
    /// are no rows.
    pub reach: Vec<Reach>,
    /// The targets of `reach`, from the easiest on, as the metric is written.
    pub ladder: Vec<f64>,
}

/// What rules are scored by on a problem.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    /// The target whose cost is the score; `None` if the score is the metric itself.
    pub target: Option<Target>,
    /// The column of [`Runs`](crate::Runs) with the scores.
    pub column: String,
    /// What a score is: `term gradients until test error ≤ 0.04`, `final value`.
    pub title: String,
    /// Whether scores are compared by their ratio; by their difference otherwise.
    pub ratio: bool,
}

/// One combination, apart from problem and rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Setting {
    /// The values of [`AXES`](crate::AXES).
    pub axes: [String; 8],
    /// The values of the axes that vary, apart from rule and rate, with spaces between; empty if none does.
    pub text: String,
}

impl Setting {
    /// The rate, if it is a number.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        self.axes[7].parse().ok()
    }
}

/// Scores of replicates put together, with how many there are.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// The scores, by replicate.
    pub each: Vec<(u32, f64)>,
    /// How many runs diverged.
    pub diverged: usize,
    /// How many runs failed.
    pub failed: usize,
    /// How many scores are finite: runs that reached the target, or have a value.
    pub finite: usize,
    /// The median.
    pub median: f64,
    /// The mean.
    pub mean: f64,
    /// The interquartile mean.
    pub iqm: f64,
    /// The lower quartile.
    pub q25: f64,
    /// The upper quartile.
    pub q75: f64,
    /// The smallest score.
    pub least: f64,
    /// The largest score.
    pub most: f64,
    /// The 95 % interval of the median by the bias-corrected and accelerated bootstrap; `None` below six runs, whose
    /// smallest and largest score enclose the median with less than that, and of order statistics above 1000 runs.
    pub interval: Option<Interval>,
    /// The 95 % interval of the median by the percentile bootstrap; `None` below six runs.
    pub percentile: Option<Interval>,
}

impl Scores {
    /// How many runs there are.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.each.len()
    }

    /// The interval, or the range where there are too few runs for one.
    #[must_use]
    pub fn low_high(&self) -> (f64, f64) {
        self.interval.map_or((self.least, self.most), |interval| (interval.low, interval.high))
    }
}

/// A combination with the scores of all its replicates, by the criterion of its problem.
#[derive(Clone, Debug, PartialEq)]
pub struct Combination {
    /// Its values of [`AXES`](crate::AXES), by number.
    pub axes: [u32; 8],
    /// The scores; without intervals where there are so many combinations that resampling would take minutes.
    pub scores: Scores,
}

/// What a target costs in other units; medians over the fresh replicates, +∞ where it is not reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Costs {
    /// Updates.
    pub steps: f64,
    /// Passes over the data; NaN if not known.
    pub epochs: f64,
    /// Evaluations; NaN if not known.
    pub evaluations: f64,
    /// Seconds, of the run's time the share of its steps; NaN if not known.
    pub seconds: f64,
    /// The average runtime with restarts, in the unit of the score: what all runs paid for each that reached the target.
    pub art: f64,
}

/// A rule on a problem at the setting that is chosen for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The rule.
    pub rule: String,
    /// The setting with the smallest median on the tuning replicates.
    pub setting: Setting,
    /// Its place, from 1; rules with the same median share the mean of their places.
    pub place: f64,
    /// The scores of the fresh replicates there.
    pub fresh: Scores,
    /// The scores of the tuning replicates there.
    pub tuning: Scores,
    /// What the target costs; `None` if the score is the metric.
    pub costs: Option<Costs>,
    /// How many settings were tried.
    pub trials: usize,
    /// Of all runs of the rule on the problem, how many there are.
    pub all_runs: usize,
    /// Of all runs of the rule on the problem, how many diverged.
    pub all_diverged: usize,
    /// Of all runs of the rule on the problem, how many failed.
    pub all_failed: usize,
    /// How much better the chosen setting looked where it was chosen; `None` if the split is not honest.
    pub curse: Option<WinnersCurse>,
    /// The rates around the best one whose median is at most [`GOOD`](crate::GOOD) times its; `None` with one rate, or
    /// if no rate is any good.
    pub good: Option<GoodRange>,
    /// Whether the chosen rate is the smallest or largest that was tried: a better one may be outside.
    pub at_edge: bool,
    /// The scores of the fresh replicates at the default rate and at the best setting apart from it; `None` if it is
    /// not known or was not tried.
    pub default: Option<(f64, Scores)>,
    /// For k = 1, 2, …, the expected and the median smallest score of k settings that are drawn without replacement, by
    /// their medians on the fresh replicates.
    pub best_of: Vec<(usize, f64, f64)>,
}

/// How the score depends on the rate, at the setting that is chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensitivity {
    /// The rule.
    pub rule: String,
    /// The setting; its rate is the chosen one.
    pub setting: Setting,
    /// By ascending rate, the scores of all replicates.
    pub rates: Vec<(f64, Scores)>,
}

/// The metric of a rule at its chosen setting against costs, over fresh replicates.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The rule.
    pub rule: String,
    /// The setting.
    pub setting: Setting,
    /// How many runs are behind it.
    pub runs: usize,
    /// The points, by ascending cost.
    pub points: Vec<CurvePoint>,
}

/// The metric of several runs at one cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// The cost, in the unit of the measure.
    pub cost: f64,
    /// The median of the metric, as it is written; runs that diverged or failed are infinite from their last row on.
    pub median: f64,
    /// The smaller quartile.
    pub q25: f64,
    /// The larger quartile.
    pub q75: f64,
}

/// The share of (run, target) pairs that a rule has reached by a cost, at its chosen setting over fresh replicates; runs
/// that diverged or failed reach nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Reach {
    /// The rule.
    pub rule: String,
    /// How many runs are behind it.
    pub runs: usize,
    /// By cost, the share.
    pub share: Steps,
}

/// Where rules are compared with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Each at the setting that is chosen for it on the problem.
    Chosen,
    /// In every setting of sampler, batch size and the like, each at the rate that is chosen for it there.
    Everywhere,
}

impl Scope {
    /// Its name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chosen => "chosen setting",
            Self::Everywhere => "every setting",
        }
    }
}

/// The leader against another rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// Where they are compared.
    pub scope: Scope,
    /// The leader.
    pub leader: String,
    /// The other rule.
    pub rule: String,
    /// How many pairs there are: one for each problem, sampler, batch size and fresh replicate that both have. Runs of
    /// one pair that differ otherwise, in precision or schedule say, are put together by the pseudo-median.
    pub pairs: usize,
    /// Whether the runs of all pairs have the same sampler and batch size, and so share their batches.
    pub shared: bool,
    /// How many blocks (problem and setting apart from the rate) the pairs are from.
    pub blocks: usize,
    /// In how many pairs the leader has the smaller score.
    pub wins: usize,
    /// In how many pairs both have the same, or neither reaches the target.
    pub ties: usize,
    /// The other rule's scores in units of the leader's, as the pseudo-median over pairs; or the difference, other minus
    /// leader, where scores are compared so. With `interval` and `p_value` it is what
    /// [`signed_rank`](crate::statistics::signed_rank) says of the log-ratios or differences, where one with an infinite
    /// score is the largest there is, and one of two infinite scores 0.
    pub effect: f64,
    /// The 95 % interval of `effect`; `None` below six pairs.
    pub interval: Option<Interval>,
    /// The p-value that belongs to `effect`: at most 5 % exactly if `interval` is on one side of no difference.
    pub p_value: f64,
    /// The mean instead, geometric for ratios; infinite if more pairs are reached by the leader alone than by the other alone.
    pub mean: f64,
    /// The median instead.
    pub typical: f64,
    /// The 95 % percentile interval of `typical`; `None` below six pairs.
    pub typical_interval: Option<Interval>,
    /// The sign-flip test of the log-ratios or differences, which is about their mean.
    pub sign_flip: Option<PairedTest>,
    /// Wilcoxon's test of the same, without pairs that tie.
    pub wilcoxon: Option<PairedTest>,
    /// `p_value` after Holm's correction for all of the leader's pairs.
    pub adjusted: f64,
    /// The probability that a run of the leader has a smaller score than one of the other, ties by half, over blocks.
    pub improvement: f64,
    /// The effect that this many pairs detect with 80 % probability, by the paired t-test; infinite where the sign-flip
    /// test of so few pairs has no p-value of 5 %.
    pub detectable: f64,
}

/// Friedman's test over blocks, each rule at its best rate in every block.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranks {
    /// What the blocks are: `problems`, or `settings`, which are problem and setting.
    pub over: String,
    /// How many blocks there are.
    pub blocks: usize,
    /// Rules by mean rank, best first.
    pub mean_ranks: Vec<(String, f64)>,
    /// Friedman's statistic.
    pub statistic: f64,
    /// Its p-value by χ².
    pub p_value: f64,
    /// The p-value of Iman and Davenport's F.
    pub iman_davenport: f64,
    /// The p-value by counting all orders; `None` if there are too many.
    pub exact: Option<f64>,
    /// Mean ranks that differ by less cannot be told apart at 5 %; NaN if not defined.
    pub critical_difference: f64,
}

impl Ranks {
    /// Whose p-value [`best_p_value`](Self::best_p_value) is.
    #[must_use]
    pub fn best_p_name(&self) -> &'static str {
        if self.exact.is_some() { "Friedman's test, exact" } else { "Friedman's test in Iman and Davenport's form" }
    }

    /// The p-value that is most to be trusted.
    #[must_use]
    pub fn best_p_value(&self) -> f64 {
        self.exact.unwrap_or(self.iman_davenport)
    }
}

/// Performance profiles: instances are problem, setting and fresh replicate.
#[derive(Clone, Debug, PartialEq)]
pub struct Profiles {
    /// How many instances there are.
    pub instances: usize,
    /// By rule, the share of instances within a factor of the best cost (Dolan and Moré).
    pub performance: Vec<(String, Steps)>,
    /// The same without the leader, which moves what the others are compared with.
    pub without_leader: Vec<(String, Steps)>,
    /// The rule that was left out there.
    pub leader: Option<String>,
    /// By rule, the share of instances solved within a cost in [`data_unit`](Self::data_unit) (Moré and Wild).
    pub data: Vec<(String, Steps)>,
    /// The unit of costs in `data`: `epochs`, or that of the measure.
    pub data_unit: String,
    /// By rule, the area under its performance profile from 1 to 4, in units of 3 (AlgoPerf's score).
    pub scores: Vec<(String, f64)>,
}

/// The ranking for one target within one budget, or of values where there is no target.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// The problem.
    pub problem: String,
    /// The target, as the metric is written; `None` for the best value within the budget.
    pub target: Option<f64>,
    /// The budget, in the unit of the measure.
    pub budget: f64,
    /// How much of the longest run of the problem that is.
    pub share: f64,
    /// Best first: rule, rate and setting, scores of the fresh replicates.
    pub ranking: Vec<(String, Setting, Scores)>,
}

/// What it all says, as sentences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The one sentence, with its uncertainty.
    pub sentence: String,
    /// What else has to be said, most important first.
    pub notes: Vec<String>,
}

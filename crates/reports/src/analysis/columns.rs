//! Every column of every table of a comparison, documented once.

use super::tables::{Making, NamedTable};

/// Columns with their meaning; those of several tables are said once.
pub(super) const COLUMNS: [(&str, &str); 88] = [
    ("problem", "the problem"),
    ("precision", "the number type"),
    ("sampler", "how batches are drawn"),
    ("batch_size", "terms per batch"),
    ("estimator", "how a gradient is made of the batch"),
    ("schedule", "how the rate changes"),
    ("rule", "the update rule"),
    ("rate", "the base rate"),
    ("score", "ranking: what a score is; ranks: area under the performance profile from 1 to 4, in units of 3"),
    ("place", "place of the rule, from 1; equal medians share the mean of their places"),
    ("settings", "how many settings were tried"),
    ("runs", "runs behind the row; in shifts pairs of runs, or the runs of the smaller result"),
    ("reached", "of them, runs with a finite score"),
    ("diverged", "of them, runs that diverged"),
    ("failed", "of them, runs that failed"),
    ("median", "median of the scores; diverged, failed and unreached runs are inf"),
    ("mean", "mean of the scores"),
    ("iqm", "mean of the middle half of the scores"),
    ("q25", "lower quartile, by linear interpolation between order statistics"),
    ("q75", "upper quartile"),
    ("iqr", "q75 - q25"),
    ("least", "smallest score"),
    ("most", "largest score"),
    ("low", "lower end of the 95 % interval: of the median by the BCa bootstrap in scores, of the effect otherwise"),
    ("high", "upper end of the same"),
    ("percentile_low", "lower end of the 95 % interval of the median by the percentile bootstrap"),
    ("percentile_high", "upper end of the same"),
    ("tuning_runs", "runs that the setting was chosen on"),
    ("tuning_median", "their median"),
    ("fresh_over_tuning", "median over tuning_median: how much better the setting looked where it was chosen"),
    ("steps", "median updates to the target"),
    ("epochs", "median passes over the data to the target: of the run's epochs the share of its steps"),
    ("evaluations", "median evaluations to the target"),
    ("seconds", "median seconds to the target: of the run's seconds the share of its steps, unless rows have seconds"),
    ("art", "average runtime: what all runs paid, divided by the number of those that reached the target"),
    ("all_runs", "runs of the rule on the problem, at all settings"),
    ("all_diverged", "of them, runs that diverged"),
    ("all_failed", "of them, runs that failed"),
    ("good_low", "smallest rate around the best one whose median over all replicates is within twice the best"),
    ("good_high", "largest such rate"),
    ("good_decades", "log10(good_high / good_low)"),
    ("at_edge", "whether the chosen rate is the smallest or largest that was tried"),
    ("default_rate", "the rate that people use without tuning, if it is known and was tried"),
    ("default_median", "the median score at it, at the best setting apart from it"),
    ("default_runs", "the runs behind default_median"),
    ("leader", "the rule that ranks first"),
    (
        "scope",
        "chosen setting: each at the setting chosen for it; every setting: each at its best rate in each of them",
    ),
    ("pairs", "pairs: one for each problem, sampler, batch size and fresh replicate"),
    ("blocks", "blocks that the row is from: problem, or problem and setting"),
    ("shared_batches", "whether the runs of all pairs have the same sampler and batch size, and so the same batches"),
    ("wins", "pairs in which the leader has the smaller score"),
    ("ties", "pairs in which both have the same"),
    (
        "effect",
        "the other's scores in units of the leader's (shifts: after in units of before), or the difference: \
         Hodges-Lehmann's pseudo-median of the pairs (shifts: of the units)",
    ),
    ("median_effect", "the median instead of the pseudo-median"),
    ("median_low", "lower end of its 95 % percentile interval"),
    ("median_high", "upper end of the same"),
    (
        "sign_flip_p",
        "p-value of the two-sided sign-flip test of the log-ratios or differences, which is about mean_effect",
    ),
    ("wilcoxon_p", "p-value of Wilcoxon's signed-rank test of the same without ties"),
    ("holm_p", "p after Holm's correction: pairs of one scope, or all rules"),
    ("probability_of_improvement", "probability that a run of the leader beats one of the rule, ties by half"),
    ("detectable_effect", "the mean effect that so many pairs find with 80 % probability at 5 %"),
    ("chosen", "whether the rate is the chosen one"),
    ("trials", "k: settings that are drawn without replacement"),
    ("expected_best", "expected smallest of the medians of k settings over fresh replicates"),
    ("median_best", "median smallest of the same"),
    ("target", "the target; empty for the best value within the budget"),
    ("budget", "costs above are not reached"),
    ("share_of_longest", "the budget in units of the longest run of the problem"),
    ("over", "what blocks are: problems, or settings, which are problem and setting"),
    ("mean_rank", "mean rank over blocks, 1 is best"),
    ("critical_difference", "mean ranks that differ by less cannot be told apart (Nemenyi, 5 %)"),
    ("friedman", "Friedman's statistic, corrected for ties"),
    ("friedman_p", "its p-value by chi squared"),
    ("iman_davenport_p", "the p-value of Iman and Davenport's F"),
    ("exact_p", "the p-value by counting all orders; empty if there are too many"),
    ("profile", "which profile"),
    ("instances", "problem, setting and fresh replicate: how many there are"),
    ("x", "ratio to the best cost, or cost"),
    ("share", "share of instances, or of runs and targets, from there on"),
    ("targets", "targets of the ladder, from the start of the runs to the best value of any"),
    ("cost", "cost, in the unit of scores"),
    ("setting", "rate and what else varies"),
    ("key", "what changed, as plans and manifests call it"),
    ("before", "what it was"),
    ("after", "what it is"),
    ("same", "pairs with the same score"),
    ("combinations", "combinations that both have"),
    ("units", "independent units: problem, sampler, batch size and replicate"),
];

/// Further columns, of results side by side.
pub(super) const MORE: [(&str, &str); 10] = [
    ("paired", "whether pairs share their random numbers"),
    ("smaller", "pairs with a smaller score in the second result"),
    ("gained", "pairs with a finite score in the second result only"),
    ("lost", "pairs with a finite score in the first result only"),
    ("mean_effect", "the mean instead, geometric for ratios; inf or 0 if more pairs are reached by one rule alone"),
    (
        "p",
        "signed-rank test of the effect, at most 0.05 if low to high is on one side of no effect; of unpaired results permutation test of the ranks of units",
    ),
    ("runs_before", "runs of the first result"),
    ("runs_after", "runs of the second result"),
    ("median_before", "median score in the first result"),
    ("median_after", "median score in the second result"),
];

/// The columns of tables with what they mean, as a table.
pub(super) fn explained(tables: &[NamedTable]) -> NamedTable {
    let mut making = Making::new("columns", "what every column means", &["table", "column", "meaning"]);
    for NamedTable { table, .. } in tables.iter().filter(|named| !named.table.rows.is_empty()) {
        for column in &table.columns {
            let meaning =
                COLUMNS.iter().chain(&MORE).find(|(name, _)| name == column).map_or("", |(_, meaning)| meaning);
            making.row(vec![table.name.clone(), column.clone(), meaning.to_owned()]);
        }
    }
    making.0
}

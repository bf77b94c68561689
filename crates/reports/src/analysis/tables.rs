//! What was found, as tables.

use super::columns::explained;
use super::findings::{Comparison, Contest, Outlook, Pair, Scores, Setting, Standing};
use crate::runs::AXES;
use crate::statistics::{Interval, Steps, ranks};
use crate::table::Table;

/// A table that is written to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedTable {
    /// What a row is, for people.
    pub caption: String,
    /// The table; its name is that of its file without an ending.
    pub table: Table,
}

/// A table that is being made.
pub(super) struct Making(pub(super) NamedTable);

impl Making {
    pub(super) fn new(name: &str, caption: &str, columns: &[&str]) -> Self {
        let columns = columns.iter().map(|&column| column.to_owned()).collect();
        Self(NamedTable {
            caption: caption.to_owned(),
            table: Table { name: name.to_owned(), columns, rows: Vec::new() },
        })
    }

    pub(super) fn row(&mut self, fields: Vec<String>) {
        debug_assert_eq!(fields.len(), self.0.table.columns.len());
        self.0.table.rows.push(fields.into());
    }
}

/// A number as tables have it: the shortest digits that read as it, nothing for NaN.
pub(super) fn number(x: f64) -> String {
    match x {
        x if x.is_nan() => String::new(),
        x if x == x.trunc() && x.abs() < 1e15 => format!("{x}"),
        x if x.is_infinite() => format!("{x}"),
        x => format!("{x:?}"),
    }
}

fn optional(x: Option<f64>) -> String {
    x.map_or_else(String::new, number)
}

fn ends(interval: Option<Interval>) -> [String; 2] {
    [optional(interval.map(|interval| interval.low)), optional(interval.map(|interval| interval.high))]
}

/// How the columns of [`Scores`] are called.
const SCORES: [&str; 16] = [
    "runs",
    "reached",
    "diverged",
    "failed",
    "median",
    "mean",
    "iqm",
    "q25",
    "q75",
    "iqr",
    "least",
    "most",
    "low",
    "high",
    "percentile_low",
    "percentile_high",
];

impl Comparison {
    /// Everything as tables, by the names of their files.
    #[must_use]
    pub fn tables(&self) -> Vec<NamedTable> {
        let tables = [
            self.ranking(),
            self.pairs_table(),
            self.combinations_table(),
            self.sensitivity(),
            self.best_of(),
            self.outlook_table(),
            self.ranks_table(),
            self.profiles_table(),
            self.reach(),
            self.curves(),
        ];
        let mut tables: Vec<NamedTable> = tables.into_iter().map(|Making(table)| table).collect();
        tables.push(explained(&tables));
        tables
    }

    /// Scores as the metric is written, where the score is the metric.
    fn score(&self, contest: &Contest, x: f64) -> f64 {
        self.written(contest.criterion.target.is_some(), x)
    }

    fn written(&self, cost: bool, x: f64) -> f64 {
        if cost { x } else { self.measure.written(x) }
    }

    fn scores(&self, cost: bool, scores: &Scores) -> Vec<String> {
        let of = |x: f64| number(self.written(cost, x));
        let turn = |interval: Option<Interval>| {
            let [low, high] =
                [interval.map(|i| i.low), interval.map(|i| i.high)].map(|x| x.map(|x| self.written(cost, x)));
            let turned = !cost && self.measure.maximize;
            if turned { [optional(high), optional(low)] } else { [optional(low), optional(high)] }
        };
        let turned = !cost && self.measure.maximize;
        let pair = |a: f64, b: f64| if turned { [of(b), of(a)] } else { [of(a), of(b)] };
        let [q25, q75] = pair(scores.q25, scores.q75);
        let [least, most] = pair(scores.least, scores.most);
        let counts = [scores.runs(), scores.finite, scores.diverged, scores.failed].map(|n| n.to_string());
        let iqr = number(crate::statistics::difference(scores.q75, scores.q25));
        let mut fields = counts.to_vec();
        fields.extend([of(scores.median), of(scores.mean), of(scores.iqm), q25, q75, iqr, least, most]);
        fields.extend(turn(scores.interval));
        fields.extend(turn(scores.percentile));
        fields
    }

    fn ranking(&self) -> Making {
        let mut columns = vec!["problem", "score", "place", "rule"];
        columns.extend(&AXES[1..6]);
        columns.extend(["rate", "settings"]);
        columns.extend(SCORES);
        columns.extend([
            "tuning_runs",
            "tuning_median",
            "fresh_over_tuning",
            "steps",
            "epochs",
            "evaluations",
            "seconds",
            "art",
            "all_runs",
            "all_diverged",
            "all_failed",
            "good_low",
            "good_high",
            "good_decades",
            "at_edge",
            "default_rate",
            "default_median",
            "default_runs",
        ]);
        let mut table = Making::new("ranking", "each rule at its chosen setting", &columns);
        for contest in &self.contests {
            for standing in &contest.standings {
                table.row(self.ranking_row(contest, standing));
            }
        }
        table
    }

    fn ranking_row(&self, contest: &Contest, standing: &Standing) -> Vec<String> {
        let cost = contest.criterion.target.is_some();
        let mut row = vec![contest.problem.clone(), contest.criterion.title.clone(), number(standing.place)];
        row.push(standing.rule.clone());
        row.extend_from_slice(&standing.setting.axes[1..6]);
        row.extend([standing.setting.axes[7].clone(), standing.trials.to_string()]);
        row.extend(self.scores(cost, &standing.fresh));
        row.push(standing.tuning.runs().to_string());
        row.push(number(self.score(contest, standing.tuning.median)));
        row.push(optional(standing.curse.and_then(|curse| curse.ratio()).filter(|_| contest.criterion.ratio)));
        let costs =
            standing.costs.map(|costs| [costs.steps, costs.epochs, costs.evaluations, costs.seconds, costs.art]);
        row.extend(costs.unwrap_or([f64::NAN; 5]).map(number));
        row.extend([standing.all_runs, standing.all_diverged, standing.all_failed].map(|n| n.to_string()));
        let good = standing.good.map(|good| [good.low, good.high, good.decades()]);
        row.extend(good.unwrap_or([f64::NAN; 3]).map(number));
        row.push(standing.at_edge.to_string());
        let default = standing.default.as_ref();
        row.push(optional(default.map(|(rate, _)| *rate)));
        row.push(optional(default.map(|(_, scores)| self.score(contest, scores.median))));
        row.push(default.map_or_else(String::new, |(_, scores)| scores.runs().to_string()));
        row
    }

    fn pairs_table(&self) -> Making {
        let columns = [
            "leader",
            "rule",
            "scope",
            "pairs",
            "blocks",
            "shared_batches",
            "wins",
            "ties",
            "effect",
            "low",
            "high",
            "p",
            "mean_effect",
            "median_effect",
            "median_low",
            "median_high",
            "sign_flip_p",
            "wilcoxon_p",
            "holm_p",
            "probability_of_improvement",
            "detectable_effect",
        ];
        let mut table = Making::new("pairs", "the leader against each other rule", &columns);
        for pair in &self.pairs {
            let Pair { leader, rule, scope, pairs, blocks, shared, wins, ties, effect, interval, .. } = pair;
            let mut row = vec![leader.clone(), rule.clone(), scope.name().to_owned()];
            row.extend([pairs.to_string(), blocks.to_string(), shared.to_string(), wins.to_string(), ties.to_string()]);
            row.push(number(*effect));
            row.extend(ends(*interval));
            row.extend([pair.p_value, pair.mean, pair.typical].map(number));
            row.extend(ends(pair.typical_interval));
            row.extend([pair.sign_flip, pair.wilcoxon].map(|test| optional(test.map(|test| test.p_value))));
            row.extend([pair.adjusted, pair.improvement, pair.detectable].map(number));
            table.row(row);
        }
        table
    }

    fn combinations_table(&self) -> Making {
        let columns: Vec<&str> = AXES.iter().chain(&SCORES).copied().collect();
        let mut table = Making::new("combinations", "every combination over all of its replicates", &columns);
        let cost_of = |problem: &str| {
            let contest = self.contests.iter().find(|contest| contest.problem == problem);
            contest.is_none_or(|contest| contest.criterion.target.is_some())
        };
        let costs: Vec<bool> = self.words[0].iter().map(|problem| cost_of(problem)).collect();
        for combination in &self.combinations {
            let mut row: Vec<String> = combination
                .axes
                .iter()
                .zip(&self.words)
                .map(|(&number, words)| words[number as usize].clone())
                .collect();
            row.extend(self.scores(costs[combination.axes[0] as usize], &combination.scores));
            table.row(row);
        }
        table
    }

    fn sensitivity(&self) -> Making {
        let mut columns = vec!["problem", "rule"];
        columns.extend(&AXES[1..6]);
        columns.extend(["rate", "chosen"]);
        columns.extend(SCORES);
        let mut table = Making::new("rates", "scores by rate, at the chosen setting", &columns);
        for contest in &self.contests {
            for sensitivity in &contest.sensitivity {
                for (rate, scores) in &sensitivity.rates {
                    let mut row = vec![contest.problem.clone(), sensitivity.rule.clone()];
                    row.extend_from_slice(&sensitivity.setting.axes[1..6]);
                    row.extend([number(*rate), (sensitivity.setting.rate() == Some(*rate)).to_string()]);
                    row.extend(self.scores(contest.criterion.target.is_some(), scores));
                    table.row(row);
                }
            }
        }
        table
    }

    fn best_of(&self) -> Making {
        let columns = ["problem", "rule", "settings", "trials", "expected_best", "median_best"];
        let mut table = Making::new("tuning", "the best of so many settings", &columns);
        for contest in &self.contests {
            for standing in &contest.standings {
                for &(trials, expected, median) in &standing.best_of {
                    let [expected, median] = [expected, median].map(|x| number(self.score(contest, x)));
                    let counts = [standing.trials, trials].map(|n| n.to_string());
                    let [settings, trials] = counts;
                    let names = [contest.problem.clone(), standing.rule.clone()];
                    table.row(names.into_iter().chain([settings, trials, expected, median]).collect());
                }
            }
        }
        table
    }

    fn outlook_table(&self) -> Making {
        let mut columns = vec!["problem", "target", "budget", "share_of_longest", "place", "rule"];
        columns.extend(&AXES[1..6]);
        columns.push("rate");
        columns.extend(SCORES);
        let caption = "the ranking by target and budget";
        let mut table = Making::new("outlook", caption, &columns);
        for Outlook { problem, target, budget, share, ranking } in &self.outlook {
            let medians: Vec<f64> = ranking.iter().map(|(.., scores)| scores.median).collect();
            // Without fresh runs there is no median, and the place is the last.
            let known: Vec<f64> = medians.iter().map(|x| if x.is_nan() { f64::INFINITY } else { *x }).collect();
            let places = ranks(&known).unwrap_or_default();
            for ((rule, setting, scores), place) in ranking.iter().zip(places) {
                let mut row = vec![problem.clone(), optional(*target), number(*budget), number(*share)];
                row.extend([number(place), rule.clone()]);
                row.extend_from_slice(&setting.axes[1..6]);
                row.push(setting.axes[7].clone());
                row.extend(self.scores(target.is_some(), scores));
                table.row(row);
            }
        }
        table
    }

    fn ranks_table(&self) -> Making {
        let columns = [
            "over",
            "blocks",
            "rule",
            "mean_rank",
            "critical_difference",
            "friedman",
            "friedman_p",
            "iman_davenport_p",
            "exact_p",
            "score",
        ];
        let mut table = Making::new("ranks", "mean ranks over blocks, and AlgoPerf's score", &columns);
        let score = |rule: &str| {
            let scores = self.profiles.iter().flat_map(|profiles| &profiles.scores);
            optional(scores.into_iter().find(|(name, _)| name == rule).map(|(_, score)| *score))
        };
        for rule in &self.rules {
            let Some(ranks) = &self.ranks else {
                let mut row = vec![String::new(); 9];
                row[2].clone_from(rule);
                row.push(score(rule));
                table.row(row);
                continue;
            };
            let rank = ranks.mean_ranks.iter().find(|(name, _)| name == rule).map(|(_, rank)| *rank);
            let mut row = vec![ranks.over.clone(), ranks.blocks.to_string(), rule.clone(), optional(rank)];
            row.extend([ranks.critical_difference, ranks.statistic, ranks.p_value, ranks.iman_davenport].map(number));
            row.extend([optional(ranks.exact), score(rule)]);
            table.row(row);
        }
        table
    }

    fn profiles_table(&self) -> Making {
        let columns = ["profile", "rule", "instances", "x", "share"];
        let caption = "shares of instances solved within a cost";
        let mut table = Making::new("profiles", caption, &columns);
        let Some(profiles) = &self.profiles else { return table };
        let all = [
            ("performance", &profiles.performance),
            ("performance without the leader", &profiles.without_leader),
            (&*format!("data, in {}", profiles.data_unit), &profiles.data),
        ];
        for (kind, of_rules) in all {
            for (rule, steps) in of_rules {
                for &(x, share) in &steps.points {
                    let names = [kind.to_owned(), rule.clone(), profiles.instances.to_string()];
                    table.row(names.into_iter().chain([number(x), number(share)]).collect());
                }
            }
        }
        table
    }

    fn reach(&self) -> Making {
        let columns = ["problem", "rule", "runs", "targets", "cost", "share"];
        let caption = "shares of runs and targets reached by a cost";
        let mut table = Making::new("reach", caption, &columns);
        for contest in &self.contests {
            for reach in &contest.reach {
                let Steps { points } = &reach.share;
                for &(cost, share) in points {
                    let counts = [reach.runs, contest.ladder.len()].map(|n| n.to_string());
                    let [runs, targets] = counts;
                    let names = [contest.problem.clone(), reach.rule.clone()];
                    table.row(names.into_iter().chain([runs, targets, number(cost), number(share)]).collect());
                }
            }
        }
        table
    }

    fn curves(&self) -> Making {
        let columns = ["problem", "rule", "setting", "runs", "cost", "median", "q25", "q75"];
        let mut table = Making::new("curves", "the metric against costs", &columns);
        for contest in &self.contests {
            for curve in &contest.curves {
                for point in &curve.points {
                    let names = [contest.problem.clone(), curve.rule.clone(), Setting::title(&curve.setting)];
                    let numbers = [point.cost, point.median, point.q25, point.q75].map(number);
                    table.row(names.into_iter().chain([curve.runs.to_string()]).chain(numbers).collect());
                }
            }
        }
        table
    }
}

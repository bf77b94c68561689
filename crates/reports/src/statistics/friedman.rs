//! Friedman's test over problems, and Nemenyi's comparison of all rules after it.

use std::collections::BTreeMap;

use super::distributions::{chi_squared_sf, f_sf};
use super::ranks::{ranks, tie_correction};
use super::studentized_range::{studentized_range_p_value, studentized_range_quantile};

/// Whether rules differ over problems.
#[derive(Clone, Debug, PartialEq)]
pub struct Friedman {
    /// The mean rank of each rule; 1 is best.
    pub mean_ranks: Vec<f64>,
    /// The number of problems.
    pub problems: usize,
    /// χ²_F, corrected for ties.
    pub statistic: f64,
    /// How likely a statistic at least as large is if all rules are alike, by the χ² distribution.
    pub p_value: f64,
    /// The same by the F distribution of Iman and Davenport (1980), which is closer for few problems.
    pub iman_davenport: f64,
    /// The same by counting all orders of the scores on every problem; `None` if there are too many.
    pub exact: Option<f64>,
}

impl Friedman {
    /// The best of the p-values: the exact one where it was counted, that of Iman and Davenport otherwise.
    #[must_use]
    pub fn best_p_value(&self) -> f64 {
        self.exact.unwrap_or(self.iman_davenport)
    }
}

/// The most orders that are looked at for an exact p-value, some hundred milliseconds of them.
const MOST_ORDERS: usize = 300_000;

/// Friedman's test of `k` ≥ 2 rules on problems: `scores[p][r]` is the score of rule `r` on problem
/// `p`, smaller is better.
///
/// χ²_F = (12 / (n k (k + 1)) Σ_r R_r² − 3 n (k + 1)) / (1 − Σ (t³ − t) / (n k (k² − 1))) with rank
/// sums R_r over n problems and groups of t equal scores on a problem; k − 1 degrees of freedom.
/// Iman–Davenport: F = (n − 1) χ²_F / (n (k − 1) − χ²_F) with k − 1 and (k − 1)(n − 1) degrees.
/// If all scores of every problem are equal the statistic is 0 and the p-values are 1.
/// With one problem F says nothing, and its p-value is 1.
/// With few problems both are rough: two rules in the same order on three problems have p = 0.25 and not
/// 0.083 or 0.
/// So for few problems and up to six rules all k!ⁿ equally likely ranks are counted as well, ties as they
/// are, by adding problem to problem and putting together what has the same rank sums.
///
/// `None` without problems, with fewer than two rules, with rows of several lengths, or with NaN.
///
/// ```
/// use sgdlab_reports::statistics::friedman;
/// let inf = f64::INFINITY;
/// let test = friedman(&[&[1.0, 2.0, inf], &[3.0, 4.0, 5.0], &[1.0, 9.0, 10.0]]).unwrap();
/// assert_eq!(test.mean_ranks, [1.0, 2.0, 3.0]);
/// assert_eq!(test.statistic, 6.0);
/// assert!((test.p_value - (-3.0_f64).exp()).abs() < 1e-15);
/// ```
#[must_use]
pub fn friedman(scores: &[&[f64]]) -> Option<Friedman> {
    let rules = scores.first()?.len();
    if rules < 2 || scores.iter().any(|row| row.len() != rules) {
        return None;
    }
    let mut sums = vec![0.0; rules];
    let mut ties = 0.0;
    let mut rows = Vec::with_capacity(scores.len());
    for row in scores {
        let ranks = ranks(row)?;
        sums.iter_mut().zip(&ranks).for_each(|(sum, rank)| *sum += rank);
        ties += tie_correction(row);
        rows.push(ranks);
    }
    let (n, k) = (scores.len() as f64, rules as f64);
    // From the mean, which loses no digits where all rules are alike.
    let squares: f64 = sums.iter().map(|sum| sum - 0.5 * n * (k + 1.0)).map(|x| x * x).sum();
    let correction = 1.0 - ties / (n * k * (k * k - 1.0));
    let statistic = if correction > 0.0 { 12.0 * squares / (n * k * (k + 1.0)) / correction } else { 0.0 };
    let most = n * (k - 1.0);
    let iman_davenport = if scores.len() == 1 {
        1.0
    } else if statistic >= most * (1.0 - 1e-14) {
        0.0
    } else {
        f_sf((n - 1.0) * statistic / (most - statistic), k - 1.0, (k - 1.0) * (n - 1.0))
    };
    Some(Friedman {
        mean_ranks: sums.iter().map(|sum| sum / n).collect(),
        problems: scores.len(),
        statistic,
        p_value: chi_squared_sf(statistic, k - 1.0),
        iman_davenport,
        exact: exact_p_value(&rows),
    })
}

/// How likely rank sums are at least as far apart if every order of the ranks of a problem is equally likely.
fn exact_p_value(rows: &[Vec<f64>]) -> Option<f64> {
    let rules = rows.first()?.len();
    if rules > 6 {
        return None;
    }
    // Doubled ranks are whole numbers, and so are their sums.
    let doubled = |row: &Vec<f64>| row.iter().map(|rank| (2.0 * rank) as i64).collect::<Vec<_>>();
    let mean = (rows.len() * (rules + 1)) as i64;
    let spread = |sums: &[i64]| sums.iter().map(|sum| (sum - mean) * (sum - mean)).sum::<i64>();
    let mut given = vec![0; rules];
    // Which rule has which sum does not matter: sums are kept in order.
    let mut shares = BTreeMap::from([(vec![0; rules], 1.0)]);
    let mut looked_at = 0;
    for row in rows.iter().map(doubled) {
        given.iter_mut().zip(&row).for_each(|(sum, rank)| *sum += rank);
        let orders = orders(&row);
        looked_at += orders.len() * shares.len();
        if looked_at > MOST_ORDERS {
            return None;
        }
        let mut next = BTreeMap::new();
        for (sums, share) in &shares {
            for order in &orders {
                let mut sums: Vec<i64> = sums.iter().zip(order).map(|(sum, rank)| sum + rank).collect();
                sums.sort_unstable();
                *next.entry(sums).or_insert(0.0) += share / orders.len() as f64;
            }
        }
        shares = next;
    }
    let least = spread(&given);
    let tail: f64 = shares.iter().filter(|(sums, _)| spread(sums) >= least).map(|(_, share)| share).sum();
    Some(tail.min(1.0))
}

/// All orders of a few numbers.
fn orders(numbers: &[i64]) -> Vec<Vec<i64>> {
    let mut orders = vec![Vec::new()];
    for &number in numbers {
        let longer = |order: &Vec<i64>| {
            let order = order.clone();
            (0..=order.len()).map(move |place| [&order[..place], &[number], &order[place..]].concat())
        };
        orders = orders.iter().flat_map(longer).collect();
    }
    orders
}

/// How far mean ranks of `rules` rules on `problems` problems must be apart to differ at the level
/// `alpha`, all pairs taken together (Nemenyi 1963; Demšar 2006):
/// CD = q_α / √2 · √(k (k + 1) / (6 n)) with the studentized range q_α of k at infinitely many degrees
/// of freedom.
///
/// `None` for fewer than two rules, no problems, or an `alpha` that is not in (0, 1).
///
/// ```
/// use sgdlab_reports::statistics::nemenyi_critical_difference;
/// // Demšar's example: 4 classifiers on 14 data sets.
/// let difference = nemenyi_critical_difference(4, 14, 0.05).unwrap();
/// assert!((difference - 1.25).abs() < 0.005);
/// ```
#[must_use]
pub fn nemenyi_critical_difference(rules: usize, problems: usize, alpha: f64) -> Option<f64> {
    let q = studentized_range_quantile(alpha, rules)?;
    (problems > 0).then(|| q / std::f64::consts::SQRT_2 * standard_error(rules, problems))
}

/// √(k (k + 1) / (6 n)): the standard error of the difference of two mean ranks.
fn standard_error(rules: usize, problems: usize) -> f64 {
    let (k, n) = (rules as f64, problems as f64);
    (k * (k + 1.0) / (6.0 * n)).sqrt()
}

/// Nemenyi's p-values of all pairs, `p[i][j]` of rules i and j: the chance that mean ranks are so far
/// apart if all rules are alike, all pairs taken together; 1 on the diagonal.
#[must_use]
pub fn nemenyi(test: &Friedman) -> Vec<Vec<f64>> {
    let ranks = &test.mean_ranks;
    let error = standard_error(ranks.len(), test.problems);
    let p_value = |a: f64, b: f64| {
        let q = (a - b).abs() / error * std::f64::consts::SQRT_2;
        studentized_range_p_value(q, ranks.len()).unwrap_or(1.0)
    };
    ranks.iter().map(|&a| ranks.iter().map(|&b| p_value(a, b)).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_are_alike_do_not_differ() {
        let test = friedman(&[&[1.0, 1.0, 1.0], &[f64::INFINITY; 3]]).unwrap();
        assert_eq!((test.statistic, test.p_value, test.iman_davenport), (0.0, 1.0, 1.0));
        assert_eq!(nemenyi(&test), vec![vec![1.0; 3]; 3]);
    }

    #[test]
    fn one_problem_says_little() {
        let test = friedman(&[&[1.0, 2.0]]).unwrap();
        assert_eq!((test.statistic, test.iman_davenport, test.exact), (1.0, 1.0, Some(1.0)));
        assert!(nemenyi(&test)[0][1] > 0.3);
    }

    #[test]
    fn the_same_order_everywhere_is_as_far_as_it_goes() {
        let test = friedman(&[&[1.0, 2.0][..]; 9]).unwrap();
        assert_eq!((test.statistic, test.iman_davenport, test.exact), (9.0, 0.0, Some(2.0 / 512.0)));
        assert_eq!(test.mean_ranks, [1.0, 2.0]);
    }

    #[test]
    fn ties_are_corrected_for() {
        // Ranks (1.5, 1.5, 3) and (1, 2, 3): Σ (R − 4)² = 2.25 + 0.25 + 4, and 12 · 6.5 / (2 · 3 · 4) / (1 − 6 / 48).
        let test = friedman(&[&[1.0, 1.0, 2.0], &[1.0, 2.0, 3.0]]).unwrap();
        assert!((test.statistic - 3.25 / 0.875).abs() < 1e-15);
    }

    #[test]
    fn few_problems_are_counted() {
        // Three rules in the same order on two problems: one of six orders of the second, and the mirror has no part.
        let test = friedman(&[&[1.0, 2.0, 3.0], &[4.0, 5.0, f64::INFINITY]]).unwrap();
        assert!((test.best_p_value() - 1.0 / 6.0).abs() < 1e-15);
        // With a tie: ranks (1.5, 1.5, 3) under (1, 2, 3) have the spread 6.5 in two of six orders, and no more in any.
        let test = friedman(&[&[1.0, 1.0, 2.0], &[1.0, 2.0, 3.0]]).unwrap();
        assert!((test.best_p_value() - 2.0 / 6.0).abs() < 1e-15);
        // Of sixty problems with six rules there are too many.
        let rows: Vec<Vec<f64>> =
            (0..60).map(|row| (0..6).map(|rule| f64::from(row * (rule + 3) % 7)).collect()).collect();
        let test = friedman(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap();
        assert_eq!((test.exact, test.best_p_value()), (None, test.iman_davenport));
        assert_eq!(friedman(&[&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]]).unwrap().exact, None);
    }

    #[test]
    fn what_is_no_table_of_scores_is_refused() {
        let wrong: [&[&[f64]]; 4] = [&[], &[&[1.0]], &[&[1.0, 2.0], &[1.0]], &[&[1.0, f64::NAN]]];
        for scores in wrong {
            assert_eq!(friedman(scores), None, "{scores:?}");
        }
        assert_eq!(nemenyi_critical_difference(3, 0, 0.05), None);
        assert_eq!(nemenyi_critical_difference(1, 5, 0.05), None);
        assert_eq!(nemenyi_critical_difference(3, 5, 0.0), None);
    }
}

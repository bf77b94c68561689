//! Profiles: the share of problems that a rule solves within a budget.
//!
//! In all of them `costs[p][r]` is the cost of rule `r` on problem `p`, at least 0, and +∞ if it did
//! not solve it.

use super::steps::{Steps, ecdf, mean_of};

/// The profile of one rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The rule, by its place in the costs.
    pub rule: usize,
    /// The share of problems solved within a ratio (or a budget).
    pub solved: Steps,
}

/// The performance profiles of Dolan and Moré (2002): for each rule, the share of problems on which its
/// cost is at most τ times the least cost of any rule.
///
/// A problem that no rule solves counts as not solved by all of them.
/// Where the least cost is 0, rules with cost 0 have the ratio 1 and all others +∞.
///
/// `None` without problems or rules, with rows of several lengths, or if a cost is negative or NaN.
///
/// ```
/// use sgdlab_reports::statistics::performance_profiles;
/// let profiles = performance_profiles(&[&[10.0, 20.0], &[30.0, 10.0], &[5.0, f64::INFINITY]]).unwrap();
/// assert_eq!([1.0, 2.0, 3.0].map(|tau| profiles[0].solved.at(tau)), [2.0 / 3.0, 2.0 / 3.0, 1.0]);
/// assert_eq!([1.0, 2.0, 3.0].map(|tau| profiles[1].solved.at(tau)), [1.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0]);
/// ```
#[must_use]
pub fn performance_profiles(costs: &[&[f64]]) -> Option<Vec<Profile>> {
    let rules: Vec<usize> = (0..rules(costs)?).collect();
    among(costs, &rules)
}

/// The performance profiles of these rules, with the least cost taken among them.
fn among(costs: &[&[f64]], rules: &[usize]) -> Option<Vec<Profile>> {
    let profile = |&rule: &usize| {
        let ratios: Vec<f64> = costs
            .iter()
            .map(|row| ratio(row[rule], rules.iter().map(|&rule| row[rule]).fold(f64::INFINITY, f64::min)))
            .collect();
        Some(Profile { rule, solved: ecdf(&ratios)? })
    };
    rules.iter().map(profile).collect()
}

fn ratio(cost: f64, least: f64) -> f64 {
    match cost {
        f64::INFINITY => f64::INFINITY,
        cost if cost == least => 1.0,
        cost => cost / least,
    }
}

/// The number of rules; `None` if these are no costs.
fn rules(costs: &[&[f64]]) -> Option<usize> {
    let rules = costs.first()?.len();
    let well = |row: &&[f64]| row.len() == rules && row.iter().all(|&cost| cost >= 0.0);
    (rules > 0 && costs.iter().all(well)).then_some(rules)
}

/// The rule with the largest [`algoperf_score`] up to τ = 4, the first of equal ones; `None` also if no
/// rule solves anything.
#[must_use]
pub fn leader(costs: &[&[f64]]) -> Option<usize> {
    let scores = algoperf_score(costs, 4.0)?;
    let best = scores.iter().copied().fold(0.0, f64::max);
    scores.iter().position(|&score| score == best && score > 0.0)
}

/// The [`performance_profiles`] of all rules but the [`leader`].
///
/// A profile compares with the best rule only: how two others compare with each other can be read only
/// where the best one is not there (Gould and Scott 2016, *A Note on Performance Profiles for
/// Benchmarking Software*).
///
/// `None` also if there is no leader or no other rule.
#[must_use]
pub fn profiles_without_leader(costs: &[&[f64]]) -> Option<Vec<Profile>> {
    let leader = leader(costs)?;
    let others: Vec<usize> = (0..rules(costs)?).filter(|&rule| rule != leader).collect();
    if others.is_empty() { None } else { among(costs, &others) }
}

/// The data profiles of Moré and Wild (2009): for each rule, the share of problems solved with a budget of
/// α units, where `units[p]` is what one unit costs on problem `p`.
///
/// Their unit is a simplex gradient, n + 1 evaluations for n parameters; with the number of terms as
/// the unit, budgets are epochs.
///
/// `None` as for [`performance_profiles`], or if there is not one positive finite unit for each problem.
///
/// ```
/// use sgdlab_reports::statistics::data_profiles;
/// let profiles = data_profiles(&[&[30.0, 60.0], &[50.0, f64::INFINITY]], &[3.0, 10.0]).unwrap();
/// assert_eq!(profiles[0].solved.points, [(5.0, 0.5), (10.0, 1.0)]);
/// assert_eq!(profiles[1].solved.points, [(20.0, 0.5)]);
/// ```
#[must_use]
pub fn data_profiles(costs: &[&[f64]], units: &[f64]) -> Option<Vec<Profile>> {
    let rules = rules(costs)?;
    if units.len() != costs.len() || !units.iter().all(|&unit| unit > 0.0 && unit.is_finite()) {
        return None;
    }
    let profile = |rule| {
        let budgets: Vec<f64> = costs.iter().zip(units).map(|(row, unit)| row[rule] / unit).collect();
        Some(Profile { rule, solved: ecdf(&budgets)? })
    };
    (0..rules).map(profile).collect()
}

/// The score of AlgoPerf (Dahl et al. 2023, *Benchmarking Neural Network Training Algorithms*) for each
/// rule: the integral of its performance profile ρ from 1 to `tau`, divided by `tau` − 1, which is in [0, 1].
///
/// AlgoPerf has `tau` = 4.
/// The integral of the steps is exact, where their program has the trapezoidal rule on a grid.
/// A cost is what AlgoPerf takes the median of over studies; that is the caller's.
///
/// `None` as for [`performance_profiles`], or if `tau` is not above 1 and finite.
///
/// ```
/// use sgdlab_reports::statistics::algoperf_score;
/// let scores = algoperf_score(&[&[10.0, 20.0], &[30.0, 10.0], &[5.0, f64::INFINITY]], 4.0).unwrap();
/// assert!((scores[0] - (3.0 + 1.0 + 3.0) / 9.0).abs() < 1e-15);
/// assert!((scores[1] - (2.0 + 3.0 + 0.0) / 9.0).abs() < 1e-15);
/// ```
#[must_use]
pub fn algoperf_score(costs: &[&[f64]], tau: f64) -> Option<Vec<f64>> {
    if !(tau > 1.0 && tau.is_finite()) {
        return None;
    }
    let profiles = performance_profiles(costs)?;
    Some(profiles.iter().map(|profile| profile.solved.area(1.0, tau) / (tau - 1.0)).collect())
}

/// The score distribution of rliable (Agarwal et al. 2021): the share of runs with a result of at most x,
/// averaged over tasks.
///
/// rliable calls it a performance profile, has larger scores better and so 1 minus this.
/// `None` without tasks, or if one has no runs, a NaN or −∞.
#[must_use]
pub fn score_distribution(tasks: &[&[f64]]) -> Option<Steps> {
    let each: Option<Vec<Steps>> = tasks.iter().map(|runs| ecdf(runs)).collect();
    each.filter(|each| !each.is_empty()).map(|each| mean_of(&each))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INF: f64 = f64::INFINITY;

    #[test]
    fn without_the_leader_the_others_are_compared_with_each_other() {
        // Rule 0 leads; of the others, rule 2 looks better beside it, and is worse alone.
        let costs: [&[f64]; 3] = [&[1.0, 8.0, 4.0], &[1.0, 8.0, 9.0], &[9.0, 8.0, 9.0]];
        assert_eq!(leader(&costs), Some(0));
        let alone = profiles_without_leader(&costs).unwrap();
        assert_eq!(alone.iter().map(|profile| profile.rule).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(alone[0].solved.points, [(1.0, 2.0 / 3.0), (2.0, 1.0)]);
        assert_eq!(alone[1].solved.points, [(1.0, 1.0 / 3.0), (1.125, 1.0)]);
    }

    #[test]
    fn problems_that_nobody_solves_stay_in_the_denominator() {
        let profiles = performance_profiles(&[&[INF, INF], &[1.0, INF]]).unwrap();
        assert_eq!([&profiles[0], &profiles[1]].map(|profile| profile.solved.limit()), [0.5, 0.0]);
        assert_eq!(leader(&[&[INF, INF]]), None);
        assert_eq!(profiles_without_leader(&[&[INF, INF]]), None);
    }

    #[test]
    fn a_cost_of_nothing_is_infinitely_better() {
        let profiles = performance_profiles(&[&[0.0, 0.0, 1.0]]).unwrap();
        assert_eq!([0, 1, 2].map(|rule| profiles[rule].solved.at(1e300)), [1.0, 1.0, 0.0]);
    }

    #[test]
    fn a_single_rule_leads_alone() {
        assert_eq!(algoperf_score(&[&[3.0], &[INF]], 4.0), Some(vec![0.5]));
        assert_eq!(leader(&[&[3.0]]), Some(0));
        assert_eq!(profiles_without_leader(&[&[3.0]]), None);
    }

    #[test]
    fn what_are_no_costs_have_no_profile() {
        let wrong: [&[&[f64]]; 5] = [&[], &[&[]], &[&[1.0], &[1.0, 2.0]], &[&[-1.0]], &[&[f64::NAN]]];
        for costs in wrong {
            assert_eq!(performance_profiles(costs), None, "{costs:?}");
            assert_eq!(algoperf_score(costs, 4.0), None);
            assert_eq!(data_profiles(costs, &[1.0, 1.0]), None);
        }
        assert_eq!(algoperf_score(&[&[1.0]], 1.0), None);
        assert_eq!(data_profiles(&[&[1.0]], &[0.0]), None);
        assert_eq!(data_profiles(&[&[1.0]], &[]), None);
        assert_eq!(score_distribution(&[]), None);
        assert_eq!(score_distribution(&[&[]]), None);
    }

    #[test]
    fn tasks_count_alike_however_many_runs_they_have() {
        let steps = score_distribution(&[&[1.0], &[2.0, INF]]).unwrap();
        assert_eq!(steps.points, [(1.0, 0.5), (2.0, 0.75)]);
    }
}

//! The best setting of each series.

use std::collections::HashMap;

use super::runs::Runs;
use crate::statistics::Spread;

/// The settings that are shown.
#[derive(Debug, Default)]
pub struct Choice {
    /// Of each combination its score, if it is shown; smaller is better.
    pub score: Vec<Option<f64>>,
    /// What settings of each problem are compared by.
    pub criteria: Vec<String>,
}

impl Choice {
    /// Every combination.
    pub fn all(runs: &Runs) -> Self {
        Self { score: vec![Some(0.0); runs.tuples.tuples.len()], criteria: Vec::new() }
    }

    /// The best of the combinations that have the same words in some columns.
    pub fn best(runs: &Runs, same: &[usize]) -> Self {
        let spreads: Vec<Vec<Spread>> = runs.criteria.iter().map(|(_, values)| spreads(runs, values)).collect();
        let problem = runs.position("problem");
        let mut chosen: HashMap<Vec<u32>, (u32, Spread)> = HashMap::new();
        let mut criteria: Vec<String> = Vec::new();
        let mut of_problem: HashMap<u32, usize> = HashMap::new();
        for (code, tuple) in runs.tuples.tuples.iter().enumerate() {
            let problem = problem.map_or(0, |column| tuple[column]);
            let criterion = *of_problem.entry(problem).or_insert_with(|| {
                let found = criterion(runs, &spreads, problem);
                criteria.extend(runs.criteria.get(found).map(|(name, _)| name.clone()));
                found
            });
            let nothing = Spread { median: f64::INFINITY, q25: f64::INFINITY, q75: f64::INFINITY };
            let spread = spreads.get(criterion).map_or(nothing, |spreads| spreads[code]);
            let key: Vec<u32> = same.iter().map(|&column| tuple[column]).collect();
            let best = chosen.entry(key).or_insert((code as u32, spread));
            if (spread.median, spread.q75) < (best.1.median, best.1.q75) {
                *best = (code as u32, spread);
            }
        }
        let mut score = vec![None; runs.tuples.tuples.len()];
        chosen.into_values().for_each(|(code, spread)| score[code as usize] = Some(spread.median));
        criteria.dedup();
        Self { score, criteria }
    }
}

/// The first criterion for which any combination of a problem has a finite median.
fn criterion(runs: &Runs, spreads: &[Vec<Spread>], problem: u32) -> usize {
    let column = runs.position("problem");
    let of_problem = |tuple: &Vec<u32>| column.is_none_or(|column| tuple[column] == problem);
    let reached = |spreads: &&Vec<Spread>| {
        let pairs = runs.tuples.tuples.iter().zip(spreads.iter());
        pairs.filter(|(tuple, _)| of_problem(tuple)).any(|(_, spread)| spread.median.is_finite())
    };
    spreads.iter().position(|all| reached(&all)).unwrap_or(0)
}

/// Of each combination the spread of a column over its replicates; +∞ where it has no numbers.
fn spreads(runs: &Runs, values: &[f64]) -> Vec<Spread> {
    let mut of_tuple: Vec<Vec<f64>> = vec![Vec::new(); runs.tuples.tuples.len()];
    for (&tuple, &x) in runs.tuple.iter().zip(values) {
        of_tuple[tuple as usize].push(if x.is_nan() { f64::INFINITY } else { x });
    }
    of_tuple.iter().map(|values| Spread::of(values)).collect()
}

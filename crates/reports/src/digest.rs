//! What a table of runs says of every combination, taken from its lines as they are written.

use rayon::prelude::*;

use crate::runs::{Collector, Failure, Group, Runs};
use crate::statistics::Spread;
use crate::summary;
use crate::table::TableError;

/// How the columns with the costs of targets begin.
pub(crate) const TARGET: &str = "evaluations_to_";

/// What its replicates came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Combination {
    /// Its values of [`AXES`](crate::AXES), by number; [`Digest::word`] has their words.
    pub axes: [u32; 8],
    /// How many runs it has.
    pub runs: usize,
    /// Its runs that diverged.
    pub diverged: usize,
    /// Its runs that ended in any other way than `done` or `diverged`.
    pub failed: usize,
    /// Of the columns of the digest.
    spreads: Box<[Spread]>,
}

/// What is kept of a table of runs for [`answer`](crate::answer): medians and quartiles of every combination.
#[derive(Clone, Debug)]
pub struct Digest {
    name: String,
    words: [Vec<String>; 8],
    columns: Vec<String>,
    combinations: Vec<Combination>,
    failures: Vec<Failure>,
    summary: String,
}

impl Digest {
    /// The combinations, in the order of the table.
    #[must_use]
    pub fn combinations(&self) -> &[Combination] {
        &self.combinations
    }

    /// What a value of one of [`AXES`](crate::AXES) is called.
    #[must_use]
    pub fn word(&self, axis: usize, number: u32) -> &str {
        &self.words[axis][number as usize]
    }

    /// The first of the runs that failed.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// The table of combinations, as [`write_summary`](crate::write_summary) writes it.
    #[must_use]
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// The columns with the costs of targets.
    pub(crate) fn targets(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(String::as_str).filter(|column| column.starts_with(TARGET))
    }

    /// Median and quartiles of a final value or of the cost of a target.
    pub(crate) fn spread(&self, combination: &Combination, column: &str) -> Result<Spread, TableError> {
        let position = self.columns.iter().position(|name| name == column);
        let missing = || TableError::Missing { table: self.name.clone(), column: column.to_owned() };
        position.map(|position| combination.spreads[position]).ok_or_else(missing)
    }
}

/// Takes the lines of a table of runs as a sweep writes them, all replicates of a combination one after the other.
///
/// It keeps the numbers of one combination at a time, and of the others what [`Digest`] has.
///
/// ```
/// use sgdlab_reports::Digester;
/// let header = "run,problem,precision,sampler,batch_size,estimator,schedule,rule,rate,replicate,status,final_value\n";
/// let mut digester = Digester::new("runs", header)?;
/// for (replicate, end) in ["done,1.0", "done,3.0", "diverged,inf", "failed,"].iter().enumerate() {
///     digester.push(&format!("a{replicate},p,f64,s,8,plain,constant,sgd,0.1,{replicate},{end}\n"));
/// }
/// let digest = digester.finish()?;
/// assert_eq!((digest.combinations().len(), digest.combinations()[0].runs), (1, 4));
/// assert!(digest.summary().ends_with("\np,f64,s,8,plain,constant,sgd,0.1,4,0.25,0.25,inf,2.5,inf\n"));
/// # Ok::<(), sgdlab_reports::TableError>(())
/// ```
#[derive(Debug)]
pub struct Digester {
    collector: Collector,
    /// Which numeric columns are kept.
    kept: Vec<usize>,
    combinations: Vec<Combination>,
    summary: String,
}

impl Digester {
    /// A table that errors call `name`, with this line of names of columns.
    ///
    /// # Errors
    /// If a column of [`AXES`](crate::AXES) or `status` is missing.
    pub fn new(name: &str, header: &str) -> Result<Self, TableError> {
        let collector = Collector::new(name, header)?;
        let answers = |name: &str| name == "final_value" || name.starts_with(TARGET);
        let kept = collector.runs().columns().enumerate().filter(|(_, name)| answers(name)).map(|(column, _)| column);
        Ok(Self {
            kept: kept.collect(),
            combinations: Vec::new(),
            summary: summary::header(collector.runs()),
            collector,
        })
    }

    /// Takes whole lines.
    ///
    /// What is wrong with them is said by [`finish`](Self::finish).
    pub fn push(&mut self, lines: &str) {
        self.collector.push(lines);
        // There may be more runs of the last combination.
        let complete = self.collector.runs().groups().len().saturating_sub(1);
        self.digest(complete);
    }

    /// What all lines say.
    ///
    /// # Errors
    /// If a row has another number of fields than the header, or a field is not a number.
    pub fn finish(mut self) -> Result<Digest, TableError> {
        self.collector.parse();
        self.digest(self.collector.runs().groups().len());
        let columns: Vec<&str> = self.collector.runs().columns().collect();
        let columns = self.kept.iter().map(|&column| columns[column].to_owned()).collect();
        let (name, words, failures) = self.collector.into_words()?;
        let Self { combinations, summary, .. } = self;
        Ok(Digest { name, words, columns, combinations, failures, summary })
    }

    /// Puts the first combinations together, and forgets their runs.
    fn digest(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        self.collector.count_outcomes(count);
        let runs = self.collector.runs();
        let digested: Vec<(Combination, String)> =
            runs.groups()[..count].par_iter().map(|group| combination(runs, group, &self.kept)).collect();
        for (combination, line) in digested {
            self.combinations.push(combination);
            self.summary.push_str(&line);
        }
        self.collector.forget(count);
    }
}

/// A combination, and its line in the summary.
fn combination(runs: &Runs, group: &Group, kept: &[usize]) -> (Combination, String) {
    let spreads = summary::spreads(runs, group);
    let nothing = Spread::of(&[]);
    let Group { axes, runs: of_group, diverged, failed } = group;
    let combination = Combination {
        axes: *axes,
        runs: of_group.len(),
        diverged: *diverged,
        failed: *failed,
        spreads: kept.iter().map(|&column| spreads[column].unwrap_or(nothing)).collect(),
    };
    (combination, summary::line(runs, group, &spreads))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write_summary;

    const HEADER: &str = "run,problem,precision,sampler,batch_size,estimator,schedule,rule,rate,replicate,status,\
                          steps,final_value,final_gap,evaluations_to_1\n";

    /// The lines of `count` runs of a rule; every third one diverges, and every eleventh has no gap.
    fn lines(rule: &str, count: usize) -> Vec<String> {
        let line = |run: usize| {
            let end =
                if run % 3 == 2 { "diverged,5,inf,inf,inf".to_owned() } else { format!("done,9,{}.5,,7", run % 7) };
            let end = if run % 11 == 4 { end } else { end.replace(",,", &format!(",{run}e-3,")) };
            format!("a{run},p,f64,s,8,plain,constant,{rule},0.1,{run},{end}\n")
        };
        (0..count).map(line).collect()
    }

    /// The combinations do not depend on the pieces in which lines are parsed and forgotten.
    #[test]
    fn a_table_that_is_taken_in_pieces_is_summarized_as_one() {
        let lines = [("b", 3), ("c", 9000), ("a", 1), ("d", 5000), ("e", 4)].map(|(rule, n)| lines(rule, n)).concat();
        let (mut collector, mut digester) =
            (Collector::new("runs", HEADER).unwrap(), Digester::new("runs", HEADER).unwrap());
        for line in &lines {
            collector.push(line);
            digester.push(line);
            assert!(digester.collector.runs().len() < 12_000, "runs of finished combinations are forgotten");
        }
        let (mut whole, digest) = (Vec::new(), digester.finish().unwrap());
        write_summary(&collector.finish().unwrap(), &mut whole).unwrap();
        assert_eq!(digest.summary(), String::from_utf8(whole).unwrap());
        let counts: Vec<_> = digest.combinations().iter().map(|found| (found.runs, found.diverged)).collect();
        assert_eq!(counts, [(3, 1), (9000, 3000), (1, 0), (5000, 1666), (4, 1)]);
        let spread = digest.spread(&digest.combinations()[0], "final_value").unwrap();
        assert_eq!(spread, Spread::of(&[0.5, 1.5, f64::INFINITY]));
    }

    #[test]
    fn what_is_wrong_is_named_by_its_row() {
        let mut digester = Digester::new("runs", HEADER).unwrap();
        let good = [lines("a", 6000), lines("b", 1)].concat();
        good.iter().for_each(|line| digester.push(line));
        digester.push(&lines("b", 1)[0].replace("done,9", "done,many"));
        let error = digester.finish().unwrap_err();
        assert_eq!(error.to_string(), "runs, row 6002: steps = \"many\" is not a number");
    }
}

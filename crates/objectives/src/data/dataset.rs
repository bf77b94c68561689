//! A data set in memory.

use ndarray::{Array2, Axis};
use sgdlab_core::streams::{Key, shuffle};

/// What is to be predicted, one per row.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// Finite numbers.
    Numbers(Vec<f64>),
    /// Classes.
    Classes {
        /// The class of each row, an index into `names`.
        labels: Vec<u32>,
        /// The classes' names; at least two.
        names: Vec<String>,
    },
}

impl Targets {
    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Classes { labels, .. } => labels.len(),
        }
    }

    /// The class of each row, if they are classes.
    #[must_use]
    pub fn labels(&self) -> Option<&[u32]> {
        match self {
            Self::Numbers(_) => None,
            Self::Classes { labels, .. } => Some(labels),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The targets as numbers: a class becomes its index.
    #[must_use]
    pub fn to_numbers(&self) -> Vec<f64> {
        match self {
            Self::Numbers(numbers) => numbers.clone(),
            Self::Classes { labels, .. } => labels.iter().map(|&label| f64::from(label)).collect(),
        }
    }

    /// +1 in the rows of class `positive`, −1 in all others; `None` if the targets are numbers or
    /// there is no such class.
    #[must_use]
    pub fn signs(&self, positive: u32) -> Option<Vec<f64>> {
        match self {
            Self::Classes { labels, names } if (positive as usize) < names.len() => {
                Some(labels.iter().map(|&label| if label == positive { 1.0 } else { -1.0 }).collect())
            }
            _ => None,
        }
    }

    fn select(&self, rows: &[usize]) -> Self {
        match self {
            Self::Numbers(numbers) => Self::Numbers(rows.iter().map(|&row| numbers[row]).collect()),
            Self::Classes { labels, names } => {
                Self::Classes { labels: rows.iter().map(|&row| labels[row]).collect(), names: names.clone() }
            }
        }
    }
}

/// A table of finite numbers and what is to be predicted from each row.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// The name of the bundled set, or the path it was read from.
    pub name: String,
    /// n × d, one row per item.
    pub features: Array2<f64>,
    /// d names.
    pub feature_names: Vec<String>,
    /// n targets.
    pub targets: Targets,
    /// BLAKE3 of the uncompressed bytes it was read from (for IDX: items, then labels; for
    /// synthetic data: name and numbers), 64 hexadecimal digits.
    /// It says where the data came from and stays the same under splits and standardization.
    pub checksum: String,
}

impl Dataset {
    /// n, the number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.features.nrows()
    }

    /// Divides the rows into a training set and, unless it would be empty, a test set.
    ///
    /// The test set has round(`test_share` · n) rows, but at most n − 1: training keeps at least
    /// one row.
    /// Which rows is decided by a shuffle keyed by `key`, without stratification; both parts keep
    /// the rows' order, so that a share of 0 returns the set as it was.
    /// A share that is negative or NaN counts as 0.
    ///
    /// ```
    /// use sgdlab_core::streams::Key;
    /// let iris = sgdlab_objectives::data::bundled("iris").unwrap();
    /// let (train, test) = iris.split(0.2, Key::new("example"));
    /// assert_eq!((train.rows(), test.unwrap().rows()), (120, 30));
    /// ```
    #[must_use]
    pub fn split(self, test_share: f64, key: Key) -> (Self, Option<Self>) {
        let n = self.rows();
        // The conversion saturates: negative shares and NaN become 0.
        let test_rows = ((test_share * n as f64).round() as usize).min(n.saturating_sub(1));
        if test_rows == 0 {
            return (self, None);
        }
        let mut order: Vec<usize> = (0..n).collect();
        shuffle(&mut order, &mut key.stream(0));
        let (test, train) = order.split_at_mut(test_rows);
        test.sort_unstable();
        train.sort_unstable();
        (self.select(train), Some(self.select(test)))
    }

    fn select(&self, rows: &[usize]) -> Self {
        Self {
            name: self.name.clone(),
            features: self.features.select(Axis(0), rows),
            feature_names: self.feature_names.clone(),
            targets: self.targets.select(rows),
            checksum: self.checksum.clone(),
        }
    }
}

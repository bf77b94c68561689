//! What a run may ask for, so that a mistyped size is refused and does not exhaust the memory.

use crate::error::SweepError;

/// Numbers that one run keeps until it ends: logged steps times what is measured at each.
///
/// A pack keeps 16 times as many, 1.3 GB in double precision.
const MOST_NUMBERS: u64 = 10_000_000;

/// Updates of a run: whole numbers up to here are exact in double precision.
const MOST_STEPS: u64 = 1 << 53;

/// Terms of a batch, where that is more than the problem has.
const MOST_REPEATED: u64 = 1 << 24;

/// Parameters of a problem; a pack is only made of problems that are much smaller.
const MOST_PARAMETERS: u64 = 1 << 27;

/// Bytes of the table of a run whose estimator keeps a gradient of every term.
///
/// A linear model of ten classes on 60 000 images of 28 × 28 pixels has 1.9 GB in single precision.
const MOST_TABLE_BYTES: u64 = 1 << 31;

/// The sizes of the runs of one cell.
pub(crate) struct Sizes {
    pub(crate) problem: String,
    pub(crate) terms: u64,
    pub(crate) batch: u64,
    pub(crate) parameters: u64,
    /// See [`sgdlab_estimators::EstimatorSpec::keeps_table`].
    pub(crate) table_bytes: u64,
    pub(crate) steps: u64,
    /// See [`crate::grid::most_logged`].
    pub(crate) logged: u64,
    /// Numbers kept at each logged step.
    pub(crate) numbers: u64,
}

/// Refuses sizes that no machine would be given on purpose.
pub(crate) fn check(sizes: Sizes) -> Result<(), SweepError> {
    let Sizes { problem, terms, batch, parameters, table_bytes, steps, logged, numbers } = sizes;
    let (what, asked, most) = if parameters > MOST_PARAMETERS {
        ("parameters", parameters, MOST_PARAMETERS)
    } else if table_bytes > MOST_TABLE_BYTES {
        ("bytes for the estimator's table of a gradient per term", table_bytes, MOST_TABLE_BYTES)
    } else if batch > terms.max(MOST_REPEATED) {
        ("terms per batch", batch, MOST_REPEATED)
    } else if steps > MOST_STEPS {
        ("updates per run", steps, MOST_STEPS)
    } else if logged.saturating_mul(numbers) > MOST_NUMBERS {
        ("numbers to log per run", logged.saturating_mul(numbers), MOST_NUMBERS)
    } else {
        return Ok(());
    };
    Err(SweepError::TooLarge { problem, what, asked, most })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(change: impl Fn(&mut Sizes), expected: Option<&str>) {
        let (problem, logged, numbers) = ("p".to_owned(), 101, 3);
        let (terms, batch, parameters, table_bytes, steps) = (50, 50, 2, 800, 100);
        let mut sizes = Sizes { problem, terms, batch, parameters, table_bytes, steps, logged, numbers };
        change(&mut sizes);
        assert_eq!(check(sizes).err().map(|error| error.to_string()).as_deref(), expected);
    }

    #[test]
    fn sizes_beyond_a_limit_are_refused() {
        check_refused(|_| {}, None);
        check_refused(|sizes| sizes.batch = 1 << 24, None);
        check_refused(
            |sizes| sizes.batch = (1 << 24) + 1,
            Some("problem \"p\": 16777217 terms per batch, where at most 16777216 are accepted"),
        );
        check_refused(
            |sizes| sizes.logged = u64::MAX,
            Some("problem \"p\": 18446744073709551615 numbers to log per run, where at most 10000000 are accepted"),
        );
        check_refused(
            |sizes| sizes.steps = u64::MAX,
            Some("problem \"p\": 18446744073709551615 updates per run, where at most 9007199254740992 are accepted"),
        );
        check_refused(
            |sizes| sizes.parameters = 1 << 28,
            Some("problem \"p\": 268435456 parameters, where at most 134217728 are accepted"),
        );
        check_refused(|sizes| sizes.table_bytes = 1 << 31, None);
        check_refused(
            |sizes| sizes.table_bytes = (1 << 31) + 8,
            Some(
                "problem \"p\": 2147483656 bytes for the estimator's table of a gradient per term, \
                 where at most 2147483648 are accepted",
            ),
        );
    }
}

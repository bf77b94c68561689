//! What is held to be true, and how a measured number decides about it.

/// A statement with the rule by which numbers decide about it.
///
/// The decision is [`Claim::judge`], a pure function of a number: a test can hand it a wrong one.
#[derive(Debug)]
pub struct Claim {
    /// How tables call it.
    pub name: &'static str,
    /// What is held to be true, in a sentence.
    pub statement: &'static str,
    /// How it relates to what the source says.
    pub stance: Stance,
    /// What each of its numbers has to be.
    pub criterion: Criterion,
    /// Why the criterion is what it is.
    pub because: &'static str,
}

/// How a claim relates to what its source says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stance {
    /// The source says so.
    Confirms,
    /// The source says otherwise, or says too much.
    Corrects,
    /// The source does not say it, or asks.
    Adds,
}

impl Stance {
    /// As a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Confirms => "confirms",
            Self::Corrects => "corrects",
            Self::Adds => "adds",
        }
    }
}

/// What a number has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Criterion {
    /// At least the first and at most the second; an end may be infinite.
    Between(f64, f64),
    /// |number − expected| ≤ tolerance · max(1, |expected|).
    Near(f64),
    /// |number − expected| ≤ errors · standard error + share · |expected|.
    Within {
        /// How many standard errors.
        errors: f64,
        /// Which share of the expected number, for laws that are not exact.
        share: f64,
    },
    /// number ≤ −errors · standard error.
    Below {
        /// How many standard errors.
        errors: f64,
    },
}

impl Criterion {
    /// As words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Between(lower, upper) if lower == upper => format!("exactly {}", plain(lower)),
            Self::Between(lower, f64::INFINITY) => format!("at least {}", plain(lower)),
            Self::Between(f64::NEG_INFINITY, upper) => format!("at most {}", plain(upper)),
            Self::Between(lower, upper) => format!("from {} to {}", plain(lower), plain(upper)),
            Self::Near(0.0) => "exactly what is expected".to_owned(),
            Self::Near(tolerance) => format!("within {tolerance:e} · max(1, |expected|)"),
            Self::Within { errors, share: 0.0 } => format!("within {errors} standard errors of what is expected"),
            Self::Within { errors, share } => {
                // Nine digits, so that a share does not show its rounding.
                let percent: f64 = format!("{:.8e}", 100.0 * share).parse().unwrap_or(100.0 * share);
                let errors = if errors == 0.0 { String::new() } else { format!("{errors} standard errors and ") };
                format!("within {errors}{} % of what is expected", plain(percent))
            }
            Self::Below { errors } => format!("at least {errors} standard errors below 0"),
        }
    }
}

/// A limit as it is written.
fn plain(x: f64) -> String {
    if x != 0.0 && x.abs() < 1e-3 { format!("{x:e}") } else { x.to_string() }
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The number.
    pub value: f64,
    /// Its standard error; `None` if nothing was drawn.
    pub standard_error: Option<f64>,
    /// What it is expected to be; needed by [`Criterion::Near`] and [`Criterion::Within`].
    pub expected: Option<f64>,
}

impl Measured {
    /// A number that nothing was drawn for.
    #[must_use]
    pub fn of(value: f64) -> Self {
        Self { value, standard_error: None, expected: None }
    }

    /// The same with what it is expected to be.
    #[must_use]
    pub fn beside(self, expected: f64) -> Self {
        Self { expected: Some(expected), ..self }
    }

    /// The same with its standard error.
    #[must_use]
    pub fn give_or_take(self, standard_error: f64) -> Self {
        Self { standard_error: Some(standard_error), ..self }
    }
}

/// A decided number: a row of `claims.csv`.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What was decided about.
    pub claim: &'static Claim,
    /// Which of its numbers.
    pub quantity: String,
    /// What was measured.
    pub measured: Measured,
    /// The least number that is accepted.
    pub lower: f64,
    /// The greatest.
    pub upper: f64,
}

impl Finding {
    /// Whether the number is accepted; NaN never is.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.lower <= self.measured.value && self.measured.value <= self.upper
    }

    /// The verdict in tables.
    #[must_use]
    pub fn verdict(&self) -> &'static str {
        if self.holds() { "holds" } else { "fails" }
    }
}

impl Claim {
    /// Decides about a number.
    ///
    /// ```
    /// use sgdlab_claims::{Claim, Criterion, Measured, Stance};
    /// static UNBIASED: Claim = Claim {
    ///     name: "unbiased",
    ///     statement: "The mean of the estimates is the gradient.",
    ///     stance: Stance::Confirms,
    ///     criterion: Criterion::Within { errors: 4.0, share: 0.0 },
    ///     because: "Four standard errors are left in 1 of 16 000 cases.",
    /// };
    /// let mean = |value| Measured::of(value).beside(2.0).give_or_take(0.1);
    /// assert!(UNBIASED.judge("mean", mean(2.3)).holds());
    /// assert!(!UNBIASED.judge("mean", mean(2.5)).holds());
    /// ```
    ///
    /// # Panics
    /// If the criterion needs an expected number or a standard error that is not there.
    #[must_use]
    pub fn judge(&'static self, quantity: impl Into<String>, measured: Measured) -> Finding {
        let expected = || measured.expected.unwrap_or_else(|| panic!("{} needs an expected number", self.name));
        let error = || measured.standard_error.unwrap_or_else(|| panic!("{} needs a standard error", self.name));
        let around = |radius: f64| (expected() - radius, expected() + radius);
        let (lower, upper) = match self.criterion {
            Criterion::Between(lower, upper) => (lower, upper),
            Criterion::Near(tolerance) => around(tolerance * expected().abs().max(1.0)),
            Criterion::Within { errors, share } => around(errors * error() + share * expected().abs()),
            Criterion::Below { errors } => (f64::NEG_INFINITY, -errors * error()),
        };
        Finding { claim: self, quantity: quantity.into(), measured, lower, upper }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(criterion: Criterion) -> &'static Claim {
        Box::leak(Box::new(Claim { name: "x", statement: "", stance: Stance::Adds, criterion, because: "" }))
    }

    fn holds(criterion: Criterion, measured: Measured) -> bool {
        claim(criterion).judge("q", measured).holds()
    }

    #[test]
    fn ends_are_accepted_and_what_is_beyond_is_not() {
        let between = Criterion::Between(1.0, 2.0);
        let accepted = [0.999, 1.0, 2.0, 2.001].map(|x| holds(between, Measured::of(x)));
        assert_eq!(accepted, [false, true, true, false]);
        assert!(holds(Criterion::Between(f64::NEG_INFINITY, 0.0), Measured::of(-1e300)));
    }

    #[test]
    fn tolerances_are_relative_above_one() {
        let near = |x: f64, expected: f64| holds(Criterion::Near(0.1), Measured::of(x).beside(expected));
        assert_eq!([near(0.09, 0.0), near(0.11, 0.0), near(10.9, 10.0), near(11.1, 10.0)], [true, false, true, false]);
    }

    #[test]
    fn standard_errors_and_shares_add_up() {
        let criterion = Criterion::Within { errors: 4.0, share: 0.01 };
        let within = |x: f64| holds(criterion, Measured::of(x).beside(-100.0).give_or_take(1.0));
        assert_eq!([-105.1, -104.9, -95.1, -94.9].map(within), [false, true, true, false]);
    }

    #[test]
    fn below_zero_is_by_standard_errors() {
        let below = |x: f64| holds(Criterion::Below { errors: 3.0 }, Measured::of(x).give_or_take(0.1));
        assert_eq!([-0.31, -0.29, 0.31].map(below), [true, false, false]);
    }

    #[test]
    fn what_is_not_a_number_never_holds() {
        for criterion in [Criterion::Between(f64::NEG_INFINITY, f64::INFINITY), Criterion::Near(1.0)] {
            assert!(!holds(criterion, Measured::of(f64::NAN).beside(0.0)));
        }
    }

    #[test]
    #[should_panic(expected = "x needs an expected number")]
    fn a_criterion_around_nothing_is_an_error() {
        let _ = claim(Criterion::Near(1.0)).judge("q", Measured::of(0.0));
    }
}

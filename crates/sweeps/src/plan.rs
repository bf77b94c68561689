//! The plan of a sweep: TOML text → checked [`Plan`] → [`Cell`]s.
//!
//! ```toml
//! name = "digits"                        # mandatory, [a-z0-9][a-z0-9_-]*
//! question = "Which rule is fastest?"    # mandatory prose
//! problems = ["softmax", { name = "softmax", label = "ridge", l2 = 0.01 }]
//! rules = ["sgd", { name = "sgd", label = "momentum", momentum = [0.9, 0.99] },
//!          { name = "adam", dialect = "optax", rates = { log = [1e-4, 1e-1], count = 4 } }]
//! rates = { log = [1e-3, 1.0], count = 7 }  # number, list, { log = [a, b], count = n } or { lin = … };
//!                                        # mandatory unless every rule has its own
//! batch-sizes = [16, 128]                # default 32
//! samplers = ["reshuffle"]               # default
//! schedules = ["constant"]               # default
//! estimators = ["plain"]                 # default
//! replicates = 5                         # default
//! precision = "f64"                      # default; a list is an axis
//! budget = { epochs = 10 }               # exactly one of epochs, steps, evaluations (term gradients)
//! targets = { metric = "value", values = [0.3, 0.1] }  # default none; or the values alone
//! metrics = ["error", "gap"]             # beside `value`, default none
//! log = { per-decade = 8 }               # default; or every-steps = n, every-epochs = n
//! parameters = false                     # default; true also writes parameters.csv
//! [[exclude]]                            # leaves out what matches all given keys
//! rule = "adam"                          # a label, else a name; a value or a list
//! rate = { min = 0.5 }                   # numbers also as { min = a, max = b }
//! ```
//!
//! An item is `"name"` or a table with a `name`, an optional `label` and `dialect`, and any of its
//! entry's hyperparameters.
//! A list or grid as hyperparameter makes one variant per value, and ` key=value` is appended to
//! the label; the list of a hyperparameter that is a list of whole numbers is its value, and a list
//! of such lists a grid.
//! A single value may stand wherever a list is expected.
//! Every error is reported at once, each with its line and column.

mod cells;
mod check;
mod error;
mod exclude;
mod expand;
mod grid;
mod items;
mod overrides;
mod reader;
mod schema;
mod source;
mod types;
mod write;

pub use cells::CellList;
pub use error::{PlanError, PlanErrors};
pub use schema::schema;
pub use types::{
    Budget, Catalogues, Cell, Choice, Exclude, Kind, Log, Metric, Numbers, Precision, RuleChoice, Targets,
};

use source::Source;

/// Largest number of runs (cells × replicates) of a plan.
pub const MOST_RUNS: u128 = 10_000_000;

/// Largest number of variants on one axis of items.
pub const MOST_VARIANTS: u128 = 100_000;

/// A checked plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Its name: `[a-z0-9][a-z0-9_-]*`.
    pub name: String,
    /// What it is to find out.
    pub question: String,
    /// The objectives.
    pub problems: Vec<Choice>,
    /// The update rules with their rates.
    pub rules: Vec<RuleChoice>,
    /// Terms per batch.
    pub batch_sizes: Vec<u32>,
    /// The samplers.
    pub samplers: Vec<Choice>,
    /// The schedules of the rate.
    pub schedules: Vec<Choice>,
    /// The gradient estimators.
    pub estimators: Vec<Choice>,
    /// The number types.
    pub precisions: Vec<Precision>,
    /// Runs per cell, which differ only in their random streams.
    pub replicates: u32,
    /// When runs end.
    pub budget: Budget,
    /// Levels whose first crossing is recorded.
    pub targets: Targets,
    /// What is measured beside the value: the plan's metrics, then the targets' if it is not among them.
    pub metrics: Vec<Metric>,
    /// When metrics are measured.
    pub log: Log,
    /// Whether final parameters are written.
    pub parameters: bool,
    /// Combinations to leave out.
    pub excludes: Vec<Exclude>,
    /// What is probably a mistake but can be run.
    pub warnings: Vec<String>,
}

impl Plan {
    /// Reads and checks a plan.
    ///
    /// `file_name` is only for messages.
    /// Each of `sets` is `key=value`, as given to `--set`: the key a dotted path such as
    /// `budget.epochs`, the value TOML or a bare word.
    /// They are applied in order before anything is checked.
    /// Setting one kind of budget, log or rate grid removes the other kinds; setting a key inside a
    /// list is refused, except that targets given as a list become the targets' values.
    ///
    /// # Errors
    /// Everything that is wrong with the plan, at once; if the text is not TOML, only that.
    pub fn parse(text: &str, file_name: &str, sets: &[String], catalogues: &Catalogues) -> Result<Self, PlanErrors> {
        let mut sources = vec![Source { name: file_name.to_owned(), text: text.to_owned() }];
        let mut root = source::parse(&sources[0])?;
        let failures = overrides::apply(&mut root, sets, &mut sources);
        check::check(&root, &sources, failures, catalogues)
    }
}

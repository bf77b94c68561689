//! What update rules do, found out by running them.
//!
//! Nothing here reads a formula to conclude something from it: a rule is bound, told gradients, and watched.
//! [`responses`] are its steps on simple sequences of gradients, [`facts`] numbers that sum them up,
//! [`invariances`] say under which changes of the gradients its steps stay the same, [`family`] what kind of rule it is.
//! [`Comparison`] says where two rules, or two dialects of one, part, and which hyperparameter or line does it.
//!
//! This crate knows rules and nothing of data, objectives or files; it does not print.

mod comparison;
mod facts;
mod family;
mod invariance;
mod kept;
mod lines;
mod motion;
mod parting;
mod response;
mod subject;
mod trial;

pub use comparison::{Comparison, Difference, Quenched, equalized};
pub use facts::{Facts, Later, Memory, facts};
pub use family::{Family, Oracle, family, oracle};
pub use invariance::{Invariance, Kind, Verdict, invariances};
pub use kept::{Kept, kept, memory_text};
pub use lines::{Hunk, differing};
pub use motion::{Idle, idle};
pub use parting::{Parting, Place, Rates, parting, trajectories};
pub use response::{Response, STEPS, responses};
pub use subject::Subject;
pub use trial::{Input, Trial};

//! From the runs and rows of a result to what they say.
//!
//! [`Comparison::of`] reads a [`Source`](crate::reading::Source) to its end and finds everything;
//! [`Comparison::tables`] are the same as tables.

mod findings;

pub use findings::{
    Comparison, Contest, Costs, Criterion, Curve, CurvePoint, Outlook, Pair, Profiles, Ranks, Reach, Scope, Scores,
    Sensitivity, Setting, Split, Standing, Verdict,
};

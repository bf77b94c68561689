//! What tests share.

use std::path::PathBuf;

use crate::{Claim, Measured};

/// A folder of reference numbers.
pub(crate) fn reference(folder: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/reference")).join(folder)
}

/// |a − b| ≤ tolerance · max(1, |b|).
#[track_caller]
pub(crate) fn assert_near(what: &str, a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{what}: {a} instead of {b}");
}

/// Hands each claim a number that would be measured if it were false.
///
/// Every claim has at least one, which comes with how it would come about.
#[track_caller]
pub(crate) fn each_claim_can_fail(claims: &'static [&'static Claim], wrong: &[(&str, Measured, &str)]) {
    for (name, measured, why) in wrong {
        let claim = claims.iter().find(|claim| claim.name == *name).unwrap_or_else(|| panic!("no claim {name}"));
        assert!(!claim.judge("wrong", *measured).holds(), "{name} accepts {}: {why}", measured.value);
    }
    for claim in claims {
        assert!(wrong.iter().any(|(name, ..)| *name == claim.name), "nothing makes {} false", claim.name);
    }
}

//! The recorded numbers of other libraries are met.

use std::path::PathBuf;

use sgdlab_replay::replay;

fn reference(folder: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/reference")).join(folder)
}

/// The documents of a folder are met, and there are as many records as it is known to have at least.
fn check(folder: &str, least: usize) {
    let documents = replay(&[reference(folder)], None).expect("documents");
    let records: usize = documents.iter().map(|document| document.records.len()).sum();
    assert!(records >= least, "{folder} has {records} records");
    let failures: Vec<String> = documents
        .iter()
        .flat_map(|document| document.records.iter())
        .filter(|record| !record.passes())
        .map(|record| format!("{}: {:?}", record.id, record.outcome))
        .collect();
    assert!(failures.is_empty(), "{} records:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_recorded_trajectory_is_met() {
    check("rules", 1);
}

#[test]
fn every_recorded_schedule_is_met() {
    check("schedules", 44);
}

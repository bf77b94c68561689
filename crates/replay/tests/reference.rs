//! The recorded numbers of other libraries are met.

use std::path::PathBuf;

use sgdlab_replay::replay;

fn reference(folder: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/reference")).join(folder)
}

#[test]
fn every_recorded_trajectory_is_met() {
    let documents = replay(&[reference("rules")], None).expect("documents");
    let failures: Vec<String> = documents
        .iter()
        .flat_map(|document| document.records.iter())
        .filter(|record| !record.passes())
        .map(|record| format!("{}: {:?}", record.id, record.outcome))
        .collect();
    assert!(failures.is_empty(), "{} records:\n{}", failures.len(), failures.join("\n"));
}

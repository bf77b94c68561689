//! The recorded numbers of other libraries are met.

use std::path::{Path, PathBuf};

use sgdlab_replay::replay;

fn reference(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/reference").join(folder)
}

/// The files of a folder that are JSON.
fn files(folder: &str) -> usize {
    let entries = reference(folder).read_dir().expect("a folder");
    entries
        .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some_and(|e| e == "json")))
        .count()
}

#[test]
fn every_record_is_met() {
    let documents = replay(&[reference(""), reference("../variations")], None).expect("documents").documents;
    let failures: Vec<String> = documents
        .iter()
        .flat_map(|document| document.records.iter())
        .filter(|record| !record.passes())
        .map(|record| format!("{}: {:?}", record.id, record.outcome))
        .collect();
    assert!(failures.is_empty(), "{} records:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn no_document_is_passed_over() {
    // The sequences of gradients are beside the documents of rules.
    for (folder, others) in [("rules", 1), ("losses", 0), ("schedules", 0)] {
        let replayed = replay(&[reference(folder)], None).expect("documents");
        assert_eq!(replayed.others, others, "{folder}");
        let documents = replayed.documents;
        assert_eq!(documents.len() + others, files(folder), "{folder}");
        assert!(documents.iter().all(|document| !document.records.is_empty()), "{folder}");
    }
}

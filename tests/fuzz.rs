//! Every reader of files under random, mutated and spliced input.
//!
//! Input number `n` of a reader is a function of the reader's name and `n`, so that what one run finds every run finds.
//! `SGDLAB_FUZZ_CASES=1000000` asks for more inputs than the few that every change has to pass, `SGDLAB_FUZZ_CASES=17..18`
//! for number 17 alone.
//! Another reader is an implementation of [`engine::Reader`] and a test that hands it to [`engine::fuzz`].

#[path = "fuzz/data.rs"]
mod data;
#[path = "fuzz/engine.rs"]
mod engine;
#[path = "fuzz/mutate.rs"]
mod mutate;
#[path = "fuzz/plans.rs"]
mod plans;
#[path = "fuzz/records.rs"]
mod records;
#[path = "fuzz/tables.rs"]
mod tables;

/// A file of the repository, as a seed.
fn seed(path: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

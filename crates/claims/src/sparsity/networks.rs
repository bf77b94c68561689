//! What experiments with networks share.

use sgdlab_core::streams::Key;
use sgdlab_core::{Settings, Value};
use sgdlab_objectives::{Model, Network, Stored};

/// The network of a problem that is one, or of its held-out terms.
///
/// # Panics
/// If there is none: problems are written in this chapter.
pub(super) fn network<R: Stored>(model: Option<&Model<R>>) -> &Network<R> {
    match model {
        Some(Model::Network(network)) => network,
        _ => panic!("a problem of this chapter is a network, with the terms that are asked for"),
    }
}

/// (f − y)², without ½.
pub(super) fn whole_square() -> Value {
    let squared = sgdlab_losses::entries().into_iter().find(|entry| entry.name == "squared").expect("a loss");
    Value::Item(Settings::new(squared, [("half", Value::Flag(false))]).expect("settings of the loss"))
}

/// A word as a value.
pub(super) fn word(word: &str) -> Value {
    Value::Word(word.to_owned())
}

/// A whole number that belongs to a key, for settings which are drawn by number: 40 bits.
pub(super) fn number_of(key: Key) -> Value {
    let bytes = rand::Rng::random::<u64>(&mut key.stream(0));
    Value::Number((bytes >> 24) as f64)
}

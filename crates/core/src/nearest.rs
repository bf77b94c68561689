//! The word that was most likely meant.

/// The known word that `word` most likely means.
///
/// Upper and lower case are the same letter.
/// One edit (insertion, deletion, replacement, swap of neighbors) is allowed per three characters.
#[must_use]
pub fn nearest(word: &str, known: &[&str]) -> Option<String> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    // The distance takes quadratic time; no name is that long.
    if length > 64 {
        return None;
    }
    let distances = known.iter().map(|name| (strsim::damerau_levenshtein(&word, &name.to_lowercase()), name));
    let (distance, name) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= (length / 3).max(1) && distance < name.chars().count()).then(|| (*name).to_owned())
}

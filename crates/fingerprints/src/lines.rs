//! Which lines of two formulas differ.

/// Lines of one formula and what stands in their place in another; one of the two may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hunk<'a> {
    /// Lines of the first formula.
    pub first: Vec<&'a str>,
    /// Lines of the second.
    pub second: Vec<&'a str>,
}

/// The places where two formulas differ, between longest common runs of lines.
///
/// ```
/// use sgdlab_fingerprints::{Hunk, differing};
/// let hunks = differing(&["m", "v", "x − m/√v"], &["m", "x − m"]);
/// assert_eq!(hunks, [Hunk { first: vec!["v", "x − m/√v"], second: vec!["x − m"] }]);
/// ```
#[must_use]
pub fn differing<'a>(first: &[&'a str], second: &[&'a str]) -> Vec<Hunk<'a>> {
    // common[i][j] is the length of the longest common subsequence of first[i..] and second[j..].
    let mut common = vec![vec![0_usize; second.len() + 1]; first.len() + 1];
    for i in (0..first.len()).rev() {
        for j in (0..second.len()).rev() {
            let skipped = common[i + 1][j].max(common[i][j + 1]);
            common[i][j] = if first[i] == second[j] { common[i + 1][j + 1] + 1 } else { skipped };
        }
    }
    let (mut i, mut j, mut hunks, mut hunk) = (0, 0, Vec::new(), Hunk::default());
    while i < first.len() || j < second.len() {
        if i < first.len() && j < second.len() && first[i] == second[j] {
            (i, j) = (i + 1, j + 1);
            hunks.push(std::mem::take(&mut hunk));
        } else if j == second.len() || (i < first.len() && common[i + 1][j] >= common[i][j + 1]) {
            hunk.first.push(first[i]);
            i += 1;
        } else {
            hunk.second.push(second[j]);
            j += 1;
        }
    }
    hunks.push(hunk);
    hunks.retain(|hunk| !hunk.first.is_empty() || !hunk.second.is_empty());
    hunks
}

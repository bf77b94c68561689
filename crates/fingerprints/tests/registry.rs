//! Every rule of the registry in all dialects: what is measured, against what is written.

use sgdlab_core::Entry;
use sgdlab_fingerprints::{Comparison, Rates, Subject, differing, equalized, parting};

/// All pairs of dialects of a rule.
fn pairs(entry: &'static Entry) -> Vec<[Subject; 2]> {
    let subject = |name| Subject::new(entry, Some(name), []).expect("defaults are accepted");
    let names: Vec<&str> = entry.dialects.iter().map(|dialect| dialect.name).collect();
    let pair = |i: usize| names[..i].iter().map(move |&a| (a, i));
    (1..names.len()).flat_map(pair).map(|(a, i)| [subject(a), subject(names[i])]).collect()
}

#[test]
fn dialects_part_exactly_where_their_lines_differ() {
    let rates = Rates::Constant(0.01);
    let (mut wrong, mut found) = (Vec::new(), [0; 2]);
    for entry in sgdlab_optimizers::entries() {
        for [a, b] in pairs(entry) {
            let ([equal_a, equal_b], _) = equalized(&a, &b);
            let part = !parting(&equal_a, &equal_b, rates).agrees();
            let hidden = if part { None } else { Comparison::hidden(&equal_a, &equal_b, rates) };
            let differ = !differing(&a.lines(), &b.lines()).is_empty();
            found[usize::from(differ)] += 1;
            if differ != (part || hidden.is_some()) {
                wrong.push(format!(
                    "{} and {}: lines differ: {differ}, part: {part}, {hidden:?}",
                    a.label(),
                    b.label()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(found[0] > 5 && found[1] > 5, "{found:?}");
}

//! `claims`: verdicts in the terminal and in files, and what is refused.

use crate::support::{Lab, width};

const SOURCES: [&str; 4] = ["source-000", "source-001", "source-003", "source-004"];

#[test]
fn every_source_holds_and_writes_what_it_found() {
    for source in SOURCES {
        let lab = Lab::new();
        let said = lab.run(&["claims", source, "--quick", "--out", "out"]);
        assert_eq!((said.code, &*said.stderr), (Some(0), ""), "{}", said.stdout);
        assert!(said.stdout.contains(": all hold\n") && width(&said.stdout) <= 80, "{}", said.stdout);
        let claims = lab.table("out/claims.csv");
        let columns = [
            "claim",
            "quantity",
            "measured",
            "standard_error",
            "lower",
            "upper",
            "verdict",
            "expected",
            "stance",
            "experiment",
        ];
        assert_eq!(claims.header, columns);
        for row in &claims.rows {
            let [measured, lower, upper] =
                ["measured", "lower", "upper"].map(|column| row[column].parse::<f64>().expect("a number"));
            assert!(lower <= measured && measured <= upper && row["verdict"] == "holds", "{row:?}");
        }
        let figures = lab.names("out").into_iter().filter(|name| name.ends_with(".svg")).count();
        assert!(figures >= 3, "{source} has {figures} figures");
    }
}

/// Four standard errors are exceeded by chance now and then: with this key by the variance of one sampler and batch size.
#[test]
fn a_claim_that_fails_is_named_and_ends_with_1() {
    let said = Lab::new().run(&["claims", "batch-variance", "--quick", "--key", "k53"]);
    assert_eq!(said.code, Some(1), "{}", said.stdout);
    assert!(said.stdout.contains("6 claims, 195 numbers: failed: variance\n"), "{}", said.stdout);
    let failed: Vec<&str> = said.stdout.lines().filter(|line| line.ends_with("  fails")).collect();
    assert!(matches!(failed[..], [line] if line.contains("block, cyclic, B = 64")), "{failed:?}");
}

#[test]
fn the_list_explains_every_source() {
    let said = Lab::new().run(&["claims", "--list"]);
    assert_eq!((said.code, width(&said.stdout) <= 80), (Some(0), true), "{}", said.stdout);
    for words in SOURCES.into_iter().chain(["(corrects)", "Accepted: within 4 standard errors of what is expected."]) {
        let joined = said.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(joined.contains(words), "{words}");
    }
}

#[test]
fn an_unknown_source_is_refused_with_those_there_are() {
    let said = Lab::new().run(&["claims", "source-999"]);
    assert_eq!(said.code, Some(2));
    assert!(said.stderr.contains("cargo xtask claims --list explains all"), "{}", said.stderr);
}

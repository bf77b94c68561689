//! `bench`: what there is, what it writes, and what is refused.

use crate::support::{Lab, width};

#[test]
fn the_list_says_what_bounds_each_work() {
    let said = Lab::new().run(&["bench", "--list"]);
    assert_eq!((said.code, width(&said.stdout) <= 80), (Some(0), true), "{}", said.stdout);
    for work in
        ["toy-sweep", "softmax-16", "mlp-128", "wide-mlp", "update-adam", "reshuffle", "loss-map", "full-gradient"]
    {
        assert!(said.stdout.lines().any(|line| line.starts_with(&format!("{work} ("))), "{work}");
    }
    let works = said.stdout.lines().filter(|line| !line.is_empty() && !line.starts_with(' ')).count();
    assert_eq!(works, said.stdout.matches("Bound by: ").count());
}

#[test]
fn work_is_a_line_and_a_row_beside_the_ceilings_of_the_machine() {
    let lab = Lab::new();
    let said = lab.run(&["bench", "reshuffle", "--rounds", "2", "--out", "out/bench.csv"]);
    assert_eq!((said.code, width(&said.stdout) <= 80), (Some(0), true), "{}{}", said.stdout, said.stderr);
    let table = lab.table("out/bench.csv");
    let of = |work: &str| table.rows.iter().filter(|row| row["work"] == work).count();
    assert_eq!([of("machine-copy"), of("machine-f64"), of("reshuffle")], [2, 2, 1]);
    let row = table.rows.iter().find(|row| row["work"] == "reshuffle").expect("a row");
    let number = |column: &str| row[column].parse::<f64>().expect("a number");
    assert!(0.0 < number("ns_least") && number("ns_least") <= number("ns_median"), "{row:?}");
    assert_eq!((&*row["rival"], &*row["ratio_median"], &*row["rounds"]), ("", "", "2"), "no Python, no rival");
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let lab = Lab::new();
    for (arguments, words) in [
        (&["bench", "reshufle"][..], "did you mean reshuffle? "),
        (&["bench", "--peers", "no-such-python", "reshuffle"], "--peers no-such-python cannot be started"),
        (&["bench", "--out", "bench.txt"], "--out"),
        (&["bench", "--rounds", "0"], "--rounds"),
        (&["bench", "--instructions", "counts.csv"], "--instructions counts.csv"),
        (&["bench", "--instructions", "counts.toml", "reshuffle"], "cannot be used with"),
        (&["bench", "--record"], "--instructions <FILE.toml>"),
    ] {
        let said = lab.run(arguments);
        assert_eq!(said.code, Some(2), "{arguments:?}");
        assert!(said.stderr.contains(words), "{}", said.stderr);
    }
}

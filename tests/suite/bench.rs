//! `bench`: what there is, what it writes, and what is refused.

use crate::support::{Lab, width};

#[test]
fn the_list_says_what_bounds_each_work() {
    let said = Lab::new().run(&["bench", "--list"]);
    assert_eq!((said.code, width(&said.stdout) <= 80), (Some(0), true), "{}", said.stdout);
    for work in
        ["toy-sweep", "softmax-16", "mlp-128", "wide-mlp", "update-adam", "reshuffle", "loss-map-f32", "full-gradient"]
    {
        assert!(said.stdout.lines().any(|line| line.starts_with(&format!("{work} ("))), "{work}");
    }
    let works = said.stdout.lines().filter(|line| !line.is_empty() && !line.starts_with(' ')).count();
    assert_eq!(works, said.stdout.matches("Bound by: ").count());
    let of = |name: &str| {
        let said = Lab::new().run(&["bench", "--list", name]).stdout;
        said.lines().filter(|line| !line.is_empty() && !line.starts_with(' ')).count()
    };
    // A name that none has stands for all that begin with it.
    assert_eq!(["softmax", "softmax-16", "loss-map", "mlp"].map(of), [2, 1, 1, 4]);
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
    assert_eq!((&*row["gflops"], &*row["gbytes"]), ("", ""), "neither is counted");
}

/// A Python that has not everything: what it lacks is named, and all else is measured.
#[test]
#[cfg(unix)]
fn rivals_that_do_not_run_are_named() {
    use std::os::unix::fs::PermissionsExt;
    let script = "#!/bin/sh\n\
                  [ \"$1\" = --version ] && echo Python 3.14.0 && exit 0\n\
                  cat > /dev/null\n\
                  echo \"ModuleNotFoundError: No module named 'jax'\" >&2\n\
                  exit 1\n";
    let lab = Lab::new().file("python", script);
    std::fs::set_permissions(lab.path("python"), std::fs::Permissions::from_mode(0o755)).expect("the file is ours");
    let python = lab.path("python").display().to_string();
    let said = lab.run(&["bench", "reshuffle", "threads", "--rounds", "1", "--peers", &python, "--out", "bench.csv"]);
    assert_eq!(said.code, Some(2), "{}", said.stderr);
    let reasons = said.stderr.matches("misc.py does not run: ModuleNotFoundError: No module named 'jax'").count();
    assert_eq!(reasons, 1, "{}", said.stderr);
    assert!(said.stderr.contains("numpy, torch, jax, optax and scikit-learn"), "{}", said.stderr);
    let works: Vec<String> = lab.table("bench.csv").rows.iter().map(|row| row["work"].clone()).collect();
    assert_eq!(works[works.len() - 2..], ["reshuffle", "threads"]);
    let threads = said.stdout.lines().skip_while(|line| !line.starts_with("threads ")).nth(1).expect("its rival");
    assert!(threads.starts_with("  1 thread ") && threads.ends_with(')'), "{threads}");
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let lab = Lab::new();
    for (arguments, words) in [
        (&["bench", "reshufle"][..], "reshufle is no work to measure: did you mean reshuffle?"),
        (&["bench", "softmax", "toys", "mlq-16"], "mlq-16 is no work to measure: did you mean mlp-16?"),
        (&["bench", "soft"], "soft is no work to measure: did you mean softmax-16, softmax-128?"),
        (&["bench", "--peers", "no-such-python", "reshuffle"], "--peers no-such-python cannot be started"),
        (&["bench", "--peers", "true", "reshuffle"], "--peers true is no Python"),
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

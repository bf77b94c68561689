//! Result tables in other formats than CSV.

use std::collections::HashMap;
use std::io::Write;
use std::process::Command;

use crate::support::{Lab, SMALL};

/// Several rules, labels that have to be quoted, runs that diverge, empty columns, and parameters.
const PLAN: &str = "\
name = \"formats\"
question = \"Are tables the same in every format?\"
problems = { name = \"line\", label = \"a, \\\"b\\\"\" }
rules = [\"sgd\", \"adam\"]
rates = [0.05, 1e3]
batch-sizes = 10
replicates = 3
budget = { steps = 100 }
log = { every-steps = 10 }
targets = [1.0, 1e-9]
metrics = [\"gradient-norm\"]
parameters = true
";

const STEMS: [&str; 4] = ["parameters", "rows", "runs", "timings"];

/// The files of a sweep in a format.
fn files(format: &str) -> Vec<String> {
    let mut files: Vec<String> = STEMS.iter().map(|stem| format!("{stem}.{format}")).collect();
    files.extend(["manifest.toml", "summary.csv"].map(str::to_owned));
    files.sort();
    files
}

/// Sweeps in a format, and returns what was said.
#[track_caller]
fn swept(lab: &Lab, out: &str, format: &str, more: &[&str]) -> String {
    let said = lab.run(&[&["sweep", "plan.toml", "--out", out, "--format", format], more].concat());
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    said.stdout
}

/// What is said about the runs: not the sizes of files, the time and the folder.
fn answer(said: &str) -> String {
    said.lines().skip_while(|line| !line.is_empty()).take_while(|line| !line.starts_with("files in")).collect()
}

#[test]
fn a_sweep_in_any_format_has_the_same_summary_and_answer() {
    let lab = Lab::with_plan(PLAN);
    let said = swept(&lab, "csv", "csv", &[]);
    for format in ["csv.gz", "parquet"] {
        assert_eq!(answer(&swept(&lab, format, format, &[])), answer(&said), "{format}");
        assert_eq!(lab.read(&format!("{format}/summary.csv")), lab.read("csv/summary.csv"), "{format}");
        assert_eq!(lab.names(format), files(format));
    }
}

#[test]
fn the_manifest_has_the_hashes_of_the_files() {
    let lab = Lab::with_plan(PLAN);
    for format in ["csv.gz", "parquet"] {
        swept(&lab, "out", format, &[]);
        let manifest: toml::Table = lab.read("out/manifest.toml").parse().expect("the manifest is TOML");
        for stem in STEMS {
            let name = format!("{stem}.{format}");
            let bytes = std::fs::read(lab.path(&format!("out/{name}"))).expect("the table");
            let hash = blake3::hash(&bytes).to_hex();
            assert_eq!(manifest["tables"][&name].as_str(), Some(&*hash), "{name}");
        }
    }
}

#[test]
fn the_bytes_do_not_depend_on_threads_and_packs() {
    let lab = Lab::with_plan(PLAN);
    for format in ["csv.gz", "parquet"] {
        swept(&lab, "one", format, &["--threads", "1", "--no-packs"]);
        swept(&lab, "two", format, &["--threads", "2"]);
        for stem in ["parameters", "rows", "runs"] {
            let [one, two] = ["one", "two"].map(|out| std::fs::read(lab.path(&format!("{out}/{stem}.{format}"))));
            assert!(one.expect("a table") == two.expect("a table"), "{stem}.{format}");
        }
    }
}

#[test]
fn a_folder_has_every_table_in_one_format() {
    let lab = Lab::with_plan(PLAN);
    for format in ["parquet", "csv", "csv.gz", "parquet"] {
        swept(&lab, "out", format, &[]);
        assert_eq!(lab.names("out"), files(format), "after another format");
    }
    swept(&lab, "out", "csv", &["--set", "parameters=false"]);
    let names = ["manifest.toml", "rows.csv", "runs.csv", "summary.csv", "timings.csv"];
    assert_eq!(lab.names("out"), names, "no parameters of the sweep before");
}

#[test]
fn a_format_that_does_not_exist_is_refused() {
    let lab = Lab::with_plan(SMALL);
    let said = lab.run(&["sweep", "plan.toml", "--format", "feather"]);
    assert_eq!((said.code, &*said.stdout), (Some(2), ""));
    assert!(said.stderr.contains("[possible values: csv, csv.gz, parquet]"), "{}", said.stderr);
    assert_eq!(lab.names("."), ["plan.toml"]);
}

/// A limit on the size of files stands in for a full disk.
#[test]
#[cfg(target_os = "linux")]
fn what_cannot_be_written_to_the_end_leaves_earlier_results_alone() {
    for format in ["csv.gz", "parquet"] {
        let lab = Lab::with_plan(SMALL);
        swept(&lab, "out", format, &[]);
        let table = lab.path(&format!("out/rows.{format}"));
        let (before, names) = (std::fs::read(&table).expect("the table"), lab.names("out"));
        let script = "trap '' XFSZ; ulimit -f 8; exec \"$0\" sweep plan.toml --out out --set budget.steps=20000 \
                      --set log.every-steps=1 --format \"$1\"";
        let mut command = Command::new("sh");
        command.args(["-c", script]).arg(crate::support::program()).arg(format).current_dir(lab.path("."));
        let output = command.output().expect("a shell");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
        assert_eq!(stderr, format!("error: failed to write out/rows.{format}: File too large (os error 27)\n"));
        assert_eq!(std::fs::read(&table).expect("the table"), before);
        assert_eq!(lab.names("out"), names, "no temporary files are left");
    }
}

/// Reads a table with a library of Python and compares it with the fields of the CSV file.
const SCRIPT: &str = r#"
import csv, math, sys
library, kinds, folder = sys.argv[1], sys.argv[2], sys.argv[3]

def columns(path):
    """Column by column the values of a file, None for a null."""
    packed = path.endswith(".csv.gz")
    if library == "pyarrow":
        import pyarrow.csv, pyarrow.parquet
        table = pyarrow.csv.read_csv(path) if packed else pyarrow.parquet.read_table(path)
        return {name: table[name].to_pylist() for name in table.column_names}
    if library == "polars":
        import polars
        table = polars.read_csv(path, infer_schema_length=None) if packed else polars.read_parquet(path)
        return table.to_dict(as_series=False)
    import pandas
    table = pandas.read_csv(path, keep_default_na=False, dtype=str) if packed else pandas.read_parquet(path)
    return {name: list(table[name]) for name in table.columns}

def fits(kind, field, value):
    if field == "":
        return value is None or value == "" or value != value
    if kind == "text":
        return value == field
    if kind == "count":
        return float(value) == int(field)
    value, field = float(value), float(field)
    return value == field and math.copysign(1, value) == math.copysign(1, field) or value != value and field != field

for line in open(kinds):
    stem, *of_columns = line.rstrip("\n").split(" ")
    with open(f"{folder}/csv/{stem}.csv", newline="") as file:
        header, *rows = list(csv.reader(file))
    for ending in ["csv.gz", "parquet"]:
        found = columns(f"{folder}/{ending}/{stem}.{ending}")
        assert list(found) == header, (ending, stem, list(found))
        for at, (name, kind) in enumerate(zip(header, of_columns, strict=True)):
            assert len(found[name]) == len(rows), (ending, stem, name)
            for row, value in zip(rows, found[name]):
                assert fits(kind, row[at], value), (ending, stem, name, row[at], value)
"#;

/// Libraries of Python read what is written; where there is none of them, this says so.
#[test]
fn libraries_of_python_read_the_same_values() {
    use sgdlab_sweeps::columns::{Holds, PARAMETERS, ROWS, RUNS};
    let lab = Lab::with_plan(PLAN).file("read.py", SCRIPT);
    for format in ["csv", "csv.gz", "parquet"] {
        swept(&lab, format, format, &[]);
    }
    let kinds: HashMap<Holds, &str> =
        [(Holds::Text, "text"), (Holds::Count, "count"), (Holds::Number, "number")].into();
    let mut lines = String::new();
    for table in [PARAMETERS, ROWS, RUNS] {
        lines += table.stem();
        for name in lab.table(&format!("csv/{}", table.file)).header {
            lines += &format!(" {}", kinds[&table.holds(&name).expect("a documented column")]);
        }
        lines += "\n";
    }
    let lab = lab.file("kinds", lines);
    let python = std::env::var("SGDLAB_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    for library in ["pyarrow", "polars", "pandas"] {
        let import = Command::new(&python).args(["-c", &format!("import pyarrow, {library}")]).output();
        if !import.is_ok_and(|output| output.status.success()) {
            // Not by a macro for printing, which tests keep to themselves.
            let skipped = format!("SKIPPED: {python} has no {library}; SGDLAB_PYTHON may name one that has\n");
            std::io::stderr().write_all(skipped.as_bytes()).expect("standard error");
            continue;
        }
        let mut command = Command::new(&python);
        let output =
            command.args(["read.py", library, "kinds", "."]).current_dir(lab.path(".")).output().expect("Python");
        assert!(output.status.success(), "{library}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

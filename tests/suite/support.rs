//! A folder of its own for every test, and the program run in it.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// A plan of one short run that tests change or add to.
pub const SMALL: &str = "\
name = \"small\"
question = \"Does it run?\"
problems = \"line\"
rules = \"sgd\"
rates = 0.1
batch-sizes = 10
replicates = 1
budget = { steps = 10 }
";

/// The program.
pub fn program() -> PathBuf {
    assert_cmd::cargo::cargo_bin!("xtask").to_owned()
}

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A fresh folder.
pub struct Lab(TempDir);

/// What a run of the program said.
pub struct Said {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Lab {
    pub fn new() -> Self {
        Self(TempDir::new().expect("a temporary folder"))
    }

    /// A folder with `plan.toml` in it.
    pub fn with_plan(plan: &str) -> Self {
        Self::new().file("plan.toml", plan)
    }

    /// Writes a file.
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.path(name), content).expect("the folder is writable");
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The names in a folder, sorted.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).expect("a folder");
        let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("an entry").file_name();
        let mut names: Vec<String> = entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The program with arguments, to be started in this folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(arguments).current_dir(self.0.path());
        command
    }

    /// Starts the program, with pipes for what it says.
    pub fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
    }

    /// Whether a journal of a folder, which may not be there yet, has a name with this part and more than its header.
    pub fn has_runs(&self, folder: &str, part: &str) -> bool {
        let entries = fs::read_dir(self.path(folder).join("journal")).into_iter().flatten().flatten();
        let mut journals = entries.filter(|entry| entry.file_name().to_string_lossy().contains(part));
        journals.any(|entry| entry.metadata().is_ok_and(|data| data.len() > 4096))
    }

    /// Waits until the journals of a folder hold more than headers.
    pub fn wait_for_runs(&self, folder: &str) {
        for _ in 0..6000 {
            if self.has_runs(folder, "") {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("no run was finished in half a minute");
    }

    /// Runs the program; one that takes longer than a minute has failed.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Said {
        let mut command = assert_cmd::Command::from_std(self.command(arguments));
        let output = command.timeout(Duration::from_secs(60)).output().expect("the program starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
        let said = Said { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
        assert!(!said.stderr.contains("panicked"), "{}", said.stderr);
        assert!(!format!("{}{}", said.stdout, said.stderr).contains('\u{1b}'), "escape codes in a pipe");
        said
    }

    /// Runs a sweep of `plan.toml` quietly into `out`, and expects it to end well.
    #[track_caller]
    pub fn sweep(&self, arguments: &[&str]) {
        let said = self.run(&[&["sweep", "plan.toml", "--quiet", "--out", "out"], arguments].concat());
        assert_eq!((said.code, &*said.stdout, &*said.stderr), (Some(0), "", ""));
    }

    /// A table as its header and its rows by column.
    pub fn table(&self, name: &str) -> Table {
        let mut reader = csv::Reader::from_path(self.path(name)).expect("a table");
        let header = reader.headers().expect("a header").iter().map(str::to_owned).collect();
        let rows = reader.deserialize().collect::<Result<_, _>>().expect("every row has all columns");
        Table { header, rows }
    }
}

/// A table that was read.
pub struct Table {
    pub header: Vec<String>,
    pub rows: Vec<HashMap<String, String>>,
}

/// The tables that manifests have hashes of.
const HASHED: [&str; 4] = ["rows.csv", "runs.csv", "timings.csv", "parameters.csv"];

/// Whether every table of a folder is as its manifest says, and there is no other.
pub fn is_whole(lab: &Lab, folder: &str) -> bool {
    let manifest: toml::Table = lab.read(&format!("{folder}/manifest.toml")).parse().expect("the manifest is TOML");
    HASHED.iter().all(|name| {
        let hash = fs::read(lab.path(folder).join(name)).ok().map(|bytes| blake3::hash(&bytes).to_hex().to_string());
        hash.as_deref() == manifest["tables"].get(name).and_then(toml::Value::as_str)
    })
}

/// A field as a number.
#[track_caller]
pub fn number(row: &HashMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} = {:?} is not a number", row[column]))
}

/// Expects |a − b| ≤ tolerance · max(1, |b|).
#[track_caller]
pub fn assert_close(what: &str, a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{what}: {a} instead of {b}");
}

/// The widest line, in characters.
pub fn width(text: &str) -> usize {
    // Marks over letters take no column.
    let is_mark = |c: &char| ('\u{300}'..='\u{36f}').contains(c);
    text.lines().map(|line| line.chars().filter(|c| !is_mark(c)).count()).max().unwrap_or(0)
}

//! Tables of earlier sweeps, and those of other programs.

use sgdlab_reports::analysis::{Comparison, Options};
use sgdlab_reports::reading::{Kind, Mapping, Source, TableFile, Wanted, Wish};
use sgdlab_reports::{Runs, Table, write_summary};
use tempfile::TempDir;

use crate::engine::{Reader, chain, fuzz};
use crate::mutate::Corpus;

struct Tables(TempDir);

impl Reader for Tables {
    type Value = Table;
    const NAME: &'static str = "tables";
    const CASES: u64 = 5000;

    fn corpus(&self) -> Corpus {
        let runs = "run,problem,precision,sampler,batch_size,estimator,schedule,rule,rate,replicate,status,final_value\n\
                    a0,p,f64,s,8,plain,constant,sgd,0.1,0,done,1.0\na1,p,f64,s,8,plain,constant,sgd,0.1,1,diverged,inf\n";
        let seeds = [runs, "run,step,value\na0,0,1.5\na0,10,\n", "a\n1\n", "a,b\n\"x, y\",\"say \"\"no\"\"\"\n"];
        Corpus::new(seeds.map(Into::into).to_vec(), &["status", "done", "diverged", "rate", "\"\"\n", ",,"])
    }

    fn read(&self, input: &[u8]) -> Result<Table, Vec<String>> {
        let path = self.0.path().join("runs.csv");
        std::fs::write(&path, input).expect("a file");
        let table = Table::read(&path).map_err(|error| vec![chain(&error)])?;
        if table.column("status").is_ok() {
            let runs = Runs::read(&path).map_err(|error| vec![chain(&error)])?;
            write_summary(&runs, &mut std::io::sink()).expect("nothing is written");
        }
        Ok(table)
    }

    fn names_place(&self, message: &str) -> bool {
        message.contains("runs.csv")
    }

    fn check(&self, input: &[u8], table: &Table) -> Result<(), String> {
        let path = self.0.path().join("again.csv");
        std::fs::write(&path, table.to_csv()).expect("a file");
        let again = Table::read(&path).map_err(|error| format!("what it writes is refused: {error:?}"))?;
        if (&again.columns, &again.rows) != (&table.columns, &table.rows) {
            return Err(format!("what it writes is read as {again:?} instead of {table:?}"));
        }
        let Some(plain) = std::str::from_utf8(input).ok().filter(|text| !text.contains(['"', '\r', '\u{feff}'])) else {
            return Ok(());
        };
        let lines = plain.lines().filter(|line| !line.is_empty());
        let fields: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
        let header = table.columns.iter().map(String::as_str).collect();
        let read: Vec<Vec<&str>> =
            std::iter::once(header).chain(table.rows.iter().map(|row| row.iter().collect())).collect();
        if fields == read || fields.is_empty() { Ok(()) } else { Err(format!("{read:?} instead of {fields:?}")) }
    }
}

#[test]
fn tables_are_read_or_refused() {
    fuzz(&Tables(TempDir::new().expect("a folder")));
}

/// The same files as streams of columns, beside the other reader.
struct Streams(TempDir);

impl Reader for Streams {
    type Value = Vec<Vec<String>>;
    const NAME: &'static str = "streams";
    const CASES: u64 = 5000;

    fn corpus(&self) -> Corpus {
        let seeds = ["a,b\n1,2\n", "run,step,value\na0,0,1.5\na0,10,\n", "a,b\n\"x, y\",\"say \"\"no\"\"\"\n"];
        Corpus::new(seeds.map(Into::into).to_vec(), &["\"\"\n", ",,", "\r\n", "\u{feff}"])
    }

    fn read(&self, input: &[u8]) -> Result<Vec<Vec<String>>, Vec<String>> {
        let path = self.0.path().join("log.csv");
        std::fs::write(&path, input).expect("a file");
        let file = TableFile::open(&path).map_err(|error| vec![chain(&error)])?;
        let wanted: Vec<Wanted> =
            file.header().iter().map(|name| Wanted { name: name.clone(), kind: Kind::Text }).collect();
        let mut rows = Vec::new();
        let take = |batch: &sgdlab_reports::reading::Batch| {
            let word = |row: usize| batch.columns.iter().map(|column| column.texts().word(row).to_owned()).collect();
            rows.extend((0..batch.rows).map(word));
            Ok(())
        };
        file.read(&wanted, &mut { take }).map_err(|error| vec![chain(&error)])?;
        Ok(rows)
    }

    fn names_place(&self, message: &str) -> bool {
        message.contains("log.csv")
    }

    fn check(&self, input: &[u8], rows: &Vec<Vec<String>>) -> Result<(), String> {
        let path = self.0.path().join("again.csv");
        std::fs::write(&path, input).expect("a file");
        // The other reader wants UTF-8, and has columns of the same name apart.
        let Ok(table) = Table::read(&path) else { return Ok(()) };
        let names: std::collections::HashSet<&String> = table.columns.iter().collect();
        let expected: Vec<Vec<String>> = table.rows.iter().map(|row| row.iter().map(str::to_owned).collect()).collect();
        if names.len() < table.columns.len() || expected == *rows {
            return Ok(());
        }
        Err(format!("{rows:?} instead of {expected:?}"))
    }
}

#[test]
fn streams_say_what_the_other_reader_says() {
    fuzz(&Streams(TempDir::new().expect("a folder")));
}

/// The log of another program with a mapping, which is compared whatever it holds.
struct Foreign(TempDir);

const MAPPING: &str = "targets = [0.5]\ndiverged = [\"FAIL\"]\n[columns]\nrule = \"opt\"\nrate = \"lr\"\n\
                       replicate = \"seed\"\nstep = \"step\"\nvalue = \"loss\"\nstatus = \"state\"\n";

impl Reader for Foreign {
    type Value = Comparison;
    const NAME: &'static str = "foreign";
    const CASES: u64 = 100;

    fn corpus(&self) -> Corpus {
        let mut log = "opt,lr,seed,step,loss,state\n".to_owned();
        for (opt, loss) in [("sgd", "0.5"), ("adam", "0.25")] {
            (0..4).for_each(|seed| log += &format!("{opt},0.1,{seed},0,2,OK\n{opt},0.1,{seed},10,{loss},OK\n"));
        }
        Corpus::new(vec![log.into()], &["nan", "inf", "-1", "FAIL", "1e308", "sgd", ",,", "adam"])
    }

    fn read(&self, input: &[u8]) -> Result<Comparison, Vec<String>> {
        let [log, map] = ["log.csv", "map.toml"].map(|name| self.0.path().join(name));
        std::fs::write(&log, input).expect("a file");
        std::fs::write(&map, MAPPING).expect("a file");
        let said = |error| vec![chain(&error)];
        let source = Source::open(&log, Some(&Mapping::read(&map).map_err(said)?), &Wish::default()).map_err(said)?;
        Comparison::of(&source, &Options::default()).map_err(said)
    }

    fn names_place(&self, message: &str) -> bool {
        message.contains("log.csv")
    }

    fn check(&self, _: &[u8], comparison: &Comparison) -> Result<(), String> {
        let runs: usize = comparison.combinations.iter().map(|combination| combination.scores.runs()).sum();
        let sentence = &comparison.verdict.sentence;
        if runs != comparison.runs || sentence.contains("NaN") || comparison.text().contains("NaN") {
            return Err(format!("{runs} of {} runs; {sentence}\n{}", comparison.runs, comparison.text()));
        }
        Ok(())
    }
}

#[test]
fn logs_of_other_programs_are_compared_or_refused() {
    fuzz(&Foreign(TempDir::new().expect("a folder")));
}

//! Tables of earlier sweeps.

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

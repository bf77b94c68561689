//! What was measured, as lines and as a table.

use sgdlab_reports::{StringRecord, Table};

use super::machine::Machine;
use super::work::{Work, Workload};

/// Nanoseconds a unit, round by round.
pub struct Measurement<'a> {
    pub times: &'a [f64],
    /// Those of the rival in the same rounds; empty without one.
    pub rivals: &'a [f64],
}

/// A workload beside one rival.
pub struct Row {
    name: String,
    threads: usize,
    unit: &'static str,
    rival: String,
    /// Median, least and largest nanoseconds a unit.
    own: [f64; 3],
    of_rival: [f64; 3],
    /// Those of the ratio of a round, rival over sgdlab.
    ratio: [f64; 3],
    gigaflops: f64,
    gigabytes: f64,
    double: bool,
    rounds: usize,
}

impl Row {
    pub fn of(workload: &Workload, work: &Work, rival: &str, Measurement { times, rivals }: Measurement<'_>) -> Self {
        let ratios: Vec<f64> = times.iter().zip(rivals).map(|(own, rival)| rival / own).collect();
        let own = spread(times);
        Self {
            name: workload.name.clone(),
            threads: workload.threads,
            unit: workload.unit,
            rival: rival.to_owned(),
            own,
            of_rival: spread(rivals),
            ratio: spread(&ratios),
            // Operations a nanosecond are billions of them a second.
            gigaflops: work.flops / work.units / own[0],
            gigabytes: work.bytes / work.units / own[0],
            double: workload.double,
            rounds: times.len(),
        }
    }

    /// The work itself: time, operations and bytes with their shares of the ceilings.
    fn own_line(&self, machine: &Machine) -> String {
        let of = |found: f64, ceiling: f64| {
            if found > 0.0 { [digits(found), format!("{:.0}%", 100.0 * found / ceiling)] } else { Default::default() }
        };
        let [operations, bytes] = machine.ceilings(self.threads, self.double);
        let [gigaflops, of_operations] = of(self.gigaflops, operations);
        let [gigabytes, of_bytes] = of(self.gigabytes, bytes);
        let (name, own) = (&self.name, per_unit(self.own[0], self.unit));
        format!("{name:26}{own:>17}{gigaflops:>6}{of_operations:>6}{gigabytes:>6}{of_bytes:>6}")
    }

    fn rival_line(&self) -> String {
        let [median, least, largest] = self.ratio.map(digits);
        let rival: String = format!("  {}", self.rival).chars().take(26).collect();
        let time = per_unit(self.of_rival[0], self.unit);
        format!("{rival:26}{time:>17}{:>36}", format!("{median} ({least}–{largest})"))
    }
}

fn per_unit(nanoseconds: f64, unit: &str) -> String {
    format!("{} ns/{unit}", digits(nanoseconds))
}

/// What stands above the lines.
pub fn head() -> String {
    format!("{:26}{:>17}{:>6}{:>6}{:>6}{:>6}{:>12}\n", "", "median", "GF/s", "of", "GB/s", "of", "ratio")
}

/// A work, and its rivals below it, in 79 columns.
pub fn lines(rows: &[Row], machine: &Machine) -> String {
    let own = rows.first().map(|row| row.own_line(machine));
    let rivals = rows.iter().filter(|row| !row.rival.is_empty()).map(Row::rival_line);
    own.into_iter().chain(rivals).map(|line| line.trim_end().to_owned() + "\n").collect()
}

pub fn csv(machine: &Machine, rows: &[Row]) -> Table {
    const COLUMNS: [&str; 18] = [
        "work",
        "threads",
        "unit",
        "ns_median",
        "ns_least",
        "ns_largest",
        "gflops",
        "gbytes",
        "gflops_ceiling",
        "gbytes_ceiling",
        "rival",
        "rival_ns_median",
        "rival_ns_least",
        "rival_ns_largest",
        "ratio_median",
        "ratio_least",
        "ratio_largest",
        "rounds",
    ];
    // Nothing where there is no rival (NaN), or operations or bytes were not counted (0).
    let number = |x: f64| if x > 0.0 { x.to_string() } else { String::new() };
    let row = |row: &Row| {
        let mut fields = vec![row.name.clone(), row.threads.to_string(), row.unit.to_owned()];
        fields.extend(row.own.map(number));
        fields.extend([row.gigaflops, row.gigabytes].map(number));
        fields.extend(machine.ceilings(row.threads, row.double).map(number));
        fields.push(row.rival.clone());
        fields.extend(row.of_rival.map(number));
        fields.extend(row.ratio.map(number));
        fields.push(row.rounds.to_string());
        StringRecord::from(fields)
    };
    let ceilings = machine.rows().map(|(name, threads, gigaflops, gigabytes)| {
        let mut fields = vec![String::new(); COLUMNS.len()];
        (fields[0], fields[1]) = (name.to_owned(), threads.to_string());
        (fields[6], fields[7]) = (number(gigaflops), number(gigabytes));
        StringRecord::from(fields)
    });
    let columns = COLUMNS.map(str::to_owned).to_vec();
    Table { name: "bench".to_owned(), columns, rows: ceilings.chain(rows.iter().map(row)).collect() }
}

/// Median, least and largest; NaN of nothing.
fn spread(numbers: &[f64]) -> [f64; 3] {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => [f64::NAN; 3],
        n => [f64::midpoint(sorted[(n - 1) / 2], sorted[n / 2]), sorted[0], sorted[n - 1]],
    }
}

/// Three digits.
fn digits(x: f64) -> String {
    match x.abs() {
        a if a >= 100.0 => format!("{x:.0}"),
        a if a >= 10.0 => format!("{x:.1}"),
        a if a >= 0.01 || a == 0.0 => format!("{x:.2}"),
        _ => format!("{x:.1e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_of_a_unit() {
        let workload = |double| Workload {
            name: "update-schedule-free-adamw".to_owned(),
            about: String::new(),
            bound: "",
            unit: "param",
            threads: 1,
            double,
            prepare: Box::new(|| unreachable!("nothing is done")),
            rivals: Vec::new(),
        };
        let work = Work { run: Box::new(|| Ok(0.0)), units: 100.0, flops: 6400.0, bytes: 800.0 };
        let of = |rival, rivals: &[f64]| {
            Row::of(&workload(true), &work, rival, Measurement { times: &[2.0, 4.0, 1.0], rivals })
        };
        let machine =
            Machine { threads: 2, copy: [8.0, 9.0], triad: [1.0; 2], single: [1.0; 2], double: [64.0, 128.0] };
        let rows = [of("torch, 8 cells", &[147_000.0, 147_000.0, 147_000.0]), of("jax", &[3.0, 8.0, 5.0])];
        // 64 operations and 8 bytes a unit, of which a nanosecond does half.
        let expected = [
            "update-schedule-free-adamw    2.00 ns/param  32.0   50%  4.00   50%",
            "  torch, 8 cells            147000 ns/param                73500 (36750–147000)",
            "  jax                         5.00 ns/param                    2.00 (1.50–5.00)",
        ];
        assert_eq!(lines(&rows, &machine).lines().collect::<Vec<_>>(), expected);
        assert!(head().trim_end().chars().count() <= 80);
        let alone = lines(&[of("", &[])], &machine);
        assert_eq!(alone.trim_end(), expected[0]);
        let table = csv(&machine, &rows);
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()));
    }
}

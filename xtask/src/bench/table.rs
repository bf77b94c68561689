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
            rounds: times.len(),
        }
    }

    /// In 80 columns.
    pub fn line(&self) -> String {
        let [median, least, largest] = self.ratio.map(digits);
        let ratio = if self.rival.is_empty() { String::new() } else { format!("{median} ({least}–{largest})") };
        let [gigaflops, gigabytes] =
            [self.gigaflops, self.gigabytes].map(|x| if x > 0.0 { digits(x) } else { String::new() });
        let name: String = self.name.chars().take(18).collect();
        let rival: String = self.rival.chars().take(18).collect();
        let own = format!("{} ns/{}", digits(self.own[0]), self.unit);
        let line = format!("{name:18} {own:>16} {gigaflops:>5} {gigabytes:>5}  {rival:18} {ratio:>12}");
        line.trim_end().to_owned() + "\n"
    }
}

/// What stands above the lines.
pub fn head() -> String {
    format!("{:18} {:>16} {:>5} {:>5}  {:18} {:>12}\n", "", "median", "GF/s", "GB/s", "rival", "ratio")
}

pub fn csv(machine: &Machine, rows: &[Row]) -> Table {
    const COLUMNS: [&str; 16] = [
        "work",
        "threads",
        "unit",
        "ns_median",
        "ns_least",
        "ns_largest",
        "gflops",
        "gbytes",
        "rival",
        "rival_ns_median",
        "rival_ns_least",
        "rival_ns_largest",
        "ratio_median",
        "ratio_least",
        "ratio_largest",
        "rounds",
    ];
    let number = |x: f64| if x.is_nan() { String::new() } else { x.to_string() };
    let row = |row: &Row| {
        let mut fields = vec![row.name.clone(), row.threads.to_string(), row.unit.to_owned()];
        fields.extend(row.own.map(number));
        fields.extend([row.gigaflops, row.gigabytes].map(number));
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

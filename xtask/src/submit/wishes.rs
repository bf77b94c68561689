//! What people ask of the system that runs their shards.

use anyhow::{Result, bail};
use clap::Args;
use serde::{Deserialize, Serialize};

use super::System;

/// The time limit of a shard, unless another one is given.
const TIME: &str = "01:00:00";

/// What people ask of the system that runs their shards.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Wishes {
    /// Slurm's time limit of a shard, as Slurm takes it [default: 01:00:00].
    #[arg(long, value_name = "TIME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Threads of a shard [default: 1; ssh: all cores of the host].
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1024))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpus_per_task: Option<u32>,
    /// Most shards that run at once [default: as many as Slurm lets].
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrent: Option<u32>,
    /// Slurm's partition.
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
    /// Slurm's account.
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Memory of a shard, as Slurm takes it.
    #[arg(long, value_name = "SIZE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mem: Option<String>,
    /// A further option for sbatch, e.g. --sbatch=--qos=low; can be repeated.
    #[arg(long, value_name = "OPTION", action = clap::ArgAction::Append, allow_hyphen_values = true)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sbatch: Vec<String>,
    /// Hosts for ssh, as `ssh` takes them; each runs one shard at a time.
    #[arg(long, value_name = "HOST,…", value_delimiter = ',', value_parser = host)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Use finished runs of other builds of the program.
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub any_program: bool,
}

impl Wishes {
    /// These, and where nothing is said those from before.
    pub fn or(self, before: Self) -> Self {
        let either = |now: Vec<String>, before| if now.is_empty() { before } else { now };
        Self {
            time: self.time.or(before.time),
            cpus_per_task: self.cpus_per_task.or(before.cpus_per_task),
            concurrent: self.concurrent.or(before.concurrent),
            partition: self.partition.or(before.partition),
            account: self.account.or(before.account),
            mem: self.mem.or(before.mem),
            sbatch: either(self.sbatch, before.sbatch),
            hosts: either(self.hosts, before.hosts),
            any_program: self.any_program || before.any_program,
        }
    }

    /// Refuses what the system has no use for.
    pub fn check(&self, system: System) -> Result<()> {
        let slurm = [
            ("--time", self.time.is_some()),
            ("--concurrent", self.concurrent.is_some()),
            ("--partition", self.partition.is_some()),
            ("--account", self.account.is_some()),
            ("--mem", self.mem.is_some()),
            ("--sbatch", !self.sbatch.is_empty()),
        ];
        match system {
            System::Slurm if !self.hosts.is_empty() => bail!("--hosts goes with ssh, and these scripts are for Slurm"),
            System::Slurm => self.limit(system).map(|_| ()),
            System::Ssh => match slurm.iter().find(|(_, given)| *given) {
                Some((option, _)) => bail!("{option} goes with Slurm, and these scripts are for ssh"),
                None => Ok(()),
            },
        }
    }

    /// The time limit as Slurm is told.
    pub fn time(&self) -> &str {
        self.time.as_deref().unwrap_or(TIME)
    }

    /// Seconds that a shard may take; `None` is without limit.
    pub fn limit(&self, system: System) -> Result<Option<u64>> {
        if system == System::Ssh || ["unlimited", "infinite"].contains(&self.time().to_lowercase().as_str()) {
            return Ok(None);
        }
        match seconds(self.time()) {
            Some(seconds) if seconds > 0 => Ok(Some(seconds)),
            _ => bail!(
                "--time is \"{}\", and accepted are minutes, minutes:seconds, hours:minutes:seconds, days-hours, \
                 days-hours:minutes, days-hours:minutes:seconds, and unlimited",
                self.time()
            ),
        }
    }
}

/// Accepts a name or address of a host, perhaps with a user: GNU parallel gives other signs a meaning of its own.
fn host(text: &str) -> Result<String, String> {
    let starts = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-@".contains(c);
    if starts && text.chars().all(plain) && text.matches('@').count() < 2 {
        Ok(text.to_owned())
    } else {
        Err("accepted: names or addresses as in node1 or me@node1.cluster, with commas between them".to_owned())
    }
}

/// Seconds of a time as Slurm writes it.
fn seconds(time: &str) -> Option<u64> {
    let (days, rest) = match time.split_once('-') {
        Some((days, rest)) => (Some(number(days)?), rest),
        None => (None, time),
    };
    let parts = rest.split(':').map(number).collect::<Option<Vec<u64>>>()?;
    // With days the first part is hours, and without them one or two parts are minutes and seconds.
    let (hours, minutes, seconds) = match (days, &parts[..]) {
        (Some(_), [hours]) => (*hours, 0, 0),
        (Some(_), [hours, minutes]) => (*hours, *minutes, 0),
        (None, [minutes]) => (0, *minutes, 0),
        (None, [minutes, seconds]) => (0, *minutes, *seconds),
        (_, [hours, minutes, seconds]) => (*hours, *minutes, *seconds),
        _ => return None,
    };
    Some(((days.unwrap_or(0) * 24 + hours) * 60 + minutes) * 60 + seconds)
}

/// A number of at most six digits.
fn number(text: &str) -> Option<u64> {
    let digits = (1..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// A time as Slurm writes it.
pub fn slurm_time(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let clock = format!("{hours:02}:{minutes:02}:{:02}", seconds % 60);
    if days == 0 { clock } else { format!("{days}-{clock}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(time: &str, expected: Option<u64>) {
        assert_eq!(seconds(time), expected, "{time}");
    }

    #[test]
    fn times_are_read_as_slurm_reads_them() {
        check("90", Some(5400));
        check("1:30", Some(90));
        check("01:00:00", Some(3600));
        check("2-0", Some(172_800));
        check("1-02:30", Some(95_400));
        check("1-02:03:04", Some(93_784));
        for wrong in ["", "1h", "-1", "1:2:3:4", "1-", ":1", "1-2:3:4:5", "+1", "1234567"] {
            check(wrong, None);
        }
    }

    #[test]
    fn times_are_written_as_they_are_read() {
        for time in [1, 59, 60, 3599, 3600, 86_399, 86_400, 1_000_000] {
            check(&slurm_time(time), Some(time));
        }
    }
}

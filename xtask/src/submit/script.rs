//! The scripts that run shards.
//!
//! Each is a head with what differs between sweeps, and a body that is a file of this folder.

use anyhow::{Result, bail};

use super::System;
use super::folder::Record;
use crate::sweep::quoted;

/// The script of a job array, or of a host that starts shards on others.
pub const SWEEP: [&str; 2] = ["sweep.sbatch", "sweep.sh"];
/// The script of the job that merges.
pub const MERGE: &str = "merge.sbatch";

/// What the job that merges does.
const MERGE_COMMAND: &str = "exec \"$run/bin/xtask\" merge \"$run\" $any_program\n";

/// Seconds before the time limit at which a shard is told to stop and asks for another turn; Slurm may tell it a
/// minute earlier.
const NOTICE: u64 = 180;

/// What is submitted.
pub struct Job<'a> {
    /// The plan's name.
    pub name: &'a str,
    /// The shards, as `--array` takes them.
    pub list: &'a str,
    /// Where everything is, absolute.
    pub folder: &'a str,
    /// For whom, where, in how many shards, with which options.
    pub record: &'a Record,
}

impl Job<'_> {
    /// Names and texts of the scripts.
    pub fn scripts(&self) -> Result<Vec<(&'static str, String)>> {
        match self.record.system {
            System::Slurm => Ok(vec![(SWEEP[0], self.array()?), (MERGE, self.merge()?)]),
            System::Ssh => Ok(vec![(SWEEP[1], self.hosts()?)]),
        }
    }

    /// The script of the job array.
    fn array(&self) -> Result<String> {
        let options = &self.record.options;
        let concurrent = options.concurrent.map(|most| format!("%{most}")).unwrap_or_default();
        let mut head = self.head("", "%A_%a")?;
        head.push("array", &format!("{}{concurrent}", self.list))?;
        head.push("cpus-per-task", &options.cpus_per_task.unwrap_or(1).to_string())?;
        head.0 += "#SBATCH --requeue\n#SBATCH --open-mode=append\n";
        if let Some(limit) = options.limit(System::Slurm)? {
            head.push("signal", &format!("B:USR1@{}", NOTICE.min(limit / 4)))?;
        }
        head.extra(&options.sbatch)?;
        let values = self.values();
        Ok(head.0 + "\n" + &values + include_str!("array.sh"))
    }

    /// The script of the job that merges.
    fn merge(&self) -> Result<String> {
        let mut head = self.head("merge ", "merge-%j")?;
        head.extra(&self.record.options.sbatch)?;
        Ok(head.0 + "\n" + &self.values() + MERGE_COMMAND)
    }

    /// What the bodies of scripts refer to.
    fn values(&self) -> String {
        let Record { shards, options, .. } = self.record;
        let any_program = if options.any_program { "--any-program" } else { "" };
        format!("run={}\nshards={shards}\nany_program={any_program}\n", quoted(self.folder.to_owned()))
    }

    /// Options that both jobs have.
    fn head(&self, prefix: &str, log: &str) -> Result<Head> {
        let options = &self.record.options;
        let mut head = Head("#!/usr/bin/env bash\n".to_owned());
        head.push("job-name", &format!("{prefix}{}", self.name))?;
        head.push("chdir", &self.record.directory)?;
        head.push("output", &format!("{}/log/{log}.log", self.folder.replace('%', "%%")))?;
        head.push("ntasks", "1")?;
        head.push("time", options.time())?;
        for (key, value) in [("partition", &options.partition), ("account", &options.account), ("mem", &options.mem)] {
            value.as_deref().map_or(Ok(()), |value| head.push(key, value))?;
        }
        Ok(head)
    }

    /// The script for GNU parallel.
    fn hosts(&self) -> Result<String> {
        let Record { directory, shards, options, .. } = self.record;
        if options.hosts.is_empty() {
            bail!("--hosts is missing: ssh needs the names of hosts, e.g. --hosts node1,node2");
        }
        if let Some(path) = [self.folder, directory].into_iter().find(|path| path.contains('{')) {
            bail!("\"{path}\" has a brace in it, which GNU parallel would replace: take another folder");
        }
        let [run, at] = [self.folder, directory].map(|path| quoted(path.to_owned()));
        let program = quoted(format!("{}/bin/xtask", self.folder));
        let plan = quoted(format!("{}/plan.toml", self.folder));
        let threads = options.cpus_per_task.map(|threads| format!(" --threads {threads}")).unwrap_or_default();
        let any_program = if options.any_program { " --any-program" } else { "" };
        let sweep = format!("{program} sweep {plan} --out {run} --shard {{}}/{shards}{threads}{any_program} --quiet");
        let hosts: Vec<String> = options.hosts.iter().map(|host| format!("1/{host}")).collect();
        Ok(format!(
            "#!/usr/bin/env bash\n\n{}list={}\nhosts={}\nsweep={}\n{}{MERGE_COMMAND}",
            self.values(),
            self.list,
            quoted(hosts.join(",")),
            quoted(format!("cd {at} && exec {sweep}")),
            include_str!("hosts.sh")
        ))
    }
}

/// The beginning of a script for `sbatch`.
struct Head(String);

impl Head {
    /// Adds an option; quoted so that `sbatch` reads the value as it is.
    fn push(&mut self, key: &str, value: &str) -> Result<()> {
        if value.contains(|c: char| c.is_control() || c == '\\') {
            bail!("--{key} would be {value:?}, and sbatch takes neither control characters nor backslashes");
        }
        let plain = |c: char| c.is_alphanumeric() || "-_./,:+@%".contains(c);
        let value =
            if value.chars().all(plain) { value.to_owned() } else { format!("\"{}\"", value.replace('"', "\\\"")) };
        self.0 += &format!("#SBATCH --{key}={value}\n");
        Ok(())
    }

    /// Adds options as they are.
    fn extra(&mut self, options: &[String]) -> Result<()> {
        for option in options {
            if !option.starts_with('-') || option.contains(char::is_control) {
                bail!("--sbatch is {option:?}, and accepted is an option of sbatch, e.g. --sbatch=--qos=low");
            }
            self.0 += &format!("#SBATCH {option}\n");
        }
        Ok(())
    }
}

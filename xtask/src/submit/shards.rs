//! Into how many shards a sweep is cut.

use anyhow::{Result, bail};
use sgdlab_sweeps::{MOST_SHARDS, Sweep};

use super::System;
use super::wishes::Wishes;
use crate::text;

/// Seconds of a shard, unless the time limit asks for less: a quarter of the default limit.
///
/// Estimates are rough, and a shard that is stopped by the limit has to wait for another turn.
const SECONDS: f64 = 900.0;

/// Shards for each host of ssh: hosts differ in speed, and a host takes the next shard when it is done with one.
const PER_HOST: u32 = 8;

/// What there is to cut.
pub struct Work {
    /// Estimated seconds of all runs on the threads of one shard.
    pub seconds: f64,
    /// Units that stay in one piece: more shards than that have nothing to do.
    pub packs: u32,
    /// Seconds that a shard should take at most, and why.
    most: (f64, String),
    /// Fewest shards that keep all hosts busy.
    fewest: u32,
}

impl Work {
    /// What there is to cut of a sweep.
    pub fn of(sweep: &Sweep, wishes: &Wishes, system: System) -> Self {
        let threads = f64::from(wishes.cpus_per_task.unwrap_or(1));
        let quarter = wishes.limit(system).ok().flatten().map(|limit| limit as f64 / 4.0);
        let most = match quarter {
            Some(quarter) if quarter <= SECONDS => (quarter, "a quarter of the time limit".to_owned()),
            _ => (SECONDS, text::duration(SECONDS)),
        };
        let packs = u32::try_from(sweep.packs().len()).unwrap_or(u32::MAX);
        let fewest = PER_HOST.saturating_mul(u32::try_from(wishes.hosts.len()).unwrap_or(u32::MAX)).max(1);
        Self { seconds: sweep.estimated_seconds() / threads, packs, most, fewest }
    }
}

/// How many shards, and why if nobody has said how many; a cluster may take `most`.
pub fn choose(work: &Work, wanted: Option<u32>, most: Option<u32>) -> Result<(u32, String)> {
    let most = most.unwrap_or(MOST_SHARDS).min(MOST_SHARDS);
    match wanted {
        Some(wanted) if wanted > MOST_SHARDS => bail!("--shards is {wanted}, and at most {MOST_SHARDS} are accepted"),
        Some(wanted) if wanted > most => bail!(
            "--shards is {wanted}, and an array of this Slurm has at most {most} tasks (MaxArraySize): take fewer \
             shards, with more --cpus-per-task or --time for each"
        ),
        Some(wanted) => Ok((wanted, String::new())),
        None => {
            let (seconds, reason) = &work.most;
            let by_time = (work.seconds / seconds).ceil() as u32;
            let count = by_time.max(work.fewest).min(work.packs).max(1);
            let why = if count > most {
                "as many as an array of this Slurm has tasks".to_owned()
            } else if count < by_time {
                "one for each pack of runs".to_owned()
            } else if count > by_time.max(1) {
                format!("{PER_HOST} for each host")
            } else {
                format!("at most {reason} each")
            };
            Ok((count.min(most), format!(" ({why}; --shards changes it)")))
        }
    }
}

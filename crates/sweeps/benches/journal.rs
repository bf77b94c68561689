//! What it costs to keep every finished run: the bundled toy sweep into a result folder, and the same runs with the same
//! lines brought to the disk without a journal.

use std::fs::File;
use std::io::{BufWriter, Write};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use sgdlab_sweeps::plan::Plan;
use sgdlab_sweeps::{Format, Packing, Progress, Request, Sweep, SweepError, catalogues, write_results};
use tempfile::TempDir;

const PLAN: &str = include_str!("../../../data/plans/toy-sweep.toml");

/// Runs everything and writes the lines, in the plan's order, with the hash of each file.
fn lines_alone(sweep: &Sweep, folder: &TempDir, threads: usize) {
    let files = ["rows.csv", "runs.csv"].map(|name| File::create(folder.path().join(name)).expect("a file"));
    let mut files = files.map(|file| (BufWriter::with_capacity(1 << 20, file), blake3::Hasher::new()));
    let sink = |finished: sgdlab_sweeps::Finished<'_>| {
        for ((file, hash), text) in files.iter_mut().zip([finished.rows, finished.summary]) {
            hash.update(text.as_bytes());
            file.write_all(text.as_bytes()).expect("room for the tables");
        }
        Ok::<(), SweepError>(())
    };
    sweep.execute(threads, &Progress::default(), sink).expect("nothing fails");
    for (file, _) in &mut files {
        file.flush().and_then(|()| file.get_ref().sync_data()).expect("room for the tables");
    }
}

fn journal(criterion: &mut Criterion) {
    let plan = Plan::parse(PLAN, "toy-sweep", &[], &catalogues()).expect("the plan is right");
    let sweep = Sweep::new(plan, Packing::Automatic).expect("its data is bundled");
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let folder = || TempDir::new().expect("a folder");
    let mut group = criterion.benchmark_group("toy sweep");
    group.throughput(Throughput::Elements(sweep.updates())).sample_size(20);
    group.bench_function("lines alone", |bencher| {
        bencher.iter_batched(folder, |folder| (lines_alone(&sweep, &folder, threads), folder), BatchSize::PerIteration);
    });
    group.bench_function("result folder with journal", |bencher| {
        let into = |folder: TempDir| {
            let request = Request {
                folder: folder.path(),
                threads,
                command: "bench",
                program: "bench",
                shard: None,
                format: Format::Csv,
                any_program: false,
            };
            write_results(&sweep, &request, &Progress::default(), &mut |_| ()).expect("nothing fails");
            folder
        };
        bencher.iter_batched(folder, into, BatchSize::PerIteration);
    });
    group.finish();
}

criterion_group!(benches, journal);
criterion_main!(benches);

//! Whole sweeps, driver and rendering included: time per update.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sgdlab_sweeps::plan::Plan;
use sgdlab_sweeps::{Finished, Packing, Progress, Sweep, SweepError, catalogues};

/// A sweep over 16 rates, in packs of 16 or run by run.
fn sweep(problem: &str, rule: &str, batch: u32, packing: Packing) -> Sweep {
    let text = format!(
        "name = \"bench\"\nquestion = \"How long does a step take?\"\nproblems = {problem}\nrules = {rule}\n\
         rates = {{ log = [1e-4, 1e-2], count = 16 }}\nbatch-sizes = {batch}\nreplicates = 1\nprecision = \"f32\"\n\
         budget = {{ steps = 2000 }}\nlog = {{ every-steps = 2000 }}\n"
    );
    let plan = Plan::parse(&text, "bench", &[], &catalogues()).expect("the plan is accepted");
    Sweep::new(plan, packing).expect("the data is bundled")
}

fn steps(criterion: &mut Criterion) {
    let problems = [
        ("line", "{ name = \"line\", loss = \"huber\" }"),
        ("logistic", "\"logistic\""),
        ("softmax", "{ name = \"softmax\", features = \"unit\" }"),
        ("mlp", "{ name = \"mlp\", features = \"unit\" }"),
    ];
    for (name, problem) in problems {
        for (rule_name, rule) in [("momentum", "{ name = \"sgd\", momentum = 0.9 }"), ("adam", "\"adam\"")] {
            for (packing, packing_name) in [(Packing::Automatic, "pack"), (Packing::Single, "single")] {
                let sweep = sweep(problem, rule, 16, packing);
                let mut group = criterion.benchmark_group(format!("step/{name}/{rule_name}/batch-16"));
                group.throughput(Throughput::Elements(sweep.updates()));
                group.sample_size(10);
                group.bench_function(packing_name, |bencher| {
                    bencher.iter(|| {
                        let sink = |finished: Finished<'_>| {
                            black_box(finished);
                            Ok::<(), SweepError>(())
                        };
                        sweep.execute(1, &Progress::default(), sink).expect("nothing fails");
                    });
                });
                group.finish();
            }
        }
    }
}

criterion_group!(benches, steps);
criterion_main!(benches);

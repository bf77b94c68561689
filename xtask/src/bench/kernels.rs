//! Small pieces of work whose instructions are counted: the paths that runs spend their time in.

use std::hint::black_box;

use multiversion::multiversion;
use sgdlab_core::streams::Key;
use sgdlab_core::{Layout, Numbers, Objective, Oracle, Real, Sample, Settings, WIDTH};
use sgdlab_landscapes::surface::{Plane, Quantity, even, map};
use sgdlab_losses::LossSpec;
use sgdlab_objectives::{Packs, Problem, Stored};
use sgdlab_optimizers::{Rule, RuleSpec, Signal, rules};
use sgdlab_samplers::{BatchBuffer, Context, SamplerSpec};
use sgdlab_sweeps::{Finished, Packing, Progress, Sweep, SweepError};

use crate::plans;

/// A name, and what prepares the work.
type Kernel = (String, Box<dyn Fn() -> Box<dyn FnMut()>>);

/// Does the work of every kernel once through `count`, after it was done once without.
pub fn count_all(mut count: impl FnMut(&str, &mut dyn FnMut())) {
    for (name, prepare) in kernels() {
        let mut work = prepare();
        // What is found out and allocated only once does not count.
        work();
        count(&name, &mut work);
    }
}

/// The number behind a name is that of lanes.
fn kernels() -> Vec<Kernel> {
    let mut all: Vec<Kernel> = vec![
        kernel("exp", || of_numbers(exp)),
        kernel("ln", || of_numbers(ln)),
        kernel("tanh", || of_numbers(tanh)),
        kernel("reshuffle", || fill("reshuffle", 50, 1)),
        kernel("with-replacement", || fill("with-replacement", 1797, 16)),
        kernel("sobol", || fill("sobol", 1797, 16)),
        kernel("loss-map", loss_map),
        kernel("full-gradient", || full_gradient("logistic")),
        kernel("sweep-1", || sweep(Packing::Single)),
        kernel("sweep-16", || sweep(Packing::Automatic)),
    ];
    for rule in ["sgd", "adam", "lamb"] {
        all.push(kernel(format!("{rule}-1"), move || update::<1>(rule)));
        all.push(kernel(format!("{rule}-16"), move || update::<WIDTH>(rule)));
    }
    all.push(kernel("log-loss-1", || slopes::<1>("logistic")));
    all.push(kernel("log-loss-16", || slopes::<WIDTH>("logistic")));
    for objective in ["line", "logistic", "softmax", "mlp"] {
        all.push(kernel(format!("{objective}-gradient-f32-1"), move || gradient::<f32, 1>(objective)));
        all.push(kernel(format!("{objective}-gradient-f32-16"), move || gradient::<f32, WIDTH>(objective)));
        all.push(kernel(format!("{objective}-gradient-f64-16"), move || gradient::<f64, WIDTH>(objective)));
        all.push(kernel(format!("{objective}-evaluate-f64-1"), move || evaluate::<f64, 1>(objective)));
        all.push(kernel(format!("{objective}-evaluate-f32-16"), move || evaluate::<f32, WIDTH>(objective)));
    }
    all
}

fn kernel<W: FnMut() + 'static>(name: impl Into<String>, prepare: impl Fn() -> W + 'static) -> Kernel {
    (name.into(), Box::new(move || Box::new(prepare())))
}

/// Scalars that functions, rules and losses are given.
const NUMBERS: usize = 4096;
/// How often they are, and how many batches are drawn.
const TIMES: usize = 64;

fn of_numbers(function: fn(&mut [f32])) -> impl FnMut() {
    let numbers: Vec<f32> = (0..NUMBERS).map(|i| 0.01 * (i % 997 + 1) as f32).collect();
    let mut out = numbers.clone();
    move || {
        for _ in 0..TIMES {
            out.copy_from_slice(black_box(&numbers));
            function(black_box(&mut out));
        }
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
fn exp(numbers: &mut [f32]) {
    numbers.iter_mut().for_each(|x| *x = Real::exp(*x));
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
fn ln(numbers: &mut [f32]) {
    numbers.iter_mut().for_each(|x| *x = Real::ln(*x));
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
fn tanh(numbers: &mut [f32]) {
    numbers.iter_mut().for_each(|x| *x = Real::tanh(*x));
}

fn fill(sampler: &str, terms: usize, batch: usize) -> impl FnMut() + use<> {
    let spec = SamplerSpec::new(&Settings::defaults(sgdlab_samplers::entry(sampler).expect("a sampler")));
    let spec = spec.expect("defaults go together");
    let mut sampler = spec.bind(&Context::of(terms), batch, Key::new("bench")).expect("possible sizes");
    let mut out = BatchBuffer::with_capacity(sampler.largest_batch());
    let mut step = 0;
    move || {
        for _ in 0..16 * TIMES {
            sampler.fill(step, &mut out);
            step += 1;
            black_box(&out.indices);
        }
    }
}

fn update<const N: usize>(name: &str) -> impl FnMut() + use<N>
where
    f32: sgdlab_optimizers::Packs<N>,
{
    let entry = rules::entries().into_iter().find(|entry| entry.name == name).expect("a rule");
    let spec = RuleSpec::new(&Settings::defaults(entry)).expect("defaults go together");
    let layout = Layout::vector(NUMBERS / N);
    let mut rule: Box<dyn Rule<f32, N>> = RuleSpec::bind(&std::array::from_fn(|_| spec.clone()), &layout);
    let (mut x, gradient) = (Numbers::new([1.0; N], NUMBERS / N), Numbers::new([0.5; N], NUMBERS / N));
    move || {
        for _ in 0..TIMES {
            rule.update(black_box(&mut x), Signal::of(black_box(&gradient)), &[1e-6; N]);
        }
    }
}

fn slopes<const N: usize>(name: &str) -> impl FnMut() + use<N>
where
    f32: sgdlab_losses::Packs<N>,
{
    let entry = sgdlab_losses::entries().into_iter().find(|entry| entry.name == name).expect("a loss");
    let loss = LossSpec::new(&Settings::defaults(entry)).expect("a scalar loss");
    let terms = NUMBERS / N;
    let targets: Vec<f32> = (0..terms).map(|i| if i % 3 == 0 { -1.0 } else { 1.0 }).collect();
    let batch: Vec<u32> = (0..terms).map(|i| (i * 5 % terms) as u32).collect();
    let predictions = points::<f32, N>(terms);
    let mut z = predictions.clone();
    move || {
        for _ in 0..TIMES {
            z.copy_from_slice(black_box(&predictions));
            loss.kernel::<f32, N>().slopes(&targets, &batch, black_box(&mut z));
        }
    }
}

/// Numbers between −0.1 and 0.1, which differ between lanes.
fn points<R: Real, const N: usize>(count: usize) -> Vec<[R; N]> {
    (0..count).map(|j| std::array::from_fn(|l| R::of(0.01 * ((7 * j + 3 * l) % 19) as f64 - 0.1))).collect()
}

fn problem(objective: &str) -> Problem {
    let settings = Settings::defaults(sgdlab_objectives::entry(objective).expect("an objective"));
    Problem::load(&settings).expect("bundled data")
}

fn gradient<R: Stored + Packs<N>, const N: usize>(name: &str) -> impl FnMut() + use<R, N> {
    let problem = problem(name);
    let objective: &dyn Objective<R, N> = R::model(&problem).objective();
    let at = points::<R, N>(objective.layout().size());
    let (mut out, mut scratch) = (at.clone(), vec![[R::ZERO; N]; objective.scratch(16)]);
    let batch: Vec<u32> = (0..16).map(|i| (i * 97 % objective.terms()) as u32).collect();
    move || {
        let objective: &dyn Objective<R, N> = R::model(&problem).objective();
        for _ in 0..TIMES {
            objective.gradient(black_box(&at), Sample::of(black_box(&batch)), &mut scratch, black_box(&mut out));
        }
    }
}

fn evaluate<R: Stored + Packs<N>, const N: usize>(name: &str) -> impl FnMut() + use<R, N> {
    let problem = problem(name);
    let objective: &dyn Objective<R, N> = R::model(&problem).objective();
    let at = points::<R, N>(objective.layout().size());
    let mut scratch = vec![[R::ZERO; N]; objective.scratch(1)];
    move || {
        let objective: &dyn Objective<R, N> = R::model(&problem).objective();
        black_box(objective.evaluate(black_box(&at), true, &mut scratch));
    }
}

fn full_gradient(name: &str) -> impl FnMut() + use<> {
    let problem = problem(name);
    let at = points::<f64, 1>(f64::model(&problem).objective::<1>().layout().size());
    let mut out = at.clone();
    move || {
        let mut oracle = Oracle::new(f64::model(&problem).objective(), 1);
        for _ in 0..TIMES {
            oracle.full_gradient(black_box(&at), black_box(&mut out));
        }
    }
}

fn loss_map() -> impl FnMut() {
    let problem = problem("line");
    let (plane, axis) = (Plane::axes(&[0.0, 0.0], 1, 0), even(-5.0, 8.0, 64));
    move || {
        let objective = f64::model(&problem).objective();
        black_box(map(objective, black_box(&plane), &Quantity::Value, (&axis, &axis)));
    }
}

/// Sixteen runs from the first step to their rows, without files.
fn sweep(packing: Packing) -> impl FnMut() {
    let plan = "name = \"counted\"\nquestion = \"How many instructions does it take?\"\n\
                problems = { name = \"line\", loss = \"huber\" }\nrules = \"adam\"\n\
                rates = { log = [1e-4, 1e-2], count = 16 }\nbatch-sizes = 5\nreplicates = 1\nprecision = \"f32\"\n\
                budget = { steps = 1000 }\nlog = { every-steps = 10 }\n";
    let plan = plans::parse(plan, "the plan of the benchmark", &[]).expect("the plan is accepted");
    let sweep = Sweep::new(plan, packing).expect("bundled data");
    move || {
        let sink = |finished: Finished<'_>| {
            black_box(finished);
            Ok::<(), SweepError>(())
        };
        sweep.execute(1, &Progress::default(), sink).expect("nothing fails");
    }
}

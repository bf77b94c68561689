//! Steps of update rules on so many parameters that memory decides.

use std::hint::black_box;

use multiversion::multiversion;
use sgdlab_core::{Layout, Numbers, Settings, Value};
use sgdlab_optimizers::elementwise::RULES;
use sgdlab_optimizers::{Rule, RuleSpec, Signal, rules};

use super::peers::{Reading, Script};
use super::work::{Kind, Rival, Work, Workload, script};

/// Parameters of a step of a rule.
const PARAMETERS: usize = 10_000_000;

/// A rule with settings, under the name that it has here.
struct Step {
    label: String,
    about: String,
    spec: RuleSpec,
    torch: Option<Rival>,
}

/// Update rules that `update_rules.py` has as well, and then all others that treat every parameter alike.
pub fn updates() -> impl Iterator<Item = Workload> {
    let beside = beside_torch();
    let others: Vec<Step> = RULES
        .iter()
        .filter(|name| beside.iter().all(|step| step.label != label(name)))
        .map(|name| alone(name))
        .collect();
    beside.into_iter().chain(others).map(workload)
}

fn label(name: &str) -> String {
    format!("update-{name}")
}

fn spec(name: &str, dialect: Option<&str>, given: Vec<(&'static str, Value)>) -> RuleSpec {
    let entry = rules::entries().into_iter().find(|entry| entry.name == name).expect("a rule");
    let settings = Settings::in_dialect(entry, dialect, given).expect("accepted");
    RuleSpec::new(&settings).expect("accepted together")
}

fn alone(name: &str) -> Step {
    Step {
        label: label(name),
        about: format!("a step of {name} on 10⁷ parameters, f32"),
        spec: spec(name, None, Vec::new()),
        torch: None,
    }
}

/// Rules with the settings of `update_rules.py`.
fn beside_torch() -> Vec<Step> {
    let momentum = || ("momentum", Value::Number(0.9));
    let nesterov = vec![momentum(), ("nesterov", Value::Flag(true)), ("weight-decay", Value::Number(0.01))];
    let each = Reading::Before("ns/param", 1.0);
    let list = [
        ("sgd", "sgd", Vec::new(), script!("torch", "update_rules.py", [], "n= 10000000 sgd ", each)),
        (
            "momentum",
            "sgd",
            vec![momentum()],
            script!("torch", "update_rules.py", [], "n= 10000000 sgd_momentum ", each),
        ),
        ("nesterov", "sgd", nesterov, script!("torch", "update_rules.py", [], "n= 10000000 sgd_nesterov_wd ", each)),
        ("adagrad", "adagrad", Vec::new(), script!("torch", "update_rules.py", [], "n= 10000000 adagrad ", each)),
        ("rmsprop", "rmsprop", Vec::new(), script!("torch", "update_rules.py", [], "n= 10000000 rmsprop ", each)),
        ("adam", "adam", Vec::new(), script!("torch", "update_rules.py", [], "n= 10000000 adam ", each)),
        ("adamw", "adamw", Vec::new(), script!("torch", "update_rules.py", [], "n= 10000000 adamw ", each)),
        ("nadam", "nadam", Vec::new(), script!("torch", "update_rules.py", [], "n= 10000000 nadam ", each)),
        ("adadelta", "adadelta", Vec::new(), script!("torch", "update_rules.py", [], "n= 10000000 adadelta ", each)),
    ];
    let step = |(own, name, given, torch): (&str, &str, _, _)| Step {
        label: label(own),
        about: format!("a step of {own} as in PyTorch on 10⁷ parameters, f32"),
        spec: spec(name, Some("torch"), given),
        torch: Some(torch),
    };
    list.into_iter().map(step).collect()
}

fn workload(Step { label, about, spec, torch }: Step) -> Workload {
    let slots = slots(&spec);
    let own = |label: &str, prepare: fn(usize) -> Work| Rival {
        label: label.to_owned(),
        kind: Kind::Own(Box::new(move || Ok(prepare(slots)))),
    };
    let rivals = [own("copy of as many bytes", copy_of), own("pass over the same lists", pass_over)];
    Workload {
        name: label,
        about,
        bound: "memory: parameters and what is kept for them are read and written, gradients read",
        unit: "param",
        threads: 1,
        double: false,
        prepare: Box::new(move || Ok(step_of(&spec))),
        rivals: rivals.into_iter().chain(torch).collect(),
    }
}

/// Numbers that a rule keeps for a parameter.
fn slots(spec: &RuleSpec) -> usize {
    RuleSpec::bind::<f32, 1>(std::array::from_ref(spec), &Layout::vector(1024)).save().len() / 1024
}

/// What a step reads and writes.
fn bytes(slots: usize) -> usize {
    size_of::<f32>() * PARAMETERS * (3 + 2 * slots)
}

fn step_of(spec: &RuleSpec) -> Work {
    let mut rule: Box<dyn Rule<f32, 1>> = RuleSpec::bind(std::array::from_ref(spec), &Layout::vector(PARAMETERS));
    let (mut x, gradient) = (Numbers::new([1.0], PARAMETERS), Numbers::new([0.5], PARAMETERS));
    let step = move || rule.update(black_box(&mut x), Signal::of(black_box(&gradient)), &[1e-6]);
    Work { bytes: bytes(slots(spec)) as f64, ..Work::of(step, PARAMETERS as f64) }
}

/// Half of the bytes read and half of them written, by the copy of the platform.
fn copy_of(slots: usize) -> Work {
    let numbers = bytes(slots) / (2 * size_of::<f32>());
    let (from, mut to) = (Numbers::new(0.5_f32, numbers), Numbers::new(0.0_f32, numbers));
    let done = move || black_box(&mut to).copy_from_slice(black_box(&from));
    Work::of(done, PARAMETERS as f64)
}

/// The same lists with a multiplication and an addition each, as in the STREAM benchmark.
fn pass_over(slots: usize) -> Work {
    let (mut x, gradient) = (Numbers::new([1.0_f32; 1], PARAMETERS), Numbers::new([0.5_f32; 1], PARAMETERS));
    let mut kept = Numbers::new([0.25_f32; 1], slots * PARAMETERS);
    let done = move || pass(black_box(&mut x), black_box(&gradient), black_box(&mut kept));
    Work::of(done, PARAMETERS as f64)
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
fn pass(x: &mut [[f32; 1]], gradient: &[[f32; 1]], kept: &mut [[f32; 1]]) {
    for (x, g) in x.iter_mut().zip(gradient) {
        x[0] += 1e-6 * g[0];
    }
    for slot in kept {
        slot[0] = 0.5 * slot[0] + 1e-6;
    }
}

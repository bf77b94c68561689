//! What is measured, against what can be computed by hand.

use sgdlab_core::Value::{self, Flag, Number};
use sgdlab_fingerprints::{
    Comparison, Facts, Family, Idle, Invariance, Kind, Later, Memory, Rates, Subject, Verdict, facts, family,
    invariances, oracle, parting, responses,
};

/// The rate of all tests.
const RATE: f64 = 0.01;

fn subject(name: &str, dialect: Option<&str>, given: &[(&'static str, Value)]) -> Subject {
    let entry = sgdlab_optimizers::entries().into_iter().find(|entry| entry.name == name).expect("a rule");
    Subject::new(entry, dialect, given.iter().cloned()).expect("accepted")
}

fn momentum(momentum: f64) -> Subject {
    subject("sgd", None, &[("momentum", Number(momentum))])
}

/// The series of a response is `expected` as a function of the step.
#[track_caller]
fn check_response(subject: &Subject, stimulus: &str, series: &str, expected: impl Fn(i32) -> f64) {
    let responses = responses(subject, RATE);
    let found = responses.iter().find(|r| r.stimulus == stimulus && r.series == series).expect("a response");
    for (t, value) in (1..).zip(&found.values) {
        let expected = expected(t);
        assert!((value - expected).abs() <= 1e-11 * expected.abs().max(1.0), "step {t}: {value} for {expected}");
    }
}

#[test]
fn responses_of_momentum_are_geometric() {
    let sum = |n: i32| (1.0 - 0.9_f64.powi(n)) / (1.0 - 0.9);
    let rule = momentum(0.9);
    check_response(&rule, "constant", "", sum);
    check_response(&rule, "impulse", "", |t| 0.9_f64.powi(t - 1));
    check_response(&rule, "sign flip", "", |t| if t <= 10 { sum(t) } else { sum(t) - 2.0 * sum(t - 10) });
    check_response(&rule, "scaled", "× 1000", |t| 1000.0 * sum(t));
    check_response(&rule, "rotated", "old", |t| if t <= 10 { sum(t) } else { sum(t) - sum(t - 10) });
    check_response(&rule, "rotated", "new", |t| if t <= 10 { 0.0 } else { sum(t - 10) });
}

#[test]
fn responses_of_rules_with_signs_and_roots() {
    check_response(&subject("signsgd", None, &[]), "scaled", "× 1000", |_| 1.0);
    check_response(&subject("rprop", None, &[]), "constant", "", |t| 1.2_f64.powi(t - 1));
    let adagrad = subject("adagrad", None, &[("eps", Number(0.0))]);
    check_response(&adagrad, "scaled", "× 10", |t| 1.0 / f64::from(t).sqrt());
}

#[track_caller]
fn check_facts(subject: &Subject, expected: &Facts) {
    let found = facts(subject, RATE);
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-6 * b.abs().max(1.0);
    assert!(close(found.first, expected.first), "{found:?}");
    let same = match (found.later, expected.later) {
        (Later::Steady(a), Later::Steady(b)) => close(a, b),
        (Later::Power { power: a, .. }, Later::Power { power: b, .. }) => (a - b).abs() <= 1e-3,
        _ => false,
    };
    assert!(same, "{found:?}");
    let idle = match (found.idle, expected.idle) {
        (Idle::Shrinks(a), Idle::Shrinks(b)) => close(a, b),
        (a, b) => a == b,
    };
    assert!(idle && found.memory == expected.memory, "{found:?}");
}

/// 0.9¹⁰ ≤ 1/e < 0.9⁹ and 0.9⁴⁴ ≤ 1/100 < 0.9⁴³.
const GEOMETRIC: Option<Memory> = Some(Memory { to_1_over_e: Some(10), to_1_percent: Some(44) });

const AT_ONCE: Option<Memory> = Some(Memory { to_1_over_e: Some(1), to_1_percent: Some(1) });

#[test]
fn facts_of_rules_with_closed_forms() {
    let rests = |first, later, memory| Facts { first, later, memory, idle: Idle::Rests };
    check_facts(&momentum(0.0), &rests(1.0, Later::Steady(1.0), AT_ONCE));
    check_facts(&momentum(0.9), &rests(1.0, Later::Steady(10.0), GEOMETRIC));
    let adagrad = subject("adagrad", None, &[]);
    check_facts(&adagrad, &rests(1.0, Later::Power { at: 0.0, power: -0.5 }, AT_ONCE));
    let adamw = subject("adamw", None, &[("beta1", Number(0.0)), ("weight-decay", Number(0.3))]);
    let shrinks = Facts { first: 1.0, later: Later::Steady(1.0), memory: AT_ONCE, idle: Idle::Shrinks(0.3) };
    check_facts(&adamw, &shrinks);
    // The mean of steps over a period of lookahead: five steps and half of the way back.
    check_facts(
        &subject("lookahead", None, &[]),
        &rests(1.0, Later::Steady(0.5), Some(Memory { to_1_over_e: Some(5), to_1_percent: Some(5) })),
    );
    // Adopt's first step only measures.
    check_facts(&subject("adopt", None, &[]), &rests(0.0, Later::Steady(1.0), None));
}

fn invariance(subject: &Subject, kind: Kind) -> Invariance {
    invariances(subject, RATE).into_iter().find(|found| found.kind == kind).expect("every kind is tried")
}

#[track_caller]
fn check_verdicts(subject: &Subject, expected: [Verdict; 7]) {
    let found: Vec<Verdict> = invariances(subject, RATE).iter().map(|found| found.verdict).collect();
    assert_eq!(found, expected, "{}", subject.label());
}

#[test]
fn invariances_are_those_of_the_mathematics() {
    use Verdict::{ButForEps, Exact, No, Rounding};
    // Scale, diagonal scale, permutation, rotation, row and column rotation, sign only, translation.
    check_verdicts(&momentum(0.9), [No, No, Exact, Rounding, Rounding, No, Rounding]);
    check_verdicts(&subject("adam", None, &[]), [ButForEps, ButForEps, Exact, No, No, No, Rounding]);
    check_verdicts(&subject("signsgd", None, &[]), [Exact, Exact, Exact, No, No, Exact, Rounding]);
    check_verdicts(&subject("rprop", None, &[]), [Exact, Exact, Exact, No, No, Exact, Rounding]);
    let undecayed = [("weight-decay", Number(0.0))];
    check_verdicts(&subject("muon", None, &undecayed), [Exact, No, No, No, Rounding, No, Rounding]);
    check_verdicts(&subject("lars", Some("optax"), &[]), [Exact, No, Exact, Rounding, Rounding, No, No]);
}

#[test]
fn steps_go_as_powers_of_the_loss() {
    let degree = |subject: &Subject| invariance(subject, Kind::Scale).degree.expect("a power");
    assert!((degree(&momentum(0.9)) - 1.0).abs() <= 1e-9);
    // With the mean square to the power p, g/v^p goes as the gradient to the power 1 − 2p.
    let padam = |partial| subject("padam", None, &[("partial", Number(partial)), ("eps", Number(0.0))]);
    assert!((degree(&padam(0.125)) - 0.75).abs() <= 1e-9);
    assert!((degree(&padam(0.25)) - 0.5).abs() <= 1e-9);
    assert_eq!(invariance(&subject("ftrl", None, &[]), Kind::Scale).degree, None);
}

#[test]
fn what_starts_otherwise_is_invariant_in_the_end() {
    // Radam goes as sgd with momentum until ρ > 5, which is at step 6 for beta2 = 0.999.
    assert_eq!(invariance(&subject("radam", None, &[]), Kind::Scale).verdict, Verdict::After(6));
    assert_eq!(invariance(&subject("dowg", None, &[]), Kind::Scale).verdict, Verdict::After(2));
}

#[test]
fn families_are_told_apart() {
    let cases = [
        ("sgd", Family::Rule),
        ("lamb", Family::Rule),
        ("nag", Family::WithProbe),
        ("schedule-free-sgd", Family::WithProbe),
        ("polyak-sgd", Family::ReadingValue),
        ("muon", Family::Matrix),
        ("adafactor", Family::Matrix),
        ("adamp", Family::Matrix),
        ("sophia", Family::Method),
        ("lookahead", Family::Tail),
    ];
    for (name, expected) in cases {
        assert_eq!(family(&subject(name, None, &[])), expected, "{name}");
    }
    assert_eq!(
        oracle(&subject("sophia", None, &[("update-period", Number(4.0))])).to_string(),
        "1 gradient + 0.25 diagonals"
    );
}

#[test]
fn partings_are_attributed() {
    let rates = Rates::Constant(RATE);
    let compare = |name, a, b| Comparison::new(&subject(name, Some(a), &[]), &subject(name, Some(b), &[]), rates);
    // The same rule, and one default that does it all.
    let lion = compare("lion", "optax", "paper");
    assert!(!lion.own.agrees() && lion.equal.agrees() && lion.hunks.is_empty());
    let [decay] = &lion.defaults[..] else { panic!("{:?}", lion.defaults) };
    assert_eq!((decay.name, decay.values.clone()), ("weight-decay", [Number(1e-3), Number(0.0)]));
    assert!(!decay.alone.agrees() && decay.without.agrees());
    // Different rules, as long as eps is something.
    let adagrad = compare("adagrad", "torch", "optax");
    assert!(!adagrad.equal.agrees());
    assert!(adagrad.quenched.iter().any(|setting| setting.name == "eps"), "{:?}", adagrad.quenched);
    // Muon's iteration diverges without its second coefficient, which is no agreement.
    assert_eq!(compare("muon", "torch", "optax").quenched, []);
    // The same until the rate changes.
    let rmsprop = compare("rmsprop", "torch", "optax");
    assert!(rmsprop.equal.agrees());
    let (setting, rates) = rmsprop.hidden.expect("momentum does it");
    assert_eq!((setting.map(|s| s.name), rates), (Some("momentum"), Rates::Falling(RATE)));
    assert!(rmsprop.defaults.iter().any(|d| d.name == "eps-in-sqrt" && d.values == [Flag(false), Flag(true)]));
}

#[test]
fn a_rule_does_not_part_from_itself() {
    let adam = subject("adam", None, &[]);
    let found = parting(&adam, &adam, Rates::Falling(RATE));
    assert!(found.agrees() && found.distance.iter().all(|&d| d == 0.0));
    let [plain, same] = ["torch", "optax"].map(|name| subject("sgd", Some(name), &[]));
    assert!(parting(&plain, &same, Rates::Constant(RATE)).agrees());
    let place = parting(&plain, &subject("signsgd", None, &[]), Rates::Constant(RATE)).first.expect("they part");
    assert_eq!((place.step, place.parameter, place.gradients()), (1, 0, "whose gradients are around 1e-9"));
    assert!((place.second.abs() - RATE).abs() <= 1e-15);
}

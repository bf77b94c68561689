//! What settings accept, what they refuse and how they say it.

use proptest::prelude::*;
use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Range, Settings, Value};

const fn entry(name: &'static str, hyperparameters: &'static [Hyperparameter], dialects: &'static [Dialect]) -> Entry {
    Entry { name, summary: "", formula: "", conventions: "", hyperparameters, dialects, cost: "", reference: "" }
}

const fn takes(name: &'static str, domain: Domain) -> Hyperparameter {
    Hyperparameter { name, meaning: "", domain }
}

static LOSS: Entry = entry("huber", &[takes("delta", Domain::Number { default: 1.0, range: Range::above(0.0) })], &[]);

fn losses() -> Vec<&'static Entry> {
    vec![&LOSS]
}

/// One hyperparameter of every kind, and two dialects.
static RULE: Entry = entry(
    "rule",
    &[
        takes("beta", Domain::Number { default: 0.9, range: Range::from_to(0.0, 1.0) }),
        takes("period", Domain::Integer { default: 5, least: 1 }),
        takes("nesterov", Domain::Flag { default: false }),
        takes("norm", Domain::Choice { default: "two", accepts: &["one", "two"] }),
        takes("widths", Domain::Integers { default: &[8, 4] }),
        takes("file", Domain::Text { default: "" }),
        takes("loss", Domain::Item { default: "huber", catalogue: losses }),
        takes("losses", Domain::Items { default: &["huber", "huber"], catalogue: losses }),
        takes(
            "shares",
            Domain::NumbersOrWord { default: "equal", accepts: &["equal", "balanced"], range: Range::at_least(0.0) },
        ),
        takes("clock", Domain::Tacit { default: "old", accepts: &["old", "new"] }),
        takes("other", Domain::TacitItem { default: "huber", catalogue: losses }),
    ],
    &[
        Dialect { name: "torch", conventions: "", formula: &[], defaults: &[] },
        Dialect {
            name: "optax",
            conventions: "",
            formula: &[],
            defaults: &[("beta", 0.99), ("nesterov", 1.0), ("period", 7.0)],
        },
    ],
);

static PLAIN: Entry = entry("plain", &[], &[]);

fn number(x: f64) -> Value {
    Value::Number(x)
}

fn word(text: &str) -> Value {
    Value::Word(text.to_owned())
}

fn refusal(name: &str, value: Value) -> String {
    Settings::new(&RULE, [(name, value)]).expect_err("a refusal").to_string()
}

#[test]
fn defaults_are_the_entrys_and_its_first_dialects() {
    let settings = Settings::defaults(&RULE);
    assert_eq!((settings.name(), settings.dialect()), ("rule", Some("torch")));
    assert_eq!(settings.number("beta"), 0.9);
    assert_eq!(settings.integer("period"), 5);
    assert!(!settings.flag("nesterov"));
    assert_eq!(settings.word("norm"), "two");
    assert_eq!(settings.integers("widths"), [8, 4]);
    assert_eq!(settings.word("file"), "");
    assert_eq!(settings.item("loss"), &Settings::defaults(&LOSS));
    assert_eq!(settings.items("losses"), [Settings::defaults(&LOSS), Settings::defaults(&LOSS)]);
    assert_eq!(settings.tacit("clock"), None);
}

#[test]
fn a_tacit_word_is_held_only_if_it_is_not_the_default() {
    let [old, new] = ["old", "new"].map(|text| Settings::new(&RULE, [("clock", word(text))]).unwrap());
    assert_eq!(old, Settings::defaults(&RULE));
    assert_eq!(new.tacit("clock"), Some("new"));
    assert!(!old.to_string().contains("clock") && new.to_string().ends_with(", clock=new)"), "{new}");
    assert!(old.to_string().ends_with("losses=[huber(delta=1.0), huber(delta=1.0)], shares=equal)"), "{old}");
    assert!(refusal("clock", word("next")).ends_with("it takes \"old\", \"new\""));
}

#[test]
fn a_tacit_item_is_held_only_if_it_is_not_the_default() {
    let item = |delta| Value::Item(Settings::new(&LOSS, [("delta", number(delta))]).unwrap());
    let [same, other] = [1.0, 2.0].map(|delta| Settings::new(&RULE, [("other", item(delta))]).unwrap());
    assert_eq!((&same, same.tacit_item("other")), (&Settings::defaults(&RULE), None));
    assert_eq!(other.tacit_item("other").unwrap().number("delta"), 2.0);
    assert!(other.to_string().ends_with(", shares=equal, other=huber(delta=2.0))"), "{other}");
    assert!(refusal("other", Value::Item(Settings::defaults(&PLAIN))).ends_with("it takes one of huber"));
}

#[test]
fn numbers_may_be_a_word() {
    let shares = |value| Settings::new(&RULE, [("shares", value)]).unwrap();
    assert_eq!(Settings::defaults(&RULE).numbers_or_word("shares"), Err("equal"));
    assert_eq!(shares(word("balanced")).numbers_or_word("shares"), Err("balanced"));
    assert_eq!(shares(Value::Numbers(vec![0.0, 2.5])).numbers_or_word("shares"), Ok(&[0.0, 2.5][..]));
    for value in [word("more"), Value::Numbers(vec![1.0, -1.0]), number(1.0)] {
        assert!(refusal("shares", value).ends_with("it takes \"equal\", \"balanced\", or a list, each a number ≥ 0"));
    }
}

#[test]
fn lists_of_items_are_of_their_catalogue_and_not_empty() {
    let strange = Value::Items(vec![Settings::defaults(&LOSS), Settings::defaults(&PLAIN)]);
    for value in [Value::Items(vec![]), strange] {
        assert!(refusal("losses", value).ends_with("it takes a list of at least one, each one of huber"));
    }
}

#[test]
fn a_dialect_has_its_own_defaults_and_given_values_win() {
    let optax = Settings::in_dialect(&RULE, Some("optax"), []).unwrap();
    assert_eq!((optax.number("beta"), optax.flag("nesterov"), optax.integer("period")), (0.99, true, 7));
    assert_eq!(optax.word("norm"), "two", "not named by the dialect");
    let given = Settings::in_dialect(&RULE, Some("optax"), [("beta", number(0.5))]).unwrap();
    assert_eq!((given.number("beta"), given.flag("nesterov")), (0.5, true));
    let none = Settings::in_dialect(&RULE, None, []).unwrap();
    assert_eq!((none.dialect(), none.number("beta")), (None, 0.9));
}

#[test]
fn given_values_replace_defaults() {
    let given = [
        ("beta", number(0.0)),
        ("period", number(3.0)),
        ("nesterov", Value::Flag(true)),
        ("norm", word("one")),
        ("widths", Value::Integers(vec![2])),
        ("file", word("a file")),
        ("loss", Value::Item(Settings::new(&LOSS, [("delta", number(2.5))]).unwrap())),
    ];
    let settings = Settings::new(&RULE, given).unwrap();
    assert_eq!((settings.number("beta"), settings.integer("period")), (0.0, 3));
    assert!(settings.flag("nesterov"));
    assert_eq!((settings.word("norm"), settings.word("file")), ("one", "a file"));
    assert_eq!(settings.integers("widths"), [2]);
    assert_eq!(settings.item("loss").number("delta"), 2.5);
}

#[test]
fn unknown_names_are_refused() {
    assert_eq!(
        refusal("bta", number(0.5)),
        "bta = 0.5 is not accepted: it takes no such key; \
         rule has beta, period, nesterov, norm, widths, file, loss, losses, shares, clock, other"
    );
    let error = Settings::in_dialect(&RULE, Some("jax"), []).unwrap_err();
    assert_eq!(error, Invalid::new("dialect", "jax", "torch, optax"));
    assert!(Settings::in_dialect(&PLAIN, Some("torch"), []).is_err());
}

#[test]
fn values_out_of_range_are_refused_with_what_is_accepted() {
    let cases = [
        ("beta", number(1.0), "beta = 1.0 is not accepted: it takes a number in [0, 1)"),
        ("beta", number(-0.1), "beta = -0.1 is not accepted: it takes a number in [0, 1)"),
        ("beta", number(f64::NAN), "beta = NaN is not accepted: it takes a number in [0, 1)"),
        ("beta", word("high"), "beta = high is not accepted: it takes a number in [0, 1)"),
        ("period", number(0.0), "period = 0.0 is not accepted: it takes a whole number ≥ 1"),
        ("period", number(1.5), "period = 1.5 is not accepted: it takes a whole number ≥ 1"),
        ("period", number(f64::INFINITY), "period = inf is not accepted: it takes a whole number ≥ 1"),
        ("nesterov", number(1.0), "nesterov = 1.0 is not accepted: it takes true or false"),
        ("norm", word("three"), "norm = three is not accepted: it takes \"one\", \"two\""),
        (
            "widths",
            Value::Integers(vec![3, 0]),
            "widths = [3, 0] is not accepted: it takes a list of whole numbers ≥ 1",
        ),
        ("file", Value::Flag(true), "file = true is not accepted: it takes a text"),
    ];
    for (name, value, expected) in cases {
        assert_eq!(refusal(name, value), expected);
    }
    let stranger = Value::Item(Settings::defaults(&PLAIN));
    assert_eq!(refusal("loss", stranger), "loss = plain is not accepted: it takes one of huber");
}

#[test]
fn canonical_text_has_every_value() {
    assert_eq!(
        Settings::defaults(&RULE).to_string(),
        "rule/torch(beta=0.9, period=5.0, nesterov=false, norm=two, widths=[8, 4], file=, loss=huber(delta=1.0), losses=[huber(delta=1.0), huber(delta=1.0)], shares=equal)"
    );
    assert_eq!(Settings::defaults(&PLAIN).to_string(), "plain");
}

#[test]
#[should_panic(expected = "rule has no hyperparameter gamma")]
fn asking_for_what_is_not_there_is_an_error_of_the_program() {
    let _ = Settings::defaults(&RULE).number("gamma");
}

#[test]
fn ranges_say_what_they_accept() {
    let cases = [
        (Range::from_to(0.0, 1.0), "a number in [0, 1)"),
        (Range::closed(-1.0, 1.0), "a number in [-1, 1]"),
        (Range::open(0.0, 0.5), "a number in (0, 0.5)"),
        (Range::at_least(0.0), "a number ≥ 0"),
        (Range::above(1e-3), "a number > 0.001"),
        (Range { includes_high: true, ..Range::open(f64::NEG_INFINITY, 2.0) }, "a number ≤ 2"),
        (Range::open(f64::NEG_INFINITY, 2.0), "a number < 2"),
        (Range::FINITE, "any finite number"),
    ];
    for (range, expected) in cases {
        assert_eq!(range.to_string(), expected);
        assert!(![f64::NAN, f64::INFINITY, f64::NEG_INFINITY].into_iter().any(|x| range.contains(x)), "{range}");
    }
}

proptest! {
    #[test]
    fn ranges_include_what_their_ends_say(low in -1e3..1e3, width in 1e-3..1e3, ends in any::<(bool, bool)>()) {
        let high = low + width;
        let range = Range { low, high, includes_low: ends.0, includes_high: ends.1 };
        prop_assert_eq!((range.contains(low), range.contains(high)), ends);
        prop_assert!(range.contains(0.5 * (low + high)));
        prop_assert!(!range.contains(low.next_down()) && !range.contains(high.next_up()));
    }
}

static STATEMENTS: Entry = Entry {
    formula: "m ← g;  u = clip(m; 0, 1);  x ← x − lr u",
    dialects: &[
        Dialect { name: "optax", conventions: "", formula: &[(1, "m ← g;  v ← g²"), (3, "")], defaults: &[] },
        Dialect { name: "torch", conventions: "", formula: &[], defaults: &[] },
    ],
    reference: "Ivgi, Hinder (2023), A title (with a note), arXiv:1",
    ..PLAIN
};

#[test]
fn a_formula_has_lines_that_dialects_replace() {
    let own = ["m ← g", "u = clip(m; 0, 1)", "x ← x − lr u"];
    assert_eq!(STATEMENTS.lines(None), own);
    assert_eq!(STATEMENTS.lines(Some(&STATEMENTS.dialects[0])), ["m ← g", "v ← g²", "u = clip(m; 0, 1)"]);
    assert_eq!(STATEMENTS.lines(Some(&STATEMENTS.dialects[1])), own);
}

#[test]
fn a_reference_starts_with_authors_and_year() {
    assert_eq!(STATEMENTS.publication(), Some(("Ivgi, Hinder", 2023)));
    for reference in ["", "Su, Tiger, software", "Su (Tiger), software", "Su (20231), Tiger", "Su (2023"] {
        assert_eq!(Entry { reference, ..STATEMENTS }.publication(), None, "{reference}");
    }
}

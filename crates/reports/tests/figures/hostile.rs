//! Figures of inputs that nobody would choose.

use sgdlab_reports::figures::*;

const LONG: &str = "a rule with a name that goes on and on, with momentum 0.9, clipped at 1.0, and weight decay 5e-4";

fn line<'a>(name: &'a str, x: &'a [f64], y: &'a [f64]) -> Curve<'a> {
    Curve { name, x, y, band: None }
}

/// Curves on all four pairs of scales.
fn on_all_scales(name: &str, x: &[f64], y: &[f64]) -> Vec<(String, Figure)> {
    let axis = |label: &str, log: bool| if log { Axis::new(label, "unit").log() } else { Axis::new(label, "unit") };
    let mut figures = Vec::new();
    for (x_log, y_log) in [(false, false), (false, true), (true, false), (true, true)] {
        let lines = [line("one", x, y), Curve { name: "two", x, y, band: Some((y, y)) }];
        let titled = curves(name, axis("x", x_log), axis("y", y_log), &lines);
        let tried = sensitivity(name, axis("x", x_log), axis("y", y_log), &lines);
        figures.extend(
            [("curves", titled), ("sensitivity", tried)]
                .map(|(kind, figure)| (format!("{name}, {kind}, x log {x_log}, y log {y_log}"), figure)),
        );
    }
    figures
}

fn numbers() -> Vec<(String, Figure)> {
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    let up = |n: usize| -> Vec<f64> { (0..n).map(|i| i as f64).collect() };
    let cases: Vec<(&str, Vec<f64>, Vec<f64>)> = vec![
        ("no points", vec![], vec![]),
        ("one point", vec![3.0], vec![0.25]),
        ("one point at zero", vec![0.0], vec![0.0]),
        ("all equal", up(9), vec![0.1; 9]),
        ("all equal and large", up(9), vec![1e15; 9]),
        ("all equal and negative", up(9), vec![-7.0; 9]),
        ("a tiny range", up(9), (0..9).map(|i| 1.0 + f64::from(i) * 1e-9).collect()),
        ("a range below precision", up(9), (0..9).map(|i| 1.0 + f64::from(i) * 1e-16).collect()),
        ("tiny numbers", up(9), (0..9).map(|i| 3e-310 * f64::from(i)).collect()),
        ("huge numbers", up(9), vec![f64::MAX, -f64::MAX, 1e300, 0.0, 5.0, -1e200, 1.0, 2.0, f64::MAX]),
        ("many orders", up(9), (0..9).map(|i| 10f64.powi(80 * i - 320)).collect()),
        ("zeros", up(9), vec![1.0, 0.5, 0.25, 0.0, 0.0, 0.0, 0.1, 0.0, 0.0]),
        ("nothing but zeros", up(9), vec![0.0; 9]),
        ("infinite numbers", up(9), vec![1.0, 0.5, inf, inf, 0.3, -inf, -inf, 0.2, inf]),
        ("nothing but infinite numbers", up(9), vec![inf; 9]),
        ("nothing but NaN", vec![nan; 9], vec![nan; 9]),
        ("gaps", up(9), vec![1.0, nan, 3.0, nan, nan, 2.0, 2.5, nan, 1.0]),
        ("infinite positions", vec![1.0, 2.0, inf, 4.0, -inf], vec![1.0, 2.0, 3.0, 4.0, 5.0]),
        ("negative numbers", up(9), (0..9).map(|i| -1.0 - f64::from(i)).collect()),
        ("offset", up(9), (0..9).map(|i| 123_456_789.0 + f64::from(i)).collect()),
        ("a decade", up(9), (0..9).map(|i| 1.5 + f64::from(i)).collect()),
        ("less than an octave", up(9), (0..9).map(|i| 0.011 + 0.0003 * f64::from(i)).collect()),
    ];
    cases.into_iter().flat_map(|(name, x, y)| on_all_scales(name, &x, &y)).collect()
}

fn words() -> Vec<(String, Figure)> {
    let (x, y) = ([1.0, 2.0, 3.0], [1.0, 0.5, 0.3]);
    let axis = || Axis::new(LONG, LONG);
    let names: Vec<String> = (0..12).map(|i| format!("{LONG} number {i}")).collect();
    let short: Vec<String> = (0..40).map(|i| format!("r{i}")).collect();
    let all: Vec<Curve<'_>> = names.iter().map(|name| line(name, &x, &y)).collect();
    let many: Vec<Curve<'_>> = short.iter().map(|name| line(name, &x, &y)).collect();
    let samples: Vec<Sample<'_>> = names.iter().map(|name| Sample { name, values: &y }).collect();
    let many_samples: Vec<Sample<'_>> =
        short.iter().map(|name| Sample { name, values: &[1.0, f64::INFINITY] }).collect();
    let labels: Vec<&str> = names.iter().map(String::as_str).collect();
    let tags: Vec<&str> = short.iter().map(String::as_str).collect();
    let ranks: Vec<f64> = (0..12).map(|i| 1.0 + 0.01 * f64::from(i)).collect();
    let many_ranks: Vec<f64> = (0..40).map(|i| 1.0 + f64::from(i)).collect();
    let strange = "<b> & \"quotes\" \u{1}\n漢字 ∇ƒ😀";
    let map = || Map {
        x: vec![1e-9, 1e9],
        y: vec![0.0, 1.0],
        z: vec![1e-300, f64::NAN, f64::INFINITY, 1e300],
        axis: axis().log(),
        ..Map::default()
    };
    let chart = |title: &str| Chart { title: title.to_owned(), x: axis(), y: axis(), ..Chart::default() };
    let named = |name: &str, figure: Figure| (name.to_owned(), figure);
    vec![
        named(
            "long words",
            curves(LONG, axis(), axis().log(), &all).with_subtitle(&[LONG; 4].join(" ")).with_note(LONG),
        ),
        named("one long word", curves(&"x".repeat(3000), axis(), axis(), &[line(&"y".repeat(3000), &x, &y)])),
        named("forty series", curves("forty series", axis(), axis(), &many)),
        named(
            "strange letters",
            curves(strange, Axis::new(strange, strange), Axis::new(strange, ""), &[line(strange, &x, &y)]),
        ),
        named("no words", curves("", Axis::default(), Axis::default(), &[line("", &x, &y)])),
        named("long names of boxes", boxes(LONG, axis(), &samples)),
        named("forty boxes", boxes("forty boxes", axis(), &many_samples)),
        named("no boxes", boxes("no boxes", axis(), &[])),
        named("an empty box", boxes("an empty box", axis(), &[Sample { name: "none", values: &[] }])),
        named("equal ranks with long names", critical_difference(LONG, &labels, &ranks, 3.0)),
        named("forty ranks", critical_difference("forty ranks", &tags, &many_ranks, 0.5)),
        named("no ranks", critical_difference("no ranks", &[], &[], 1.0)),
        named("ranks that are none", critical_difference("ranks", &["a", "b"], &[f64::NAN, 1.0], f64::INFINITY)),
        named("a map of strange numbers", heat_map(LONG, [axis(), axis()], map())),
        named("an empty map", heat_map("an empty map", [axis(), axis()], Map::default())),
        named("a map with too few numbers", heat_map("a map", [axis(), axis()], Map { z: vec![1.0], ..map() })),
        named(
            "a landscape of strange numbers",
            landscape(
                LONG,
                [axis().log(), axis().log()],
                Map { smooth: true, levels: vec![1.0, f64::NAN], ..map() },
                &[Trajectory { name: LONG, x: &[1.0, f64::INFINITY], y: &[0.5, 0.5] }],
                &[[f64::NAN, 0.0]],
            ),
        ),
        named("an empty landscape", landscape("an empty landscape", [axis(), axis()], Map::default(), &[], &[])),
        named(
            "a surface of strange numbers",
            surface(
                LONG,
                [axis(), axis()],
                map(),
                &[Trajectory { name: LONG, x: &[f64::NAN], y: &[0.5] }],
                &[[1.0, 0.5]],
            ),
        ),
        named("an empty surface", surface("an empty surface", [axis(), axis()], Map::default(), &[], &[])),
        named(
            "a flat surface",
            surface(
                "a flat surface",
                [axis(), axis()],
                Map { x: vec![0.0, 1.0], y: vec![0.0, 1.0], z: vec![2.0; 4], ..Map::default() },
                &[],
                &[],
            ),
        ),
        named(
            "empty samples",
            ecdf(
                "empty samples",
                axis().log(),
                LONG,
                &[Sample { name: "none", values: &[] }, Sample { name: "lost", values: &[f64::INFINITY] }],
            ),
        ),
        named("no eigenvalues", spectra("no eigenvalues", axis(), &[Spectrum::default()])),
        named(
            "one eigenvalue",
            spectra(
                "one eigenvalue",
                axis().log(),
                &[Spectrum { name: "one", eigenvalues: &[0.0, 3.0], weights: &[] }],
            ),
        ),
        named(
            "laws without data",
            rates_of_convergence("laws", axis(), axis(), &[], &[Law { name: "1/t", factor: 1.0, exponent: -1.0 }]),
        ),
        named("small charts with long words", Figure::multiples(LONG, [LONG, "b", "c", LONG].map(chart).to_vec(), 4)),
        named("no charts", Figure::multiples("no charts", Vec::new(), 0)),
    ]
}

/// All of them.
pub fn all() -> Vec<(String, Figure)> {
    numbers().into_iter().chain(words()).collect()
}

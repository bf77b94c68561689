//! `surface`.

use crate::browser::Browser;
use crate::support::{Lab, assert_close, number, width};

/// A plan whose runs on a small network have their parameters recorded.
const NETS: &str = "\
name = \"nets\"
question = \"Which way do they go?\"
problems = { name = \"mlp\", label = \"net\", data = \"iris\", hidden = [4], activation = \"tanh\" }
rules = [\"sgd\", \"adam\"]
rates = 0.05
batch-sizes = 50
replicates = 2
budget = { steps = 60 }
parameters = true
";

/// Draws something and says what was printed.
#[track_caller]
fn drawn(lab: &Lab, arguments: &[&str]) -> String {
    let said = lab.run(&[&["surface"], arguments].concat());
    assert_eq!((said.code, &*said.stderr), (Some(0), ""), "{arguments:?}");
    assert!(width(&said.stdout) <= 80, "{}", said.stdout);
    said.stdout
}

#[track_caller]
fn check_refused(lab: &Lab, arguments: &[&str], parts: &[&str]) {
    let said = lab.run(&[&["surface"], arguments].concat());
    assert_eq!((said.code, &*said.stdout), (Some(2), ""), "{arguments:?}");
    let error = said.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    parts.iter().for_each(|part| assert!(error.contains(part), "{arguments:?}: {error} lacks {part}"));
}

#[test]
fn a_landscape_is_drawn_in_its_published_window() {
    let lab = Lab::new();
    let said = drawn(&lab, &["rosenbrock", "--size", "5x9", "--out", "a.svg"]);
    assert!(said.contains("least     0 at (1, 1)") && said.contains("greatest  2509 at (−2, −1)"), "{said}");
    assert_eq!(lab.names(""), ["a-map.csv", "a.svg"]);
    let map = lab.table("a-map.csv");
    assert_eq!((map.header.join(","), map.rows.len()), ("x,y,value".to_owned(), 45));
    for row in &map.rows {
        let [x, y, value] = ["x", "y", "value"].map(|column| number(row, column));
        assert_close("value", value, (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2), 1e-12);
    }
    let svg = lab.read("a.svg");
    assert!(svg.contains(">minimum</text>") && svg.contains(">x[0]</text>"));
    // A number is that of its point alone, and files have the same bytes.
    let other = lab.command(&["surface", "rosenbrock", "--size", "5x9", "--out", "b.svg"]);
    let mut other = assert_cmd::Command::from_std(other);
    other.env("RAYON_NUM_THREADS", "1").assert().success();
    assert_eq!((lab.read("b.svg"), lab.read("b-map.csv")), (svg, lab.read("a-map.csv")));
}

#[test]
fn rules_run_and_have_their_paths_written() {
    let lab = Lab::new();
    let rules = "sgd:0.002,momentum:0.002,adam beta2=0.99:0.1";
    let said = drawn(
        &lab,
        &["matyas", "--rules", rules, "--start", "4,-3", "--steps", "30", "--size", "11", "--out", "m.svg"],
    );
    assert!(said.contains("path      momentum 0.002: loss"), "{said}");
    let paths = lab.table("m-paths.csv");
    assert_eq!(paths.rows.len(), 3 * 31);
    for row in &paths.rows {
        let [x, y, loss, value] = ["x", "y", "loss", "value_on_plane"].map(|column| number(row, column));
        assert_close("loss", loss, 0.26 * (x * x + y * y) - 0.48 * x * y, 1e-12);
        assert_eq!((loss, number(row, "off_plane")), (value, 0.0));
    }
    // x ← x − 0.002 ∇f(x), by hand.
    let second = paths.rows.iter().find(|row| row["path"] == "sgd 0.002" && row["step"] == "1").unwrap();
    assert_close("x", number(second, "x"), 4.0 - 0.002 * (0.52 * 4.0 + 0.48 * 3.0), 1e-12);
    let svg = lab.read("m.svg");
    for part in ["data-series=\"sgd 0.002\"", "adam beta2=0.99 0.1", ">from start to end</text>"] {
        assert!(svg.contains(part), "{part}");
    }
}

#[test]
fn what_is_beside_the_plane_is_said_and_drawn() {
    let lab = Lab::with_plan(NETS);
    lab.sweep(&[]);
    let arguments = ["--paths", "out", "--where", "replicate=0", "--plane", "pca", "--size", "21"];
    let said = drawn(&lab, &[&arguments[..], &["--out", "p.svg"]].concat());
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("The plane holds ") && words.contains(" of the squared distance of the paths"), "{said}");
    let svg = lab.read("p.svg");
    for part in [
        "sgd 0.05, on the plane",
        "adam 0.05, on the plane",
        "Along the paths, and on the plane below them",
        "1st principal (",
    ] {
        assert!(svg.contains(part), "{part}");
    }
    // The true loss is that of the sweep, and what the plane explains is what its axes say.
    let (paths, rows, runs) = (lab.table("p-paths.csv"), lab.table("out/rows.csv"), lab.table("out/runs.csv"));
    let run = runs.rows.iter().find(|row| row["rule"] == "adam" && row["replicate"] == "0").unwrap();
    let of_run: Vec<_> = rows.rows.iter().filter(|row| row["run"] == run["run"]).collect();
    let of_path: Vec<_> = paths.rows.iter().filter(|row| row["path"] == "adam 0.05").collect();
    assert!(of_run.len() == of_path.len() && of_run.len() > 5);
    for (row, path) in of_run.iter().zip(&of_path) {
        assert_eq!(row["step"], path["step"]);
        assert_close("loss", number(path, "loss"), number(row, "value"), 1e-12);
    }
    assert!(of_path.iter().any(|row| number(row, "off_plane") > 0.0 && row["loss"] != row["value_on_plane"]));
    // The plane's point (x, y) of a path's last row is the run's last point.
    let plane = lab.table("p-plane.csv");
    assert_eq!(plane.rows.len(), 4 * 4 + 4 + 4 * 3 + 3);
    // A surface in space has the same beside it.
    drawn(&lab, &[&arguments[..], &["--view", "3d", "--out", "s.svg"]].concat());
    assert!(lab.read("s.svg").contains("sgd 0.05, on the plane"));
}

#[test]
fn lines_and_random_planes_go_through_trained_points() {
    let lab = Lab::new();
    let net = ["mlp", "data=iris", "hidden=[4]", "--rules", "adam:0.05", "--steps", "40"];
    let said = drawn(&lab, &[&net[..], &["--plane", "line", "--x=0,1", "--size", "5", "--out", "line.svg"]].concat());
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("from the start (0) to the last point of adam 0.05 (1)"), "{said}");
    let line = lab.table("line-map.csv");
    assert_eq!((line.header.join(","), line.rows.len()), ("x,value".to_owned(), 5));
    let at = |x: f64| number(line.rows.iter().find(|row| number(row, "x") == x).unwrap(), "value");
    let path = lab.table("line-paths.csv");
    assert_close("start", at(0.0), number(&path.rows[0], "loss"), 1e-9);
    assert_close("end", at(1.0), number(&path.rows[40], "loss"), 1e-9);
    assert_close("end", number(&path.rows[40], "x"), 1.0, 1e-12);
    for (key, name) in [("a", "a.svg"), ("b", "b.svg")] {
        let random = ["--plane", "random", "--x=-1,1", "--y=-1,1", "--size", "9", "--key", key, "--out", name];
        drawn(&lab, &[&net[..], &random].concat());
    }
    assert_ne!(lab.read("a-map.csv"), lab.read("b-map.csv"), "other directions");
    let middle = &lab.table("a-map.csv").rows[40];
    assert_eq!((number(middle, "x"), number(middle, "y")), (0.0, 0.0));
    assert_close("center", number(middle, "value"), number(&path.rows[40], "loss"), 1e-12);
    let biases = lab.table("a-plane.csv");
    assert!(biases.rows.iter().filter(|row| row["tensor"].contains("bias")).all(|row| row["x"] == "0"));
}

#[test]
fn batches_variances_and_modified_losses_are_surfaces_too() {
    let lab = Lab::new();
    let values = |quantity: &str, name: &str| {
        let window = ["--x=-1,1", "--y=-1,1", "--size", "3", "--out", name];
        drawn(&lab, &[&["line", "--quantity", quantity][..], &window].concat());
        let rows = lab.table(name).rows;
        rows.iter().map(|row| number(row, "value")).collect::<Vec<f64>>()
    };
    let value = values("value", "value.csv");
    // The mean of a value over the batches of an epoch is the value.
    let batches: Vec<Vec<f64>> = (0..5).map(|k| values(&format!("batch:10@{k}"), &format!("{k}.csv"))).collect();
    for (i, value) in value.iter().enumerate() {
        let mean = batches.iter().map(|batch| batch[i]).sum::<f64>() / 5.0;
        assert_close("mean of batches", mean, *value, 1e-12);
    }
    let (one, ten) = (values("variance", "one.csv"), values("variance:10", "ten.csv"));
    for (one, ten) in one.iter().zip(&ten) {
        assert_close("variance of batches", *ten, one * 40.0 / 490.0, 1e-12);
    }
    let modified = values("modified:0.1,50", "modified.csv");
    assert!(modified.iter().zip(&value).all(|(modified, value)| modified > value));
}

#[test]
fn one_parameter_is_a_curve_and_problems_come_from_plans() {
    let lab = Lab::new();
    let said = drawn(&lab, &["double-well", "--rules", "sgd:0.05", "--start=0.3", "--steps", "20", "--out", "w.svg"]);
    assert!(said.contains("at 601 points"), "{said}");
    assert!(!said.contains("holds"), "one parameter has no projection: {said}");
    drawn(&lab, &["line/huber", "--size", "4", "--out", "plan.png"]);
    assert!(std::fs::read(lab.path("plan.png")).unwrap().starts_with(b"\x89PNG"));
    drawn(&lab, &["rastrigin", "dimension=4", "--plane", "axes:1,3", "--size", "4", "--view", "3d"]);
    assert!(lab.names("results").contains(&"surface-rastrigin.svg".to_owned()));
}

#[test]
fn what_is_wrong_is_named_with_what_is_right() {
    let lab = Lab::with_plan(&NETS.replace("parameters = true\n", ""));
    lab.sweep(&[]);
    check_refused(&lab, &[], &["PROBLEM is needed"]);
    check_refused(&lab, &["rosenbrok"], &["no objective is called \"rosenbrok\"", "did you mean \"rosenbrock\"?"]);
    check_refused(&lab, &["rosenbrock", "dimensions=3"], &["no setting is called \"dimensions\"", "dimension"]);
    check_refused(&lab, &["rosenbrock", "b=NaN"], &["b = NaN is not accepted"]);
    for size in ["0", "1", "1000000000", "3000x3000", "10x", "-4"] {
        check_refused(&lab, &["booth", &format!("--size={size}")], &["--size", "is not accepted"]);
    }
    check_refused(&lab, &["booth", "--x=1,0"], &["--x 1,0 is not accepted", "LOW < HIGH"]);
    check_refused(&lab, &["booth", "--x=NaN,1"], &["finite numbers"]);
    check_refused(&lab, &["booth", "--rules", "sgd"], &["a rule takes its rate, as in sgd:0.1"]);
    check_refused(&lab, &["booth", "--rules", "sgd:nan"], &["a finite number > 0"]);
    check_refused(&lab, &["booth", "--rules", "adma:0.1"], &["no rule is called \"adma\"", "did you mean \"adam\"?"]);
    check_refused(&lab, &["booth", "--rules", "sgd momentm=0.9:0.1"], &["did you mean \"momentum\"?"]);
    check_refused(&lab, &["booth", "--rules", "sgd:0.1", "--steps", "0"], &["--steps 0 is not accepted"]);
    check_refused(&lab, &["booth", "--rules", "sgd:0.1", "--batch", "500"], &["500"]);
    check_refused(
        &lab,
        &["booth", "--rules", "sgd:0.1", "--start", "1,2,3"],
        &["--start has 3 numbers", "2 parameters"],
    );
    check_refused(&lab, &["booth", "--plane", "axes:0,2"], &["two different parameters from 0 to 1"]);
    check_refused(&lab, &["booth", "--plane", "pca"], &["--plane pca takes paths"]);
    check_refused(&lab, &["booth", "--plane", "plane"], &["axes[:I,J], random, pca or line"]);
    check_refused(&lab, &["double-well", "--plane", "random"], &["a plane takes two parameters"]);
    check_refused(&lab, &["booth", "--plane", "line:start,start"], &["takes two points"]);
    check_refused(&lab, &["booth", "--center", "1,2,3"], &["3 numbers", "2 parameters"]);
    check_refused(&lab, &["softmax", "--plane", "random", "--center", "start"], &["spans no plane"]);
    check_refused(&lab, &["line", "--quantity", "batch:51"], &["1 to 50 of the terms"]);
    check_refused(&lab, &["line", "--quantity", "varience"], &["did you mean \"variance\"?"]);
    check_refused(&lab, &["line", "--quantity", "modified:-1"], &["a rate > 0"]);
    check_refused(&lab, &["--paths", "nowhere"], &["nowhere"]);
    check_refused(&lab, &["--paths", "out"], &["has no parameters.csv", "parameters = true", "--set parameters=true"]);
    check_refused(
        &lab,
        &["--paths", "out", "--where", "rule=adm"],
        &["no run has rule = adm", "did you mean \"adam\"?"],
    );
    check_refused(&lab, &["nets", "--paths", "out"], &["no problem \"nets\", but net"]);
    check_refused(&lab, &["booth", "--out", "a.gif"], &["a.gif is not accepted"]);
}

/// The page of a film: its marks move with the slider, and nothing is loaded or complained about.
#[test]
fn the_film_moves_with_its_slider() {
    let lab = Lab::new();
    let rules = "sgd:0.002,momentum:0.002,adam:0.05";
    drawn(&lab, &["rosenbrock", "--rules", rules, "--steps", "60", "--size", "61", "--out", "f.html"]);
    assert!(lab.read("f.html").contains("default-src &#x27;none&#x27;"));
    let Some(mut browser) = Browser::start() else { return };
    browser.resize(1280, 900);
    browser.open(&lab.path("f.html"));
    browser.until("document.querySelectorAll('#map .live .dot').length === 3");
    let dots = "[...document.querySelectorAll('#map .live .dot')].map(e => e.getAttribute('cx')).join()";
    let loss = "document.querySelector('#losses .live .dot').getAttribute('cx')";
    let (before, start) = (browser.value(dots), browser.value(loss));
    let arrows = browser.value("document.querySelectorAll('#map .live .head').length");
    assert!(arrows.as_u64().unwrap() >= 6, "gradient and step of each rule at least: {arrows}");
    browser.value("document.getElementById('step').focus()");
    for _ in 0..20 {
        browser.key("ArrowRight");
    }
    browser.until("document.getElementById('now').textContent === 'step 20 of 60'");
    assert_ne!(browser.value(dots), before);
    assert_ne!(browser.value(loss), start);
    // The table has the numbers of the step, which the paths have too.
    let x = browser.value("document.querySelector('#readout tbody tr td').textContent");
    let row = lab.table("f-paths.csv").rows.into_iter().find(|row| row["path"] == "sgd 0.002" && row["step"] == "20");
    let shown: f64 = x.as_str().unwrap().replace('−', "-").parse().unwrap();
    assert_close("x", shown, number(&row.unwrap(), "x"), 1e-3);
    // Switches take tracks and arrows away.
    browser.click("#arrows button:first-child");
    browser.until("document.querySelectorAll('#map .gradient-head').length === 0");
    browser.click("#tracks button:first-child");
    browser.until("document.querySelectorAll('#map .live .dot').length === 2");
    browser.click("#tracks button:first-child");
    browser.click("#arrows button:first-child");
    // It plays to its end, and stops there.
    browser.click("#play");
    browser.until("document.getElementById('play').textContent === 'Pause'");
    browser.until("document.getElementById('now').textContent === 'step 60 of 60'");
    browser.until("document.getElementById('play').textContent === 'Play'");
    browser.value(
        "document.getElementById('step').value = 30; document.getElementById('step').dispatchEvent(new Event('input'))",
    );
    browser.check();
}

#[test]
fn the_film_fits_a_phone_and_paper() {
    let lab = Lab::new();
    drawn(&lab, &["himmelblau", "--rules", "adam:0.3,sgd:0.01", "--steps", "30", "--size", "41", "--out", "f.html"]);
    let Some(mut browser) = Browser::start() else { return };
    browser.resize(390, 844);
    browser.media("screen", "dark");
    browser.open(&lab.path("f.html"));
    browser.until("document.querySelectorAll('#map .live .dot').length === 2");
    assert_eq!(browser.value("document.documentElement.scrollWidth <= innerWidth"), true);
    let ground = browser.value("getComputedStyle(document.querySelector('#map svg .g')).fill");
    assert_eq!(ground, "rgb(20, 23, 28)", "dark");
    browser.media("print", "light");
    let display = "getComputedStyle(document.querySelector('#map .live')).display";
    assert_eq!(browser.value(display), "none", "paper has whole paths");
    assert_eq!(browser.value("getComputedStyle(document.querySelector('#map svg')).display"), "block");
    browser.media("screen", "dark");
    browser.check();
}

#[test]
fn variances_follow_the_sampler() {
    let lab = Lab::new();
    let values = |arguments: &[&str], name: &str| {
        let window = ["--x=-1,1", "--y=-1,1", "--size", "2", "--out", name];
        let said = drawn(&lab, &[&["line", "--quantity"], arguments, &window].concat());
        let rows = lab.table(name).rows;
        (said, rows.iter().map(|row| number(row, "value")).collect::<Vec<f64>>())
    };
    let (_, one) = values(&["variance"], "one.csv");
    let (said, ten) = values(&["variance:10", "--sampler", "with-replacement"], "ten.csv");
    assert!(said.contains("that with-replacement draws"), "{said}");
    for (one, ten) in one.iter().zip(&ten) {
        assert_close("variance with replacement", *ten, one / 10.0, 1e-12);
    }
    let poisson = ["line", "--quantity", "variance:10", "--sampler", "poisson"];
    check_refused(&lab, &poisson, &["poisson does not treat all terms alike"]);
}

#[test]
fn options_that_would_do_nothing_are_refused() {
    let lab = Lab::new();
    check_refused(&lab, &["rosenbrock", "--sampler", "bogus"], &["--sampler bogus would do nothing", "--batch"]);
    check_refused(&lab, &["rosenbrock", "--batch", "10"], &["--rules"]);
    check_refused(&lab, &["rosenbrock", "--steps", "10"], &["--rules"]);
    check_refused(&lab, &["double-well", "--view", "3d"], &["--view 3d is not accepted", "a curve"]);
    check_refused(&lab, &["booth", "--rules", "sgd:0.001,sgd:1e-3"], &["--rules has sgd 0.001 twice"]);
    let vast = ["mlp", "data=digits", "hidden=[20000,20000]", "--rules", "sgd:0.1", "--steps", "3"];
    check_refused(&lab, &vast, &["mlp has 401 520 010 parameters", "at most 16 777 216"]);
    let large = ["mlp", "data=digits", "hidden=[3000,3000]", "--rules", "sgd:0.1", "--steps", "9"];
    check_refused(&lab, &large, &["--steps 9 is not accepted: it takes 1 to 3", "9 228 010 parameters"]);
}

#[test]
fn what_numbers_hide_is_said() {
    let lab = Lab::new();
    let said = drawn(&lab, &["rosenbrock", "--x=-1e200,1e200", "--size", "11", "--out", "a.svg"]);
    assert!(said.contains("110 of 121 points of the map are not finite"), "{said}");
    assert!(!said.contains("a-map.csv has"), "{said}");
    let said = drawn(&lab, &["rosenbrock", "--size", "3", "--out", "a.png"]);
    assert!(said.contains("a-map.csv has this figure's numbers now, and not those of a.svg"), "{said}");
    // Numbers that differ little are told apart.
    let window = ["--x=1e6,1000000.001", "--y=0,0.0001", "--size", "2", "--out", "b.svg"];
    let said = drawn(&lab, &[&["booth"], &window[..]].concat());
    let number = |name: &str| said.lines().find(|line| line.trim().starts_with(name)).unwrap().to_owned();
    let of = |name: &str| number(name).split_whitespace().nth(1).unwrap().to_owned();
    assert_ne!(of("least"), of("greatest"), "{said}");
}

/// Logged points are updates apart: what is shown is a mean step, and no velocity.
#[test]
fn films_of_results_show_steps_per_update() {
    let lab = Lab::with_plan(NETS);
    lab.sweep(&[]);
    drawn(&lab, &["--paths", "out", "--where", "rule=sgd", "--size", "5", "--out", "f.html"]);
    let page = lab.read("f.html");
    let data = page.split("id=\"film\">").nth(1).unwrap().split("</script>").next().unwrap();
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["arrows"], serde_json::json!(["rate × gradient", "velocity", "mean step"]));
    let track = &data["tracks"][0];
    assert!(track["arrows"][1]["length"].as_array().unwrap().iter().all(serde_json::Value::is_null));
    // Plain descent with a third of the terms: its mean step is about the rate times the gradient.
    let numbers = |kind: usize| track["arrows"][kind]["length"].as_array().unwrap().iter().map(|x| x.as_f64());
    let last = track["steps"].as_array().unwrap().len() - 2;
    let [gradient, step] = [0, 2].map(|kind| numbers(kind).nth(last).unwrap().unwrap());
    assert!(step < 3.0 * gradient && track["steps"][last + 1].as_u64() > track["steps"][last].as_u64().map(|s| s + 2));
}

#[test]
fn a_loss_that_explodes_does_not_flatten_the_others() {
    let lab = Lab::new();
    let rules = "sgd:1,adam:0.05";
    drawn(&lab, &["rosenbrock", "--rules", rules, "--steps", "30", "--size", "21", "--out", "d.html"]);
    let page = lab.read("d.html");
    let data = page.split("id=\"film\">").nth(1).unwrap().split("</script>").next().unwrap();
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    let top = data["losses"]["y"][1].as_f64().unwrap();
    assert!((1e4..1e6).contains(&top), "{top}");
}

//! `report` on results of the program, looked at in a browser.

use serde_json::json;

use crate::browser::Browser;
use crate::support::{Lab, root, width};

/// Two problems, three rules of which one has a hostile name, rates of which one diverges.
const PLAN: &str = "\
name = \"small\"
question = \"Which rule is <b>faster</b>?\"
problems = [
    { name = \"line\", label = \"squared\" },
    { name = \"line\", label = \"huber\", loss = \"huber\" },
]
rules = [
    \"sgd\",
    { name = \"sgd\", label = \"</script><b>\", momentum = 0.9 },
    { name = \"adam\", label = \"adam | 100 % $x_1$\" },
]
rates = [0.01, 0.1, 1000.0]
batch-sizes = [5, 25]
replicates = 4
budget = { steps = 200 }
targets = { metric = \"value\", values = [1.0, 0.5] }
";

/// A result in `out`.
fn result() -> Lab {
    let lab = Lab::with_plan(PLAN);
    lab.sweep(&[]);
    lab
}

/// Runs the command and expects it to end well.
#[track_caller]
fn report(lab: &Lab, arguments: &[&str]) -> String {
    let said = lab.run(&[&["report", "out"], arguments].concat());
    assert_eq!((said.code, &*said.stderr), (Some(0), ""), "{}", said.stdout);
    assert!(width(&said.stdout) <= 80, "{}", said.stdout);
    said.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_result_becomes_a_page_that_asks_nobody() {
    let lab = result();
    let said = report(&lab, &[]);
    assert!(said.contains("out/report.html: "), "{said}");
    let first = lab.read("out/report.html");
    report(&lab, &[]);
    assert_eq!(lab.read("out/report.html"), first, "the same bytes for the same tables");
    let Some(mut browser) = Browser::start() else { return };
    for (width, scheme) in [(1280, "light"), (390, "dark")] {
        browser.resize(width, 900);
        browser.media("", scheme);
        browser.open(&lab.path("out/report.html"));
        assert_eq!(browser.value("document.querySelector('h1').textContent"), "Which rule is <b>faster</b>?");
        let figures = browser.value("[...document.querySelectorAll('.picture')].map(p => p.closest('figure').id)");
        let figures: Vec<String> = serde_json::from_value(figures).expect("names");
        let expected = [
            "ranking-runs",
            "learning-curves",
            "rates-sensitivity",
            "rates-diverged",
            "settings-best",
            "tuning-trials",
            "targets-reached",
            "targets-profiles",
        ];
        for id in expected {
            assert!(figures.iter().any(|figure| figure == id), "{id} among {figures:?}");
        }
        for id in figures.iter().filter(|id| *id != "lead-ranks") {
            browser.middle(&format!("#{id} .picture"));
            browser.until(&format!("document.querySelector('#{id} .picture.live .plot .overlay')"));
        }
        assert_eq!(
            browser.value("document.querySelectorAll('#ranking-table tbody tr').length"),
            6,
            "rules on problems"
        );
        assert_eq!(browser.value("document.querySelectorAll('main b:not(.tip b)').length"), 0, "names are texts");
        assert_eq!(browser.value("document.documentElement.scrollWidth"), width);
    }
    browser.check();
}

#[test]
fn every_figure_says_how_it_was_made() {
    let lab = result();
    report(&lab, &[]);
    let Some(mut browser) = Browser::start() else { return };
    browser.open(&lab.path("out/report.html"));
    let manifest: toml::Table = lab.read("out/manifest.toml").parse().expect("TOML");
    let runs = manifest["tables"]["runs.csv"].as_str().expect("a hash");
    let plan = &manifest["plan-hash"].as_str().expect("a hash")[..16];
    let texts = browser.value("[...document.querySelectorAll('figure .source')].map(e => e.textContent)");
    let texts: Vec<String> = serde_json::from_value(texts).expect("texts");
    assert!(texts.len() >= 10);
    for text in &texts {
        assert!(text.contains("cargo xtask report out") && text.contains(plan), "{text}");
    }
    assert!(texts[0].contains(runs), "{}", texts[0]);
    let (name, csv) = browser.download("#ranking-table [data-download=csv]");
    let text = String::from_utf8(csv).expect("text");
    assert_eq!((&*name, text.lines().count()), ("ranking-table.csv", 7));
    assert!(text.starts_with("problem,score,place,rule,"), "{text}");
}

#[test]
fn the_same_as_markdown_and_as_tables_for_papers() {
    let lab = result();
    let said = report(&lab, &["--format", "markdown", "--out", "note.md"]);
    assert!(said.contains("note.md and ") && said.contains(" files beside it: "), "{said}");
    let text = lab.read("note.md");
    assert!(text.starts_with("# Which rule is &lt;b&gt;faster&lt;/b&gt;?\n"), "{text}");
    let names = lab.names("note-files");
    let links = text.match_indices("(note-files/").map(|(at, _)| text[at + 12..].split(')').next().unwrap_or_default());
    let mut links: Vec<&str> = links.collect();
    links.sort_unstable();
    links.dedup();
    assert_eq!(names, links, "every file is linked, and every link leads somewhere");
    report(&lab, &["--format", "latex"]);
    let text = lab.read("out/report.tex");
    assert_eq!(text.matches("\\begin{table}").count(), text.matches("\\bottomrule").count());
    assert!(text.contains("adam $|$ 100 \\% \\$x\\_1\\$ & "), "{text}");
}

#[test]
fn what_cannot_be_told_is_said() {
    let lab = Lab::with_plan(&PLAN.replace("replicates = 4", "replicates = 1"));
    lab.sweep(&[]);
    let said = report(&lab, &[]);
    assert!(said.contains("not enough replicates"), "{said}");

    let huber = "    { name = \"line\", label = \"huber\", loss = \"huber\" },\n";
    let adam = "    { name = \"adam\", label = \"adam | 100 % $x_1$\" },\n";
    let plan = PLAN.replace(huber, "").replace(adam, "").replace("[0.01, 0.1, 1000.0]", "[1e6, 1e7]");
    let lab = Lab::with_plan(&plan);
    lab.sweep(&[]);
    let said = report(&lab, &[]);
    assert!(said.starts_with("None of the 32 runs ended well: 32 diverged and 0 failed."), "{said}");
    let Some(mut browser) = Browser::start() else { return };
    browser.open(&lab.path("out/report.html"));
    let ids = browser.value("[...document.querySelectorAll('.picture')].map(p => p.closest('figure').id)");
    for id in ids.as_array().expect("names") {
        browser.middle(&format!("#{} .picture", id.as_str().expect("a name")));
    }
    browser.until("document.querySelector('.picture.live .plot .overlay')");
    assert_eq!(browser.value("document.querySelectorAll('.plot [d*=NaN]').length"), json!(0));
    browser.check();
}

#[test]
fn tables_of_other_programs_have_reports_too() {
    let lab = Lab::new();
    let [table, map] = ["optuna.csv", "optuna.toml"].map(|name| root().join("data/tables").join(name));
    let [table, map] = [&table, &map].map(|path| path.to_str().expect("a path"));
    let said = lab.run(&["report", table, "--map", map, "--out", "report.html"]);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""), "{}", said.stdout);
    let hash = blake3::hash(&std::fs::read(table).expect("the table")).to_hex();
    assert!(lab.read("report.html").contains(hash.as_str()), "exhibits name the table by its hash");
    let Some(mut browser) = Browser::start() else { return };
    browser.open(&lab.path("report.html"));
    browser.middle("#learning-curves .picture");
    browser.until("document.querySelector('#learning-curves .picture.live .plot .overlay')");
    browser.check();
}

#[test]
fn rates_may_be_words_and_rules_many() {
    let mut table = "run,method,lr,seed,epoch,loss\n".to_owned();
    for rule in 0..30 {
        for (seed, lr) in [(0, "auto"), (1, "auto"), (2, "auto")] {
            for epoch in 0..3 {
                table += &format!("{rule}-{seed},m{rule},{lr},{seed},{epoch},{}\n", 10 + rule - 3 * epoch + seed);
            }
        }
    }
    let map = "name = \"words\"\nmetric = \"loss\"\n[columns]\nrun = \"run\"\nrule = \"method\"\nrate = \"lr\"\n\
               replicate = \"seed\"\nstep = \"epoch\"\nvalue = \"loss\"\n";
    let lab = Lab::new().file("log.csv", table).file("map.toml", map);
    let said = lab.run(&["report", "log.csv", "--map", "map.toml", "--out", "log.html"]);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""), "{}", said.stdout);
    let page = lab.read("log.html");
    assert!(page.contains("auto") && page.contains("The best 20 of 30 rules are drawn; the table has all."));
}

#[test]
fn reports_go_where_they_are_sent_and_nowhere_else() {
    let lab = result();
    let runs = lab.read("out/runs.csv");
    // Pipes are written to, through links too, and stay pipes.
    let made = std::process::Command::new("mkfifo").arg(lab.path("pipe")).status().expect("mkfifo");
    assert!(made.success());
    std::os::unix::fs::symlink("pipe", lab.path("link.html")).expect("a link");
    for out in ["pipe", "link.html"] {
        let pipe = lab.path("pipe");
        let reader = std::thread::spawn(move || std::fs::read_to_string(pipe).expect("text"));
        report(&lab, &["--out", out]);
        assert!(reader.join().expect("a page").starts_with("<!"), "{out}");
        assert!(lab.path("link.html").is_symlink() && !lab.path("pipe").metadata().expect("a pipe").is_file());
    }
    // Links to files are followed, and folders are made.
    let lab = lab.file("page.html", "old");
    std::os::unix::fs::symlink("page.html", lab.path("other.html")).expect("a link");
    report(&lab, &["--out", "other.html"]);
    assert!(lab.path("other.html").is_symlink() && lab.read("page.html").starts_with("<!"));
    report(&lab, &["--out", "new/folder/page.htm"]);
    assert!(lab.read("new/folder/page.htm").starts_with("<!"));

    std::os::unix::fs::symlink("out/runs.csv", lab.path("runs.html")).expect("a link");
    std::fs::create_dir(lab.path("folder.html")).expect("a folder");
    for (arguments, part) in [
        (
            &["--out", "out/runs.csv"][..],
            "--out out/runs.csv is not accepted: it takes a file that ends in .html or .htm",
        ),
        (&["--out", "map.toml"], "map.toml is not accepted"),
        (&["--out", "a.html", "--format", "latex"], "it takes a file that ends in .tex"),
        (&["--out", "pipe", "--format", "markdown"], "pipe has no place for the files beside Markdown"),
        (&["--out", "runs.html"], "runs.html is not overwritten: it is the table runs.csv of a result"),
        (&["--out", "folder.html"], "folder.html is a folder: a file is needed"),
    ] {
        let said = lab.run(&[&["report", "out"], arguments].concat());
        assert_eq!((said.code, &*said.stdout), (Some(2), ""), "{arguments:?}");
        let error = said.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(error.contains(part), "{error} lacks {part}");
    }
    assert_eq!(lab.read("out/runs.csv"), runs);
}

#[test]
fn what_is_no_result_is_refused() {
    let lab = Lab::new();
    let said = lab.run(&["report", "nowhere"]);
    assert_eq!((said.code, &*said.stdout), (Some(2), ""));
    assert!(said.stderr.contains("nowhere") && said.stderr.contains("there is no such folder"), "{}", said.stderr);

    let lab = result();
    let runs = lab.read("out/runs.csv");
    let lab = lab.file("out/runs.csv", &runs[..runs.len() / 2]);
    let said = lab.run(&["report", "out"]);
    assert_eq!((said.code, &*said.stdout), (Some(2), ""));
    assert!(said.stderr.contains("runs.csv"), "{}", said.stderr);
    assert!(!lab.path("out/report.html").exists());
}

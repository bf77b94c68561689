//! Reports made by hand: what is in the page, and what it does in a browser.

#[path = "../../../tests/suite/browser.rs"]
mod browser;
#[path = "page/fixture.rs"]
mod fixture;

use std::path::PathBuf;

use browser::Browser;
use fixture::{HOSTILE, report};
use serde_json::json;
use sgdlab_reports::page::{Report, human};
use tempfile::TempDir;

/// A page in a file, and a browser if there is one.
struct Reader {
    browser: Browser,
    _folder: TempDir,
}

impl Reader {
    /// A browser of this width in which a report is open; `None` where there is none.
    fn of(report: &Report, width: u32, scheme: &str) -> Option<Self> {
        let mut browser = Browser::start()?;
        let folder = TempDir::new().expect("a temporary folder");
        let path: PathBuf = folder.path().join("report.html");
        std::fs::write(&path, report.html().expect("a page")).expect("the folder is writable");
        browser.resize(width, 900);
        browser.media("", scheme);
        browser.open(&path);
        Some(Self { browser, _folder: folder })
    }

    /// Scrolls to a figure and waits until it is interactive.
    fn figure(&mut self, id: &str) {
        self.browser.middle(&format!("#{id} .picture"));
        self.browser.until(&format!("document.querySelector('#{id} .picture.live .plot .overlay')"));
    }

    /// Nothing went wrong, and nothing was asked for.
    #[track_caller]
    fn check(self) {
        self.browser.check();
    }
}

/// The sentence stands before the verdict, and that before the picture and its notes; texts stay texts.
#[test]
fn a_section_with_a_verdict_is_read_from_the_sentence_to_its_limits() {
    let html = report().html().unwrap();
    let parts =
        ["<blockquote>The minibatch", "not as claimed", "id=\"variances\"", "<li class=\"holds\">", "When it fails"];
    let places = parts.map(|part| html.find(part).unwrap_or_else(|| panic!("{part} is not there")));
    assert!(places.is_sorted(), "{places:?}");
    assert!(html.contains("The variance is &lt;b&gt;σ²") && !html.contains("<b>σ²"));
    let (text, _) = report().markdown("files").unwrap();
    assert!(text.contains("\n> The minibatch gradient") && text.contains("* ✗ The variance is &lt;b&gt;σ²"), "{text}");
}

#[test]
fn a_page_is_one_file_with_everything_in_it() {
    let report = report();
    let html = report.html().unwrap();
    assert_eq!(html, report.html().unwrap(), "the same bytes for the same report");
    for name in ["src=\"http", "href=\"http", "url(http", "@import", "<link rel=\"style"] {
        assert!(!html.contains(name), "{name}");
    }
    for part in [&*report.question, &report.verdict, "cargo xtask report", "231c907cbf2bbe38", "11726b5caa69f3ac"] {
        assert!(html.contains(part), "{part}");
    }
    assert_eq!(html.matches("<svg xmlns").count(), 4, "a static picture for every figure");
}

#[test]
fn words_of_a_plan_are_never_markup() {
    let html = report().html().unwrap();
    assert!(!html.contains("<b onmouseover"));
    assert_eq!(html.matches("<script").count(), 7, "six scripts and the data");
    assert_eq!(html.matches("</script").count(), 7);
    let (markdown, files) = report().markdown("files").unwrap();
    assert!(!markdown.contains("<b") && markdown.contains("&lt;/script&gt;"));
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let figures = ["curves", "rates", "strips", "variances"];
    let beside = figures.iter().flat_map(|name| [format!("{name}.svg"), format!("{name}.csv")]);
    assert_eq!(names, ["ranked.csv".to_owned()].into_iter().chain(beside).collect::<Vec<_>>());
    let latex = report().latex().unwrap();
    assert!(latex.contains("$<$/script$>$$<$b onmouseover=alert(1)$>$\\&amp;") && latex.contains("\\toprule"));
}

#[test]
fn numbers_read_alike_in_tables_and_figures() {
    let Some(mut reader) = Reader::of(&report(), 1280, "light") else { return };
    let numbers = [
        0.0,
        1.0,
        -12.5,
        999.4,
        999.96,
        1234.5,
        20_220.0,
        -1_166_400.0,
        9_999_999.0,
        1.5e9,
        1e7,
        1e-4,
        9.9996e-5,
        1e-5,
        -2.5e-10,
        0.031_622_776_601_7,
        0.5,
        2.0 / 3.0,
        f64::MAX,
        f64::MIN_POSITIVE,
    ];
    for x in numbers {
        assert_eq!(reader.browser.value(&format!("sgdlabAxes.human({x:e})")), human(x), "{x:e}");
    }
    for (x, text) in [("NaN", "–"), ("Infinity", "∞"), ("-Infinity", "−∞")] {
        assert_eq!(reader.browser.value(&format!("sgdlabAxes.human({x})")), text);
    }
    reader.check();
}

#[test]
fn series_look_alike_on_paper_and_on_screen() {
    let Some(mut reader) = Reader::of(&report(), 1280, "light") else { return };
    reader.figure("curves");
    let dashes = |part: &str| {
        format!(
            "[0, 1, 2, 3, 4].map(i => [...document.querySelectorAll('#curves {part} path[fill=none]')].filter(p => \
             getComputedStyle(p).stroke === getComputedStyle(Object.assign(document.querySelector('#spoken'), \
             {{ style: `color: var(--s${{i}})` }})).color).map(p => p.getAttribute('stroke-dasharray'))[0])"
        )
    };
    let [still, live] = [".still", ".plot"].map(|part| reader.browser.value(&dashes(part)));
    assert_eq!(still, live);
    assert_eq!(live, json!([null, "7 3", "1.6 2.6", "8 3 1.6 3", null]));
    reader.check();
}

#[test]
fn a_table_that_lacks_a_column_is_an_error() {
    let mut report = report();
    report.sections[0].exhibits[0].sheet.as_mut().unwrap().data.columns[2] = "price".to_owned();
    assert_eq!(report.html().unwrap_err().to_string(), "ranking has no column \"cost\"");
}

#[test]
fn values_are_shown_and_series_hidden() {
    let Some(mut reader) = Reader::of(&report(), 1280, "light") else { return };
    reader.figure("curves");
    let browser = &mut reader.browser;
    let [x, y] = browser.middle("#curves .overlay");
    browser.mouse("mouseMoved", [x, y], 0);
    let tip = browser.until("document.querySelector('#curves .tip:not([hidden])')?.innerText");
    let tip = tip.as_str().unwrap();
    for part in ["gradient evaluations: ", "nesterov", HOSTILE] {
        assert!(tip.contains(part), "{part} in {tip}");
    }
    assert!(tip.lines().any(|line| line.contains('[') && line.contains('–')), "the band of a value: {tip}");

    let series = |name: &str| format!("document.querySelectorAll('#curves .plot [data-series=\"{name}\"]').length");
    assert_eq!(browser.value(&series("nesterov")), 2, "a band and a line");
    browser.click("#curves [data-toggles=\"nesterov\"]");
    assert_eq!(browser.value(&series("nesterov")), 0);
    assert_eq!(browser.value("document.querySelector('#curves [data-toggles=\"nesterov\"]').ariaPressed"), "false");
    browser.mouse("mouseMoved", [x, y - 40.0], 0);
    let [x, y] = browser.middle("#curves .overlay");
    browser.mouse("mouseMoved", [x, y], 0);
    let tip = browser.until("document.querySelector('#curves .tip:not([hidden])')?.innerText");
    assert!(!tip.as_str().unwrap().contains("nesterov"), "{tip}");
    browser.click("#curves [data-toggles=\"nesterov\"]");
    assert_eq!(browser.value(&series("nesterov")), 2);
    assert_eq!(browser.value("document.querySelectorAll('b[onmouseover]').length"), 0, "labels are texts");
    reader.check();
}

#[test]
fn figures_zoom_and_come_back() {
    let Some(mut reader) = Reader::of(&report(), 1280, "light") else { return };
    reader.figure("curves");
    let browser = &mut reader.browser;
    let ticks = "[...document.querySelectorAll('#curves .tick text')].map(t => t.textContent).join(' ')";
    let reset = "#curves .zoom button:last-child";
    let before = browser.value(ticks);
    assert_eq!(browser.value(&format!("document.querySelector('{reset}').disabled")), true);
    let [x, y] = browser.middle("#curves .overlay");
    browser.drag([x - 60.0, y - 60.0], [x + 60.0, y + 60.0]);
    assert_ne!(browser.value(ticks), before);
    browser.click(reset);
    assert_eq!(browser.value(ticks), before);
    browser.click("#curves .zoom button:first-child");
    assert_ne!(browser.value(ticks), before);
    let [x, y] = browser.middle("#curves .overlay");
    for clicks in [1, 2] {
        browser.mouse("mousePressed", [x, y], clicks);
        browser.mouse("mouseReleased", [x, y], clicks);
    }
    assert_eq!(browser.value(ticks), before, "a double click shows everything");
    reader.check();
}

#[test]
fn tables_sort_by_value_up_and_down() {
    let Some(mut reader) = Reader::of(&report(), 1280, "light") else { return };
    let rows = "[...document.querySelectorAll('#ranked tbody tr')].map(r => r.cells[0].textContent)";
    let browser = &mut reader.browser;
    let column = |number: u32| format!("#ranked thead th:nth-child({number}) button");
    browser.click(&column(3));
    assert_eq!(browser.value(rows), json!(["nesterov", "adadelta", "sgd", HOSTILE]), "by cost, ∞ after all numbers");
    browser.click(&column(3));
    assert_eq!(browser.value(rows), json!([HOSTILE, "sgd", "adadelta", "nesterov"]));
    assert_eq!(browser.value("document.querySelector('#ranked thead th:nth-child(3)').ariaSort"), "descending");
    browser.click(&column(2));
    assert_eq!(browser.value(rows), json!([HOSTILE, "nesterov", "sgd", "adadelta"]), "10⁻⁵ is less than 0.316");
    reader.check();
}

#[test]
fn downloads_are_the_table_and_the_drawing() {
    let report = report();
    let Some(mut reader) = Reader::of(&report, 1280, "light") else { return };
    let exhibit = &report.sections[1].exhibits[0];
    let (name, bytes) = reader.browser.download("#curves [data-download=csv]");
    assert_eq!((&*name, bytes), ("curves.csv", exhibit.sheet.as_ref().unwrap().data.to_csv().into_bytes()));
    let (name, bytes) = reader.browser.download("#curves [data-download=svg]");
    assert_eq!((&*name, bytes), ("curves.svg", exhibit.figure.as_ref().unwrap().svg().into_bytes()));
    reader.check();
}

#[test]
fn the_keyboard_is_enough() {
    let Some(mut reader) = Reader::of(&report(), 1280, "light") else { return };
    let browser = &mut reader.browser;
    browser.key("Tab");
    assert_eq!(browser.value("document.activeElement.className"), "skip");
    let visible =
        "(() => { const r = document.activeElement.getBoundingClientRect(); return r.left >= 0 && r.width > 40; })()";
    assert_eq!(browser.value(visible), true);
    browser.key("Enter");
    assert_eq!(browser.value("document.activeElement.id"), "content");
    reader.figure("curves");
    let browser = &mut reader.browser;
    browser.value("document.querySelector('#curves .plot').focus()");
    browser.key("ArrowRight");
    let first = browser.until("document.getElementById('spoken').textContent");
    browser.key("ArrowRight");
    let second = browser.value("document.getElementById('spoken').textContent");
    assert!(first.as_str().unwrap().contains("nesterov") && first != second, "{first} and {second}");
    assert_eq!(browser.value("getComputedStyle(document.querySelector('#curves .plot')).outlineStyle"), "solid");
    browser.key("Escape");
    assert_eq!(browser.value("document.querySelector('#curves .tip').hidden"), true);
    let unreachable = "[...document.querySelectorAll('button, a, summary')].filter(e => e.tabIndex < 0).length";
    assert_eq!(browser.value(unreachable), 0);
    reader.check();
}

#[test]
fn a_narrow_page_does_not_scroll_sideways() {
    let Some(mut reader) = Reader::of(&report(), 390, "light") else { return };
    for id in ["curves", "rates", "strips"] {
        reader.figure(id);
    }
    assert_eq!(reader.browser.value("document.documentElement.scrollWidth"), 390);
    let wide = "[...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll, .still, pre, .tip') && e.getBoundingClientRect().right > 391).map(e => e.outerHTML.slice(0, 80))";
    assert_eq!(reader.browser.value(wide), json!([]));
    reader.check();
}

#[test]
fn dark_follows_the_system_and_the_switch() {
    let Some(mut reader) = Reader::of(&report(), 1280, "dark") else { return };
    let browser = &mut reader.browser;
    let ground = "getComputedStyle(document.body).backgroundColor";
    let dark = browser.value(ground);
    browser.click("#theme");
    let light = browser.value(ground);
    assert_ne!(dark, light);
    browser.media("", "light");
    assert_eq!(browser.value(ground), light);
    browser.click("#theme");
    assert_eq!(browser.value(ground), dark);
    reader.check();
}

#[test]
fn paper_shows_the_static_pictures() {
    let Some(mut reader) = Reader::of(&report(), 1280, "dark") else { return };
    reader.figure("curves");
    let browser = &mut reader.browser;
    let shown = |selector: &str| format!("getComputedStyle(document.querySelector('{selector}')).display !== 'none'");
    let both =
        |browser: &mut Browser| [browser.value(&shown("#curves .still")), browser.value(&shown("#curves .panels"))];
    assert_eq!(both(browser), [json!(false), json!(true)]);
    browser.media("print", "dark");
    assert_eq!(both(browser), [json!(true), json!(false)]);
    assert_eq!(browser.value(&shown(".bar")), false);
    assert_eq!(browser.value("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
    browser.media("", "dark");
    assert!(browser.paper().starts_with(b"%PDF-"));
    reader.check();
}

#[test]
fn the_page_may_not_load_anything() {
    let Some(mut reader) = Reader::of(&report(), 1280, "light") else { return };
    let tried = |what: &str| {
        format!(
            "new Promise(done => {{ addEventListener('securitypolicyviolation', e => done(e.effectiveDirective), {{ once: true }}); {what} }})"
        )
    };
    let browser = &mut reader.browser;
    let cases = [
        ("new Image().src = 'http://127.0.0.1:9/x.png'", "img-src"),
        ("fetch('http://127.0.0.1:9/x').catch(() => 0)", "connect-src"),
        (
            "document.head.append(Object.assign(document.createElement('script'), { textContent: 'window.ran = 1' }))",
            "script-src-elem",
        ),
        (
            "document.head.append(Object.assign(document.createElement('style'), { textContent: '* { color: red }' }))",
            "style-src-elem",
        ),
    ];
    for (what, directive) in cases {
        assert_eq!(browser.refused(&tried(what)), directive, "{what}");
    }
    assert_eq!(browser.value("typeof window.ran"), "undefined");
}

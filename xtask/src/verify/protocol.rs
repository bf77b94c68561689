//! The table that is printed while things are compared.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::text;

/// Widths of the columns that hold words.
const NAME: usize = 14;
const HOW: usize = 42;

/// A table that grows line by line, with a spinner below it on a terminal.
pub struct Protocol {
    spinner: ProgressBar,
    clock: Instant,
    /// Lines so far.
    pub lines: usize,
    /// Lines that said that something differs.
    pub different: usize,
}

impl Protocol {
    /// Begins a table with the names of its first columns.
    pub fn begin(name: &str, how: &str) -> Result<Self> {
        let live = std::io::stderr().is_terminal();
        let target = if live { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() };
        let spinner = ProgressBar::with_draw_target(None, target);
        spinner
            .set_style(ProgressStyle::with_template("{spinner} {elapsed} {msg}").expect("the template is well formed"));
        if live {
            spinner.enable_steady_tick(Duration::from_millis(100));
        }
        text::print(&line(name, how, "time", "result"))?;
        Ok(Self { spinner, clock: Instant::now(), lines: 0, different: 0 })
    }

    /// Says what is done now, whose time begins.
    pub fn doing(&mut self, what: &str) {
        self.spin(what);
        self.clock = Instant::now();
    }

    /// Says what goes on, as a part of what is done.
    pub fn spin(&self, what: &str) {
        self.spinner.set_message(what.to_owned());
    }

    /// Adds a line about what was done.
    pub fn say(&mut self, name: &str, how: &str, result: &str) -> Result<()> {
        let line = line(name, how, &text::duration(self.clock.elapsed().as_secs_f64()), result);
        self.lines += 1;
        self.spinner.suspend(|| text::print(&line))
    }

    /// Adds a line about what was compared.
    pub fn compared(&mut self, name: &str, how: &str, same: bool) -> Result<()> {
        self.different += usize::from(!same);
        self.say(name, how, if same { "same" } else { "DIFFERENT" })
    }

    /// Ends the table.
    pub fn end(&self) {
        self.spinner.finish_and_clear();
    }
}

fn line(name: &str, how: &str, time: &str, result: &str) -> String {
    let (name, how) = (shortened(name, NAME), shortened(how, HOW));
    format!("  {name:NAME$}  {how:HOW$} {time:>8}  {result}\n")
}

/// At most so many characters, with an ellipsis where something is left out.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

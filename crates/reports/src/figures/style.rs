//! Colors, dashes and symbols, for light and for dark grounds.

use std::fmt::Write;

/// The ground that a picture is drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark ink on white.
    Light,
    /// Light ink on near black.
    Dark,
}

/// A color by its name in style sheets, for light and for dark grounds.
type Color = (&'static str, [&'static str; 2]);

/// All colors. Those of series are from the palette of Okabe and Ito, which all kinds of color vision tell apart; its
/// yellow is left out and four are darker on white, so that each stands out from its ground.
const COLORS: [Color; 13] = [
    ("ground", ["#ffffff", "#14171c"]),
    ("ink", ["#1c2127", "#e9ecef"]),
    ("soft", ["#59626d", "#a3acb6"]),
    ("axis", ["#8a939d", "#6b747f"]),
    ("grid", ["#e6e9ec", "#2a3038"]),
    ("s0", ["#0072b2", "#4aa8e0"]),
    ("s1", ["#d55e00", "#f0853a"]),
    ("s2", ["#008562", "#2bc096"]),
    ("s3", ["#b5588f", "#e08fbe"]),
    ("s4", ["#a87400", "#e69f00"]),
    ("s5", ["#1f8fcf", "#8fd0f5"]),
    ("s6", ["#454c54", "#cfd4da"]),
    ("s7", ["#8b3a00", "#ffb98a"]),
];

/// Rules of the classes that drawings use, with the names of colors in place of the colors.
const RULES: &str = "\
.g{fill:@ground}.t{fill:@ink}.m{fill:@soft}.h{stroke:@grid}.a{stroke:@axis}.r{stroke:@soft;fill:none}\
.o{stroke:@ground;fill:none}\
.s0{color:@s0}.s1{color:@s1}.s2{color:@s2}.s3{color:@s3}.s4{color:@s4}.s5{color:@s5}.s6{color:@s6}.s7{color:@s7}\
.k{color:@ink}\
.p{fill:currentColor;stroke:@ground}.q{fill:@ground;stroke:currentColor}.e{fill:@ink;stroke:@ground}\
.l{fill:#fff}.d{fill:#1c2127}";

/// How many colors series have.
pub const CYCLE: usize = 8;

/// The dashes of lines: none, long, dots, both.
const DASHES: [&str; 4] = ["", "7 3", "1.6 2.6", "8 3 1.6 3"];

/// The class that gives a series its color.
pub fn class(style: usize) -> String {
    format!("s{}", style % CYCLE)
}

/// The dash pattern of a series, as SVG writes it; empty for a solid line.
pub fn dash(style: usize) -> &'static str {
    DASHES[(style + style / CYCLE) % DASHES.len()]
}

/// The symbol of a series, from 0 to 7.
pub fn symbol(style: usize) -> usize {
    (style + 3 * (style / CYCLE)) % 8
}

fn color(name: &str, theme: Theme) -> &'static str {
    COLORS.iter().find(|(known, _)| *known == name).map_or("", |(_, colors)| colors[theme as usize])
}

/// The style sheet of a file, for one ground.
pub fn sheet(theme: Theme) -> String {
    COLORS.iter().fold(RULES.to_owned(), |rules, (name, _)| rules.replace(&format!("@{name}"), color(name, theme)))
}

/// Style rules for [`inline_svg`](super::Figure::inline_svg) in a page, below the class `figure`; colors are the variables
/// of [`variables`].
#[must_use]
pub fn page_style() -> String {
    let mut style = String::new();
    for rule in RULES.split_inclusive('}') {
        let rule = COLORS
            .iter()
            .fold(rule.to_owned(), |rule, (name, _)| rule.replace(&format!("@{name}"), &format!("var(--{name})")));
        let _ = write!(style, ".figure {rule}");
    }
    style
}

/// Declarations of the colors as variables of style sheets: `--ink:#1c2127;…`.
#[must_use]
pub fn variables(theme: Theme) -> String {
    let declaration = |(name, _): &Color| format!("--{name}:{};", color(name, theme));
    COLORS.iter().map(declaration).collect()
}

//! Figures as files: what is in them, whether their texts keep apart, and how they look.

#[path = "figures/gallery.rs"]
mod gallery;

use std::path::Path;

use sgdlab_reports::figures::Theme;

/// Where pictures of every kind are wanted, for people who look at them.
const FOLDER: &str = "SGDLAB_FIGURES";

#[test]
fn pictures_of_every_kind_are_written_where_they_are_wanted() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder).unwrap();
    for (name, figure) in gallery::all() {
        std::fs::write(folder.join(format!("{name}.svg")), figure.svg()).unwrap();
        for (theme, suffix) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
            std::fs::write(folder.join(format!("{name}.{suffix}.png")), figure.png(1.5, theme).unwrap()).unwrap();
        }
    }
}

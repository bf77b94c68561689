//! Files that the user names for what a command writes.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use sgdlab_sweeps::columns::TABLES;
use sgdlab_sweeps::write_aside;

/// Writes a file that the user named, and the folders it is in.
///
/// A regular file is written aside and renamed, so that it is whole whenever it is there; a link is followed; devices and
/// pipes are written to, and never replaced.
///
/// # Errors
/// If it is a folder, belongs to a result, or cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = || format!("failed to write {}", path.display());
    accept(path, &[])?;
    if is_stream(path) {
        let mut file = OpenOptions::new().write(true).open(path).with_context(failed)?;
        return file.write_all(bytes).with_context(failed);
    }
    if let Some(folder) = path.parent().filter(|folder| *folder != Path::new("")) {
        fs::create_dir_all(folder).with_context(|| format!("failed to make {}", folder.display()))?;
    }
    match path.canonicalize() {
        Ok(place) => Ok(write_aside(&place, bytes)?),
        // A link to nothing: what it leads to is made.
        Err(error) if error.kind() == ErrorKind::NotFound && path.is_symlink() => {
            fs::write(path, bytes).with_context(failed)
        }
        Err(_) => Ok(write_aside(path, bytes)?),
    }
}

/// Makes a folder, and finds out whether files can be written there: before work begins whose results they are.
///
/// # Errors
/// If it cannot be made, or nothing can be written there.
pub fn make_folder(folder: &Path) -> Result<()> {
    let folder = if folder == Path::new("") { Path::new(".") } else { folder };
    fs::create_dir_all(folder).with_context(|| format!("failed to make the folder {}", folder.display()))?;
    tempfile::tempfile_in(folder).with_context(|| format!("failed to write into {}", folder.display()))?;
    Ok(())
}

/// Refuses a file that must not be written: a folder, one that the command reads, or a part of a result.
///
/// # Errors
/// With the file and the reason.
pub fn accept(path: &Path, read: &[&Path]) -> Result<()> {
    let shown = path.display();
    ensure!(!path.is_dir(), "{shown} is a folder: a file is needed");
    let Ok(place) = path.canonicalize() else { return Ok(()) };
    let same = |other: &&&Path| other.canonicalize().is_ok_and(|other| other == place);
    if let Some(other) = read.iter().find(same) {
        bail!("{shown} is not overwritten: it is {}, which this command reads", other.display());
    }
    if let Some(what) = part_of_result(&place) {
        bail!("{shown} is not overwritten: it is the {what} of a result");
    }
    Ok(())
}

/// Refuses a file whose ending does not say what is in it; devices and pipes have no ending.
///
/// # Errors
/// With what is accepted.
pub fn has_ending(option: &str, path: &Path, accepted: &[&str]) -> Result<()> {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let endings: Vec<String> = accepted.iter().map(|ending| format!(".{ending}")).collect();
    ensure!(
        accepted.contains(&&*ending) || is_stream(path),
        "{option} {} is not accepted: it takes a file that ends in {}",
        path.display(),
        endings.join(" or ")
    );
    Ok(())
}

/// Whether something is there that is neither a file nor a folder.
pub fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|data| !data.is_file() && !data.is_dir())
}

/// What an existing file is to the result in whose folder it is.
fn part_of_result(path: &Path) -> Option<String> {
    let (folder, name) = (path.parent()?, path.file_name()?.to_str()?);
    if folder.file_name().is_some_and(|name| name == "journal") && name.ends_with(".journal") {
        return Some("journal".to_owned());
    }
    let of_result = ["manifest.toml", "plan.toml", "journal"].iter().any(|part| folder.join(part).exists());
    match name {
        _ if !of_result => None,
        "manifest.toml" => Some("manifest".to_owned()),
        "plan.toml" => Some("plan".to_owned()),
        _ => {
            let (stem, ending) = name.split_once('.')?;
            let table = TABLES.iter().any(|table| table.file.strip_suffix(".csv") == Some(stem))
                && ["csv", "csv.gz", "parquet"].contains(&ending);
            table.then(|| format!("table {name}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_results_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("runs.csv"), "").unwrap();
        assert_eq!(part_of_result(&path("runs.csv")), None, "nothing says that this is a result");
        fs::write(path("manifest.toml"), "").unwrap();
        for (name, what) in [
            ("manifest.toml", Some("manifest")),
            ("plan.toml", Some("plan")),
            ("runs.csv", Some("table runs.csv")),
            ("rows.csv.gz", Some("table rows.csv.gz")),
            ("summary.parquet", Some("table summary.parquet")),
            ("mine.csv", None),
            ("runs.svg", None),
        ] {
            assert_eq!(part_of_result(&path(name)).as_deref(), what, "{name}");
        }
    }
}

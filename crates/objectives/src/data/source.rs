//! Where a data set comes from, and reading it.

use std::path::Path;

use super::error::shown;
use super::{DataError, Dataset, TargetKind, Targets, bundled, bundled_names, csv, idx, input, libsvm};

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Separated values with a header line: `.csv`, `.tsv`, `.tab`.
    Csv,
    /// LIBSVM (SVMlight) text: `.libsvm`, `.svmlight`, `.svm`.
    Libsvm,
    /// Items and labels in two binary files: `.idx`, `…idx3-ubyte`.
    Idx,
}

/// A data set somewhere, and how to read it.
///
/// Every file may be gzipped, which is recognized by its first bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The name of a bundled set, or a path (a file named like a bundled set is `./name`).
    pub data: String,
    /// The format; by the extension, after removing `.gz`, if `None`.
    pub format: Option<Format>,
    /// CSV: what separates fields; a comma (in `.tsv` and `.tab` a tab) if `None`.
    pub delimiter: Option<char>,
    /// CSV: the target's column; the last one if `None`.
    pub target: Option<String>,
    /// How targets are read.
    pub target_kind: TargetKind,
    /// IDX: the path of the labels.
    pub labels: Option<String>,
}

impl Source {
    /// The bundled set or file of that name, read by its defaults.
    #[must_use]
    pub fn new(data: impl Into<String>) -> Self {
        Self { data: data.into(), ..Self::default() }
    }

    fn refuse(&self, option: &'static str, value: impl ToString, accepts: impl Into<String>) -> DataError {
        DataError::Option { file: self.data.clone(), option, value: value.to_string(), accepts: accepts.into() }
    }

    /// The first option that is set although it is not among `accepted`, as an error.
    fn check_options(&self, accepted: &[&str]) -> Result<(), DataError> {
        let given = [
            ("delimiter", self.delimiter.map(String::from)),
            ("target", self.target.clone()),
            ("labels", self.labels.clone()),
        ];
        for (option, value) in given {
            if let Some(value) = value.filter(|_| !accepted.contains(&option)) {
                return Err(self.refuse(option, value, "no such option"));
            }
        }
        Ok(())
    }

    /// The last extension but `.gz`, in lower case.
    fn extension(&self) -> String {
        let name = Path::new(&self.data).file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        name.rsplit_once('.').map_or(name, |(_, extension)| extension).to_owned()
    }

    fn format(&self) -> Result<Format, DataError> {
        if let Some(format) = self.format {
            return Ok(format);
        }
        match self.extension().as_str() {
            "csv" | "tsv" | "tab" => Ok(Format::Csv),
            "libsvm" | "svmlight" | "svm" => Ok(Format::Libsvm),
            "idx" => Ok(Format::Idx),
            // MNIST's files are called train-images-idx3-ubyte.
            other if other.contains("idx") && other.ends_with("-ubyte") => Ok(Format::Idx),
            other => Err(self.refuse("format", format!("by extension \"{other}\""), EXTENSIONS)),
        }
    }

    fn delimiter(&self) -> Result<u8, DataError> {
        let tab = matches!(self.extension().as_str(), "tsv" | "tab");
        let delimiter = self.delimiter.unwrap_or(if tab { '\t' } else { ',' });
        match u8::try_from(delimiter) {
            Ok(byte) if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n.+-\0".contains(&byte) => Ok(byte),
            _ => Err(self.refuse("delimiter", delimiter.escape_debug(), "one ASCII character such as , ; | or a tab")),
        }
    }
}

const EXTENSIONS: &str =
    "csv (.csv, .tsv, .tab), libsvm (.libsvm, .svmlight, .svm) or idx (.idx, …idx3-ubyte), each with or without .gz";

/// Reads a data set.
///
/// # Errors
/// If the file cannot be read, is not what its format says, or an option does not fit it.
///
/// ```
/// use sgdlab_objectives::data::{Source, load};
/// assert_eq!(load(&Source::new("wine")).unwrap().rows(), 178);
/// let error = load(&Source::new("wines.csv")).unwrap_err();
/// assert!(error.to_string().starts_with("wines.csv: no such file"));
/// ```
pub fn load(source: &Source) -> Result<Dataset, DataError> {
    let data = read(source)?;
    check_sizes(&data)?;
    Ok(data)
}

/// Numbers up to this size: sums of their squares, and of the squares of those, do not overflow.
const LARGEST: f64 = 1e60;

/// Refuses numbers that would overflow in the mathematics.
fn check_sizes(data: &Dataset) -> Result<(), DataError> {
    let huge = |row: usize, column: &str, value: f64| DataError::Huge {
        file: data.name.clone(),
        row: row + 1,
        column: shown(column),
        value,
        limit: LARGEST,
    };
    let too_large = |x: f64| x.abs() > LARGEST;
    if let Some(((row, column), &x)) = data.features.indexed_iter().find(|&(_, &x)| too_large(x)) {
        return Err(huge(row, &data.feature_names[column], x));
    }
    match &data.targets {
        Targets::Numbers(numbers) => match numbers.iter().position(|&x| too_large(x)) {
            Some(row) => Err(huge(row, "target", numbers[row])),
            None => Ok(()),
        },
        Targets::Classes { .. } => Ok(()),
    }
}

fn read(source: &Source) -> Result<Dataset, DataError> {
    let file = &source.data;
    if bundled_names().contains(&file.as_str()) {
        return load_bundled(source);
    }
    match source.format() {
        Ok(Format::Csv) => {
            source.check_options(&["delimiter", "target"])?;
            let delimiter = source.delimiter()?;
            let options = csv::Options { delimiter, target: source.target.as_deref(), kind: source.target_kind };
            csv::read(file, &input::bytes(file)?, &options)
        }
        Ok(Format::Libsvm) => {
            source.check_options(&[])?;
            libsvm::read(file, &input::bytes(file)?, source.target_kind)
        }
        Ok(Format::Idx) => load_idx(source),
        // That the file does not exist is the better message.
        Err(error) => Err(input::bytes(file).err().unwrap_or(error)),
    }
}

fn load_bundled(source: &Source) -> Result<Dataset, DataError> {
    source.check_options(&[])?;
    if let Some(format) = source.format {
        return Err(source.refuse("format", format!("{format:?}").to_lowercase(), "no such option"));
    }
    if source.target_kind != TargetKind::Auto {
        let kind = format!("{:?}", source.target_kind).to_lowercase();
        return Err(source.refuse("target-kind", kind, "auto: a bundled set knows its targets"));
    }
    Ok(bundled(&source.data).expect("its name was found"))
}

fn load_idx(source: &Source) -> Result<Dataset, DataError> {
    source.check_options(&["labels"])?;
    let Some(labels) = &source.labels else {
        return Err(source.refuse("labels", "(none)", "the path of the IDX file of labels"));
    };
    let (items, answers) = (input::bytes(&source.data)?, input::bytes(labels)?);
    idx::read(
        &idx::Part { file: &source.data, bytes: &items },
        &idx::Part { file: labels, bytes: &answers },
        source.target_kind,
    )
}

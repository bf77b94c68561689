//! Data sets: CSV, LIBSVM and IDX, and each of them gzipped.

use std::io::Write as _;
use std::marker::PhantomData;

use flate2::Compression;
use flate2::write::GzEncoder;
use sgdlab_objectives::data::{Dataset, Source, TargetKind, Targets, load};
use tempfile::TempDir;

use crate::engine::{Reader, fuzz};
use crate::mutate::Corpus;

/// What stands between items and labels in an input of IDX.
const LABELS: &[u8] = b"|labels|";

/// A format of data sets.
trait Format: Sync {
    const NAME: &'static str;
    const CASES: u64;
    /// The file, or the file of items.
    const FILE: &'static str;
    fn corpus() -> Corpus;
    /// Writes a set, so that reading gives the same numbers.
    fn write(data: &Dataset) -> Vec<u8>;
    /// Reads an input in another way, where that is easy, and compares.
    fn compare(input: &[u8], data: &Dataset) -> Result<(), String>;
}

/// The reader of a format, with a folder for its files.
struct Files<F>(TempDir, PhantomData<F>);

impl<F: Format> Files<F> {
    fn new() -> Self {
        Self(TempDir::new().expect("a folder"), PhantomData)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn load(&self, name: &str, input: &[u8], target_kind: TargetKind) -> Result<Dataset, Vec<String>> {
        let (items, labels) = halves(input);
        std::fs::write(self.path(name), items).expect("a file");
        let mut source = Source { target_kind, ..Source::new(self.path(name)) };
        if F::FILE.ends_with(".idx") {
            std::fs::write(self.path("labels.idx"), labels).expect("a file");
            source.labels = Some(self.path("labels.idx"));
        }
        load(&source).map_err(|error| vec![error.to_string()])
    }
}

impl<F: Format> Reader for Files<F> {
    type Value = Dataset;
    const NAME: &'static str = F::NAME;
    const CASES: u64 = F::CASES;

    fn corpus(&self) -> Corpus {
        F::corpus()
    }

    fn read(&self, input: &[u8]) -> Result<Dataset, Vec<String>> {
        self.load(F::FILE, input, TargetKind::Auto)
    }

    fn names_place(&self, message: &str) -> bool {
        message.contains(F::FILE) || message.contains("labels.idx")
    }

    fn check(&self, input: &[u8], data: &Dataset) -> Result<(), String> {
        let kind = match data.targets {
            Targets::Numbers(_) => TargetKind::Numeric,
            Targets::Classes { .. } => TargetKind::Categorical,
        };
        let again = self.load(&format!("again-{}", F::FILE), &F::write(data), kind);
        let again = again.map_err(|errors| format!("what is written is refused: {errors:?}"))?;
        if (bits(&again), &again.targets) != (bits(data), &data.targets) {
            return Err(format!("what is written is read as {again:?} instead of {data:?}"));
        }
        let (items, labels) = halves(input);
        // Some are enough, and gzip in gzip is not unpacked twice.
        if input.len().is_multiple_of(16) && !items.starts_with(&[0x1f, 0x8b]) {
            let packed = [&gzip(items)[..], LABELS, labels].concat();
            let unpacked = self.load(&format!("{}.gz", F::FILE), &packed, TargetKind::Auto);
            let unpacked = unpacked.map_err(|errors| format!("gzipped, it is refused: {errors:?}"))?;
            let same = Dataset { name: data.name.clone(), ..unpacked } == *data;
            if !same {
                return Err("gzipped, it is read otherwise".to_owned());
            }
        }
        F::compare(input, data)
    }
}

/// Items and labels.
fn halves(input: &[u8]) -> (&[u8], &[u8]) {
    let at = input.windows(LABELS.len()).position(|window| window == LABELS);
    at.map_or((input, &[][..]), |at| (&input[..at], &input[at + LABELS.len()..]))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory is written to")
}

fn bits(data: &Dataset) -> (Vec<u64>, &[usize]) {
    (data.features.iter().map(|x| x.to_bits()).collect(), data.features.shape())
}

/// The target of every row as it is written.
fn targets(data: &Dataset) -> Vec<String> {
    match &data.targets {
        Targets::Numbers(numbers) => numbers.iter().map(|x| format!("{x:?}")).collect(),
        Targets::Classes { labels, names } => labels.iter().map(|&label| names[label as usize].clone()).collect(),
    }
}

/// The rows as numbers, where this plain reading of them is all there is to it.
fn expect_rows(rows: &[Vec<f64>], data: &Dataset) -> Result<(), String> {
    let read: Vec<Vec<f64>> = data.features.rows().into_iter().map(|row| row.to_vec()).collect();
    if read == rows { Ok(()) } else { Err(format!("{read:?} instead of {rows:?}")) }
}

struct Csv;

impl Format for Csv {
    const NAME: &'static str = "csv";
    const CASES: u64 = 4000;
    const FILE: &'static str = "x.csv";

    fn corpus() -> Corpus {
        let texts = [
            "a,b,y\n1,2,3\n-4.5,5e-3,6\n7,8,9\n",
            "length,\"the \"\"width\"\"\",kind\r\n0.1, 2 ,setosa\r\n-3,4.25,virginica\r\n5,6,setosa\r\n",
            "\u{feff}x1,x2,x3,class\n1,0,0,1\n0,1,0,2\n0,0,1,1.0\n1e-300,-0.0,1e59,+2\n",
            "a,y\n\n1,yes\n\n\"2\",\"n,o\"\n",
        ];
        let mut seeds: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
        seeds.push(gzip(&seeds[0]));
        Corpus::new(seeds, &["\"\"", ",,", "\n\n", "a", "y", "\"a\nb\"", "1,2,3\n"])
    }

    fn write(data: &Dataset) -> Vec<u8> {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let mut name = "target".to_owned();
        while data.feature_names.contains(&name) {
            name.push('_');
        }
        let header: Vec<String> = data.feature_names.iter().chain([&name]).map(|name| quoted(name)).collect();
        let row = |(row, target): (ndarray::ArrayView1<'_, f64>, &String)| {
            let numbers = row.iter().map(|x| format!("{x:?},")).collect::<String>();
            format!("{numbers}{}\n", quoted(target))
        };
        let rows: String = data.features.rows().into_iter().zip(&targets(data)).map(row).collect();
        format!("{}\n{rows}", header.join(",")).into()
    }

    fn compare(input: &[u8], data: &Dataset) -> Result<(), String> {
        let text = std::str::from_utf8(input).ok().filter(|text| !text.contains(['"', '\r']));
        let Some(text) = text else { return Ok(()) };
        let fields = |line: &str| line.split(',').map(|field| field.trim().to_owned()).collect::<Vec<_>>();
        let lines: Vec<Vec<String>> =
            text.trim_start_matches('\u{feff}').split('\n').filter(|line| !line.is_empty()).map(fields).collect();
        let number = |text: &String| text.parse().expect("it was read as a number");
        let rows: Vec<Vec<f64>> =
            lines[1..].iter().map(|row| row[..row.len() - 1].iter().map(number).collect()).collect();
        expect_rows(&rows, data)?;
        let names = &lines[0][..lines[0].len() - 1];
        if names == data.feature_names { Ok(()) } else { Err(format!("{:?} instead of {names:?}", data.feature_names)) }
    }
}

struct Libsvm;

impl Format for Libsvm {
    const NAME: &'static str = "libsvm";
    const CASES: u64 = 4000;
    const FILE: &'static str = "x.libsvm";

    fn corpus() -> Corpus {
        let texts = [
            "1 1:0.5 3:-2\n-1 2:1e-3 # comment\n+1 1:7\n",
            "0.5 1:1 2:2 3:3 4:4\r\n1.5\r\n2.5 4:-1e59\r\n",
            "# only\n3 10:1\n4 11:1\n",
        ];
        let mut seeds: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
        seeds.push(gzip(&seeds[0]));
        Corpus::new(seeds, &["1:1", "2:0", "0:1", "qid:3", " #", "1:", ":1", "1::1", "65536:1", "134217728:1", " 5:"])
    }

    fn write(data: &Dataset) -> Vec<u8> {
        let last = data.features.ncols();
        let row = |(i, (row, target)): (usize, (ndarray::ArrayView1<'_, f64>, &String))| {
            // An entry in the last column says how many there are.
            let written = |&(index, x): &(usize, &f64)| x.to_bits() != 0 || (i == 0 && index == last);
            let entries = (1..).zip(row).filter(written).map(|(index, x)| format!(" {index}:{x:?}"));
            format!("{target}{}\n", entries.collect::<String>())
        };
        data.features.rows().into_iter().zip(&targets(data)).enumerate().map(row).collect::<String>().into()
    }

    fn compare(input: &[u8], data: &Dataset) -> Result<(), String> {
        let Ok(text) = std::str::from_utf8(input) else { return Ok(()) };
        let lines =
            text.trim_start_matches('\u{feff}').split('\n').map(|line| line.split('#').next().unwrap_or_default());
        let lines = lines.filter(|line| !line.trim().is_empty());
        let sum =
            |line: &str| line.split(':').skip(1).map(|part| part.split_whitespace().next().map_or(0.0, value)).sum();
        let (given, read): (Vec<f64>, Vec<f64>) =
            (lines.map(sum).collect(), data.features.rows().into_iter().map(|row| row.iter().sum()).collect());
        // The entries of a row are added in the same order, zeros between them change nothing.
        if given == read { Ok(()) } else { Err(format!("the rows add up to {read:?} instead of {given:?}")) }
    }
}

fn value(text: &str) -> f64 {
    text.parse().expect("it was read as a number")
}

struct Idx;

impl Format for Idx {
    const NAME: &'static str = "idx";
    const CASES: u64 = 4000;
    const FILE: &'static str = "x.idx";

    fn corpus() -> Corpus {
        let file = |code: u8, shape: &[u32], elements: &[u8]| {
            let shape_bytes: Vec<u8> = shape.iter().flat_map(|n| n.to_be_bytes()).collect();
            [&[0, 0, code, shape.len() as u8][..], &shape_bytes, elements].concat()
        };
        let doubles: Vec<u8> = [0.5_f64, -1e10, 0.0, 3.0].iter().flat_map(|x| x.to_be_bytes()).collect();
        let pairs = [
            (file(8, &[2, 2, 2], &[0, 1, 2, 3, 4, 5, 6, 255]), file(8, &[2], &[7, 3])),
            (file(0x0e, &[2, 2], &doubles), file(0x0d, &[2], &[0x3f, 0x80, 0, 0, 0xbf, 0x80, 0, 0])),
            (file(0x0b, &[3, 1], &[0, 1, 0xff, 0xff, 1, 0]), file(9, &[3], &[1, 0xff, 1])),
            (file(0x0c, &[1, 2, 1, 1], &[0, 0, 0, 1, 0x80, 0, 0, 0]), file(0x0e, &[1], &doubles[..8])),
        ];
        let mut seeds: Vec<Vec<u8>> = pairs.iter().map(|(items, labels)| [items, LABELS, labels].concat()).collect();
        seeds.push([&gzip(&pairs[0].0)[..], LABELS, &pairs[0].1].concat());
        Corpus::new(
            seeds,
            &[
                "\0\0\u{8}\u{1}",
                "\0\0\u{b}\u{2}",
                "\0\0\u{c}\u{3}",
                "\0\0\u{d}\u{8}",
                "\0\0\0\u{2}",
                "|labels|",
                "\0\0\u{1}\0",
            ],
        )
    }

    fn write(data: &Dataset) -> Vec<u8> {
        let header = |shape: &[usize]| {
            let shape_bytes: Vec<u8> = shape.iter().flat_map(|&n| (n as u32).to_be_bytes()).collect();
            [&[0, 0, 0x0e, shape.len() as u8][..], &shape_bytes].concat()
        };
        let features: Vec<u8> = data.features.iter().flat_map(|x| x.to_be_bytes()).collect();
        let labels: Vec<u8> = targets(data).iter().flat_map(|target| value(target).to_be_bytes()).collect();
        [&header(data.features.shape())[..], &features, LABELS, &header(&[data.rows()]), &labels].concat()
    }

    fn compare(input: &[u8], data: &Dataset) -> Result<(), String> {
        let items = halves(input).0;
        if items[..2] != [0, 0] {
            return Ok(());
        }
        let first = &items[4 + 4 * usize::from(items[3])..];
        let shape: Vec<usize> = items[4..4 + 4 * usize::from(items[3])]
            .chunks(4)
            .map(|n| u32::from_be_bytes(n.try_into().expect("four")) as usize)
            .collect();
        let x = match items[2] {
            8 => f64::from(first[0]),
            9 => f64::from(first[0] as i8),
            0x0b => f64::from(i16::from_be_bytes(first[..2].try_into().expect("two"))),
            0x0c => f64::from(i32::from_be_bytes(first[..4].try_into().expect("four"))),
            0x0d => f64::from(f32::from_be_bytes(first[..4].try_into().expect("four"))),
            _ => f64::from_be_bytes(first[..8].try_into().expect("eight")),
        };
        let expected = (shape[0], shape[1..].iter().product(), x.to_bits());
        let read = (data.rows(), data.features.ncols(), data.features[(0, 0)].to_bits());
        if read == expected { Ok(()) } else { Err(format!("{read:?} instead of {expected:?}")) }
    }
}

#[test]
fn csv_is_read_or_refused() {
    fuzz(&Files::<Csv>::new());
}

#[test]
fn libsvm_is_read_or_refused() {
    fuzz(&Files::<Libsvm>::new());
}

#[test]
fn idx_is_read_or_refused() {
    fuzz(&Files::<Idx>::new());
}

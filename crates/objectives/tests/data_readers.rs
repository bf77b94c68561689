//! Reading users' files: what is accepted, what each refusal says, and that nothing panics.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use ndarray::array;
use proptest::prelude::*;
use sgdlab_objectives::data::{Dataset, Format, Source, TargetKind, Targets, load};

/// Loads `bytes` as a file called `name`; messages call the directory `DIR`.
fn read(name: &str, bytes: &[u8], options: impl Fn(&mut Source, &Path)) -> Result<Dataset, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    fs::write(&path, bytes).unwrap();
    let mut source = Source::new(path.to_str().unwrap());
    options(&mut source, directory.path());
    load(&source).map_err(|error| error.to_string().replace(directory.path().to_str().unwrap(), "DIR"))
}

fn accept(name: &str, bytes: impl AsRef<[u8]>) -> Dataset {
    read(name, bytes.as_ref(), |_, _| {}).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn classes(labels: &[u32], names: &[&str]) -> Targets {
    Targets::Classes { labels: labels.to_vec(), names: names.iter().map(|&name| name.to_owned()).collect() }
}

const CSV: &str = "a,b,y\n1,2,3\n4,5,6.5\n";

#[test]
fn csv_is_read_in_all_its_spellings() {
    let expected = accept("t.csv", CSV);
    assert_eq!(expected.features, array![[1.0, 2.0], [4.0, 5.0]]);
    assert_eq!(expected.feature_names, ["a", "b"]);
    assert_eq!(expected.targets, Targets::Numbers(vec![3.0, 6.5]));
    let spellings: [(&str, Vec<u8>); 7] = [
        ("bom.csv", format!("\u{feff}{CSV}").into_bytes()),
        ("boms.csv", format!("\u{feff}\u{feff}\u{feff}{CSV}").into_bytes()),
        ("crlf.csv", CSV.replace('\n', "\r\n").into_bytes()),
        ("tabs.tsv", CSV.replace(',', "\t").into_bytes()),
        ("spaces.csv", CSV.replace(',', " , ").into_bytes()),
        ("quoted.CSV", b"\"a\",b,y\n\n1,\"2\",3\n4,5,6.5".to_vec()),
        ("packed.csv.gz", gzip(CSV.as_bytes())),
    ];
    for (name, bytes) in spellings {
        let found = accept(name, bytes);
        assert_eq!((&found.features, &found.targets), (&expected.features, &expected.targets), "{name}");
        assert_eq!(found.feature_names, expected.feature_names, "{name}");
    }
}

#[test]
fn the_checksum_is_of_the_unpacked_bytes_and_gzip_is_told_by_its_bytes() {
    let plain = accept("t.csv", CSV);
    let packed = accept("t.csv", gzip(CSV.as_bytes()));
    assert_eq!(plain.checksum, packed.checksum);
    assert_eq!(plain.checksum, blake3::hash(CSV.as_bytes()).to_hex().to_string());
}

#[test]
fn any_column_can_be_the_target_and_any_delimiter_separate() {
    let found = read("t.csv", CSV.replace(',', ";").as_bytes(), |source, _| {
        source.delimiter = Some(';');
        source.target = Some("a".into());
    });
    let found = found.unwrap();
    assert_eq!(found.features, array![[2.0, 3.0], [5.0, 6.5]]);
    assert_eq!(found.feature_names, ["b", "y"]);
    assert_eq!(found.targets, Targets::Numbers(vec![1.0, 4.0]));
}

#[test]
fn classes_are_sorted_whatever_the_order_of_rows() {
    let cases: [(&str, TargetKind, Targets); 4] = [
        ("x,y\n1,b\n2,a\n3,b\n", TargetKind::Auto, classes(&[1, 0, 1], &["a", "b"])),
        ("x,y\n1,10\n2,9\n3,10.0\n", TargetKind::Categorical, classes(&[1, 0, 1], &["9", "10"])),
        ("x,y\n1,10\n2,9\n3,x\n", TargetKind::Auto, classes(&[0, 1, 2], &["10", "9", "x"])),
        ("x,y\n1,+1\n2,-1\n3,1\n", TargetKind::Categorical, classes(&[1, 0, 1], &["-1", "1"])),
    ];
    for (text, kind, expected) in cases {
        let found = read("t.csv", text.as_bytes(), |source, _| source.target_kind = kind).unwrap();
        assert_eq!(found.targets, expected, "{text:?}");
    }
}

#[test]
fn csv_errors_name_the_place() {
    let cases: [(&[u8], &str); 18] = [
        (b"", "DIR/t.csv is empty"),
        (b"\xef\xbb\xbf\r\n \n", "DIR/t.csv is empty"),
        (b"a,y\n", "DIR/t.csv has no rows of data"),
        (b"a,y\n1,2\n3\n", "DIR/t.csv, line 3: 1 fields, where the header has 2"),
        (b"a,y\r\n1,2\r\n\r\n1,2,3\r\n", "DIR/t.csv, line 4: 3 fields, where the header has 2"),
        (b"a,y\n1,2\nnan,2\n", "DIR/t.csv, line 3, column \"a\": \"nan\" is not a finite number"),
        (b"a,y\n1,2\n1e999,2\n", "DIR/t.csv, line 3, column \"a\": \"1e999\" is not a finite number"),
        (b"a,y\n1,2\n\n,2\n", "DIR/t.csv, line 4, column \"a\": \"\" is not a finite number"),
        (b"a,y\r\n\"1\",2\r\nred,2\r\n", "DIR/t.csv, line 3, column \"a\": \"red\" is not a finite number"),
        (b"a,y\n1,2\n3,-inf\n", "DIR/t.csv, line 3, column \"y\": \"-inf\" is not a finite number"),
        (b"a,y\n1,up\n3,\n", "DIR/t.csv, line 3, column \"y\": \"\" is not a finite number"),
        (b"a,y\n1,up\n3,up\n", "DIR/t.csv: every row has the class \"up\"; classification needs two classes"),
        (
            b"a,b,a\n1,2,3\n",
            "DIR/t.csv, line 1: columns 1 and 3 are both named \"a\"; the header needs a distinct name for each column",
        ),
        (b"a,,b\n1,2,3\n", "DIR/t.csv, line 1: column 2 has no name; the header needs a distinct name for each column"),
        (
            b"1,2\n3,4\n",
            "DIR/t.csv, line 1: every field is a number, so the first line looks like data; \
             the header needs a distinct name for each column",
        ),
        (
            b"\n\na;y\n3;4\n",
            "DIR/t.csv, line 3: the only column is \"a;y\" (is the delimiter right?); \
             the header needs a distinct name for each column",
        ),
        (b"a,y\n1,\xff\n", "DIR/t.csv, line 2: the text is not UTF-8 (byte 0xff)"),
        (b"a,\xc3\x28\n", "DIR/t.csv, line 1: the text is not UTF-8 (byte 0xc3)"),
    ];
    for (bytes, expected) in cases {
        let found = read("t.csv", bytes, |_, _| {}).unwrap_err();
        assert_eq!(found, expected, "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn the_name_of_a_column_is_shown_on_one_line() {
    let huge = read("t.csv", b"\x7fa,y\n1e61,2\n", |_, _| {}).unwrap_err();
    assert_eq!(huge, "DIR/t.csv, row 1, column \"\\u{7f}a\": 1e61 is too large; numbers up to 1e60 are accepted");
}

#[test]
fn missing_targets_are_met_with_the_nearest_name() {
    let target = |name: &'static str| {
        read("t.csv", b"height,Weight\n1,2\n", move |source, _| source.target = Some(name.into())).unwrap_err()
    };
    assert_eq!(
        target("weigth"),
        "DIR/t.csv has no column \"weigth\"; did you mean \"Weight\"? its columns are height, Weight"
    );
    assert_eq!(target("zzz"), "DIR/t.csv has no column \"zzz\"; its columns are height, Weight");
    let many: String = (0..30).map(|j| format!("column{j},")).collect();
    let error = read("t.csv", format!("{many}y\n").as_bytes(), |source, _| source.target = Some("zzz".into()));
    let error = error.unwrap_err();
    assert!(error.ends_with(", column18, column19, 11 more"), "{error}");
}

#[test]
fn options_that_do_not_fit_are_refused() {
    type Set = fn(&mut Source, &Path);
    let cases: [(&str, Set, &str); 7] = [
        ("t.csv", |s, _| s.delimiter = Some('é'), "delimiter = é does not fit DIR/t.csv: it takes one ASCII character"),
        ("t.csv", |s, _| s.delimiter = Some('.'), "delimiter = . does not fit DIR/t.csv: it takes one ASCII character"),
        ("t.csv", |s, _| s.labels = Some("l".into()), "labels = l does not fit DIR/t.csv: it takes no such option"),
        ("t.svm", |s, _| s.target = Some("y".into()), "target = y does not fit DIR/t.svm: it takes no such option"),
        ("t.txt", |_, _| {}, "format = by extension \"txt\" does not fit DIR/t.txt: it takes csv (.csv, .tsv, .tab), "),
        ("t.idx", |_, _| {}, "labels = (none) does not fit DIR/t.idx: it takes the path of the IDX file of labels"),
        (
            "t.csv",
            |s, _| (s.data, s.target_kind) = ("iris".into(), TargetKind::Numeric),
            "target-kind = numeric does not fit iris",
        ),
    ];
    for (name, set, expected) in cases {
        let found = read(name, CSV.as_bytes(), set).unwrap_err();
        assert!(found.starts_with(expected), "{found}");
    }
    assert_eq!(read("t.txt", CSV.as_bytes(), |source, _| source.format = Some(Format::Csv)).unwrap().rows(), 2);
}

#[test]
fn files_that_are_none_are_refused() {
    let directory = |source: &mut Source, directory: &Path| source.data = directory.to_str().unwrap().to_owned();
    assert_eq!(read("t.csv", b"", directory).unwrap_err(), "DIR is a directory; a file is needed");
    let absent = |source: &mut Source, _: &Path| source.data = "irsi".into();
    assert_eq!(
        read("t.csv", b"", absent).unwrap_err(),
        "irsi: no such file, and no bundled data set of that name \
         (breast-cancer, diabetes, digits, iris, line-50, neuron-2, neuron-8, wine, zigzag-12); did you mean \"iris\"?"
    );
    let packed = gzip(CSV.as_bytes());
    for bytes in [&packed[..packed.len() - 1], &packed[..20], &packed[..3]] {
        let found = read("t.csv.gz", bytes, |_, _| {}).unwrap_err();
        assert!(found.starts_with("DIR/t.csv.gz is a damaged or truncated gzip file: "), "{found}");
    }
    assert_eq!(read("t.csv", &gzip(b""), |_, _| {}).unwrap_err(), "DIR/t.csv is empty");
}

#[test]
fn libsvm_is_read_densely() {
    let text = "# made by hand\n+1 1:0.5 3:2 # first\r\n\n-1 2:-1e1\n+1\n";
    for name in ["t.libsvm", "t.svm", "t.svmlight"] {
        let found = accept(name, text);
        assert_eq!(found.features, array![[0.5, 0.0, 2.0], [0.0, -10.0, 0.0], [0.0, 0.0, 0.0]]);
        assert_eq!(found.feature_names, ["x1", "x2", "x3"]);
        assert_eq!(found.targets, Targets::Numbers(vec![1.0, -1.0, 1.0]));
    }
    let found = read("t.svm", &gzip(text.as_bytes()), |source, _| source.target_kind = TargetKind::Categorical);
    assert_eq!(found.unwrap().targets, classes(&[1, 0, 1], &["-1", "1"]));
}

#[test]
fn libsvm_errors_name_the_place() {
    let field = |line: u32, field: &str, reason: &str| {
        format!(
            "DIR/t.svm, line {line}: field \"{field}\": {reason}; accepted is index:value with indices increasing from 1"
        )
    };
    let cases: [(&str, String); 12] = [
        ("", "DIR/t.svm is empty".into()),
        ("# nothing\n", "DIR/t.svm has no rows of data".into()),
        ("1\n2\n", "DIR/t.svm has no features, only targets".into()),
        ("1 1:2\ncat 1:3\n", "DIR/t.svm, line 2, the target: \"cat\" is not a finite number".into()),
        ("nan 1:2\n", "DIR/t.svm, line 1, the target: \"nan\" is not a finite number".into()),
        ("1 0:2\n", field(1, "0:2", "index 0 follows 0")),
        ("1 2:2 2:3\n", field(1, "2:3", "index 2 follows 2")),
        ("1 1:1\n2 1048577:1\n", field(2, "1048577:1", "the index is above 1048576")),
        ("1 qid:2\n", field(1, "qid:2", "the index is not a whole number")),
        ("1 1:x\n", field(1, "1:x", "the value is not a finite number")),
        ("1 1:inf\n", field(1, "1:inf", "the value is not a finite number")),
        ("1 1:1\n\n1 7\n", field(3, "7", "there is no colon")),
    ];
    for (text, expected) in cases {
        assert_eq!(read("t.svm", text.as_bytes(), |_, _| {}).unwrap_err(), expected, "{text:?}");
    }
    let absurd = format!("1 {}:1\n1 1:1\n", usize::MAX);
    assert!(read("t.svm", absurd.as_bytes(), |_, _| {}).unwrap_err().contains("the index is above 1048576"));
    let rows: String = (0..129).map(|row| format!("{row} 1048576:1\n")).collect();
    let expected =
        "DIR/t.svm: 129 rows × 1048576 columns is more than 134217728 numbers, the largest dense matrix held";
    assert_eq!(read("t.svm", rows.as_bytes(), |_, _| {}).unwrap_err(), expected);
}

/// An IDX file.
fn idx(code: u8, shape: &[u32], elements: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, code, shape.len() as u8];
    bytes.extend(shape.iter().flat_map(|n| n.to_be_bytes()));
    bytes.extend(elements);
    bytes
}

fn read_idx(items: &[u8], labels: &[u8]) -> Result<Dataset, String> {
    read("items-idx3-ubyte", items, |source, directory| {
        let path = directory.join("labels");
        fs::write(&path, labels).unwrap();
        source.labels = Some(path.to_str().unwrap().to_owned());
    })
}

#[test]
fn idx_is_read_in_every_element_type() {
    let labels = idx(0x08, &[2], &[7, 3]);
    let images = read_idx(&gzip(&idx(0x08, &[2, 1, 2], &[0, 255, 1, 2])), &gzip(&labels)).unwrap();
    assert_eq!(images.features, array![[0.0, 255.0], [1.0, 2.0]]);
    assert_eq!(images.feature_names, ["pixel_0_0", "pixel_0_1"]);
    assert_eq!(images.targets, classes(&[1, 0], &["3", "7"]));
    let big_endian: [(u8, Vec<u8>); 5] = [
        (0x09, vec![0xff, 2]),
        (0x0b, [-1i16, 2].iter().flat_map(|x| x.to_be_bytes()).collect()),
        (0x0c, [-1i32, 2].iter().flat_map(|x| x.to_be_bytes()).collect()),
        (0x0d, [-1f32, 2.0].iter().flat_map(|x| x.to_be_bytes()).collect()),
        (0x0e, [-1f64, 2.0].iter().flat_map(|x| x.to_be_bytes()).collect()),
    ];
    for (code, elements) in big_endian {
        let found = read_idx(&idx(code, &[2], &elements), &labels).unwrap();
        assert_eq!(found.features, array![[-1.0], [2.0]], "type {code:#x}");
    }
    let numbers: Vec<u8> = [0.5f32, 1.5].iter().flat_map(|x| x.to_be_bytes()).collect();
    let found = read_idx(&idx(0x08, &[2, 1], &[1, 2]), &idx(0x0d, &[2], &numbers)).unwrap();
    assert_eq!(found.targets, Targets::Numbers(vec![0.5, 1.5]));
}

#[test]
fn idx_errors_give_the_numbers() {
    let (items, labels) = (idx(0x08, &[2, 2], &[1, 2, 3, 4]), idx(0x08, &[2], &[0, 1]));
    let nan: Vec<u8> = [1f32, f32::NAN].iter().flat_map(|x| x.to_be_bytes()).collect();
    let cases: [(Vec<u8>, Vec<u8>, &str); 14] = [
        (
            b"\x00\x01\x08\x01".to_vec(),
            labels.clone(),
            "DIR/items-idx3-ubyte: it begins with the bytes [00, 01, 08, 01]; IDX begins with 00 00, a type, a number of dimensions",
        ),
        (
            b"\x00".to_vec(),
            labels.clone(),
            "DIR/items-idx3-ubyte: it begins with the bytes [00]; IDX begins with 00 00, a type, a number of dimensions",
        ),
        (vec![], labels.clone(), "DIR/items-idx3-ubyte is empty"),
        (
            idx(0x0a, &[2], &[]),
            labels.clone(),
            "DIR/items-idx3-ubyte: element type 0x0a is none of 0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e",
        ),
        (idx(0x08, &[], &[]), labels.clone(), "DIR/items-idx3-ubyte: 0 dimensions; between 1 and 8 are taken"),
        (items[..10].to_vec(), labels.clone(), "DIR/items-idx3-ubyte: 10 bytes, but the header alone has 12"),
        (
            items[..15].to_vec(),
            labels.clone(),
            "DIR/items-idx3-ubyte: 3 bytes of elements, but the dimensions [2, 2] need 4",
        ),
        (
            [&items[..], &[9]].concat(),
            labels.clone(),
            "DIR/items-idx3-ubyte: 5 bytes of elements, but the dimensions [2, 2] need 4",
        ),
        (
            idx(0x0e, &[u32::MAX, u32::MAX, u32::MAX], &[]),
            labels.clone(),
            "DIR/items-idx3-ubyte: 4294967295 rows × 18446744065119617025 columns is more than 134217728 numbers, \
             the largest dense matrix held",
        ),
        (items.clone(), idx(0x08, &[3], &[0, 1, 2]), "DIR/labels has 3 labels, but DIR/items-idx3-ubyte has 2 items"),
        (items.clone(), items.clone(), "DIR/labels: labels need 1 dimension, not 2"),
        (
            items.clone(),
            idx(0x08, &[2], &[5, 5]),
            "DIR/labels: every row has the class \"5\"; classification needs two classes",
        ),
        (items.clone(), idx(0x0d, &[2], &nan), "DIR/labels: item 2, element 1: NaN is not a finite number"),
        (idx(0x0d, &[2, 1], &nan), labels, "DIR/items-idx3-ubyte: item 2, element 1: NaN is not a finite number"),
    ];
    for (items, labels, expected) in cases {
        assert_eq!(read_idx(&items, &labels).unwrap_err(), expected);
    }
    assert_eq!(
        read_idx(&idx(8, &[0, 2], &[]), &idx(8, &[0], &[])).unwrap_err(),
        "DIR/items-idx3-ubyte has no rows of data"
    );
    assert_eq!(
        read_idx(&idx(8, &[2, 0], &[]), &idx(8, &[2], &[0, 1])).unwrap_err(),
        "DIR/items-idx3-ubyte has no features, only targets"
    );
}

/// Whatever is read holds finite numbers and belongs together; whatever is refused says something.
fn check_outcome(found: Result<Dataset, String>) {
    match found {
        Ok(set) => {
            assert!(set.features.iter().all(|x| x.is_finite()));
            assert_eq!(set.features.dim(), (set.targets.len(), set.feature_names.len()));
        }
        Err(message) => assert!(message.starts_with("DIR")),
    }
}

/// Bytes that are random, or made of what the formats are made of.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        "a",
        "y",
        ",",
        "\n",
        "\r\n",
        "\"",
        "1",
        "-2.5",
        "1:2",
        "3:1e3",
        " ",
        "#",
        ":",
        "nan",
        "\t",
        "\u{feff}",
        "é",
        "99999999999999999999",
        "\0\0\x08\x01\0\0\0\x02",
        "\0\0\x0c\x02",
        "\0\0\0\x01",
        "\x1f",
    ]);
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..64),
        prop::collection::vec(words, 0..24).prop_map(|words| words.concat().into_bytes()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in soup(), other in soup(), packed: bool) {
        let bytes = if packed { gzip(&bytes) } else { bytes };
        for kind in [TargetKind::Auto, TargetKind::Categorical, TargetKind::Numeric] {
            for name in ["t.csv", "t.svm"] {
                check_outcome(read(name, &bytes, |source, _| source.target_kind = kind));
            }
        }
        check_outcome(read_idx(&bytes, &other));
    }

    #[test]
    fn cut_or_damaged_files_do_not_panic(at in 0usize..30, value: u8, cut in 0usize..30) {
        let mut packed = gzip(CSV.as_bytes());
        let (at, cut) = (at.min(packed.len() - 1), cut.min(packed.len()));
        packed[at] = value;
        check_outcome(read("t.csv", &packed[..cut], |_, _| {}));
        let mut items = idx(0x08, &[2, 2], &[1, 2, 3, 4]);
        let (at, cut) = (at.min(items.len() - 1), cut.min(items.len()));
        items[at] = value;
        check_outcome(read_idx(&items[..cut], &idx(0x08, &[2], &[0, 1])));
    }
}

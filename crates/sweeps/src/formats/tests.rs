//! Every format against the CSV text that it is made of.

use std::io::{self, Read, Write};

use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::Field;

use super::{Encoder, Format};
use crate::columns::{Holds, PARAMETERS, ROWS, RUNS, Table, header, rows_header, runs_header};

/// Pushes texts one after the other.
fn encoded(table: &Table, header: &str, format: Format, texts: &[&str]) -> io::Result<Vec<u8>> {
    let mut encoder = Encoder::new(Vec::new(), format, table, header)?;
    texts.iter().try_for_each(|text| encoder.push(text))?;
    encoder.finish()
}

/// What a field of CSV text is in a column.
fn expected(holds: Holds, field: &str) -> Field {
    match holds {
        _ if field.is_empty() => Field::Null,
        Holds::Text => Field::Str(field.to_owned()),
        Holds::Count => Field::Long(field.parse().unwrap()),
        Holds::Number => Field::Double(field.parse().unwrap()),
    }
}

/// Equal, and NaN like NaN, and both zeros apart.
fn same(a: &Field, b: &Field) -> bool {
    match (a, b) {
        (Field::Double(a), Field::Double(b)) => a.to_bits() == b.to_bits(),
        _ => a == b,
    }
}

/// Expects that all formats hold what the text says, and returns the number of row groups.
#[track_caller]
fn check(table: &Table, header: &str, text: &str) -> usize {
    let csv = encoded(table, header, Format::Csv, &[text]).unwrap();
    assert!(csv == [header.as_bytes(), text.as_bytes()].concat(), "CSV is the text itself");

    let gz = encoded(table, header, Format::CsvGz, &[text]).unwrap();
    assert_eq!(gz[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255], "no name, no time, the fast level, no system");
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&*gz).read_to_end(&mut unpacked).unwrap();
    assert!(unpacked == csv, "unpacked it is the CSV text");

    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&encoded(table, header, Format::Parquet, &[text]).unwrap()).unwrap();
    let file = SerializedFileReader::new(file).unwrap();
    let mut rows = file.get_row_iter(None).unwrap();
    let mut reader = csv::Reader::from_reader(&*csv);
    let names = reader.headers().unwrap().clone();
    for (number, record) in reader.records().enumerate() {
        let (record, row) = (record.unwrap(), rows.next().expect("as many rows as lines").unwrap());
        assert_eq!(row.len(), names.len());
        for ((name, field), (found_name, found)) in names.iter().zip(&record).zip(row.get_column_iter()) {
            let expected = expected(table.holds(name).unwrap(), field);
            assert!(name == found_name && same(found, &expected), "row {number}, {name}: {found} for {field:?}");
        }
    }
    assert!(rows.next().is_none(), "no more rows than lines");
    file.num_row_groups()
}

const ROW: &str = "00000000000000aa,0,0,0.1,1.25,,,,-1e-17,,\n";

#[test]
fn numbers_are_what_their_digits_read_as() {
    let mut text = ROW.to_owned();
    for x in ["0.0", "-0.0", "NaN", "inf", "-inf", "1e-45", "5e-324", "1.7976931348623157e308", "0.1", "3.4028235e38"] {
        text += &format!("00000000000000aa,9007199254740993,9223372036854775807,{x},{x},,0.25,,{x},1,{x}\n");
    }
    assert_eq!(check(&ROWS, &rows_header(&[]), &text), 1);
}

#[test]
fn texts_may_be_quoted_and_targets_have_columns() {
    let header = runs_header(&[0.5, 1e-9]);
    let line = |fields: &[(&str, &str)]| {
        let field = |name: &str| fields.iter().find(|(known, _)| *known == name).map_or("", |(_, field)| *field);
        header.trim_end().split(',').map(field).collect::<Vec<_>>().join(",") + "\n"
    };
    let [label, other] = ["\"a, \"\"b\"\"\"", "\"two\nlines\""];
    let text = line(&[("run", "aa"), ("rule", label), ("batch_size", "16"), ("steps_to_0.5", "3")])
        + &line(&[("run", "ab"), ("problem", other), ("rule", "é"), ("rate", "0.1"), ("evaluations_to_1e-9", "inf")]);
    assert_eq!(check(&RUNS, &header, &text), 1);
}

#[test]
fn a_table_may_be_empty() {
    assert_eq!(check(&PARAMETERS, &header(&PARAMETERS), ""), 0);
}

#[test]
fn long_tables_have_several_row_groups() {
    let mut text = String::new();
    for row in 0..(1 << 16) + 1 {
        text += &format!("{:016x},{row},weight,{},{:e}\n", row / 7, row % 7, f64::from(row).sqrt());
    }
    assert_eq!(check(&PARAMETERS, &header(&PARAMETERS), &text), 2);
}

#[test]
fn long_texts_end_a_row_group_early() {
    let tensor = "w".repeat(1 << 20);
    let text: String = (0..33).map(|row| format!("aa,0,{tensor}{row},0,1.0\n")).collect();
    assert_eq!(check(&PARAMETERS, &header(&PARAMETERS), &text), 2);
}

#[test]
fn bytes_do_not_depend_on_how_the_text_was_pushed() {
    let mut text = String::new();
    for step in 0..30_000 {
        text +=
            &format!("{:016x},{step},{},{},1.5,,,,,,{}\n", step / 5, 8 * step, 1.0 / f64::from(step + 1), step % 13);
    }
    let (head, tail) = text.split_at(text.len() / 2 + text[text.len() / 2..].find('\n').unwrap() + 1);
    for format in Format::ALL {
        let whole = encoded(&ROWS, &rows_header(&[]), format, &[&text]).unwrap();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        assert!(encoded(&ROWS, &rows_header(&[]), format, &lines).unwrap() == whole, "{format:?}, line by line");
        assert!(encoded(&ROWS, &rows_header(&[]), format, &[head, tail]).unwrap() == whole, "{format:?}, in halves");
    }
}

#[test]
fn what_does_not_fit_its_column_is_named() {
    #[track_caller]
    fn refused(text: &str, message: &str) {
        let error = encoded(&ROWS, &rows_header(&[]), Format::Parquet, &[text]).unwrap_err();
        assert_eq!((error.kind(), &*error.to_string()), (io::ErrorKind::InvalidData, message));
    }
    refused(&ROW.replace("1.25", "fast"), "value = \"fast\" is not a number");
    refused(&ROW.replace("aa,0,0", "aa,0.5,0"), "step = \"0.5\" is not a count");
    refused("aa,1\n", "a row of 11 columns has 2 fields");
    let error = encoded(&ROWS, "run,speed\n", Format::Parquet, &[]).unwrap_err();
    assert_eq!(error.to_string(), "no column of rows.csv is called \"speed\"");
}

/// A disk that is full after some bytes.
struct Disk(usize);

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        if taken == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_an_error_in_every_format() {
    for format in Format::ALL {
        let needed = encoded(&ROWS, &rows_header(&[]), format, &[ROW]).unwrap().len();
        let write = |room: usize| -> io::Result<Disk> {
            let mut encoder = Encoder::new(Disk(room), format, &ROWS, &rows_header(&[]))?;
            encoder.push(ROW)?;
            encoder.finish()
        };
        for room in 0..needed {
            let error = write(room).err().unwrap_or_else(|| panic!("{format:?}: {room} of {needed} bytes are enough"));
            assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{format:?} with {room} bytes");
        }
        assert!(write(needed).is_ok());
    }
}

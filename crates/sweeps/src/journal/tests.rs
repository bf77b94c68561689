//! Journals that are not as they were written.

use super::header::Header;
use super::reader::{Content, End, read};
use super::record::{Facts, Record, content};
use crate::run::SCHEMA;
use crate::status::Status;

/// Four runs with texts of different lengths, and where their records end.
fn journal() -> (Vec<u8>, Vec<usize>) {
    let text = |word: &str| word.to_owned();
    let header = Header {
        schema: SCHEMA,
        plan: text("plan"),
        program: text("program"),
        cpu: text("cpu"),
        host: text("host"),
        process: 1,
        started: text("2000-01-01T00:00:00Z"),
        shard: None,
        canary: None,
    };
    let mut bytes = header.to_text().into_bytes();
    let mut ends = vec![bytes.len()];
    for number in 0..4_u64 {
        let facts = Facts {
            key: u128::from(number) << 90 | 7,
            status: Status::ALL[number as usize % 3],
            steps: 10 * number,
            pack: number / 2,
            lanes: 2,
            seconds: 0.25,
            finished: 1_000_000 + number,
        };
        let rows = "row,1,2.5\n".repeat(number as usize);
        let parameters = if number == 3 { "p,é\n" } else { "" };
        let record = Record { facts, summary: "run,done\n", rows: &rows, parameters };
        bytes.extend(record.head(content(record.texts())));
        record.texts().iter().for_each(|text| bytes.extend(text.as_bytes()));
        ends.push(bytes.len());
    }
    (bytes, ends)
}

/// Where records were found, and how the journal ends; `None` if there is no header.
fn found(bytes: &[u8]) -> Option<(Vec<usize>, End)> {
    let mut ends = Vec::new();
    let content = read(bytes, &mut |_, place, _| ends.push((place.at + place.length) as usize)).unwrap();
    match content {
        Content::Journal(_, end) => Some((ends, end)),
        Content::Empty => None,
        Content::Refused(reason) => panic!("{reason}"),
    }
}

#[test]
fn a_tail_that_is_cut_anywhere_costs_the_last_record_alone() {
    let (bytes, ends) = journal();
    for length in 0..=bytes.len() {
        let whole: Vec<usize> = ends[1..].iter().copied().filter(|&end| end <= length).collect();
        let at = ends.iter().rev().find(|&&end| end <= length).map(|&end| end as u64);
        let expected = at.map(|at| (whole, if at == length as u64 { End::Whole } else { End::Torn { at } }));
        assert_eq!(found(&bytes[..length]), expected, "{length}");
    }
}

#[test]
fn a_tail_of_zeros_is_one_that_was_not_written() {
    let (bytes, ends) = journal();
    for length in (0..4).flat_map(|record| [ends[record], ends[record] + 50, ends[record] + 112, ends[record + 1] - 1])
    {
        for zeros in [1, 50, 62, 112, 5000] {
            let at = *ends.iter().rev().find(|&&end| end <= length).unwrap();
            let whole = ends[1..].iter().copied().filter(|&end| end <= length).collect();
            let tail = [&bytes[..length], &vec![0; zeros]].concat();
            assert_eq!(found(&tail), Some((whole, End::Torn { at: at as u64 })), "{length} and {zeros} zeros");
        }
    }
    assert_eq!(found(&[0; 100]), None);
}

#[test]
fn a_bit_that_flips_anywhere_behind_the_header_is_seen_and_costs_nothing_before_it() {
    let (bytes, ends) = journal();
    for position in ends[0]..bytes.len() {
        let record = ends.iter().rposition(|&end| end <= position).unwrap();
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[position] ^= 1 << bit;
            let (whole, end) = found(&damaged).unwrap();
            assert_eq!(whole, ends[1..=record], "bit {bit} of {position}");
            let zero = damaged[position] == 0 && position >= ends[record] + 112 && record == 3;
            let at = ends[record] as u64;
            assert_eq!(end, if zero { End::Torn { at } } else { End::Corrupt { at } }, "bit {bit} of {position}");
        }
    }
}

#[test]
fn a_bit_that_flips_in_the_header_is_refused() {
    let (bytes, ends) = journal();
    for position in 0..ends[0] {
        let mut damaged = bytes.clone();
        damaged[position] ^= 1 << (position % 8);
        let content = read(&*damaged, &mut |_, _, _| panic!("position {position}: a run is taken")).unwrap();
        assert!(matches!(content, Content::Refused(_)), "position {position}: {content:?}");
    }
}

//! Another decoder of M-Bus (m-bus-parser), for the bench: reads lines of a telegram's and a key's hex digits, and writes
//! which of them it reads, and the seconds of processor time that it takes to JSON for all of these, as often as asked.
use std::io::{self, BufRead};

fn key_of(digits: &str) -> Option<[u8; 16]> {
    let mut key = [0; 16];
    for (i, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    Some(key)
}

/** Ticks of this process, of which Linux has a hundred a second (proc(5)). */
fn seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("proc");
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn main() {
    let rounds: u32 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1);
    let decode = |(telegram, key): &(String, Option<[u8; 16]>)| {
        m_bus_parser::serialize_mbus_data(telegram, "json-legacy", key.as_ref())
    };
    let given: Vec<_> = io::stdin()
        .lock()
        .lines()
        .map(|line| {
            let line = line.expect("text");
            let (telegram, key) = line.split_once(' ').unwrap_or((&line, ""));
            (telegram.to_string(), key_of(key))
        })
        .collect();
    // An empty list of records is no reading.
    let read: Vec<usize> = (0..given.len()).filter(|&i| decode(&given[i]).contains("data_information")).collect();
    let start = seconds();
    let mut written = 0;
    for _ in 0..rounds {
        for &i in &read {
            written += decode(&given[i]).len();
        }
    }
    let spent = seconds() - start;
    assert!(written > 0);
    println!("{{\"read\":{read:?},\"seconds\":{spent}}}");
}

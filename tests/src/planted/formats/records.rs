//! CSV and TSV.

use super::{Sent, Spelling, plain_only};

/// Cells parted by commas.
pub fn commas(values: &[String], spelling: Spelling) -> Option<Sent> {
    plain_only(spelling)?;
    Sent::body("text/csv", records(values, ','))
}

/// Cells parted by tabs.
pub fn tabs(values: &[String], spelling: Spelling) -> Option<Sent> {
    plain_only(spelling)?;
    Sent::body("text/tab-separated-values", records(values, '\t'))
}

fn records(values: &[String], tab: char) -> String {
    let cell = |(n, value): (usize, &String)| {
        let bare = n % 2 == 0 && !value.contains([tab, '"', '\r', '\n']);
        let cell = if bare { value.clone() } else { format!("\"{}\"", value.replace('"', "\"\"")) };
        format!("{n}{tab}{cell}{tab}open\r\n")
    };
    let records = values.iter().enumerate().map(cell);
    format!("id{tab}note{tab}state\r\n{}", records.collect::<String>())
}

//! `corpora labelled [COUNT] [SEED]`: the labelled texts as JSON lines, for `cofferdam evaluate`.
//! Writes nothing but what it makes.

use anyhow::{Context as _, bail};
use cofferdam_corpora::labelled;
use std::env;
use std::io::{self, BufWriter, Write as _};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let number = |n: usize, otherwise: u64| match arguments.get(n) {
        Some(text) => text.parse().with_context(|| format!("no number: `{text}`")),
        None => Ok(otherwise),
    };
    match arguments.first().map(String::as_str) {
        Some("labelled") => {
            let (count, seed) = (usize::try_from(number(1, 50)?)?, number(2, 1)?);
            let mut out = BufWriter::new(io::stdout().lock());
            for record in labelled::records(seed, count) {
                writeln!(out, "{}", record.line())?;
            }
            Ok(out.flush()?)
        }
        _ => bail!("usage: corpora labelled [COUNT] [SEED]"),
    }
}

//! `corpora labelled [COUNT] [SEED]`: the labelled texts as JSON lines, for `cofferdam evaluate`.
//! `corpora clean [MEGABYTES] [PATHS..]`: what is found in texts that hold nothing.
//! `corpora piece [NUMBER]`: one piece of the clean texts, as it is.
//! Shows no text of a finding.

use anyhow::{Context as _, bail};
use cofferdam_corpora::measure::Clean;
use cofferdam_corpora::{clean, labelled, measure};
use cofferdam_engine::survey::Format;
use cofferdam_policy_compiler::detectors;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::{env, fs};

const SEED: u64 = 1;

/// What stands in documentation and sources of programs, and is what it seems to be.
const TRUE_THERE: &[&str] = &["date", "email", "ip_address", "private_key", "url"];

/// Bytes of a file that tell whether it is text.
const HEAD_BYTES: usize = 8192;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let number = |n: usize, otherwise: u64| match arguments.get(n) {
        Some(text) => text.parse().with_context(|| format!("no number: `{text}`")),
        None => Ok(otherwise),
    };
    match arguments.first().map(String::as_str) {
        Some("labelled") => {
            let (count, seed) = (usize::try_from(number(1, 50)?)?, number(2, SEED)?);
            let mut out = BufWriter::new(io::stdout().lock());
            for record in labelled::records(seed, count) {
                writeln!(out, "{}", record.line())?;
            }
            Ok(out.flush()?)
        }
        Some("clean") => look_at_clean(number(1, 200)?, arguments.get(2..).unwrap_or_default()),
        Some("piece") => {
            let at = usize::try_from(number(1, 0)?)?;
            let piece = clean::pieces(SEED, u64::MAX).nth(at).context("no piece")?;
            Ok(io::stdout().lock().write_all(piece.text.as_bytes())?)
        }
        _ => bail!(
            "usage: corpora labelled [COUNT] [SEED] | clean [MEGABYTES] [PATHS..] | piece [NUMBER]"
        ),
    }
}

/// Fails where more is found than may be.
fn look_at_clean(megabytes: u64, paths: &[String]) -> anyhow::Result<()> {
    let bundle = measure::bundle(&detectors::named())?;
    let mut above = false;
    if megabytes > 0 {
        let mut made = Clean::new(&bundle);
        for (n, piece) in clean::pieces(SEED, megabytes * 1_000_000).enumerate() {
            let format = if piece.sort.columns { Format::Csv } else { Format::Text };
            let (sort, holds) = (piece.sort.name, piece.sort.holds);
            made.look(sort, &format!("{sort} {n}"), format, holds, piece.text.as_bytes());
        }
        above |= tell(&made)?;
    }
    if !paths.is_empty() {
        let mut real = Clean::new(&bundle);
        for path in paths {
            walk(Path::new(path), &mut real)?;
        }
        above |= tell(&real)?;
    }
    if above {
        bail!("more is found in clean texts than one in 10 MB");
    }
    Ok(())
}

/// Shows what was found, and says whether it is too much.
fn tell(clean: &Clean<'_>) -> anyhow::Result<bool> {
    let mut out = io::stdout().lock();
    out.write_all(clean.table().as_bytes())?;
    Ok(clean.on_rate() > 1.0 || !clean.named_above().is_empty())
}

/// Looks at every file of a folder, in the order of the names.
fn walk(path: &Path, clean: &mut Clean<'_>) -> anyhow::Result<()> {
    let kept = || format!("cannot read {}", path.display());
    if path.is_dir() {
        let mut entries: Vec<_> =
            fs::read_dir(path).with_context(kept)?.collect::<Result<_, _>>().with_context(kept)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        return entries.iter().try_for_each(|entry| walk(&entry.path(), clean));
    }
    let text = fs::read(path).with_context(kept)?;
    if text.iter().take(HEAD_BYTES).any(|byte| *byte == 0) {
        return Ok(());
    }
    let sort = path.extension().map_or("-".into(), |ending| ending.to_string_lossy());
    let sort = if sort.len() > 5 { "other" } else { &sort };
    clean.look(sort, &path.display().to_string(), Format::Text, TRUE_THERE, &text);
    Ok(())
}

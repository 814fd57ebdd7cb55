//! Scans one file: its text, or the texts in it where it is an archive (tar, gzip, zip).
//! Unpacks nothing to disk, and no more than a bound says, however an archive is made.

use super::part::Report;
use super::text;
use cofferdam_engine::survey::Survey;
use cofferdam_policy_compiler::report::printable;
use flate2::read::MultiGzDecoder;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::path::Path;
use std::rc::Rc;
use tar::EntryType;
use zip::ZipArchive;

/// Bytes that tell what a file is.
const SNIFF_BYTES: usize = 8 * 1024;
/// Archives within archives; `.tar.gz` is two.
const DEPTH_MAX: usize = 6;
/// A zip inside of another archive is held in memory: its table of contents stands at its end.
const INNER_ZIP_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Longest name of a member of an archive.
const NAME_BYTES_MAX: u64 = 64 * 1024;

/// One file and everything in it.
pub(super) struct Unpack<'u, 'r> {
    survey: &'u Survey<'u>,
    report: &'u mut Report<'r>,
    /// What may still be unpacked.
    left: Rc<Cell<u64>>,
}

/// What the first bytes of a file say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Gzip,
    Zip,
    Tar,
    Binary,
    Text,
}

impl Kind {
    fn of(begin: &[u8]) -> Self {
        if begin.starts_with(b"\x1f\x8b\x08") {
            Self::Gzip
        } else if begin.starts_with(b"PK\x03\x04") || begin.starts_with(b"PK\x05\x06") {
            Self::Zip
        } else if begin.get(257..262) == Some(b"ustar") {
            Self::Tar
        } else if begin.contains(&0) {
            Self::Binary
        } else {
            Self::Text
        }
    }
}

/// A reader that stops with an error where too much has been unpacked.
struct Bounded<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.left.get() == 0 && !out.is_empty() {
            return match self.inner.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(io::Error::other("too much is packed in it, and the rest is not read")),
            };
        }
        let most = usize::try_from(self.left.get()).unwrap_or(usize::MAX).min(out.len());
        let read = self.inner.read(out.get_mut(..most).unwrap_or_default())?;
        self.left.set(self.left.get().saturating_sub(u64::try_from(read).unwrap_or(u64::MAX)));
        Ok(read)
    }
}

impl<'u, 'r> Unpack<'u, 'r> {
    pub(super) fn new(survey: &'u Survey<'u>, report: &'u mut Report<'r>, bytes_max: u64) -> Self {
        Self { survey, report, left: Rc::new(Cell::new(bytes_max)) }
    }

    /// A file by its path, which is called `name` in what is told.
    pub(super) fn file(&mut self, path: &Path, name: &str) {
        let read = (|| {
            let mut file = File::open(path)?;
            let begin = begin(&mut file)?;
            if Kind::of(&begin) == Kind::Zip && file.rewind().is_ok() {
                return self.zip(name, io::BufReader::new(file), 0);
            }
            self.kind(name, &begin, &mut file, 0)
        })();
        self.tell(name, read);
    }

    /// What streams in.
    pub(super) fn stream(&mut self, name: &str, reader: &mut dyn Read) {
        self.open(name, reader, 0);
    }

    fn open(&mut self, name: &str, reader: &mut dyn Read, depth: usize) {
        let read = begin(reader).and_then(|begin| self.kind(name, &begin, reader, depth));
        self.tell(name, read);
    }

    /// A file that begins with the bytes that were read already.
    fn kind(
        &mut self,
        name: &str,
        begin: &[u8],
        rest: &mut dyn Read,
        depth: usize,
    ) -> io::Result<()> {
        let kind = Kind::of(begin);
        let mut whole = begin.chain(rest);
        if matches!(kind, Kind::Gzip | Kind::Zip | Kind::Tar) && depth >= DEPTH_MAX {
            let why = format!("archives lie in it deeper than {DEPTH_MAX}, and it is not read");
            return Err(io::Error::other(why));
        }
        match kind {
            Kind::Gzip => {
                let mut inner = self.bounded(MultiGzDecoder::new(whole));
                self.open(name, &mut inner, depth + 1);
                Ok(())
            }
            Kind::Zip => {
                let mut bytes = Vec::new();
                whole.take(INNER_ZIP_BYTES_MAX + 1).read_to_end(&mut bytes)?;
                if u64::try_from(bytes.len()).is_ok_and(|length| length > INNER_ZIP_BYTES_MAX) {
                    return Err(io::Error::other(
                        "a zip inside of another file is longer than 64 MiB",
                    ));
                }
                self.zip(name, Cursor::new(bytes), depth)
            }
            Kind::Tar => self.tar(name, &mut whole, depth),
            Kind::Binary => {
                self.report.binary();
                Ok(())
            }
            Kind::Text => {
                self.report.file();
                text::scan(self.survey, name, &mut whole, self.report)
            }
        }
    }

    fn zip(&mut self, name: &str, file: impl Read + Seek, depth: usize) -> io::Result<()> {
        let mut archive = ZipArchive::new(file)?;
        for n in 0..archive.len() {
            if self.is_over() {
                break;
            }
            match archive.by_index(n) {
                Ok(member) if member.is_file() => {
                    let inner = member.name().map(|inner| format!("{name}!{inner}"));
                    let inner = inner.unwrap_or_else(|_| format!("{name}!{n}"));
                    let mut member = self.bounded(member);
                    self.open(&inner, &mut member, depth + 1);
                }
                Ok(_) => {}
                Err(error) => self.tell(name, Err(error.into())),
            }
        }
        Ok(())
    }

    fn tar(&mut self, name: &str, file: &mut dyn Read, depth: usize) -> io::Result<()> {
        let mut archive = tar::Archive::new(file);
        // Names that are longer than a header come as a member before the one that they name.
        let mut long_name = None;
        // Raw, because the library would hold such a name in memory, however long it says it is.
        for member in archive.entries()?.raw(true) {
            if self.is_over() {
                break;
            }
            let mut member = member?;
            match member.header().entry_type() {
                EntryType::GNULongName => long_name = Some(read_name(&mut member)?),
                EntryType::XHeader => {
                    long_name = path_in_pax(&read_name(&mut member)?).or(long_name);
                }
                EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                    let short = member.path_bytes().into_owned();
                    let inner = long_name.take().unwrap_or(short);
                    let inner = String::from_utf8_lossy(&inner);
                    let inner = format!("{name}!{}", inner.trim_end_matches('\0'));
                    let mut member = self.bounded(member);
                    self.open(&inner, &mut member, depth + 1);
                }
                _ => long_name = None,
            }
        }
        Ok(())
    }

    fn bounded<R: Read>(&self, inner: R) -> Bounded<R> {
        Bounded { inner, left: Rc::clone(&self.left) }
    }

    /// Whether nothing more of the file is read: too much was packed in it, or nobody listens.
    fn is_over(&self) -> bool {
        self.left.get() == 0 || !self.report.is_wanted()
    }

    fn tell(&mut self, name: &str, read: io::Result<()>) {
        if let Err(error) = read {
            self.report.unread(format!("warning: {}: {error}", printable(name)));
        }
    }
}

fn begin(reader: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut begin = Vec::new();
    let most = u64::try_from(SNIFF_BYTES).unwrap_or(u64::MAX);
    reader.take(most).read_to_end(&mut begin)?;
    Ok(begin)
}

fn read_name(member: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut name = Vec::new();
    member.take(NAME_BYTES_MAX).read_to_end(&mut name)?;
    Ok(name)
}

/// The name in a header of POSIX.1-2001: lines of `LENGTH KEY=VALUE`.
fn path_in_pax(header: &[u8]) -> Option<Vec<u8>> {
    let mut lines = header.split(|byte| *byte == b'\n');
    lines.find_map(|line| {
        let space = line.iter().position(|byte| *byte == b' ')?;
        line.get(space + 1..)?.strip_prefix(b"path=").map(<[u8]>::to_vec)
    })
}

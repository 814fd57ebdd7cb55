//! A file that is there when it is whole, and not at all before.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file on its way. It is gone if nobody keeps it.
pub(super) struct Draft {
    file: BufWriter<File>,
    part: PathBuf,
    target: PathBuf,
    kept: bool,
}

impl Draft {
    pub(super) fn new(target: &Path) -> io::Result<Self> {
        if fs::metadata(target).is_ok_and(|known| !known.is_file()) {
            return Err(io::Error::other("this is no file that can be replaced"));
        }
        let mut name = target.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".{}.part", std::process::id()));
        let part = target.with_file_name(name);
        let file = BufWriter::new(File::create_new(&part)?);
        Ok(Self { file, part, target: target.to_owned(), kept: false })
    }

    /// Puts it in its place.
    pub(super) fn keep(mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        fs::rename(&self.part, &self.target)?;
        self.kept = true;
        Ok(())
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(&self.part);
        }
    }
}

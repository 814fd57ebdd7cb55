//! The folder of a repository that roots, releases and freshness statements are in.

use super::super::{Failure, files};
use super::record::Record;
use super::{refused, told};
use clap::ArgMatches;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::{Chain, Envelope, PayloadType, Root, Time};
use std::path::{Path, PathBuf};

/// The folder.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn of(matches: &ArgMatches) -> Result<Self, Failure> {
        files::path(matches, "trust").map(|path| Self(path.to_owned()))
    }

    pub(super) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn root(&self, version: u64) -> Record {
        let folder = self.0.join("root");
        let (text, signatures) =
            (folder.join(format!("{version}.json")), folder.join(version.to_string()));
        Record::new(text, signatures, PayloadType::Root)
    }

    pub(super) fn freshness(&self, number: u64) -> Record {
        let folder = self.0.join("freshness");
        let (text, signatures) =
            (folder.join(format!("{number}.json")), folder.join(number.to_string()));
        Record::new(text, signatures, PayloadType::Freshness)
    }

    pub(super) fn release_folder(&self, version: u64) -> PathBuf {
        self.0.join("releases").join(version.to_string())
    }

    pub(super) fn release(&self, version: u64) -> Record {
        let folder = self.release_folder(version);
        Record::new(folder.join("release.json"), folder, PayloadType::Release)
    }

    /// The numbers that a folder has something for, in their order.
    fn numbers(&self, folder: &str, ending: &str) -> Vec<u64> {
        let Ok(entries) = std::fs::read_dir(self.0.join(folder)) else { return Vec::new() };
        let number = |entry: std::fs::DirEntry| {
            let name = entry.file_name();
            let text = name.to_str()?.strip_suffix(ending)?.to_owned();
            text.parse::<u64>().ok().filter(|number| number.to_string() == text)
        };
        let mut numbers: Vec<_> = entries.flatten().filter_map(number).collect();
        numbers.sort_unstable();
        numbers
    }

    /// The highest of them.
    fn last(&self, folder: &str, ending: &str) -> Option<u64> {
        self.numbers(folder, ending).pop()
    }

    pub(super) fn releases(&self) -> Vec<u64> {
        self.numbers("releases", "")
    }

    pub(super) fn statements(&self) -> Vec<u64> {
        self.numbers("freshness", ".json")
    }

    pub(super) fn last_root(&self) -> Option<u64> {
        self.last("root", ".json")
    }

    pub(super) fn last_release(&self) -> Option<u64> {
        self.last("releases", "")
    }

    pub(super) fn last_freshness(&self) -> Option<u64> {
        self.last("freshness", ".json")
    }

    /// All roots as they are signed, up to one of them.
    pub(super) fn roots(&self, until: u64) -> Result<Vec<Envelope>, Failure> {
        (1..=until).map(|version| self.root(version).envelope()).collect()
    }

    /// The digest of the first root: what hosts are told.
    pub(super) fn pin(&self) -> Result<Digest, Failure> {
        Ok(Digest::of(&self.root(1).bytes()?))
    }

    /// The last root that follows from the first one, whether or not it has ended; and why those
    /// behind it do not follow.
    pub(super) fn chain(&self) -> Result<(Chain, Option<String>), Failure> {
        let last = self.last_root().ok_or_else(|| {
            refused(&self.0, "there is no root here", "make one: `cofferdam root init`")
        })?;
        let pin = self.pin()?;
        let mut doubt = None;
        for until in (1..=last).rev() {
            match Chain::follow(&self.roots(until)?, &pin, None) {
                Ok(chain) => return Ok((chain, doubt)),
                Err(reason) if until == 1 => {
                    let help = "let those sign who must: `cofferdam root show`, then `root sign`";
                    return Err(refused(&self.root(1).payload, told(reason), help));
                }
                Err(reason) => {
                    doubt = Some(format!("root {until} is not in force: {}", told(reason)));
                }
            }
        }
        Err(refused(&self.0, "there is no root here", "make one: `cofferdam root init`"))
    }

    /// The root that holds now.
    pub(super) fn current(&self, now: Time) -> Result<Chain, Failure> {
        let (chain, _) = self.chain()?;
        match chain.last.period.is_active(now) {
            true => Ok(chain),
            false => Err(refused(
                &self.root(chain.last.version).payload,
                format_args!("this root has ended, at {}", chain.last.period.until),
                "make the next one: `cofferdam root rotate`",
            )),
        }
    }

    /// The text of a root that nobody needs to have signed: to show it, and to sign it.
    pub(super) fn unsigned_root(&self, version: u64) -> Result<Root, Failure> {
        let record = self.root(version);
        Root::parse(&record.bytes()?).map_err(|reason| record.refused(reason))
    }
}

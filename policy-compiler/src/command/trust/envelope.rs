//! `cofferdam envelope`: a signed document as one file of JSON, as other programs that speak DSSE
//! write and read it, and signatures out of such a file.
//! Never takes a signature that does not hold, nor one over anything but the document that is here.

use super::super::{Ended, Ending, Failure, files};
use super::folder::Folder;
use super::record::Record;
use super::{now, refused, told};
use clap::{ArgMatches, Command};
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::limits::{ENVELOPE_BYTES_MAX, SIGNATURES_MAX};
use cofferdam_engine::trust::{Envelope, Key, PayloadType, Reason, Role, Signature, signed_bytes};
use serde_json::Value;
use std::path::{Path, PathBuf};

const IN_ORDER: &str = "\
DOCUMENT is the file of a root, a release, a freshness statement, a request or an approval:
  trust/releases/2/release.json

The envelope is DSSE 1.0; that of a release holds a statement of in-toto. `keyid` is the SHA-256 of
the key's 32 bytes. A signature that `ssh-keygen` made is in it as it is: who knows no SSHSIG passes
over it. `import` knows keys by what they have signed, and asks for no `keyid`.";

pub(in super::super) fn command() -> Command {
    let document =
        || files::argument("document", "DOCUMENT", "Document: trust/releases/2/release.json");
    let export = Command::new("export")
        .about("Writes a document with its signatures as one file of JSON")
        .arg(document())
        .arg(files::output("File to write; stdout"))
        .after_help(IN_ORDER);
    let import = Command::new("import")
        .about("Puts the signatures of an envelope beside the document that they are of")
        .arg(document())
        .arg(files::argument("envelope", "ENVELOPE", "Envelope that others have signed"))
        .after_help(IN_ORDER);
    Command::new("envelope")
        .about("Signed documents for other programs, and signatures from them (DSSE)")
        .subcommand_required(true)
        .subcommands([export, import])
}

pub(in super::super) fn run(matches: &ArgMatches) -> Ended {
    match matches.subcommand() {
        Some(("export", matches)) => export(matches),
        Some(("import", matches)) => import(matches),
        _ => Err(Failure::misuse("error: `envelope export` or `import`")),
    }
}

/// A document by its place in the folder of a repository.
struct Document {
    folder: Folder,
    record: Record,
    /// Of a root its version: those sign it who are in it.
    root: Option<u64>,
}

impl Document {
    fn of(matches: &ArgMatches) -> Result<Self, Failure> {
        let path = files::path(matches, "document")?;
        let whole = || std::path::absolute(path).ok().and_then(|path| Self::at(&path));
        // As it was typed, where that is enough to tell what it is.
        let found = Self::at(path).or_else(whole);
        let document = found.ok_or_else(|| {
            let help = "name one of trust/root/N.json, trust/releases/N/release.json, \
                        trust/freshness/N.json, trust/grants/ID/request.json and approval.json";
            let what = format!("error: {}: nothing that is signed is here", files::name(path));
            Failure::misuse(format!("{what}\nhelp: {help}"))
        })?;
        // What is wrong with the file itself is told before what is wrong around it.
        document.record.bytes().map(|_| document)
    }

    fn at(path: &Path) -> Option<Self> {
        let mut above = path.ancestors().skip(1);
        let name = path.file_name()?.to_str()?;
        let (first, second, third) = (above.next()?, above.next()?, above.next());
        let called = |folder: &Path| folder.file_name()?.to_str().map(str::to_owned);
        let number =
            |text: &str| text.parse::<u64>().ok().filter(|number| number.to_string() == text);
        let parent = called(first)?;
        let numbered = || name.strip_suffix(".json").and_then(number);
        match (parent.as_str(), name) {
            ("root", _) => {
                let folder = Folder::at(second);
                let version = numbered()?;
                Some(Self { record: folder.root(version), folder, root: Some(version) })
            }
            ("freshness", _) => {
                let folder = Folder::at(second);
                Some(Self { record: folder.freshness(numbered()?), folder, root: None })
            }
            (version, "release.json") if called(second)? == "releases" => {
                let folder = Folder::at(third?);
                Some(Self { record: folder.release(number(version)?), folder, root: None })
            }
            (id, "request.json" | "approval.json") if called(second)? == "grants" => {
                let folder = Folder::at(third?);
                let [request, approval] = super::grant::records(&folder, id)?;
                let record = if name == "request.json" { request } else { approval };
                Some(Self { record, folder, root: None })
            }
            _ => None,
        }
    }

    /// The keys that may sign it now.
    fn keys(&self) -> Result<Vec<Key>, Failure> {
        let Some(version) = self.root else {
            let now = now();
            let mut keys = self.folder.current(now)?.last.keys;
            keys.retain(|key| key.period.is_active(now));
            return Ok(keys);
        };
        let mut keys = self.folder.unsigned_root(version)?.keys;
        // Who leaves signs with a key that only the root before knows.
        if let Some(before) = version.checked_sub(1).filter(|before| *before > 0) {
            keys.extend(self.folder.unsigned_root(before)?.keys);
        }
        keys.retain(|key| key.roles.contains(&Role::Root));
        Ok(keys)
    }
}

fn export(matches: &ArgMatches) -> Ended {
    let document = Document::of(matches)?;
    let envelope = document.record.envelope()?;
    let payload_type = document.record.payload_type();
    let mut signatures: Vec<Signature> = Vec::new();
    // Other programs refuse an envelope in which a key has signed twice.
    for signature in envelope.signatures() {
        if signatures.iter().all(|known| known.key != signature.key) {
            signatures.push(signature.clone());
        }
    }
    let talk = format!("signatures: {}, none of them checked", signatures.len());
    let envelope = Envelope::new(payload_type, envelope.unverified().to_vec(), signatures);
    let text = envelope.write();
    Envelope::parse(text.as_bytes(), payload_type)
        .map_err(|reason| document.record.refused(reason))?;
    files::hand_out(matches, text + "\n", talk)
}

/// An envelope of others: what of it means something to us.
struct Foreign {
    payload_type: String,
    payload: Vec<u8>,
    signatures: Vec<Vec<u8>>,
}

impl Foreign {
    /// Reads what DSSE lets people write: base64 of both alphabets, keys with or without ids, and
    /// fields that nobody knows here.
    fn read(bytes: &[u8]) -> Result<Self, Reason> {
        if bytes.len() > ENVELOPE_BYTES_MAX {
            return Err(Reason::Oversize);
        }
        let value: Value = serde_json::from_slice(bytes).map_err(|_| Reason::NotJson)?;
        let text = |value: &Value, key: &str| match value.get(key) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err(Reason::WrongType),
            None => Err(Reason::MissingKey),
        };
        let decoded = |text: String| super::armor::decode_any(&text).ok_or(Reason::BadBase64);
        let signatures = value.get("signatures").ok_or(Reason::MissingKey)?;
        let signatures = signatures.as_array().ok_or(Reason::WrongType)?;
        if signatures.len() > SIGNATURES_MAX {
            return Err(Reason::TooMany);
        }
        let signature = |value: &Value| text(value, "sig").and_then(decoded);
        Ok(Self {
            payload_type: text(&value, "payloadType")?,
            payload: decoded(text(&value, "payload")?)?,
            signatures: signatures.iter().map(signature).collect::<Result<_, _>>()?,
        })
    }

    /// The signatures by their keys. All of them hold, or none is taken.
    fn signed<'k>(
        &self,
        payload_type: PayloadType,
        keys: &'k [Key],
        place: &Path,
    ) -> Result<Vec<(&'k Key, Signature)>, Failure> {
        let message = signed_bytes(payload_type, &self.payload);
        let mut out: Vec<(&Key, Signature)> = Vec::new();
        for (n, bytes) in (1..).zip(&self.signatures) {
            let holds = |key: &&Key| key.public.verify(&message, bytes).is_ok();
            let key = keys.iter().find(holds).ok_or_else(|| {
                let what = format_args!("signature {n} is of no key that may sign this now");
                let help = "`cofferdam root show` lists keys; take a signature of others out, and \
                            let one that was altered be made anew";
                refused(place, what, help)
            })?;
            let signature = Signature { key: key.public.id(), bytes: bytes.clone() };
            if out.iter().all(|(_, known)| known.key != signature.key) {
                out.push((key, signature));
            }
        }
        Ok(out)
    }
}

fn import(matches: &ArgMatches) -> Ended {
    let document = Document::of(matches)?;
    let place = files::path(matches, "envelope")?;
    let record = &document.record;
    let other = |reason| {
        refused(
            place,
            told(reason),
            "this is to be an envelope of DSSE: `envelope export` shows one",
        )
    };
    let foreign = Foreign::read(&files::read(place)?).map_err(other)?;
    let payload_type = record.payload_type();
    if foreign.payload_type != payload_type.name() {
        return Err(other(Reason::PayloadType));
    }
    if foreign.payload != record.bytes()? {
        let what = format_args!(
            "what is signed is another document: its digest is {}",
            Digest::of(&foreign.payload)
        );
        let help = format!("let them sign {} as it is", files::name(&record.payload));
        return Err(refused(place, what, help));
    }
    let keys = document.keys()?;
    let signed = foreign.signed(payload_type, &keys, place)?;
    if signed.is_empty() {
        return Err(refused(place, told(Reason::Unsigned), "let somebody sign it"));
    }
    let before = record.envelope()?;
    let mut talk = Vec::new();
    for (key, signature) in &signed {
        let written: Option<PathBuf> = match before.signatures().contains(signature) {
            true => None,
            false => Some(record.put(key, signature)?),
        };
        talk.push(match written {
            Some(path) => format!("{}: signed by {}", files::name(&path), key.holder),
            None => format!("{}: signed by {} before", files::name(&record.payload), key.holder),
        });
    }
    Ok(Ending::done("", talk.join("\n")))
}

//! The policies of the corpus, compiled once each.
//! Changes no policy text, so that what is tested is what a user would write.

use anyhow::{Context as _, Result, anyhow};
use cofferdam_engine::Bundle;
use cofferdam_policy_compiler::diagnostic::Source;
use cofferdam_policy_compiler::report;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A policy, compiled.
pub struct Policy {
    /// Stem of its file.
    pub name: String,
    /// What a person wrote.
    pub source: String,
    /// What a filter loads.
    pub blob: Vec<u8>,
    /// What the engine loads.
    pub bundle: Rc<Bundle>,
}

/// Compiles policies when they are first asked for.
pub struct Policies {
    folder: PathBuf,
    compiled: BTreeMap<String, Rc<Policy>>,
}

impl Policies {
    /// The policies of a folder.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), compiled: BTreeMap::new() }
    }

    /// One of them.
    ///
    /// # Errors
    /// When it is not there or does not compile.
    pub fn named(&mut self, name: &str) -> Result<Rc<Policy>> {
        if let Some(policy) = self.compiled.get(name) {
            return Ok(Rc::clone(policy));
        }
        let path = self.folder.join(format!("{name}.yaml"));
        let source = std::fs::read_to_string(&path)
            .with_context(|| format!("reading {}", path.display()))?;
        let mut text = Source::new(&format!("{name}.yaml"), &source);
        for file in cofferdam_policy_compiler::named_files(&text) {
            let path = self.folder.join(&file);
            let bytes =
                std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
            text.attach(&file, bytes);
        }
        let policy = Rc::new(compiled(name, source, &text)?);
        self.compiled.insert(name.to_owned(), Rc::clone(&policy));
        Ok(policy)
    }
}

/// Compiles one policy text, which may name the descriptors of the laws.
///
/// # Errors
/// When it does not compile.
pub fn compile(name: &str, source: String) -> Result<Policy> {
    let mut text = Source::new(&format!("{name}.yaml"), &source);
    text.attach("described.pb", cofferdam_laws::policies::DESCRIPTORS.to_vec());
    compiled(name, source, &text)
}

fn compiled(name: &str, source: String, text: &Source) -> Result<Policy> {
    let compiled = cofferdam_policy_compiler::compile_source(text).map_err(|diagnostics| {
        anyhow!("policy `{name}` does not compile:\n{}", report::text(text, &diagnostics))
    })?;
    let bundle = Rc::new(Bundle::parse(compiled.blob.clone())?);
    Ok(Policy { name: name.to_owned(), source, blob: compiled.blob, bundle })
}

//! A small contract and its files, for tests.

use crate::contract::{Contract, Library};
use crate::source::{Diagnostic, SourceFile};

/// Files by their names.
pub struct Shelf<'t>(pub Vec<(&'t str, String)>);

impl Library for Shelf<'_> {
    fn read(&self, path: &str) -> Result<SourceFile, Vec<Diagnostic>> {
        match self.0.iter().find(|(name, _)| *name == path) {
            Some((name, text)) => SourceFile::parse(*name, text.as_str()),
            None => Err(vec![Diagnostic::new("E0002", format!("there is no file {path}"))]),
        }
    }

    fn paths(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| (*name).to_owned()).collect()
    }
}

/// A contract with these collections, in YAML.
pub fn contract(collections: &str) -> Contract {
    let collections = collections.replace('\n', "\n    ");
    let text = format!(
        "openapi: 3.1.0\ninfo: {{ title: Pets, version: '1' }}\npaths: {{}}\nx-mock:\n  envelopes: {{ default: {{ code: '{{code}}' }} }}\n  problems:\n    taken: {{ status: 409, code: taken }}\n  collections:\n    {collections}\n"
    );
    match Contract::load(&Shelf(vec![("openapi.yaml", text)]), "openapi.yaml") {
        Ok(loaded) => loaded.contract,
        Err(findings) => panic!("{findings:#?}"),
    }
}

use std::path::PathBuf;

use rcgen::{KeyPair, PublicKeyData};
use zeroize::Zeroizing;

use super::make::Made;
use super::{Certificates, Names, x509};
use crate::open_file::is_there;
use crate::secret_file::SecretFile;
use crate::{Error, Rules, Written, private_dir};

/// A certificate and its key on disk.
pub(super) struct Pair<'a> {
    directory: &'a Certificates,
    names: Names,
    /// Nothing that exists counts.
    fresh: bool,
}

impl<'a> Pair<'a> {
    pub(super) fn new(directory: &'a Certificates, names: Names, fresh: bool) -> Self {
        Self {
            directory,
            names,
            fresh,
        }
    }

    pub(super) fn has_certificate(&self) -> bool {
        !self.fresh && is_there(&self.certificate_path())
    }

    pub(super) fn is_missing(&self) -> bool {
        !self.has_certificate() && !self.has_key()
    }

    /// The key that is there, or a new one. A key without a certificate is what a crash between the two leaves.
    pub(super) fn key_or_new(&self) -> Result<KeyPair, Error> {
        if self.has_key() {
            return self.key();
        }
        KeyPair::generate().map_err(|_no_entropy| Error::Random)
    }

    pub(super) fn key(&self) -> Result<KeyPair, Error> {
        let path = self.key_path();
        let bytes = SecretFile::at(&path).read(Rules::Development, &mut Vec::new())?;
        let key = std::str::from_utf8(&bytes)
            .ok()
            .and_then(|text| KeyPair::from_pem(text).ok());
        key.ok_or_else(|| Error::Unusable {
            what: format!("the key {}", path.display()),
            why: "is no private key in PEM form (PKCS#8); replace all certificates, which backs these up".to_owned(),
        })
    }

    /// The certificate, as DER.
    pub(super) fn certificate(&self) -> Result<Vec<u8>, Error> {
        let path = self.certificate_path();
        let bytes = SecretFile::at(&path).read_public()?;
        x509::first_in_pem(&bytes).ok_or_else(|| self.unusable("is no certificate in PEM form"))
    }

    pub(super) fn check_key(&self) -> Result<(), Error> {
        if !is_there(&self.key_path()) {
            return Err(self.unusable(&format!("has no key {}", self.names.1)));
        }
        let public = self.key()?.subject_public_key_info();
        if x509::has_public_key(&self.certificate()?, &public) {
            return Ok(());
        }
        Err(self.unusable(&format!("does not match its key {}", self.names.1)))
    }

    /// The key first: a certificate that is there has its key.
    pub(super) fn write(&self, made: &Made, written: &mut Written) -> Result<(), Error> {
        if !self.has_key() {
            let pem = Zeroizing::new(made.key.serialize_pem());
            self.write_file(self.names.1, pem.as_bytes(), private_dir::PRIVATE, written)?;
        }
        let pem = made.certificate.as_bytes();
        self.write_file(self.names.0, pem, private_dir::PUBLIC, written)
    }

    pub(super) fn unusable(&self, why: &str) -> Error {
        Error::Unusable {
            what: format!("the certificate {}", self.certificate_path().display()),
            why: format!("{why}; replace all certificates, which backs these up"),
        }
    }

    pub(super) fn key_path(&self) -> PathBuf {
        self.directory.directory().join(self.names.1)
    }

    fn certificate_path(&self) -> PathBuf {
        self.directory.directory().join(self.names.0)
    }

    fn has_key(&self) -> bool {
        !self.fresh && is_there(&self.key_path())
    }

    fn write_file(
        &self,
        name: &str,
        content: &[u8],
        mode: u32,
        written: &mut Written,
    ) -> Result<(), Error> {
        let directory = self.directory.directory();
        let path = directory.join(name);
        let was_there = is_there(&path);
        private_dir::write(directory, name, content, mode)
            .map_err(|source| Error::file(&path, source))?;
        written.add(path, was_there);
        Ok(())
    }
}

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::open_file::{check_regular, is_there};
use crate::{Error, Existing, Written, backup, private_dir};

use pair::Pair;

mod make;
mod pair;
mod x509;

const CA: Names = ("ca.crt", "ca.key");
const SERVER: Names = ("server.crt", "server.key");

/// A certificate's file name, and its key's.
type Names = (&'static str, &'static str);

/// A certificate authority for development and the certificate of one server, in a directory:
/// `ca.crt`, `ca.key`, `server.crt`, `server.key`; keys of mode 0600.
///
/// The authority is valid for ten years, the server's certificate for one and never longer than the authority. Both
/// have ECDSA keys on P-256.
#[derive(Debug, Clone)]
pub struct Certificates {
    path: PathBuf,
}

impl Certificates {
    /// Opens the directory. One that is not there is made, with mode 0700 and a `.gitignore`; one that is keeps its mode
    /// and its content.
    ///
    /// # Errors
    /// [`Error::File`] when it cannot be made, and [`Error::Unusable`] when group or others may write it.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        private_dir::open(&path)?;
        Ok(Self { path })
    }

    /// Whether a certificate can hold this host name or IP address.
    ///
    /// # Errors
    /// [`Error::Unusable`] when it cannot.
    pub fn check_name(name: &str) -> Result<(), Error> {
        make::server_request(&[name]).map(|_request| ())
    }

    /// Those of these host names and IP addresses that the server's certificate does not hold, letter by letter: one with
    /// a `*` holds no other name. It may have been made for others, and is kept when it is there.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Unusable`] when the certificate cannot be read.
    pub fn missing_names<'n>(&self, names: &[&'n str]) -> Result<Vec<&'n str>, Error> {
        let certificate = Pair::new(self, SERVER, false).certificate()?;
        let is_missing = |name: &&str| !x509::holds(&certificate, name);
        Ok(names.iter().copied().filter(is_missing).collect())
    }

    /// The certificate that clients trust.
    pub fn ca_certificate(&self) -> PathBuf {
        self.path.join(CA.0)
    }

    /// The key that signs. The server does not need it.
    pub fn ca_key(&self) -> PathBuf {
        self.path.join(CA.1)
    }

    /// The server's certificate.
    pub fn server_certificate(&self) -> PathBuf {
        self.path.join(SERVER.0)
    }

    /// The server's key.
    pub fn server_key(&self) -> PathBuf {
        self.path.join(SERVER.1)
    }

    /// Makes what is missing, for a server that is called by these host names and IP addresses besides `localhost`,
    /// `127.0.0.1` and `::1`, valid from `now` on. What exists is checked and kept, or backed up into a directory
    /// `backup_<YYYYmmdd_HHMMSS>` beside this one and then replaced, all of it.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Unsafe`], or [`Error::Unusable`] for a name that no certificate can hold, and for
    /// files that do not belong together: a key that is another certificate's, a certificate that the authority did
    /// not sign, a certificate without its key where the key is needed.
    pub fn generate(
        &self,
        names: &[&str],
        existing: Existing,
        now: SystemTime,
    ) -> Result<Written, Error> {
        let request = make::server_request(names)?;
        let mut written = self.start(existing, now)?;
        let fresh = existing == Existing::Replace;
        let (ca, server) = (Pair::new(self, CA, fresh), Pair::new(self, SERVER, fresh));
        if ca.is_missing() && server.has_certificate() {
            return Err(server.unusable("was signed by an authority that is not here"));
        }
        if !ca.has_certificate() {
            let made = make::authority(ca.key_or_new()?, now)?;
            ca.write(&made, &mut written)?;
        }
        if !server.has_certificate() {
            let made = make::server(request, server.key_or_new()?, &ca, now)?;
            server.write(&made, &mut written)?;
        }
        self.verify()?;
        Ok(written)
    }

    /// Checks that each key is its certificate's, and that the authority signed the server's certificate. The
    /// authority's key need not be there.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Unsafe`], or [`Error::Unusable`] that says which of them do not belong together.
    pub fn verify(&self) -> Result<(), Error> {
        let (ca, server) = (Pair::new(self, CA, false), Pair::new(self, SERVER, false));
        if is_there(&ca.key_path()) {
            ca.check_key()?;
        }
        server.check_key()?;
        if x509::is_signed_by(&server.certificate()?, &ca.certificate()?) {
            return Ok(());
        }
        Err(server.unusable("is not signed by the authority ca.crt"))
    }

    /// Notes what is kept, or backs it up.
    fn start(&self, existing: Existing, now: SystemTime) -> Result<Written, Error> {
        let names = [CA.0, CA.1, SERVER.0, SERVER.1];
        let old: Vec<&str> = names
            .into_iter()
            .filter(|name| is_there(&self.path.join(name)))
            .collect();
        old.iter()
            .try_for_each(|name| check_regular(&self.path.join(name)))?;
        let mut written = Written::default();
        if existing == Existing::Replace {
            written.backup = backup::back_up(&self.path, &old, now)?;
        } else {
            written.kept = old.iter().map(|name| self.path.join(name)).collect();
        }
        Ok(written)
    }

    fn directory(&self) -> &Path {
        &self.path
    }
}

use crate::Error;
use crate::shared::place::{checkout, digest};
use crate::variables::{self, Backend};

/// Changes with the registry: a data directory of another version of the kit is not one to start from.
const FORMAT: &[u8] = b"1";

/// Which server a test asks for, beyond what the variables say.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Wanted {
    /// The major version; `None`: what `HOWDAH_TEST_PG` says, else what is there.
    pub version: Option<u16>,
    /// The image of a container; asking for one asks for a container.
    pub image: Option<String>,
}

/// What a test and the variables ask for together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) backend: Backend,
    pub(crate) version: Option<u16>,
    pub(crate) image: Option<String>,
}

impl Wanted {
    /// The test comes before the variables.
    pub(crate) fn choose(&self) -> Result<Choice, Error> {
        let version = match self.version {
            Some(version) => Some(version),
            None => variables::major()?,
        };
        let by_variable = || variables::image().filter(|_| self.version.is_none());
        let image = self.image.as_deref().or_else(by_variable);
        let backend = match variables::backend()? {
            _ if self.image.is_some() => Backend::Container,
            // Whoever names an image wants a container.
            Backend::Auto if image.is_some() => Backend::Container,
            backend => backend,
        };
        Ok(Choice {
            backend,
            version,
            image: image.map(str::to_owned),
        })
    }
}

impl Choice {
    /// What processes that share a server have in common.
    pub(crate) fn key(&self) -> String {
        let checkout = checkout();
        let backend = format!("{:?}", self.backend);
        let version = format!("{:?}", self.version);
        digest([
            FORMAT,
            checkout.as_os_str().as_encoded_bytes(),
            backend.as_bytes(),
            version.as_bytes(),
            self.image.as_deref().unwrap_or_default().as_bytes(),
        ])
    }
}

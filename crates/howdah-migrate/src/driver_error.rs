use std::error::Error as StdError;
use std::fmt;

/// What the driver says, for people: of a server's answer the message and the SQLSTATE.
///
/// The driver's own text ends with `at line N`, which is a line of the server's C source and reads as one of the
/// migration. It also prints its cause and returns it; this has no `source()`, and the whole is [`DriverError::as_sqlx`].
pub struct DriverError(Box<sqlx::Error>);

impl DriverError {
    pub(crate) fn new(error: sqlx::Error) -> Self {
        Self(Box::new(error))
    }

    /// The driver's, where it is one; any other error stays as it is.
    pub(crate) fn in_place_of(
        error: Box<dyn StdError + Send + Sync>,
    ) -> Box<dyn StdError + Send + Sync> {
        match error.downcast::<sqlx::Error>() {
            Ok(error) => Box::new(Self(error)),
            Err(other) => other,
        }
    }

    /// The error of the driver.
    pub fn as_sqlx(&self) -> &sqlx::Error {
        &self.0
    }

    /// The error of the driver.
    pub fn into_sqlx(self) -> sqlx::Error {
        *self.0
    }
}

impl fmt::Display for DriverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sqlx::Error::Database(server) = &*self.0 else {
            return self.0.fmt(f);
        };
        f.write_str(server.message())?;
        match server.code() {
            Some(code) => write!(f, " (SQLSTATE {code})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for DriverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for DriverError {}

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::{Error, Origin, Resolved, Rules, Secret, SecretRef, sources};

/// A secret that is read again by its reference while the service runs.
///
/// [`current`](Self::current) never waits for a file or a command: the lock it takes is held for an assignment only.
pub struct Rotating {
    reference: SecretRef,
    /// What the reference asks for; no other secret is kept.
    env: BTreeMap<String, String>,
    rules: Rules,
    state: RwLock<State>,
    /// One re-read at a time, so that an older one never replaces a newer one.
    turn: Mutex<()>,
}

/// A secret as it was read at some time. Clones share the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Generation {
    /// 1 for the first one, and one more with each change.
    pub number: u64,
    /// The secret.
    pub secret: Secret,
    /// Where it came from.
    pub origin: Origin,
    /// What is allowed but not good, a sentence each.
    pub warnings: Vec<String>,
}

/// What reading again found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Refreshed {
    /// The same secret.
    Unchanged,
    /// Another secret, which is the current one from now on.
    Changed(Generation),
}

#[derive(Debug)]
struct State {
    generation: Generation,
    last_error: Option<String>,
}

impl Rotating {
    /// Reads the secret for the first time. `env` stays what it is now: only files, credentials and commands can change.
    ///
    /// # Errors
    /// Those of [`SecretRef::resolve`].
    pub fn new(
        reference: SecretRef,
        env: BTreeMap<String, String>,
        rules: Rules,
    ) -> Result<Self, Error> {
        let env = sources::variables_of(&reference, env);
        let generation = Generation::new(1, reference.resolve(&env, rules)?);
        let state = State {
            generation,
            last_error: None,
        };
        Ok(Self {
            reference,
            env,
            rules,
            state: RwLock::new(state),
            turn: Mutex::new(()),
        })
    }

    /// The secret as it was read last with success.
    pub fn current(&self) -> Generation {
        self.read().generation.clone()
    }

    /// Why the last [`refresh`](Self::refresh) failed, for health reports; `None` after one that succeeded.
    pub fn last_error(&self) -> Option<String> {
        self.read().last_error.clone()
    }

    /// Reads the secret again. When that fails, the current one stays.
    ///
    /// # Errors
    /// Those of [`SecretRef::resolve`].
    pub fn refresh(&self) -> Result<Refreshed, Error> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        match self.reference.resolve(&self.env, self.rules) {
            Ok(resolved) => Ok(self.write().take(resolved)),
            Err(error) => {
                self.write().last_error = Some(error.in_full());
                Err(error)
            }
        }
    }

    // Every write of the state is a single assignment, so a poisoned lock guards a state that is whole.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Rotating {
    /// Without the environment, which holds secrets as they are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rotating")
            .field("reference", &self.reference)
            .field("rules", &self.rules)
            .field("state", &*self.read())
            .finish_non_exhaustive()
    }
}

impl State {
    fn take(&mut self, resolved: Resolved) -> Refreshed {
        self.last_error = None;
        let old = &self.generation;
        let changed = old.secret != resolved.secret;
        let number = old.number.saturating_add(u64::from(changed));
        self.generation = Generation::new(number, resolved);
        if changed {
            return Refreshed::Changed(self.generation.clone());
        }
        Refreshed::Unchanged
    }
}

impl Generation {
    fn new(number: u64, resolved: Resolved) -> Self {
        let Resolved {
            secret,
            origin,
            warnings,
        } = resolved;
        Self {
            number,
            secret,
            origin,
            warnings,
        }
    }
}

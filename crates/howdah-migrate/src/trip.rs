use crate::{Flaw, Step, Version};

/// What [`Migrator::round_trip`](crate::Migrator::round_trip) found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct RoundTrip {
    /// The ways back that were tried, the oldest first.
    pub trips: Vec<Trip>,
    /// The migrations without a way back.
    pub forward_only: Vec<Step>,
    /// Those behind a trip that left the schema in another state than the migration makes, so that nothing could be
    /// said about them.
    pub unchecked: Vec<Step>,
}

impl RoundTrip {
    /// Whether every way back does what it promises, and all were tried.
    pub fn is_sound(&self) -> bool {
        self.unchecked.is_empty() && self.trips.iter().all(Trip::is_sound)
    }

    /// The last version that was tried, behind which another round trip can begin.
    pub fn last(&self) -> Option<Version> {
        self.trips.last().map(|trip| trip.step.version)
    }
}

/// Back and forth again.
#[derive(Debug)]
#[non_exhaustive]
pub struct Trip {
    /// The migration; its file is the one that leads back.
    pub step: Step,
    /// What was not as before.
    pub flaws: Vec<Flaw>,
}

impl Trip {
    /// Whether nothing but the order of columns differed, which no `alter table` can restore.
    pub fn is_sound(&self) -> bool {
        self.flaws.iter().all(Flaw::is_minor)
    }
}

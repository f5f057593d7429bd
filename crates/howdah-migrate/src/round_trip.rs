use crate::drift::refuse_used;
use crate::run::Run;
use crate::way::Way;
use crate::{
    Catalog, Connector, Error, Event, Flaw, Migration, Migrator, Options, RoundTrip, State, Step,
    Trip, Version, check,
};

impl Migrator {
    /// Applies all migrations in an empty scratch database, takes each that has a way back also back and applies it
    /// again, and tells where the schema then is not what it was: a `.down.sql` that forgets something, or fails.
    ///
    /// Each is tried when it is the newest, as a release would take it back, so one without a way back does not hide
    /// those before it. With `after`, only what is newer is tried, and the rest is applied. Rows are not looked at. What
    /// cannot go on behind a flaw stands in [`RoundTrip::unchecked`]: begin again in another database, behind
    /// [`RoundTrip::last`].
    ///
    /// The connector leads to the scratch database, as [`expected`](crate::expected) wants it.
    ///
    /// # Errors
    /// [`Error::Refused`] if the schema is not empty, and those of [`Migrator::apply`]: a migration that fails the first
    /// time. What fails on the way back or the second time is in the result.
    pub async fn round_trip(
        &self,
        connector: impl Into<Connector> + Send,
        after: Option<Version>,
        mut on_event: impl FnMut(Event<'_>) + Send,
    ) -> Result<RoundTrip, Error> {
        let connector = connector.into();
        let mut conn = connector.connect().await?;
        refuse_used(self, &mut conn).await?;
        let mut run = Run::alone(self, &connector, conn, &mut on_event).await?;
        let result = run.round_trip(after).await;
        run.close().await;
        result
    }
}

impl Run<'_> {
    async fn round_trip(&mut self, after: Option<Version>) -> Result<RoundTrip, Error> {
        let migrator = self.migrator;
        let plan = self.agree().await?;
        let mut result = RoundTrip::default();
        let mut is_lost = false;
        for step in plan.pending() {
            let is_tried = Some(step.version) > after;
            let Some(forward) = migrator.migrations.get(step.version) else {
                continue;
            };
            match migrator.migrations.back(step.version) {
                _ if is_lost => result.unchecked.push(step.clone()),
                Some(back) if is_tried => {
                    let (trip, lost) = self.trip(step, forward, back).await?;
                    result.trips.push(trip);
                    is_lost = lost;
                }
                back => {
                    self.one(step, forward, Way::Forward).await?;
                    if back.is_none() && is_tried {
                        result.forward_only.push(step.clone());
                    }
                }
            }
        }
        Ok(result)
    }

    /// And whether it ended in another state than the migration makes.
    async fn trip(
        &mut self,
        step: &Step,
        forward: &Migration,
        back: &Migration,
    ) -> Result<(Trip, bool), Error> {
        let mut trip = Trip {
            step: Step::new(back, State::Applied),
            flaws: Vec::new(),
        };
        let before = self.catalog().await?;
        self.one(step, forward, Way::Forward).await?;
        let made = self.catalog().await?;
        let problems = check::pending(back);
        if !problems.is_empty() {
            trip.flaws.push(Flaw::Back(Error::Refused { problems }));
            return Ok((trip, false));
        }
        if let Err(error) = self.one(&trip.step, back, Way::Back).await {
            trip.flaws.push(Flaw::Back(of_the_file(error)?));
            return Ok((trip, !back.is_transactional()));
        }
        let left = before.diff(&self.catalog().await?);
        trip.flaws.extend(left.into_iter().map(Flaw::AfterBack));
        if let Err(error) = self.one(step, forward, Way::Forward).await {
            trip.flaws.push(Flaw::Again(of_the_file(error)?));
            return Ok((trip, true));
        }
        let other = made.diff(&self.catalog().await?);
        let is_lost = other.iter().any(|difference| !difference.is_minor());
        trip.flaws.extend(other.into_iter().map(Flaw::AfterAgain));
        Ok((trip, is_lost))
    }

    async fn catalog(&mut self) -> Result<Catalog, Error> {
        let Options { schema, ledger, .. } = &self.migrator.options;
        Catalog::read_beside(&mut self.conn, schema, ledger).await
    }
}

/// What a file does wrong is the answer; everything else ends the run.
fn of_the_file(error: Error) -> Result<Error, Error> {
    match error {
        Error::Migration { .. } | Error::Blocked { .. } => Ok(error),
        error => Err(error),
    }
}

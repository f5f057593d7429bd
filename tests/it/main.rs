//! Scenarios that cross crates, through the commands that people type.

// `cfg(test)` is always true here; it tells clippy that helpers are test code too.
#[cfg(test)]
mod book;
#[cfg(test)]
mod db_up;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod interrupted;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod no_secret;
#[cfg(test)]
mod pooler;
#[cfg(test)]
mod psql;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod replica;
#[cfg(test)]
mod seeds;
#[cfg(test)]
mod server_options;
#[cfg(test)]
mod xtask;

//! Scenarios that cross crates, through the commands that people type.

// `cfg(test)` is always true here; it tells clippy that helpers are test code too.
#[cfg(test)]
mod book;
#[cfg(test)]
mod db_up;
#[cfg(test)]
mod interrupted;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod xtask;

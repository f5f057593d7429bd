//! The pool on real servers.

#[cfg(test)]
mod close;
#[cfg(test)]
mod down;
#[cfg(test)]
mod error;
#[cfg(test)]
mod executor;
#[cfg(test)]
mod leaks;
#[cfg(test)]
mod lifetime;
#[cfg(test)]
mod line;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod round_trips;
#[cfg(test)]
mod stalled;
#[cfg(test)]
mod support;

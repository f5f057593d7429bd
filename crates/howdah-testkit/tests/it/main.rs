//! The public surface: the same on local binaries and in a container.

#[cfg(test)]
mod attribute;
#[cfg(test)]
mod database;
#[cfg(test)]
mod fault;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod image;
#[cfg(test)]
mod keep;
#[cfg(test)]
mod leaks;
#[cfg(test)]
mod server;
#[cfg(test)]
mod sharing;
#[cfg(test)]
mod support;

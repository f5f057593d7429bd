#![doc = include_str!("../README.md")]

mod connect;
mod error;
mod login;
mod pool;

pub use connect::connect;
pub use error::Error;
pub use login::Login;
pub use pool::Pool;

#![doc = include_str!("../README.md")]

mod assemble;
mod check;
mod dotenv;
mod duration;
mod error;
mod file;
mod interpolate;
mod keys;
mod layer;
mod loaded;
mod loader;
mod nearest;
mod options;
mod origin;
mod problem;
mod sensitive;
mod settings;
mod url;
mod value;

#[cfg(fuzzing)]
#[doc(hidden)]
pub use dotenv::dotenv_problems;
pub use error::Error;
pub use interpolate::{Interpolated, InterpolationError, Unset, interpolate};
pub use keys::{Alias, AliasPlace, Key, Kind, Reads, keys};
pub use loaded::{EffectiveValue, Loaded};
pub use loader::Loader;
pub use origin::Origin;
pub use problem::Problem;
pub use settings::{
    Database, Direct, Environment, Host, Limits, LoadBalanceHosts, Migrations, MigrationsMode,
    OnFailure, Pool, Roles, Secrets, Session, TargetSessionAttrs, Tls, TlsMode,
};
pub use url::{ConnectionUrl, Parameter, Treatment, UrlError, UrlHost, parameters};

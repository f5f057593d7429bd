#![doc = include_str!("../README.md")]

mod settings;

pub use settings::{
    Database, Environment, Limits, Migrations, MigrationsMode, OnFailure, Pool, Roles, Secrets,
    Session, Tls, TlsMode,
};

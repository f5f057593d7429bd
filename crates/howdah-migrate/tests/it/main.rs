//! Tests of the public surface. All but `read` need a server: see `support`.

#[cfg(test)]
mod abandon;
#[cfg(test)]
mod adopt;
#[cfg(test)]
mod apply;
#[cfg(test)]
mod batches;
#[cfg(test)]
mod begun;
#[cfg(test)]
mod catalog;
#[cfg(test)]
mod catalog_read;
#[cfg(test)]
mod code;
#[cfg(test)]
mod detach;
#[cfg(test)]
mod dialect;
#[cfg(test)]
mod drift;
#[cfg(test)]
mod driver_error;
#[cfg(test)]
mod dump;
#[cfg(test)]
mod failure;
#[cfg(test)]
mod file_role;
#[cfg(test)]
mod file_settings;
#[cfg(test)]
mod fingerprint;
#[cfg(test)]
mod history;
#[cfg(test)]
mod interop;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod ledger_name;
#[cfg(test)]
mod lint;
#[cfg(test)]
mod lock;
#[cfg(test)]
mod lost_session;
#[cfg(test)]
mod no_transaction;
#[cfg(test)]
mod other_rows;
#[cfg(test)]
mod outlive;
#[cfg(test)]
mod owner;
#[cfg(test)]
mod plan;
#[cfg(test)]
mod pooler;
#[cfg(test)]
mod read;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod reindex;
#[cfg(test)]
mod revert;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod script;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod settle;
#[cfg(test)]
mod split;
#[cfg(test)]
mod sqlx_form;
#[cfg(test)]
mod sqlx_toml;
#[cfg(test)]
mod squash;
#[cfg(test)]
mod startup;
#[cfg(test)]
mod stop;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod transaction_block;

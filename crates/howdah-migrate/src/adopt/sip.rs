use std::hash::{Hash as _, Hasher as _};

use siphasher::sip::SipHasher13;

use crate::Migration;

/// Whether refinery's checksum of a migration of that name is the one of this file. refinery counts versions with 32
/// bits, or with 64 if it was told to; git and editors change line ends.
pub(super) fn matches(migration: &Migration, name: &str, checksum: &str) -> bool {
    let version = migration.version().as_i64();
    let lf = migration.sql().replace("\r\n", "\n");
    let crlf = lf.replace('\n', "\r\n");
    [migration.sql(), &lf, &crlf].into_iter().any(|sql| {
        let short = i32::try_from(version).ok();
        let short = short.map(|version| sip(name, version, sql).to_string());
        short.as_deref() == Some(checksum) || sip(name, version, sql).to_string() == checksum
    })
}

fn sip(name: &str, version: impl std::hash::Hash, sql: &str) -> u64 {
    let mut hasher = SipHasher13::new();
    name.hash(&mut hasher);
    version.hash(&mut hasher);
    sql.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_name::FileName;

    fn migration(file: &str, sql: &str) -> Migration {
        let name = FileName::parse(file).unwrap();
        Migration::new(name, file.to_owned(), sql)
    }

    /// As refinery-core 0.9.2 computes them.
    #[test]
    fn it_is_the_checksum_of_refinery() {
        for (file, name, sql, checksum) in [
            (
                "1_create_users.sql",
                "create_users",
                "create table users (id bigint primary key);\n",
                "220006066565499377",
            ),
            (
                "2_add_email.sql",
                "add_email",
                "alter table users add email text;\n",
                "439093327167720287",
            ),
        ] {
            assert!(matches(&migration(file, sql), name, checksum), "{file}");
            let windows = sql.replace('\n', "\r\n");
            assert!(
                matches(&migration(file, &windows), name, checksum),
                "{file}"
            );
            assert!(
                !matches(&migration(file, "select 1"), name, checksum),
                "{file}"
            );
            assert!(
                !matches(&migration(file, sql), "another", checksum),
                "{file}"
            );
        }
    }
}

use crate::catalog::Executor;
use crate::change::Change;

/// What a server with rules of its own for passwords lacks for this change. Without it the statement would fail in the
/// middle: with 42501 on Amazon RDS, with "password type is not a plain text" where credcheck is loaded.
pub(super) fn missing(change: &Change, executor: &Executor) -> Option<String> {
    let sets_password = matches!(change, Change::Password { .. });
    if executor.restricts_passwords && (sets_password || concerns_password(change)) {
        return Some(format!(
            "membership of {:?} in role \"rds_password\", which alone sets passwords and their ends here (rds.restrict_password_commands is on)",
            executor.name.as_str()
        ));
    }
    (executor.refuses_verifiers && sets_password).then(|| {
        "credcheck.encrypted_password_allowed = on: this server takes no password that was hashed before it was sent, and no other is sent; or set the passwords by hand, and say `password: unmanaged`".to_owned()
    })
}

fn concerns_password(change: &Change) -> bool {
    let (Change::CreateRole { attributes, .. } | Change::AlterRole { attributes, .. }) = change
    else {
        return false;
    };
    let words = ["valid until", "password"];
    attributes
        .iter()
        .any(|one| words.iter().any(|word| one.starts_with(word)))
}

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::account::Account;

/// Whether `account` can enter `directory`: it needs the right to search it and every directory above it.
///
/// Only the classic permission bits are asked. Where an access control list says something else, the data is kept
/// elsewhere without need, or the server says that it cannot get in.
pub(crate) fn can_enter(account: &Account, directory: &Path) -> bool {
    directory.ancestors().all(|ancestor| {
        ancestor
            .metadata()
            .is_ok_and(|found| may_search(account, found.uid(), found.gid(), found.mode()))
    })
}

/// The first class that fits decides, as in the kernel: an owner without the right is not saved by the others' bit.
fn may_search(account: &Account, uid: u32, gid: u32, mode: u32) -> bool {
    let bit = if account.uid == uid {
        0o100
    } else if account.gid == gid {
        0o010
    } else {
        0o001
    };
    mode & bit != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_class_that_fits_decides() {
        let account = Account {
            name: "postgres".to_owned(),
            uid: 101,
            gid: 104,
        };
        assert!(may_search(&account, 0, 0, 0o755));
        assert!(!may_search(&account, 0, 0, 0o700));
        assert!(may_search(&account, 101, 0, 0o700));
        assert!(may_search(&account, 0, 104, 0o710));
        assert!(!may_search(&account, 101, 104, 0o011));
    }
}

use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use howdah_secrets::{Certificates, Existing, Severity, check_certificate};
use x509_parser::prelude::{GeneralName, Pem};

use crate::support::{chain, directory, mode, set_mode};

const DAY: Duration = Duration::from_hours(24);
const START: u64 = 1_793_700_000;

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(START)
}

fn open(root: &Path) -> Certificates {
    Certificates::open(root.join("certs")).unwrap()
}

fn made(root: &Path) -> Certificates {
    let certificates = open(root);
    certificates
        .generate(&["db.internal"], Existing::Keep, now())
        .unwrap();
    certificates
}

fn pem(path: &Path) -> Pem {
    let bytes = fs::read(path).unwrap();
    Pem::iter_from_buffer(&bytes).next().unwrap().unwrap()
}

fn content(certificates: &Certificates) -> Vec<Vec<u8>> {
    all(certificates)
        .iter()
        .map(|path| fs::read(path).unwrap())
        .collect()
}

fn all(certificates: &Certificates) -> [std::path::PathBuf; 4] {
    [
        certificates.ca_key(),
        certificates.ca_certificate(),
        certificates.server_key(),
        certificates.server_certificate(),
    ]
}

#[test]
fn an_authority_and_a_server_certificate_are_made_and_belong_together() {
    let root = directory();
    let certificates = open(root.path());
    let written = certificates
        .generate(&["db.internal", "10.0.0.7"], Existing::Keep, now())
        .unwrap();
    assert_eq!(written.made, all(&certificates));
    assert_eq!(
        all(&certificates).map(|path| mode(&path)),
        [0o600, 0o644, 0o600, 0o644]
    );
    assert_eq!(mode(&root.path().join("certs")), 0o700);
    certificates.verify().unwrap();
}

#[test]
fn the_authority_is_valid_for_ten_years_and_the_server_for_one() {
    let root = directory();
    let certificates = made(root.path());
    let rows = [
        (certificates.ca_certificate(), 3650),
        (certificates.server_certificate(), 365),
    ];
    for (path, days) in rows {
        let pem = pem(&path);
        let certificate = pem.parse_x509().unwrap();
        let validity = certificate.validity();
        let start = i64::try_from(START).unwrap();
        assert_eq!(validity.not_before.timestamp(), start);
        assert_eq!(validity.not_after.timestamp(), start + days * 86_400);
    }
}

#[test]
fn the_server_is_known_by_the_given_names_and_the_local_ones() {
    let root = directory();
    let certificates = open(root.path());
    certificates
        .generate(
            &["db.internal", "10.0.0.7", "localhost"],
            Existing::Keep,
            now(),
        )
        .unwrap();
    let pem = pem(&certificates.server_certificate());
    let certificate = pem.parse_x509().unwrap();
    let names = certificate.subject_alternative_name().unwrap().unwrap();
    let names: Vec<String> = names.value.general_names.iter().map(name).collect();
    assert_eq!(
        names,
        ["db.internal", "10.0.0.7", "localhost", "127.0.0.1", "::1"]
    );
    assert_eq!(certificate.subject().to_string(), "CN=db.internal");
    let usage = certificate.extended_key_usage().unwrap().unwrap().value;
    assert!(usage.server_auth && usage.client_auth && !certificate.is_ca());
    let curve = certificate
        .public_key()
        .algorithm
        .parameters
        .as_ref()
        .unwrap();
    assert_eq!(
        curve.as_oid().unwrap().to_id_string(),
        "1.2.840.10045.3.1.7"
    );
}

fn name(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(name) => (*name).to_owned(),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => IpAddr::from(<[u8; 4]>::try_from(*bytes).unwrap()).to_string(),
            _ => IpAddr::from(<[u8; 16]>::try_from(*bytes).unwrap()).to_string(),
        },
        other => format!("{other:?}"),
    }
}

#[test]
fn what_exists_is_kept_and_a_missing_server_certificate_has_the_same_authority() {
    let root = directory();
    let certificates = made(root.path());
    let before = content(&certificates);
    let again = certificates
        .generate(&["db.internal"], Existing::Keep, now())
        .unwrap();
    assert_eq!((again.kept.len(), again.made.len()), (4, 0));
    assert_eq!(content(&certificates), before);
    fs::remove_file(certificates.server_certificate()).unwrap();
    fs::remove_file(certificates.server_key()).unwrap();
    let again = certificates
        .generate(&["db.internal"], Existing::Keep, now())
        .unwrap();
    assert_eq!((again.kept.len(), again.made.len()), (2, 2));
    assert_eq!(content(&certificates)[..2], before[..2]);
    certificates.verify().unwrap();
}

#[test]
fn a_crash_after_any_file_is_repaired_by_the_next_run() {
    for count in 0..4 {
        let root = directory();
        let certificates = made(root.path());
        for path in &all(&certificates)[count..] {
            fs::remove_file(path).unwrap();
        }
        let written = certificates.generate(&[], Existing::Keep, now()).unwrap();
        assert_eq!((written.kept.len(), written.made.len()), (count, 4 - count));
    }
}

#[test]
fn replacing_backs_all_of_it_up_first() {
    let root = directory();
    let certificates = made(root.path());
    let before = content(&certificates);
    let written = certificates
        .generate(&[], Existing::Replace, now())
        .unwrap();
    assert_eq!(written.replaced.len(), 4);
    let backup = written.backup.unwrap();
    assert_eq!(fs::read(backup.join("ca.key")).unwrap(), before[0]);
    assert_eq!(mode(&backup.join("ca.key")), 0o600);
    let after = content(&certificates);
    assert!(before.iter().zip(&after).all(|(old, new)| old != new));
    let second = certificates
        .generate(&[], Existing::Replace, now())
        .unwrap();
    assert_ne!(second.backup.unwrap(), backup);
    assert_eq!(fs::read(backup.join("ca.key")).unwrap(), before[0]);
}

#[test]
fn files_that_do_not_belong_together_are_told_apart() {
    let stranger_root = directory();
    let stranger = made(stranger_root.path());
    let swaps =
        |file: fn(&Certificates) -> std::path::PathBuf, expected: &'static str| (file, expected);
    let rows = [
        swaps(Certificates::ca_key, "ca.crt does not match its key ca.key"),
        swaps(
            Certificates::ca_certificate,
            "ca.crt does not match its key",
        ),
        swaps(
            Certificates::server_key,
            "server.crt does not match its key server.key",
        ),
        swaps(
            Certificates::server_certificate,
            "server.crt does not match its key",
        ),
    ];
    for (path, expected) in rows {
        let root = directory();
        let certificates = made(root.path());
        fs::copy(path(&stranger), path(&certificates)).unwrap();
        let error = certificates
            .generate(&[], Existing::Keep, now())
            .unwrap_err();
        let text = chain(&error);
        assert!(
            text.contains(expected) && text.contains("replace"),
            "{text}"
        );
        assert!(!text.contains("BEGIN"), "{text}");
    }
    let root = directory();
    let certificates = made(root.path());
    for path in [Certificates::server_key, Certificates::server_certificate] {
        fs::copy(path(&stranger), path(&certificates)).unwrap();
    }
    let text = chain(&certificates.verify().unwrap_err());
    assert!(text.contains("not signed by the authority"), "{text}");
    assert!(certificates.generate(&[], Existing::Replace, now()).is_ok());
}

#[test]
fn a_missing_part_is_named() {
    type Remove = fn(&Certificates) -> std::path::PathBuf;
    let rows: [(&[Remove], &str); 3] = [
        (
            &[Certificates::ca_key, Certificates::server_certificate],
            "has no key ca.key",
        ),
        (&[Certificates::server_key], "has no key server.key"),
        (
            &[Certificates::ca_key, Certificates::ca_certificate],
            "an authority that is not here",
        ),
    ];
    for (removed, expected) in rows {
        let root = directory();
        let certificates = made(root.path());
        for path in removed {
            fs::remove_file(path(&certificates)).unwrap();
        }
        let text = chain(
            &certificates
                .generate(&[], Existing::Keep, now())
                .unwrap_err(),
        );
        assert!(text.contains(expected), "{text}");
    }
    // The authority's key may be kept elsewhere once it has signed.
    let root = directory();
    let certificates = made(root.path());
    fs::remove_file(certificates.ca_key()).unwrap();
    assert!(certificates.generate(&[], Existing::Keep, now()).is_ok());
}

#[test]
fn a_server_certificate_does_not_outlive_its_authority() {
    let root = directory();
    let certificates = made(root.path());
    let remake = |days: u32| {
        fs::remove_file(certificates.server_certificate()).unwrap_or_default();
        certificates.generate(&[], Existing::Keep, now() + DAY * days)
    };
    remake(3600).unwrap();
    let pem_file = pem(&certificates.server_certificate());
    let end = pem_file
        .parse_x509()
        .unwrap()
        .validity()
        .not_after
        .timestamp();
    assert_eq!(end, i64::try_from(START).unwrap() + 3650 * 86_400);
    let text = chain(&remake(3650).unwrap_err());
    assert!(text.contains("ca.crt has expired"), "{text}");
}

#[test]
fn names_that_no_certificate_can_hold_are_refused_before_anything_is_written() {
    let root = directory();
    let certificates = open(root.path());
    for name in ["", "my host", "höst", "a\0b"] {
        let text = chain(
            &certificates
                .generate(&[name], Existing::Keep, now())
                .unwrap_err(),
        );
        assert!(text.contains("fits into no certificate"), "{text}");
    }
    assert!(all(&certificates).iter().all(|path| !path.exists()));
}

#[test]
fn certificates_are_checked_for_their_time_and_the_mode_of_their_key() {
    let root = directory();
    let path = made(root.path()).server_certificate();
    let at = |time: SystemTime| check_certificate(&path, time, 30 * DAY);
    let end = now() + 365 * DAY;
    let rows = [
        (now() - DAY, Some((Severity::Error, "not yet valid"))),
        (now(), None),
        (end - 31 * DAY, None),
        (
            end - 30 * DAY,
            Some((Severity::Warning, "expires in 30 days")),
        ),
        (end, Some((Severity::Warning, "expires in 0 days"))),
        (
            end + Duration::from_secs(1),
            Some((Severity::Error, "has expired")),
        ),
    ];
    for (time, expected) in rows {
        let found = at(time);
        assert_eq!(found.len(), usize::from(expected.is_some()), "{found:?}");
        if let (Some(found), Some((severity, text))) = (found.first(), expected) {
            assert!(
                found.severity == severity && found.message.contains(text),
                "{found}"
            );
            assert!(found.message.contains("CN=db.internal"), "{found}");
        }
    }
    set_mode(&path.with_extension("key"), 0o644);
    let found = at(now());
    assert!(
        found.len() == 1 && found[0].to_string().contains("mode 0644"),
        "{found:?}"
    );
    assert_eq!(found[0].path, path.with_extension("key"));
}

#[test]
fn what_is_no_certificate_is_found() {
    let root = directory();
    let certificates = made(root.path());
    for path in [
        certificates.server_key(),
        certificates.server_key().with_extension("no"),
    ] {
        let found = check_certificate(&path, now(), DAY);
        assert!(
            found.len() == 1 && found[0].severity == Severity::Error,
            "{found:?}"
        );
        assert!(!found[0].message.contains("BEGIN"));
    }
    let empty = crate::support::file(root.path(), "empty.crt", "", 0o600);
    assert!(
        check_certificate(&empty, now(), DAY)[0]
            .message
            .contains("no certificate")
    );
}

#[test]
fn the_names_that_a_kept_certificate_does_not_hold_are_told() {
    let root = directory();
    let certificates = open(root.path());
    certificates
        .generate(&["db.internal", "10.0.0.7"], Existing::Keep, now())
        .unwrap();
    let held = ["DB.internal", "10.0.0.7", "localhost", "0:0:0:0:0:0:0:1"];
    assert_eq!(certificates.missing_names(&held).unwrap(), [""; 0]);
    let missing = ["other", "10.0.0.8", "fe80::1"];
    assert_eq!(certificates.missing_names(&missing).unwrap(), missing);
}

#[test]
fn a_name_that_no_certificate_can_hold_is_told_beforehand() {
    for name in ["bad host", "", "-x", "a/b", "a\n", "b\u{fc}cher"] {
        let text = Certificates::check_name(name).unwrap_err().to_string();
        assert!(text.contains("fits into no certificate"), "{text}");
    }
    for name in ["db.internal", "*.internal", "10.0.0.7", "::1"] {
        assert!(Certificates::check_name(name).is_ok(), "{name}");
    }
}

#[test]
fn a_directory_named_like_a_certificate_is_neither_kept_nor_replaced() {
    for existing in [Existing::Keep, Existing::Replace] {
        let root = directory();
        let certificates = open(root.path());
        fs::create_dir(certificates.server_certificate()).unwrap();
        let error = certificates.generate(&[], existing, now()).unwrap_err();
        assert!(chain(&error).contains("move it away"), "{}", chain(&error));
        assert!(!certificates.ca_key().exists());
    }
}

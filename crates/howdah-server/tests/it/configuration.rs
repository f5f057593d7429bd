//! The caller's files for the server, which both kinds of server must take.

use std::fs;
use std::path::{Path, PathBuf};

use howdah_config::TlsMode;
use howdah_secrets::{Certificates, Existing};
use howdah_server::{Error, Request, Server, ServerTls};
use tempfile::TempDir;

use crate::bench::Bench;

fn write(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

#[expect(
    clippy::disallowed_methods,
    reason = "certificates are valid from now on"
)]
fn certificates(folder: &TempDir, name: &str) -> Certificates {
    let certificates = Certificates::open(folder.path().join(name)).unwrap();
    let now = std::time::SystemTime::now();
    certificates.generate(&[], Existing::Keep, now).unwrap();
    certificates
}

fn tls(certificates: &Certificates) -> ServerTls {
    ServerTls::new(certificates.server_certificate(), certificates.server_key())
}

/// Whether a connection that checks the certificate and the host's name gets through, and is encrypted.
async fn is_verified(bench: &Bench, server: &Server, host: &str, ca: &Path) -> bool {
    let mut login = bench.login(server);
    login.host.host = host.to_owned();
    login.tls.mode = TlsMode::VerifyFull;
    login.tls.root_cert = Some(ca.to_owned());
    let Ok(mut connection) = howdah_pool::connect(&login).await else {
        return false;
    };
    sqlx::query_scalar("select ssl from pg_stat_ssl where pid = pg_backend_pid()")
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

pub(crate) async fn tls_is_offered(mut request: Request) {
    let folder = TempDir::new().unwrap();
    let (ours, others) = (certificates(&folder, "a"), certificates(&folder, "b"));
    let mut bench = Bench::new();
    assert!(!bench.start(&request).await.tls());

    request.tls = Some(tls(&ours));
    let server = bench.start(&request).await;
    assert!(server.tls() && server.started(), "{:?}", bench.events);
    for host in ["127.0.0.1", "localhost"] {
        assert!(
            is_verified(&bench, &server, host, &ours.ca_certificate()).await,
            "{host}"
        );
    }
    assert!(!is_verified(&bench, &server, "127.0.0.1", &others.ca_certificate()).await);
    let ssl = "select ssl::text from pg_stat_ssl where pid = pg_backend_pid()";
    assert_eq!(
        bench.ask(&server, ssl).await,
        "true",
        "without being asked for"
    );
    assert!(!bench.start(&request).await.started());

    request.tls = Some(tls(&others));
    let renewed = bench.start(&request).await;
    assert!(
        renewed.started() && !renewed.created(),
        "a changed certificate is taken"
    );
    assert!(is_verified(&bench, &renewed, "localhost", &others.ca_certificate()).await);

    let hba = "hostssl all postgres all scram-sha-256\n";
    request.hba_file = Some(write(&folder, "hba", hba));
    let only_encrypted = bench.start(&request).await;
    assert_eq!(bench.ask(&only_encrypted, ssl).await, "true");
    let mut plain = bench.login(&only_encrypted);
    plain.tls.mode = TlsMode::Disable;
    assert!(howdah_pool::connect(&plain).await.is_err());

    request.tls = None;
    request.hba_file = None;
    assert_eq!(bench.start(&request).await.port(), server.port());
    let files = find(&bench.directory().join("data"), "server.key");
    assert_eq!(files, Vec::<PathBuf>::new(), "the key is not left behind");
}

pub(crate) async fn config_file_is_in_force(mut request: Request) {
    let folder = TempDir::new().unwrap();
    // As in the file of an installed server, with places that are not there.
    let config = write(
        &folder,
        "my.conf",
        "work_mem = 5MB\nmaintenance_work_mem = 80MB\nmax_connections = 33\n\
         data_directory = '/nonexistent'\nhba_file = '/nonexistent'\nident_file = '/nonexistent'\n\
         listen_addresses = 'nobody.invalid'\nport = 1\nlogging_collector = on\n\
         unix_socket_directories = '/nonexistent'\n",
    );
    request.config_file = Some(config.clone());
    request
        .settings
        .insert("maintenance_work_mem".to_owned(), "90MB".to_owned());
    let mut bench = Bench::new();
    let server = bench.start(&request).await;
    assert!(server.created());
    assert_eq!(bench.ask(&server, "show work_mem").await, "5MB");
    assert_eq!(bench.ask(&server, "show max_connections").await, "33");
    assert_eq!(
        bench.ask(&server, "show maintenance_work_mem").await,
        "90MB"
    );
    let own =
        "select count(*)::text from pg_settings where sourcefile like '%/data/postgresql.conf'";
    assert_ne!(
        bench.ask(&server, own).await,
        "0",
        "the server's own file counts, too"
    );
    assert!(!bench.start(&request).await.started());

    fs::write(&config, "work_mem = 6MB\n").unwrap();
    let changed = bench.start(&request).await;
    assert!(
        changed.started() && bench.told("changed"),
        "{:?}",
        bench.events
    );
    assert_eq!(bench.ask(&changed, "show work_mem").await, "6MB");
    request.config_file = None;
    let without = bench.start(&request).await;
    assert_eq!(bench.ask(&without, "show work_mem").await, "4MB");
}

pub(crate) async fn hba_file_decides(mut request: Request) {
    let folder = TempDir::new().unwrap();
    // Nobody but the superuser, and nobody at all through a socket.
    let hba = "host all postgres all scram-sha-256\nhost all all all reject\n";
    request.hba_file = Some(write(&folder, "hba", hba));
    let mut bench = Bench::new();
    let server = bench.start(&request).await;
    assert!(server.created());
    bench
        .run(&server, "create role guest login password 'guest'")
        .await;
    let guest = |server: &Server| {
        let password = howdah_secrets::Secret::new("guest");
        server.login(
            "postgres".parse().unwrap(),
            "guest".parse().unwrap(),
            password,
        )
    };
    let refused = howdah_pool::connect(&guest(&server)).await.unwrap_err();
    assert_eq!(refused.sqlstate().as_deref(), Some("28000"), "{refused}");
    assert!(!bench.start(&request).await.started());

    request.hba_file = None;
    let opened = bench.start(&request).await;
    assert!(opened.started() && !opened.created());
    howdah_pool::connect(&guest(&opened)).await.unwrap();
}

pub(crate) async fn bad_files_are_named(request: Request) {
    let folder = TempDir::new().unwrap();
    let mut bench = Bench::new();
    bench.start(&request).await;

    let mut config = request.clone();
    let path = write(&folder, "my.conf", "work_mem = 5MB\n\nwork_mem 'x\n");
    config.config_file = Some(path.clone());
    let words = bench.try_start(&config).await.unwrap_err().to_string();
    let place = format!("{}\" line 3", path.display());
    assert!(
        words.contains("syntax error in file") && words.contains(&place),
        "{words}"
    );

    let mut hba = request.clone();
    let path = write(
        &folder,
        "hba",
        "host all all all scram-sha-256\nhost all all nonsense\n",
    );
    hba.hba_file = Some(path.clone());
    let words = bench.try_start(&hba).await.unwrap_err().to_string();
    assert!(words.contains(&path.display().to_string()), "{words}");
    assert!(words.contains("line 2 of configuration file"), "{words}");

    // The server starts with this one, and never looks at the line.
    fs::write(
        &path,
        "host all all all scram-sha-256\nhostssl all guest all trust\n",
    )
    .unwrap();
    let error = bench.try_start(&hba).await.unwrap_err();
    assert!(matches!(error, Error::Record { .. }), "{error}");
    let place = format!("{}:2: hostssl record cannot match", path.display());
    assert!(error.to_string().contains(&place), "{error}");

    let mut certificate = request.clone();
    let key = write(&folder, "key", "no key\n");
    certificate.tls = Some(ServerTls::new(
        certificates(&folder, "a").server_certificate(),
        &key,
    ));
    let words = bench.try_start(&certificate).await.unwrap_err().to_string();
    let place = format!("could not load private key file \"{}\"", key.display());
    assert!(words.contains(&place), "{words}");

    certificate.tls = Some(ServerTls::new("/nonexistent/cert", &key));
    let error = bench.try_start(&certificate).await.unwrap_err();
    assert!(matches!(error, Error::File { .. }), "{error}");
    let server = bench.start(&request).await;
    assert!(!server.created(), "no data was harmed");
}

/// Files of this name below a directory, if there is one.
fn find(directory: &Path, name: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| {
            if path.file_name().is_some_and(|found| found == name) {
                vec![path]
            } else {
                find(&path, name)
            }
        })
        .collect()
}

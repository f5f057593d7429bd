use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use howdah_secrets::Secret;
use howdah_server::{Choice, Error, PortWish, Request, Server};

use crate::bench::{Bench, PATIENCE, cache, environment};
use crate::configuration;
use crate::conformance::{conforms, repairs_what_was_given_up, shows_its_log};
use crate::replication;

fn request() -> Request {
    let mut request = Request::new(environment());
    request.cache = Some(cache());
    request.choice = Choice::Local;
    request.install = false;
    request
}

fn throwaway() -> Request {
    let mut request = Request::throwaway(environment());
    request.cache = Some(cache());
    request
}

fn signal(pid: u32, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}

async fn kill(server: &Server) {
    signal(server.pid().unwrap(), rustix::process::Signal::KILL);
    until(|| server.pid().is_none()).await;
}

async fn until(mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < PATIENCE, "it did not happen");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn its_log_is_shown_and_followed_to_its_end() {
    shows_its_log(request()).await;
}

#[tokio::test]
async fn a_replica_follows_survives_and_is_promoted() {
    replication::follows_and_is_promoted(request()).await;
}

#[tokio::test]
async fn a_replica_that_was_given_up_is_made_anew_and_one_without_a_primary_is_refused() {
    replication::is_repaired_or_refused(request()).await;
}

#[tokio::test]
async fn tls_is_offered_with_the_certificates_that_are_given() {
    configuration::tls_is_offered(request()).await;
}

#[tokio::test]
async fn a_given_postgresql_conf_is_in_force_between_the_own_one_and_the_settings() {
    configuration::config_file_is_in_force(request()).await;
}

#[tokio::test]
async fn a_given_pg_hba_conf_decides_who_gets_in() {
    configuration::hba_file_decides(request()).await;
}

#[tokio::test]
async fn files_that_the_server_refuses_are_named_with_its_words() {
    configuration::bad_files_are_named(request()).await;
}

#[tokio::test]
async fn a_local_server_conforms() {
    conforms(request(), async |server| kill(server).await).await;
}

#[tokio::test]
async fn a_throwaway_server_is_fast_and_takes_settings() {
    let mut bench = Bench::new();
    let mut request = throwaway();
    request
        .settings
        .insert("work_mem".to_owned(), "5MB".to_owned());
    let server = bench.start(&request).await;
    assert_eq!(bench.ask(&server, "show fsync").await, "off");
    assert_eq!(bench.ask(&server, "show work_mem").await, "5MB");

    request
        .settings
        .insert("work_mem".to_owned(), "6MB".to_owned());
    let changed = bench.start(&request).await;
    assert!(changed.started() && !changed.created());
    assert!(bench.told("its settings changed"), "{:?}", bench.events);
    assert_eq!(bench.ask(&changed, "show work_mem").await, "6MB");
    assert!(bench.stop(true).await.stopped);
    assert!(!bench.directory().join("data").exists());
}

#[tokio::test]
async fn a_taken_port_is_named_with_its_owner() {
    let mut bench = Bench::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let mut request = request();

    request.port = PortWish::Exactly(port);
    let error = bench.try_start(&request).await.unwrap_err();
    assert!(matches!(error, Error::PortTaken { port: named, .. } if named == port));
    let pid = format!("(pid {})", std::process::id());
    assert!(
        !cfg!(target_os = "linux") || error.to_string().contains(&pid),
        "{error}"
    );

    request.port = PortWish::Preferred(port);
    let server = bench.start(&request).await;
    assert_ne!(server.port(), port);
    assert!(
        bench.told(&format!("port {port} is taken by")),
        "{:?}",
        bench.events
    );
    drop(taken);
    let again = bench.start(&request).await;
    assert!(!again.started(), "the remembered port stays");
}

#[tokio::test]
async fn a_remembered_port_that_was_taken_meanwhile_is_replaced() {
    let mut bench = Bench::new();
    let first = bench.start(&request()).await;
    bench.stop(false).await;
    let taken = TcpListener::bind(("127.0.0.1", first.port())).unwrap();
    let second = bench.start(&request()).await;
    assert_ne!(second.port(), first.port());
    assert!(
        bench.told(&format!("port {} is taken by", first.port())),
        "{:?}",
        bench.events
    );
    drop(taken);
}

/// As root, the account of the server cannot enter it. As anybody else this is like every other start.
#[tokio::test]
async fn a_private_directory_is_no_obstacle() {
    let mut bench = Bench::with_mode(0o700);
    let server = bench.start(&request()).await;
    let data = bench.directory().join("data");
    let real = data.canonicalize().unwrap();
    let root = rustix::process::geteuid().is_root();
    assert_eq!(real.starts_with("/var/lib/howdah"), root);
    assert_eq!(bench.told("the data is kept in /var/lib/howdah/"), root);
    assert_eq!(bench.ask(&server, "select 1::text").await, "1");
    bench.stop(false).await;
    assert!(!bench.start(&request()).await.created());
    bench.stop(true).await;
    assert!(!real.exists() && !data.is_symlink());
}

#[tokio::test]
async fn what_an_interrupted_creation_left_is_cleared_away() {
    let mut bench = Bench::new();
    let draft = bench.directory().join("data.new");
    fs::create_dir_all(draft.join("base")).unwrap();
    fs::write(draft.join("PG_VERSION"), "15\n").unwrap();
    let server = bench.start(&request()).await;
    assert!(server.created() && !draft.exists());
    assert!(!bench.directory().join(".initdb").exists());
}

#[tokio::test]
async fn a_start_that_is_given_up_at_any_point_is_repaired_by_the_next() {
    let mut without_cache = request();
    without_cache.cache = None;
    repairs_what_was_given_up(&without_cache, &[1, 100, 300, 500]).await;
    repairs_what_was_given_up(&request(), &[10, 40, 80]).await;
}

#[tokio::test]
async fn a_damaged_record_is_a_sentence_and_the_data_survives_it() {
    let mut bench = Bench::new();
    let server = bench.start(&request()).await;
    bench.run(&server, "create table kept ()").await;
    let record = bench.directory().join("server.json");
    fs::write(&record, "{").unwrap();
    let error = bench.try_start(&request()).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("is not a record that howdah wrote: remove it"),
        "{error}"
    );

    fs::remove_file(&record).unwrap();
    let mut any = request();
    any.choice = Choice::Auto;
    let server = bench.start(&any).await;
    assert!(!server.created());
    bench.run(&server, "table kept").await;

    fs::write(&record, "{").unwrap();
    assert!(bench.stop(true).await.stopped, "wiping needs no record");
    assert!(!bench.directory().join("data").exists());
}

#[tokio::test]
async fn two_starts_at_once_make_one_server() {
    let bench = Bench::new();
    let directory = bench.directory();
    let start = || {
        let (directory, password) = (directory.clone(), bench.password.clone());
        tokio::spawn(async move {
            let lock = howdah_server::lock(&directory, PATIENCE).await.unwrap();
            howdah_server::start(&lock, &request(), &password, &mut |_| {})
                .await
                .unwrap()
        })
    };
    let (one, other) = tokio::join!(start(), start());
    let (one, other) = (one.unwrap(), other.unwrap());
    assert!(one.created() != other.created());
    assert_eq!((one.port(), one.pid()), (other.port(), other.pid()));
}

#[tokio::test]
async fn a_lost_secret_file_is_a_sentence() {
    let mut bench = Bench::new();
    bench.start(&request()).await;
    bench.password = Secret::new("another");
    let error = bench.try_start(&request()).await.unwrap_err();
    assert!(matches!(error, Error::Password { .. }), "{error}");
    let words = error.to_string();
    assert!(
        words.contains("restore the secret file") && words.contains("db-down --volumes"),
        "{words}"
    );
}

#[tokio::test]
async fn a_server_that_ends_early_is_noticed_at_once_with_its_last_words() {
    let mut bench = Bench::new();
    bench.start(&request()).await;
    bench.stop(false).await;
    let mut broken = request();
    broken
        .settings
        .insert("shared_buffers".to_owned(), "nonsense".to_owned());
    let started = Instant::now();
    let error = bench.try_start(&broken).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(20));
    assert!(matches!(error, Error::NotReady { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains("invalid value for parameter \"shared_buffers\""),
        "{error}"
    );
}

#[tokio::test]
async fn data_of_another_version_is_refused_with_the_way_to_move_it() {
    let mut bench = Bench::new();
    let server = bench.start(&request()).await;
    let mut other = request();
    other.version = Some(server.version().major + 1);
    let words = bench.try_start(&other).await.unwrap_err().to_string();
    assert!(words.contains("pg_dumpall"), "{words}");
}

#[tokio::test]
async fn nothing_to_run_a_server_with_is_a_list_of_what_would_help() {
    let mut bench = Bench::new();
    let mut none = Request::new([("PATH".to_owned(), "/nonexistent".to_owned())].into());
    none.version = Some(99);
    none.install = false;
    let words = bench.try_start(&none).await.unwrap_err().to_string();
    for part in [
        "docker: there is no `docker`",
        "podman: ",
        "server binaries of version 99",
        "installing the package postgresql-99",
    ] {
        assert!(words.contains(part), "{words}");
    }
    assert!(!bench.directory().join("server.json").exists());
}

#[tokio::test]
async fn what_alter_system_set_stays_and_cannot_open_the_server() {
    let mut bench = Bench::new();
    let server = bench.start(&request()).await;
    bench
        .run(&server, "alter system set work_mem = '7MB'")
        .await;
    bench
        .run(&server, "alter system set listen_addresses = '*'")
        .await;
    bench.run(&server, "alter system set port = 1").await;
    bench.stop(false).await;
    let server = bench.start(&request()).await;
    assert_eq!(bench.ask(&server, "show work_mem").await, "7MB");
    assert_eq!(
        bench.ask(&server, "show listen_addresses").await,
        "127.0.0.1"
    );
}

/// As root, the data of both lies side by side, outside of both.
#[tokio::test]
async fn a_new_project_in_the_place_of_a_moved_one_leaves_its_server_and_data_alone() {
    let mut bench = Bench::with_mode(0o700);
    let first = bench.start(&request()).await;
    let pid = first.pid().unwrap();
    let moved = bench.directory().with_extension("moved");
    fs::rename(bench.directory(), &moved).unwrap();
    let second = bench.start(&request()).await;
    assert!(second.created());
    assert_ne!(second.pid(), Some(pid));
    let data = fs::canonicalize(moved.join("data")).unwrap();
    assert!(data.join("PG_VERSION").exists(), "the data is there");
    let number = fs::read_to_string(data.join("postmaster.pid")).unwrap();
    assert!(
        number.starts_with(&format!("{pid}\n")),
        "and so is its server"
    );
    signal(pid, rustix::process::Signal::QUIT);
    until(|| !data.join("postmaster.pid").exists()).await;
    fs::remove_dir_all(&data).unwrap();
}

#[tokio::test]
async fn data_that_is_no_database_is_left_alone() {
    let mut bench = Bench::new();
    let data = bench.directory().join("data");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("letter.txt"), "dear").unwrap();
    let words = bench.try_start(&request()).await.unwrap_err().to_string();
    assert!(
        words.contains("is not empty, and holds no database"),
        "{words}"
    );
    assert!(data.join("letter.txt").exists());
}

#[tokio::test]
async fn several_servers_at_once_do_not_take_each_others_ports() {
    let start = || {
        tokio::spawn(async {
            let mut bench = Bench::new();
            let server = bench.start(&throwaway()).await;
            let data = bench.directory().join("data").canonicalize().unwrap();
            assert_eq!(
                bench.ask(&server, "show data_directory").await,
                data.display().to_string()
            );
            (bench, server.port())
        })
    };
    let (one, two, three) = tokio::join!(start(), start(), start());
    let ports = [one.unwrap().1, two.unwrap().1, three.unwrap().1];
    assert!(ports[0] != ports[1] && ports[1] != ports[2] && ports[0] != ports[2]);
}

#[tokio::test]
async fn the_password_is_in_no_file() {
    let mut bench = Bench::new();
    bench.start(&request()).await;
    for file in ["server.json", "log/postgres.log", "lock"] {
        let text = fs::read_to_string(bench.directory().join(file)).unwrap();
        assert!(!text.contains("secret"), "{file}: {text}");
    }
}

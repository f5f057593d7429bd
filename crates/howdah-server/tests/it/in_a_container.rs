use std::io;
use std::net::TcpListener;
use std::process::Output;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use howdah_secrets::Secret;
use howdah_server::{Backend, Choice, Error, PortWish, Request, Server};

use crate::bench::{Bench, PATIENCE, environment};
use crate::configuration;
use crate::conformance::{conforms, repairs_what_was_given_up, shows_its_log};
use crate::replication;

/// Images that do without a registry come first.
const IMAGES: [&str; 5] = [
    "howdah-postgres:17",
    "howdah-postgres:18",
    "howdah-postgres:15",
    "howdah-postgres:13",
    "postgres:17-alpine",
];

fn request() -> Request {
    let mut request = Request::new(environment());
    request.choice = Choice::Container;
    request.image = Some(image());
    request
}

/// `HOWDAH_TEST_IMAGE`, or the first that is there.
fn image() -> String {
    if let Some(image) = environment().remove("HOWDAH_TEST_IMAGE") {
        return image;
    }
    IMAGES
        .into_iter()
        .find(|image| engine(&["image", "inspect", image]).status.success())
        .expect(
            "a container engine and an image of PostgreSQL: start Docker, then run `cargo xtask images build` \
             or `docker pull postgres:17-alpine`; or leave these tests out with `-- --skip in_a_container::`",
        )
        .to_owned()
}

/// Docker, else Podman, as the crate itself chooses.
static ENGINE: LazyLock<&str> = LazyLock::new(|| {
    ["docker", "podman"]
        .into_iter()
        .find(|name| run(name, &["images"]).is_ok_and(|output| output.status.success()))
        .expect("docker or podman; or leave these tests out with `-- --skip in_a_container::`")
});

/// The engine's command: Podman takes the same arguments.
fn engine(args: &[&str]) -> Output {
    run(&ENGINE, args).expect("the engine's command")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test looks at the engine from outside"
)]
fn run(program: &str, args: &[&str]) -> io::Result<Output> {
    std::process::Command::new(program).args(args).output()
}

fn kill(server: &Server) {
    let name = server.container().unwrap();
    assert!(engine(&["kill", name]).status.success());
    let started = Instant::now();
    while running(name) {
        assert!(started.elapsed() < PATIENCE, "{name} still runs");
    }
}

fn running(name: &str) -> bool {
    let output = engine(&["inspect", "--format={{.State.Running}}", name]);
    String::from_utf8_lossy(&output.stdout).trim() == "true"
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
async fn a_container_conforms() {
    conforms(request(), async |server| kill(server)).await;
}

#[tokio::test]
async fn nothing_of_it_is_left_after_wiping() {
    let mut bench = Bench::new();
    let server = bench.start(&request()).await;
    assert_eq!(server.backend(), Backend::Container);
    let name = server.container().unwrap().to_owned();
    let volumes = || {
        let filter = format!("--filter=name={name}");
        let output = engine(&["volume", "ls", "--quiet", &filter]);
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    assert_eq!(volumes(), format!("{name}-data"));
    bench.stop(true).await;
    assert_eq!(volumes(), "");
    assert!(!engine(&["inspect", &name]).status.success());
}

#[tokio::test]
async fn a_container_removed_by_hand_is_made_again_on_the_same_data() {
    let mut bench = Bench::new();
    let server = bench.start(&request()).await;
    bench.run(&server, "create table kept ()").await;
    engine(&["rm", "--force", server.container().unwrap()]);
    let again = bench.start(&request()).await;
    assert!(again.started() && !again.created());
    assert!(bench.told("its container is gone"), "{:?}", bench.events);
    bench.run(&again, "table kept").await;
}

#[tokio::test]
async fn a_paused_container_goes_on() {
    let mut bench = Bench::new();
    let server = bench.start(&request()).await;
    engine(&["pause", server.container().unwrap()]);
    let again = bench.start(&request()).await;
    assert_eq!(bench.ask(&again, "select 1::text").await, "1");
}

#[tokio::test]
async fn the_password_is_in_no_argument_and_settings_arrive() {
    let mut bench = Bench::new();
    let mut request = request();
    request
        .settings
        .insert("work_mem".to_owned(), "5MB".to_owned());
    let server = bench.start(&request).await;
    assert_eq!(bench.ask(&server, "show work_mem").await, "5MB");
    let output = engine(&[
        "inspect",
        "--format={{json .Args}}{{json .Config.Labels}}",
        server.container().unwrap(),
    ]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        text.contains("work_mem") && !text.contains("secret"),
        "{text}"
    );

    request.settings.clear();
    let changed = bench.start(&request).await;
    assert!(changed.started() && !changed.created());
    assert!(bench.told("settings changed"), "{:?}", bench.events);
}

#[tokio::test]
async fn a_port_that_a_container_publishes_is_named_with_the_container() {
    let mut first = Bench::new();
    let holder = first.start(&request()).await;
    let mut second = Bench::new();
    let mut request = request();
    request.port = PortWish::Exactly(holder.port());
    let error = second.try_start(&request).await.unwrap_err().to_string();
    assert!(
        error.contains(&format!("the container {}", holder.container().unwrap())),
        "{error}"
    );
}

#[tokio::test]
async fn a_remembered_port_that_was_taken_meanwhile_is_replaced() {
    let mut bench = Bench::new();
    let first = bench.start(&request()).await;
    bench.run(&first, "create table kept ()").await;
    bench.stop(false).await;
    let taken = TcpListener::bind(("127.0.0.1", first.port())).unwrap();
    let second = bench.start(&request()).await;
    assert_ne!(second.port(), first.port());
    assert!(
        bench.told(&format!("port {} is taken by", first.port())),
        "{:?}",
        bench.events
    );
    bench.run(&second, "table kept").await;
    drop(taken);
}

#[tokio::test]
async fn a_start_that_is_given_up_at_any_point_is_repaired_by_the_next() {
    repairs_what_was_given_up(&request(), &[50, 300, 600, 1000, 1500]).await;
}

#[tokio::test]
async fn a_server_that_ends_early_is_noticed_at_once_with_its_last_words() {
    let mut bench = Bench::new();
    let mut broken = request();
    broken
        .settings
        .insert("shared_buffers".to_owned(), "nonsense".to_owned());
    let started = Instant::now();
    let error = bench.try_start(&broken).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(30));
    assert!(matches!(error, Error::NotReady { .. }), "{error}");
    assert!(error.to_string().contains("shared_buffers"), "{error}");
    assert!(
        bench.start(&request()).await.created(),
        "the failed first start left nothing"
    );
}

#[tokio::test]
async fn a_lost_secret_file_is_a_sentence() {
    let mut bench = Bench::new();
    bench.start(&request()).await;
    let right = std::mem::replace(&mut bench.password, Secret::new("another"));
    let error = bench.try_start(&request()).await.unwrap_err();
    assert!(matches!(error, Error::Password { .. }), "{error}");
    bench.password = right;
    assert!(!bench.start(&request()).await.created());
}

#[tokio::test]
async fn an_image_that_cannot_be_had_is_a_sentence() {
    let mut bench = Bench::new();
    let mut request = request();
    request.image = Some("localhost:1/howdah-no-such-image:1".to_owned());
    let error = bench.try_start(&request).await.unwrap_err().to_string();
    assert!(
        error.contains("the image localhost:1/howdah-no-such-image:1"),
        "{error}"
    );
    assert!(error.contains(&format!("{} pull", *ENGINE)), "{error}");
    assert!(!bench.directory().join("server.json").exists());
}

#[tokio::test]
async fn an_image_of_another_version_than_asked_for_is_refused() {
    let mut bench = Bench::new();
    let mut request = request();
    request.version = Some(99);
    let words = bench.try_start(&request).await.unwrap_err().to_string();
    assert!(words.contains("and version 99 is asked for"), "{words}");
}

/// An older image than the one that a first start would take.
#[tokio::test]
async fn a_lost_record_is_found_again_in_the_container() {
    let mut bench = Bench::new();
    let server = bench.start(&request()).await;
    bench.run(&server, "create table kept ()").await;
    std::fs::remove_file(bench.directory().join("server.json")).unwrap();
    let mut any = request();
    any.image = None;
    let again = bench.start(&any).await;
    assert_eq!(again.container(), server.container());
    assert!(!again.created());
    bench.run(&again, "table kept").await;
    std::fs::remove_file(bench.directory().join("server.json")).unwrap();
    assert!(bench.stop(false).await.stopped, "also a stop finds it");
}

/// A start that is killed between making the container and handing the files over leaves one that has the right label
/// and nothing else.
#[tokio::test]
async fn a_container_that_was_made_and_not_given_its_files_is_made_again() {
    let mut bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let mut request = request();
    let config = folder.path().join("my.conf");
    std::fs::write(&config, "work_mem = 5MB\n").unwrap();
    request.config_file = Some(config);
    let server = bench.start(&request).await;
    let name = server.container().unwrap().to_owned();
    let label = |label: &str| {
        let format = format!("--format={{{{index .Config.Labels \"{label}\"}}}}");
        let value = String::from_utf8(engine(&["inspect", &format, &name]).stdout).unwrap();
        format!("--label={label}={}", value.trim())
    };
    let labels = [label("howdah.config"), label("howdah.port")];
    engine(&["rm", "--force", &name]);
    let named = format!("--name={name}");
    let made = engine(&["create", &named, &labels[0], &labels[1], &image()]);
    assert!(made.status.success(), "{made:?}");
    let again = bench.start(&request).await;
    assert_eq!(bench.ask(&again, "show work_mem").await, "5MB");
}

/// As the official images do in any case: ours does so when it makes a database.
#[tokio::test]
async fn an_image_that_logs_in_during_its_first_start_takes_a_pg_hba_conf_that_forbids_it() {
    let base = String::from_utf8(engine(&["create", &image()]).stdout).unwrap();
    let mut bench = Bench::new();
    let derived = bench.directory().display().to_string();
    let derived = derived
        .rsplit('-')
        .next()
        .unwrap()
        .replace("/.howdah", "")
        .to_lowercase();
    let derived = format!("howdah-server-test:{derived}");
    engine(&[
        "commit",
        "--change=ENV POSTGRES_DB=shop",
        base.trim(),
        &derived,
    ]);
    engine(&["rm", base.trim()]);

    let folder = tempfile::tempdir().unwrap();
    let hba = folder.path().join("hba");
    std::fs::write(&hba, "host all all all scram-sha-256\n").unwrap();
    let mut request = request();
    request.image = Some(derived.clone());
    request.hba_file = Some(hba);
    let started = bench
        .try_start(&request)
        .await
        .map(|server| server.created());
    bench.stop(true).await;
    engine(&["rmi", &derived]);
    assert!(started.unwrap());
}

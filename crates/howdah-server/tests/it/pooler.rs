//! PgBouncer in front of a server.

use std::collections::BTreeMap;
use std::fs;

use howdah_pool::Login;
use howdah_secrets::Secret;
use howdah_server::{
    DirectoryLock, Error, PoolMode, Pooler, PoolerRequest, PortWish, Request, Server,
};

use crate::bench::{Bench, PATIENCE, cache, chain, environment};

struct Front {
    bench: Bench,
    server: Server,
    request: PoolerRequest,
    events: Vec<String>,
}

impl Front {
    /// A server with a user, and nothing in front of it yet.
    async fn new() -> Self {
        Self::behind(Bench::new()).await
    }

    async fn behind(mut bench: Bench) -> Self {
        let mut request = Request::throwaway(environment());
        request.cache = Some(cache());
        let server = bench.start(&request).await;
        bench
            .run(&server, "create role guest login password 'gu\"e''s\\t'")
            .await;
        let users = BTreeMap::from([("guest".parse().unwrap(), Secret::new("gu\"e's\\t"))]);
        let mut request = PoolerRequest::new(server.port(), users, environment());
        // A test installs nothing.
        request.install = false;
        Self {
            bench,
            server,
            request,
            events: Vec::new(),
        }
    }

    async fn lock(&self) -> DirectoryLock {
        let directory = self.bench.directory().join("pooler");
        howdah_server::lock(&directory, PATIENCE).await.unwrap()
    }

    async fn try_start(&mut self) -> Result<Pooler, Error> {
        self.events.clear();
        let lock = self.lock().await;
        let events = &mut self.events;
        howdah_server::start_pooler(&lock, &self.request, &mut |event| {
            events.push(event.to_string());
        })
        .await
    }

    async fn start(&mut self) -> Pooler {
        match self.try_start().await {
            Ok(pooler) => pooler,
            Err(error @ Error::NotFound { .. }) => panic!(
                "these tests need PgBouncer; or leave them out with `-- --skip pooler::`: {error}"
            ),
            Err(error) => panic!("{}\nevents: {:#?}", chain(&error), self.events),
        }
    }

    fn login(&self, pooler: &Pooler) -> Login {
        let (user, password) = self.request.users.first_key_value().unwrap();
        pooler.login("postgres".parse().unwrap(), user.clone(), password.clone())
    }

    async fn stop(&self) {
        let lock = self.lock().await;
        howdah_server::stop_pooler(&lock, true, PATIENCE)
            .await
            .unwrap();
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        let directory = self.bench.directory().join("pooler");
        let stopped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let lock = howdah_server::lock(&directory, PATIENCE).await.unwrap();
                howdah_server::stop_pooler(&lock, true, PATIENCE).await
            })
        });
        if !std::thread::panicking() {
            stopped.join().unwrap().unwrap();
        }
    }
}

async fn backend(login: &Login) -> String {
    let mut connection = howdah_pool::connect(login).await.unwrap();
    sqlx::query_scalar("select pg_backend_pid()::text")
        .persistent(false)
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn clients_share_connections_and_a_second_start_does_nothing() {
    let mut front = Front::new().await;
    front.request.size = 1;
    let pooler = front.start().await;
    assert!(pooler.started() && pooler.pid() > 0, "{:?}", front.events);
    let login = front.login(&pooler);
    let (one, other) = (
        howdah_pool::connect(&login).await.unwrap(),
        backend(&login).await,
    );
    assert_eq!(
        backend(&login).await,
        other,
        "one connection serves all of them"
    );
    drop(one);

    let again = front.start().await;
    assert!(!again.started());
    assert_eq!((again.port(), again.pid()), (pooler.port(), pooler.pid()));
    let running = format!("the pooler is already running on port {}", pooler.port());
    assert_eq!(front.events, [running]);
    let directory = front.bench.directory().join("pooler");
    let status = howdah_server::pooler_status(&directory).unwrap().unwrap();
    assert_eq!(
        (status.port, status.pid),
        (pooler.port(), Some(pooler.pid()))
    );
    front.stop().await;
    assert_eq!(howdah_server::pooler_status(&directory).unwrap(), None);
    assert!(howdah_pool::connect(&login).await.is_err());
}

#[tokio::test]
async fn the_mode_decides_when_a_connection_is_given_back() {
    let mut front = Front::new().await;
    for (mode, shared) in [(PoolMode::Transaction, true), (PoolMode::Session, false)] {
        front.request.mode = mode;
        let pooler = front.start().await;
        assert!(pooler.started(), "{mode}");
        let login = front.login(&pooler);
        let mut held = howdah_pool::connect(&login).await.unwrap();
        let first: String = sqlx::query_scalar("select pg_backend_pid()::text")
            .persistent(false)
            .fetch_one(&mut held)
            .await
            .unwrap();
        assert_eq!(backend(&login).await == first, shared, "{mode}");
    }
    assert!(
        front
            .events
            .iter()
            .any(|event| event.contains("starting the pooler again"))
    );
    front.request.mode = PoolMode::Statement;
    let pooler = front.start().await;
    let mut connection = howdah_pool::connect(&front.login(&pooler)).await.unwrap();
    let begun = sqlx::raw_sql("begin; select 1")
        .execute(&mut connection)
        .await;
    assert!(
        begun.is_err(),
        "there are no transactions of several statements"
    );
}

#[tokio::test]
async fn one_that_was_killed_comes_back_on_its_port_and_moves_when_that_is_taken() {
    let mut front = Front::new().await;
    let first = front.start().await;
    let kill = |pid: u32| {
        let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    };
    kill(first.pid());
    let status = || howdah_server::pooler_status(&front.bench.directory().join("pooler")).unwrap();
    let killed = std::time::Instant::now();
    while status().unwrap().pid.is_some() {
        assert!(killed.elapsed() < PATIENCE, "it is still there");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let second = front.start().await;
    assert!(second.started() && second.port() == first.port());
    assert!(
        front.events[0].contains("it was killed"),
        "{:?}",
        front.events
    );

    let lock = front.lock().await;
    assert!(
        howdah_server::stop_pooler(&lock, false, PATIENCE)
            .await
            .unwrap()
            .stopped
    );
    assert!(
        !howdah_server::stop_pooler(&lock, false, PATIENCE)
            .await
            .unwrap()
            .stopped
    );
    drop(lock);
    let taken = std::net::TcpListener::bind(("127.0.0.1", first.port())).unwrap();
    let third = front.start().await;
    assert_ne!(third.port(), first.port());
    front.request.port = PortWish::Exactly(first.port());
    let error = front.try_start().await.unwrap_err();
    assert!(matches!(error, Error::PortTaken { .. }), "{error}");
    drop(taken);
}

#[tokio::test]
async fn what_it_cannot_reach_or_must_not_let_in_is_an_error_with_its_words() {
    let mut front = Front::new().await;
    let pooler = front.start().await;
    let wrong = front
        .login(&pooler)
        .with_user("guest".parse().unwrap(), Secret::new("wrong"));
    assert!(howdah_pool::connect(&wrong).await.is_err());
    let stranger = front
        .login(&pooler)
        .with_user("postgres".parse().unwrap(), front.bench.password.clone());
    assert!(
        howdah_pool::connect(&stranger).await.is_err(),
        "nobody but the users"
    );

    front
        .request
        .users
        .insert("guest".parse().unwrap(), Secret::new("hunter2"));
    let error = front.try_start().await.unwrap_err();
    assert!(matches!(error, Error::NotReady { .. }), "{error}");
    let words = chain(&error);
    assert!(words.contains("password authentication failed"), "{words}");
    assert!(!words.contains("hunter2"), "{words}");
    let status = howdah_server::pooler_status(&front.bench.directory().join("pooler"));
    assert_eq!(
        status.unwrap().unwrap().pid,
        None,
        "what does not work is not left running"
    );

    let server = std::mem::replace(&mut front.request.server_port, 1);
    let words = front.try_start().await.unwrap_err().to_string();
    assert!(words.contains("127.0.0.1:1 cannot be reached"), "{words}");
    front.request.server_port = server;

    front.request.users.clear();
    let words = front.try_start().await.unwrap_err().to_string();
    assert!(words.contains("has no user"), "{words}");
}

/// As root, the account of the pooler cannot enter it.
#[tokio::test]
async fn a_private_directory_is_no_obstacle_and_its_files_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let mut front = Front::behind(Bench::with_mode(0o700)).await;
    let pooler = front.start().await;
    assert_eq!(front.server.port(), front.request.server_port);
    backend(&front.login(&pooler)).await;
    let home = front.bench.directory().join("pooler/pgbouncer");
    let real = home.canonicalize().unwrap();
    for (path, mode) in [
        ("", 0o700),
        ("userlist.txt", 0o600),
        ("pgbouncer.ini", 0o600),
    ] {
        let found = fs::metadata(real.join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{path}");
    }
    let shown = fs::read(format!("/proc/{}/cmdline", pooler.pid())).unwrap_or_default();
    assert!(!String::from_utf8_lossy(&shown).contains("gu\"e"));
    front.stop().await;
    assert!(!real.exists() && !home.is_symlink());
}

#[tokio::test]
async fn without_pgbouncer_there_is_a_command_that_mends_it() {
    let mut front = Front::new().await;
    front.request.environment = BTreeMap::from([("PATH".to_owned(), "/nonexistent".to_owned())]);
    let Err(error) = front.try_start().await else {
        // Found where packages put it.
        return;
    };
    assert!(error.to_string().contains("apt-get install"), "{error}");
}

use std::future::Future;
use std::io;
use std::sync::{LazyLock, mpsc};

use tokio::runtime::{Builder, Runtime};

use crate::Error;

/// Each test has a runtime of its own, and a connection belongs to the runtime that made it. What outlives a test, such
/// as the administrator's connections, lives here.
static RUNTIME: LazyLock<io::Result<Runtime>> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("howdah-testkit")
        .enable_all()
        .build()
});

/// Runs `future` on the kit's own runtime, whatever the caller's is.
pub(crate) async fn run<T, F>(future: F) -> Result<T, Error>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Error>> + Send + 'static,
{
    runtime()?
        .spawn(future)
        .await
        .map_err(Error::step("working on the kit's own runtime"))?
}

/// The same from a destructor, which cannot wait for a future.
pub(crate) fn block<T, F>(future: F) -> Result<T, Error>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Error>> + Send + 'static,
{
    let (sender, receiver) = mpsc::sync_channel(1);
    runtime()?.spawn(async move { sender.send(future.await) });
    receiver
        .recv()
        .map_err(Error::step("working on the kit's own runtime"))?
}

/// Runs `future` beside everything else; nobody waits for it.
pub(crate) fn detach<F>(future: F)
where
    F: Future<Output = ()> + Send + 'static,
{
    if let Ok(runtime) = runtime() {
        runtime.spawn(future);
    }
}

fn runtime() -> Result<&'static Runtime, Error> {
    RUNTIME.as_ref().map_err(|error| Error::Step {
        step: "starting the kit's own runtime",
        source: error.to_string().into(),
    })
}

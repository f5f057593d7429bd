use howdah_server::*;
use std::time::Duration;
#[tokio::test]
async fn once() {
    let env: std::collections::BTreeMap<String, String> = std::env::vars().collect();
    let password = howdah_secrets::Secret::new("abc123");
    let dir = std::path::PathBuf::from(&env["DIR"]);
    let lock = lock(&dir, Duration::from_secs(5)).await.unwrap();
    let t = std::time::Instant::now();
    if env.contains_key("WIPE") {
        println!(
            "{:?}",
            stop(&lock, &env, true, Duration::from_secs(10)).await
        );
        return;
    }
    let mut r = Request::new(env.clone());
    match env["KIND"].as_str() {
        "local" => r.choice = Choice::Local,
        "container" => r.choice = Choice::Container,
        _ => {}
    }
    r.image = env.get("IMG").cloned();
    r.version = env.get("PG").map(|v| v.parse().unwrap());
    match start(&lock, &r, &password, &mut |e| {
        println!("      {:?} {e}", t.elapsed())
    })
    .await
    {
        Ok(s) => println!(
            "OK {} {} {} created={} started={}",
            s.backend(),
            s.version(),
            s.port(),
            s.created(),
            s.started()
        ),
        Err(e) => {
            println!("ERR {e}");
            let mut s = std::error::Error::source(&e);
            while let Some(c) = s {
                println!("  : {c}");
                s = c.source();
            }
        }
    }
}

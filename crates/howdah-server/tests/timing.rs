use std::time::{Duration, Instant};
use howdah_server::*;
#[tokio::test]
async fn timing() {
    let env: std::collections::BTreeMap<String,String> = std::env::vars().collect();
    let password = howdah_secrets::Secret::new("abc123");
    for kind in ["local", "throwaway", "container"] {
        let root = tempfile::Builder::new().prefix("howdah-t-").tempdir().unwrap();
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(root.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut r = match kind { "throwaway" => Request::throwaway(env.clone()), _ => Request::new(env.clone()) };
        if kind == "local" { r.choice = Choice::Local }
        if kind == "container" { r.choice = Choice::Container; r.image = Some(std::env::var("IMG").unwrap_or("howdah-postgres:17".into())) }
        for what in ["fresh", "again", "again", "stop", "start", "wipe"] {
            let t = Instant::now();
            let lock = lock(root.path(), Duration::from_secs(5)).await.unwrap();
            match what {
                "stop" | "wipe" => { stop(&lock, &env, what == "wipe", Duration::from_secs(10)).await.unwrap(); }
                _ => { let r = start(&lock, &r, &password, &mut |e| println!("      {:?} {e}", t.elapsed())).await; if let Err(e) = &r { println!("{e}"); } }
            }
            println!("{kind} {what} {:?}", t.elapsed());
        }
    }
}

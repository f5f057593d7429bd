use crate::command::{command, run};
use crate::workspace;

/// That of the driver.
const VERSION: &str = "0.9.0";

/// Installs the program of sqlx, once, and lets it and us go on with each other's migrations.
pub(crate) fn interop() -> anyhow::Result<()> {
    let root = workspace::root()?;
    let target = workspace::metadata()?.target_directory.into_std_path_buf();
    let tools = target.join("interop");
    let program = tools.join("bin").join("sqlx");
    let mut install = command("cargo", &root);
    install
        .args(["install", "sqlx-cli", "--locked", "--version", VERSION])
        .args(["--no-default-features", "--features", "postgres"])
        .args(["--debug", "--bin", "sqlx", "--root"])
        .arg(&tools)
        .arg("--target-dir")
        .arg(tools.join("target"));
    run(&mut install)?;
    let mut test = command("cargo", &root);
    test.args(["test", "--locked", "--package", "howdah-migrate"])
        .args(["--features", "sqlx-cli", "--test", "sqlx_cli"])
        .env("SQLX_CLI", program);
    run(&mut test)
}

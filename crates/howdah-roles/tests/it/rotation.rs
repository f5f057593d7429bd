//! Two logins of one group that take turns.

use howdah_ident::RoleName;
use howdah_roles::{Error, Rotation};
use howdah_secrets::Secret;
use howdah_testkit::connect;

use crate::by::By;
use crate::support::{Result, run, server, unique};

/// The group, with its logins `_a` and `_b`, made by whoever rotates.
async fn pair(by: &By) -> Result<RoleName> {
    let group: RoleName = unique("turns").parse()?;
    let name = group.as_str();
    let create = format!(
        "create role {name}; create role {name}_a nologin in role {name}; create role {name}_b nologin in role {name}"
    );
    run(&mut by.connect("postgres").await?, &create).await?;
    Ok(group)
}

async fn logs_in(login: &RoleName, password: &Secret) -> Result<Option<String>> {
    let way = server().await?.superuser("postgres".parse()?);
    let way = way.with_user(login.clone(), password.clone());
    Ok(connect(&way).await.err().and_then(|error| error.sqlstate()))
}

/// Item 71.
#[tokio::test]
async fn both_logins_work_until_the_old_one_is_retired() -> Result {
    for by in [By::Superuser, By::administrator().await?] {
        let group = pair(&by).await?;
        let mut admin = by.connect("postgres").await?;
        let (first, second) = (
            Secret::new("the-first-secret"),
            Secret::new("the-second-secret"),
        );

        let turn = Rotation::pair(&mut admin, &group, None).await?;
        assert_eq!(turn.next().as_str(), format!("{}_a", group.as_str()));
        assert_eq!(turn.old(), None, "nobody had a turn before");
        assert_eq!(turn.prepare(&mut admin, &first).await?, []);
        let a = turn.next().clone();
        assert_eq!(logs_in(&a, &first).await?, None);

        let way = server().await?.superuser("postgres".parse()?);
        let session = connect(&way.with_user(a.clone(), first.clone())).await?;
        let turn = Rotation::pair(&mut admin, &group, None).await?;
        assert_eq!(turn.old(), Some(&a));
        let old = turn.prepare(&mut admin, &second).await?;
        assert_eq!(old.len(), 1, "{old:?}");
        let b = turn.next().clone();
        assert_eq!(logs_in(&a, &first).await?, None);
        assert_eq!(logs_in(&b, &second).await?, None);

        turn.retire(&mut admin).await?;
        assert_eq!(
            turn.old_sessions(&mut admin).await?,
            old,
            "its sessions go on"
        );
        assert_eq!(logs_in(&a, &first).await?.as_deref(), Some("28P01"));
        assert_eq!(logs_in(&b, &second).await?, None);
        // With the old one still used, another turn finds what is left over.
        let next = Rotation::pair(&mut admin, &group, Some(&b)).await?;
        assert_eq!(next.left_over(&mut admin).await?, old);
        drop(session);
    }
    Ok(())
}

#[tokio::test]
async fn all_that_is_wrong_with_the_logins_is_said_at_once() -> Result {
    let group: RoleName = unique("alone").parse()?;
    let name = group.as_str();
    let mut admin = By::Superuser.connect("postgres").await?;
    run(
        &mut admin,
        &format!("create role {name}; create role {name}_b"),
    )
    .await?;
    let other: RoleName = "somebody_else".parse()?;
    let error = Rotation::pair(&mut admin, &group, Some(&other))
        .await
        .unwrap_err();
    let Error::Layout { why } = &error else {
        return Err(error.into());
    };
    for part in [
        format!("there is no role {name}_a"),
        format!("{name}_b is no member of {name}"),
        "somebody_else, which is none of the two".to_owned(),
    ] {
        assert!(why.contains(&part), "{part}: {why}");
    }
    Ok(())
}

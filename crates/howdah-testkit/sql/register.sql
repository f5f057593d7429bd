insert into howdah_testkit.databases (name, kind, template, owner, test)
values ($1, $2, $3, $4, $5)

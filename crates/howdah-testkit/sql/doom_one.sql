update howdah_testkit.databases
set kind = 'doomed', owner = $2
where name = $1

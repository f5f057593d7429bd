-- A row in this table makes the end of its transaction fail: what a test commits by mistake, other tests would find.
create schema if not exists howdah_testkit;

create table howdah_testkit.rollback_only ();

create function howdah_testkit.refuse_commit() returns trigger
language plpgsql
as $$
begin
    raise exception 'this test cannot commit: its option rollback promises that everything is rolled back'
        using hint = 'Leave the option out, and the test has a database of its own.';
end
$$;

create constraint trigger refuse_commit
after insert on howdah_testkit.rollback_only
deferrable initially deferred
for each row execute function howdah_testkit.refuse_commit();

grant usage on schema howdah_testkit to public;

grant insert on table howdah_testkit.rollback_only to public;

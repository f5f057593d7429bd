create rule r as on insert to a do also (insert into b values (1); insert into c values (2));
create or replace rule r as on update to a where old.b <> new.b do instead (
  update c set d = new.d where e = old.e;
  delete from f where g = (select h from i);
);
create rule r as on delete to a do instead nothing;
create rule r as on select to v do instead select 1;
create schema s create table a (b int) create view v as select b from a;
create schema if not exists s authorization current_user;
create schema s create table a (b text default ';') create index i on a (b);

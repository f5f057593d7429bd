alter table a drop column c;
alter table other drop column b;
drop table old;
create table again ();
alter table a add column back int;
alter table a rename b to bb;
alter table a rename bb to b;
select 'drop table a', $$ drop table a $$; -- drop table a

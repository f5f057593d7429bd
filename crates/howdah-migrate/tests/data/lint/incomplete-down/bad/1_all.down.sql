-- drop schema s; drop table "A"; drop view v;
drop table kept, A;
select 'drop type mood';
drop table c, y, z_not;
alter table old_table drop column e;
alter table other drop column c, drop constraint k;

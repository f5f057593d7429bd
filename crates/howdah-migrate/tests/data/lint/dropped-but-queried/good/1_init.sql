create table a (b int, c int);
create table old ();
drop table again;
alter table a drop column back;

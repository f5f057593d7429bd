create table b (c mood);
create view v as select c from b;
create trigger t before update on old_table execute function f();

alter table a drop column b, -- finding
  drop column unread;
alter table a rename column c to cc; -- finding
alter table public.a drop d; -- finding
drop table unread, gone; -- finding
drop view v; -- finding
alter table "Old" rename to new; -- finding

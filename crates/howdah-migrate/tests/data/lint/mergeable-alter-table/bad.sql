alter table a add column b int;
alter table only public.a add column c int; -- finding
/* why */ alter table if exists "a" drop column d; -- finding

drop function f cascade;
drop table b cascade;

alter table a add column b int;
update a set b = 1; -- finding
update only a as x set b = y.b from y; -- finding
update a set b = (select max(c) from d where d.e = a.e); -- finding
delete from a; -- finding

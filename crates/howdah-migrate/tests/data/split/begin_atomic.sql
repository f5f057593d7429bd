create function f() returns int language sql begin atomic select 1; select 2; end;
create or replace function f(a int default 1) returns int language sql
begin atomic
  select case when a > 0 then 1 else 2 end;
  select case a when 1 then case when true then 3 end end;
end;
create procedure p() language sql begin atomic insert into t values (1); delete from t; end;
create function f(a int) returns int language sql return a + 1;
create function f() returns int language sql begin atomic; end;
create function "begin"() returns int language sql begin atomic select 1 as "end"; end;
create function f(atomic int) returns int language sql begin atomic select (select atomic); end;
create table atomic (begin int, "end" int, atomic int);
begin;
select 1;
end;
begin transaction isolation level serializable;
commit;
create function f() returns int language sql begin atomic select 1 as end; select t.end, t.case from t; end;
select 2;

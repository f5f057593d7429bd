savepoint a;
rollback to savepoint a;
release a;
prepare p as select 1;
do $$ begin commit; end $$;
create procedure p() language plpgsql as $$ begin commit; end; $$;
create function f() returns int language sql begin atomic select 1; end;
select 'commit;', "commit" from "begin"; -- commit;
/* begin; */

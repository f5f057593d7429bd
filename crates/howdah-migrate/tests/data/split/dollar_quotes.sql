do $$ begin perform 1; perform 2; end $$;
do $outer$ begin execute $inner$ select 1; select $x$ ; $x$; $inner$; end $outer$;
create function f() returns void language plpgsql as $f$ begin null; end; $f$;
create function f() returns text language sql as $_$ select $1; $_$;
create function f() returns text language sql as $a1$ select '$a$;$a2$'; $a1$;
select $1||$2 from t;
prepare p (int, int) as select $1+$2, $1;
select a$b, a$b$c from t;
select $tag$ $tag $ tag$ $tag$, 1;
select $größe$ ; $größe$;
select $$$$, $$;$$ || $$
;
$$;
select $a$ $A$ ; $a$;

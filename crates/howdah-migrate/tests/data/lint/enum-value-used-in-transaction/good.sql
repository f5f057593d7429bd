-- 'glad' in a comment
select 'glad';
create type own as enum ('sad');
alter type own add value 'happy';
select 'happy'::own;
alter type mood add value 'glad';
alter type mood rename value 'sad' to 'glad';
comment on type mood is 'glad';
select 'gladly', '''glad''', "glad", $$ 'glad' $$ /* 'glad' */;
create function f() returns void language plpgsql as $$ begin perform 'glad'::mood; end $$;

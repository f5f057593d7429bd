set role app;
select set_config('a.b', 'c', false);
reset all;
reset role;

-- hello
select 1;

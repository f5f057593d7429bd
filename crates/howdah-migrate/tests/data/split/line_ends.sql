create table a (
  b int -- c;
);

select 1;
select 'a'
  ';';

drop table a;
drop table again;

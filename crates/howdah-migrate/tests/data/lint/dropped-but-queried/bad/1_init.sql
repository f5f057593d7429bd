create table a (b int, c int, d int);
create table gone ();

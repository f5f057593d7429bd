select 'größe;', "größe;", größe from müller;
select 'emoji 😀;', $$😀;$$, '日本語';
create table 表 (列 text default '；');
-- ümläut ;
select 1 /* 😀 ; */;
select 'a b', '​;';

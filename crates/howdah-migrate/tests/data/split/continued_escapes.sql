select E'a'
  '\';b';
select E'a' -- '
  -- ;'
  '\';b';
select E'a' /* no */
  as "';";
select 'a' -- c
  '\', 1;
select 2;

create table a ();
begin; -- finding
commit and chain; -- finding
rollback; -- finding
  end; -- finding
start transaction; -- finding
prepare transaction 'x'; -- finding
abort; -- finding

-- This needs no transaction of its own.
select $$
-- no-transaction
$$;

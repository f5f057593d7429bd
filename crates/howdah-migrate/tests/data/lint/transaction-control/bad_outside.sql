-- no-transaction
vacuum;
commit; -- finding

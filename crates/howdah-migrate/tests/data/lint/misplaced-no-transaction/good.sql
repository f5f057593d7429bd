-- no-transaction
-- no-transaction is said above
select '
-- no-transaction
';

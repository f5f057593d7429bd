-- no-transaction
alter type mood add value 'glad';
select 'glad'::mood;

select 2; -- finding

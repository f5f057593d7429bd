set local search_path to pg_catalog, pg_temp;
set local quote_all_identifiers to off;
set local standard_conforming_strings to on;
set local datestyle to 'iso, mdy';
set local intervalstyle to 'postgres';
set local timezone to 'UTC';
set local extra_float_digits to 1;
set local bytea_output to 'hex';
set local xmloption to 'content';
set local lc_monetary to 'C';
set local jit to off

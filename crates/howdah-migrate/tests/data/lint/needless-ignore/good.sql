-- howdah: ignore wide-index because the report needs them all
create index a_idx on a (b, c, d, e);
select 1; /* howdah: ignore ban-drop-table because x */ drop table t;
-- howdah: ignore missing-down because this is asked of a whole directory only
select 1;

-- howdah: ignore wide-index because the report needs them all
create index a_idx on a (b, c, d, e);
-- howdah ignores nothing
select '-- howdah: ignore wide-index', $$
-- howdah: ignore wide-index
$$;

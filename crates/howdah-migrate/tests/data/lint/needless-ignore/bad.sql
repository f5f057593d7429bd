/* howdah: ignore wide-index because of old times */ -- finding
create index a_idx on a (b, c);
/* howdah: ignore-file json-column because of old times */ -- finding

/* howdah: ignore wide-index */ -- finding
select 1;
/* howdah: ignore wide-indx because it is fine */ -- finding
select 1;
/* howdah: ignore-file because it is fine */ -- finding

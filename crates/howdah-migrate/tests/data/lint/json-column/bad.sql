create table a (
  id int,
  price numeric(10, 2),
  "Data" json not null default '{}', -- finding
  more json[] -- finding
);
alter table b
  add column if not exists c json, -- finding
  add d json, -- finding
  alter column e set data type json using e::json, -- finding
  alter f type json; -- finding
create unlogged table if not exists g (h json); -- finding

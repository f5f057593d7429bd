create type other as enum ('a');
alter type mood add value if not exists 'glad' after 'sad';
alter type other add value 'c'; -- its type is of this file
insert into other_notes values ('c');
insert into notes (mood) values ('sad');
alter table notes
  alter column mood set default 'glad'; -- finding
insert into notes (mood)
values ('calm'), (E'glad'); -- finding
do $body$
begin
  update notes set mood = 'glad'; -- finding
end
$body$;
create function f() returns mood
language sql as $$
  select 'glad'::mood -- finding
$$;

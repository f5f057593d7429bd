select 'a;b', 'it''s;', '';
select E'a\';b', e'\\', E'\\\';', E';''';
select '\', ';';
select 'a'
  ';b';
select 'a' 'b';
select B'01;', X'1F', N'n;';
select U&'d\0061t;a', U&'\;' uescape '!';
select U&"d\0061t;a" from t;
select "a;b", """;", "a"".b";
select E'a' -- not a continuation;
;
select 'a'::text, 'b'::"char";
comment on table t is 'x; -- y /* z';
select '/*', '*/', '--';
select '"', "'", $$'$$;

-- \connect app
select '\d', E'\\ \' \n', "\d", $$ \copy $$;
copy a from '/tmp/stdin';

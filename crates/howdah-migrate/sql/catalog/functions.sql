select
  case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end as kind,
  {signature} as name,
  {uses pg_proc p.oid} as uses,
  {role p.proowner} as owner,
  pg_catalog.pg_get_function_arguments(p.oid) as arguments,
  pg_catalog.pg_get_function_result(p.oid) as result,
  case when p.prokind = 'w' then 'yes' end as window,
  l.lanname::pg_catalog.text as language,
  case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end as volatility,
  {yes p.proisstrict} as strict,
  {yes p.prosecdef} as security_definer,
  {yes p.proleakproof} as leakproof,
  case p.proparallel when 's' then 'safe' when 'r' then 'restricted' else 'unsafe' end as parallel,
  p.procost::pg_catalog.text as cost,
  nullif(p.prorows, 0)::pg_catalog.text as rows,
  nullif(p.prosupport, 0)::pg_catalog.regprocedure::pg_catalog.text as support,
  (
    select pg_catalog.substr(s.setting, pg_catalog.length('search_path=') + 1)
    from pg_catalog.unnest(p.proconfig) as s (setting)
    where s.setting like 'search\_path=%'
  ) as search_path,
  (
    select pg_catalog.string_agg(s.setting, '; ' order by s.setting collate pg_catalog."C")
    from pg_catalog.unnest(p.proconfig) as s (setting)
    where s.setting not like 'search\_path=%'
  ) as settings,
  case when l.lanname in ('sql', 'plpgsql') then coalesce({sqlbody}, p.prosrc) end as body,
  case when l.lanname not in ('sql', 'plpgsql') and p.prokind <> 'a' then
    pg_catalog.concat_ws(', ', p.probin, p.prosrc)
  end as source,
  case when g.aggfnoid is not null then
    pg_catalog.concat_ws(
      ', ',
      case g.aggkind when 'o' then 'ordered set' when 'h' then 'hypothetical set' end,
      'transition ' || g.aggtransfn::pg_catalog.regprocedure::pg_catalog.text,
      'state ' || pg_catalog.format_type(g.aggtranstype, null),
      'initial ' || g.agginitval,
      'final ' || nullif(g.aggfinalfn, 0)::pg_catalog.regprocedure::pg_catalog.text
        || ' ' || g.aggfinalextra || ' ' || g.aggfinalmodify::pg_catalog.text,
      'combine ' || nullif(g.aggcombinefn, 0)::pg_catalog.regprocedure::pg_catalog.text,
      'serial ' || nullif(g.aggserialfn, 0)::pg_catalog.regprocedure::pg_catalog.text,
      'deserial ' || nullif(g.aggdeserialfn, 0)::pg_catalog.regprocedure::pg_catalog.text,
      'moving ' || nullif(g.aggmtransfn, 0)::pg_catalog.regprocedure::pg_catalog.text,
      'moving inverse ' || nullif(g.aggminvtransfn, 0)::pg_catalog.regprocedure::pg_catalog.text,
      'moving final ' || nullif(g.aggmfinalfn, 0)::pg_catalog.regprocedure::pg_catalog.text,
      'moving state ' || pg_catalog.format_type(nullif(g.aggmtranstype, 0), null),
      'moving initial ' || g.aggminitval,
      'sort ' || nullif(g.aggsortop, 0)::pg_catalog.regoperator::pg_catalog.text
    )
  end as definition,
  d.description as comment
from pg_catalog.pg_proc as p
join pg_catalog.pg_language as l
  on l.oid = p.prolang
left join pg_catalog.pg_aggregate as g
  on g.aggfnoid = p.oid
left join pg_catalog.pg_description as d
  on d.objoid = p.oid
  and d.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass
where p.pronamespace = {namespace}
  and {own pg_proc p.oid}

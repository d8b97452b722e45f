-- What several signals read besides the days: made once.
create or replace temp table by_client as
select s."group", cast(r.source as source_of) as source, r.c_hi, r.c_lo, coalesce(r.c_name, '') as c_name,
    cast(sum(r.sessions) as bigint) as sessions, count(*) as days,  -- a client has one row a day
    min(r.day) as first_on, max(r.day) as last_on
from rollup r
join service s on s.registered = r."group"
group by s."group", r.source, r.c_hi, r.c_lo, coalesce(r.c_name, '');

create or replace temp table by_source as
select "group", source, min(day) as first_on,
    bitstring_agg(cast(day - {first_on} as integer), 0, {last_number}) as days  -- a bit for each day with use
from by_day
group by "group", source;

-- A verdict goes by the operator's records where there are any, so the signals on a course of days do too.
create or replace temp table main_source as
select "group", max(source) as source, arg_max(first_on, source) as first_on  -- 'operator' sorts after 'application'
from by_source
group by "group";

-- How many days, and working days, had data up to each day and on it; from the day before the period on.
create or replace temp table reached as
select r.source, r.scope, k.day,
    count(c.day) over earlier as days,
    count(case when k.is_working then c.day end) over earlier as worked
from (select distinct source, scope from covered) r
cross join (
    select day, is_working from calendar
    union all
    select {first_on} - 1, false
) k
left join covered c on c.source = r.source and c.scope = r.scope and c.day = k.day
window earlier as (partition by r.source, r.scope order by k.day)

-- What all signals read: the roll-ups of the registered services by day and by client, made once.
create or replace temp table by_day as
select r."group", r.source, r.day, sum(r.sessions) as sessions,
    sum(r.bytes_up + r.bytes_down) as bytes, sum(r.users) as users, {hour_sums}
from rollup r
join service s on s."group" = r."group"
group by r."group", r.source, r.day;

create or replace temp table by_client as
select r."group", r.source, r.c_hi, r.c_lo, coalesce(r.c_name, '') as c_name,
    sum(r.sessions) as sessions, count(distinct r.day) as days,
    min(r.day) as first_on, max(r.day) as last_on
from rollup r
join service s on s."group" = r."group"
group by r."group", r.source, r.c_hi, r.c_lo, coalesce(r.c_name, '');

-- A verdict goes by the operator's records where there are any, so the signals on a course of days do too.
create or replace temp table main_source as
select "group", max(source) as source  -- 'operator' sorts after 'application'
from by_day
group by "group";

-- What all signals read: the roll-ups of the registered services by day and by client, made once.
create or replace temp table by_day as
select r."group", r.source, r.day, cast(sum(r.sessions) as bigint) as sessions,
    cast(sum(r.bytes_up + r.bytes_down) as bigint) as bytes, cast(sum(r.users) as bigint) as users,
    cast(sum({hour_mark}) % 4611686018427387904 as bigint) as hour_mark,  -- the use hour by hour in one number
    bit_or({used_hours}) as used_hours,  -- a bit for each hour with use
    cast(sum(r.h22 + r.h23 + r.h00 + r.h01 + r.h02 + r.h03 + r.h04 + r.h05) as bigint) as late,
    cast(sum(r.h02 + r.h03 + r.h04) as bigint) as latest
from rollup r
join service s on s."group" = r."group"
group by r."group", r.source, r.day;

create or replace temp table by_client as
select r."group", r.source, r.c_hi, r.c_lo, coalesce(r.c_name, '') as c_name,
    cast(sum(r.sessions) as bigint) as sessions, count(*) as days,  -- a client has one row a day
    min(r.day) as first_on, max(r.day) as last_on
from rollup r
join service s on s."group" = r."group"
group by r."group", r.source, r.c_hi, r.c_lo, coalesce(r.c_name, '');

-- A verdict goes by the operator's records where there are any, so the signals on a course of days do too.
create or replace temp table main_source as
select "group", max(source) as source  -- 'operator' sorts after 'application'
from by_day
group by "group";

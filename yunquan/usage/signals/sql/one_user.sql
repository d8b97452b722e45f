-- One name is no anomaly by itself, a small firm has one clerk: it is one with more use or longer days than a
-- person's. Days and clients are counted only where one name has nearly everything.
with by_key as materialized (
    select s."group", case when r.users = 1 then r.user_key end as user_key, sum(r.sessions) as sessions
    from rollup r
    join service s on s.registered = r."group"
    where r.source = 'application' and r.users > 0 and not s.counts_devices
    group by s."group", case when r.users = 1 then r.user_key end
),
whole as (select "group", sum(sessions) as total from by_key group by "group"),
first_key as (
    select "group", user_key, sessions,
        row_number() over (partition by "group" order by sessions desc, user_key) as place
    from by_key
    where user_key is not null
),
candidate as materialized (
    select s.registered, s.voucher, s.service, f."group", f.user_key, f.sessions, w.total
    from first_key f
    join whole w on w."group" = f."group"
    join service s on s."group" = f."group"
    where f.place = 1 and f.sessions >= {share} * w.total
),
named as (
    select c."group", count(distinct (r.c_hi, r.c_lo, r.c_name)) as clients,
        count(distinct case when r.users = 1 and r.user_key = c.user_key then r.day end) as days,
        min(case when r.users = 1 and r.user_key = c.user_key then r.day end) as first_on,
        max(case when r.users = 1 and r.user_key = c.user_key then r.day end) as last_on
    from rollup r
    join candidate c on c.registered = r."group"
    where r.source = 'application' and r.users > 0
    group by c."group"
),
hours as (
    select "group", avg(bit_count(used_hours)) as hours_a_day
    from (
        select c."group", bit_or({used_hours}) as used_hours  -- a bit for each hour with use
        from rollup r
        join candidate c on c.registered = r."group"
        where r.source = 'application'
        group by c."group", r.day
    )
    group by "group"
)
select c.voucher, c.service, c.sessions, n.days, c.total, n.clients, n.first_on, n.last_on, h.hours_a_day
from candidate c
join named n on n."group" = c."group"
join hours h on h."group" = c."group"
where n.days >= {days} and (c.sessions >= {sessions_a_day} * n.days or h.hours_a_day >= {hours_a_day})
order by c.voucher, c.service

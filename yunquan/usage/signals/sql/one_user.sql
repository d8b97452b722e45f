-- One name is no anomaly by itself, a small firm has one clerk: it is one with more use or longer days than a
-- person's.
with named as (
    select r."group", r.user_key, r.users, r.day, r.sessions, r.c_hi, r.c_lo, r.c_name
    from rollup r
    join service s on s."group" = r."group"
    where r.source = 'application' and r.users > 0 and not s.counts_devices
),
whole as (
    select "group", sum(sessions) as total, count(distinct (c_hi, c_lo, c_name)) as clients
    from named
    group by "group"
),
single as (
    select "group", user_key, sum(sessions) as sessions, count(distinct day) as days,
        min(day) as first_on, max(day) as last_on,
        row_number() over (partition by "group" order by sum(sessions) desc, user_key) as place
    from named
    where users = 1
    group by "group", user_key
),
hours as (
    select "group", avg(bit_count(d.used_hours)) as hours_a_day
    from by_day d
    where d.source = 'application'
    group by "group"
)
select s.voucher, s.service, o.sessions, o.days, w.total, w.clients, o.first_on, o.last_on, h.hours_a_day
from single o
join whole w on w."group" = o."group"
join hours h on h."group" = o."group"
join service s on s."group" = o."group"
where o.place = 1 and o.days >= {days} and o.sessions >= {share} * w.total
    and (o.sessions >= {sessions_a_day} * o.days or h.hours_a_day >= {hours_a_day})
order by s.voucher, s.service

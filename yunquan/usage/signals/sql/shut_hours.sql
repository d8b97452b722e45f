-- Shut is what even overtime does not reach: with one shift 22:00 to 06:00, with two 02:00 to 05:00, and the
-- statutory holidays; a plant that works round the clock is never shut. Devices may go on reporting at night.
with shut as (
    select s.voucher, s.service, m.source, d.day, d.sessions,
        case when k.is_holiday then d.sessions
            when s.shifts = 1 then d.late
            else d.latest end as shut_sessions
    from service s
    join main_source m on m."group" = s."group"
    join by_day d on d."group" = s."group" and d.source = m.source
    join calendar k on k.day = d.day
    where s.shifts in (1, 2) and not s.counts_devices
),
weighed as (
    select *, sum(sessions) over (partition by voucher, service) as total,
        sum(shut_sessions) over (partition by voucher, service) as shut_total
    from shut
)
select voucher, service, source, day, sessions, shut_sessions, shut_total, total
from weighed
where total >= {sessions} and shut_total >= {share} * total and shut_sessions > 0
order by voucher, service, shut_sessions desc, day

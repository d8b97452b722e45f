-- Shut is what even overtime does not reach: with one shift 22:00 to 06:00, with two 02:00 to 05:00, and the
-- statutory holidays; a plant that works round the clock is never shut. Devices may go on reporting at night.
with placed as (
    select s."group", s.voucher, s.service, s.shifts, m.source
    from service s
    join main_source m on m."group" = s."group"
    where s.shifts in (1, 2) and not s.counts_devices
),
weighed as (
    select p."group", sum(d.sessions) as total,
        sum(case when k.is_holiday then d.sessions when p.shifts = 1 then d.late else d.latest end) as shut_total
    from placed p
    join by_day d on d."group" = p."group" and d.source = p.source
    join calendar k on k.day = d.day
    group by p."group"
),
odd as (
    select w.*, p.voucher, p.service, p.shifts, p.source
    from weighed w
    join placed p on p."group" = w."group"
    where w.total >= {sessions} and w.shut_total >= {share} * w.total
),
shut as (
    select o.voucher, o.service, o.source, d.day, d.sessions,
        case when k.is_holiday then d.sessions when o.shifts = 1 then d.late else d.latest end as shut_sessions,
        o.shut_total, o.total
    from odd o
    join by_day d on d."group" = o."group" and d.source = o.source
    join calendar k on k.day = d.day
)
select voucher, service, source, day, sessions, shut_sessions, shut_total, total
from shut
where shut_sessions > 0
order by voucher, service, shut_sessions desc, day

-- Two marks of a busy day: its use hour by hour, and its number and volume. The services with the same mark on
-- a day are held each against the next one, so that a hundred copies cost a hundred rows and not ten thousand.
with busy as (
    select d."group", s.owner_number as owner, s.counts_devices, d.source, d.day, d.sessions, d.bytes, d.hour_mark as hours
    from by_day d
    join service s on s."group" = d."group"
    where d.sessions >= {sessions}
),
marked as (
    select "group", owner, source, day, 'hours' as kind, hours as mark from busy where not counts_devices
    union all
    select "group", owner, source, day, 'volume' as kind, bytes * 4096 + sessions % 4096
    from busy
    where bytes > 0
),
-- Nearly every mark stands alone; only the others are sorted.
repeated as (
    select source, kind, day, mark
    from marked
    group by source, kind, day, mark
    having min(owner) <> max(owner)
),
beside as (
    select m."group", m.source, m.day, m.kind, m.owner,
        lead(m."group") over (partition by m.source, m.kind, m.day, m.mark order by m.owner, m."group") as other,
        lead(m.owner) over (partition by m.source, m.kind, m.day, m.mark order by m.owner, m."group") as other_owner
    from marked m
    join repeated r on r.source = m.source and r.kind = m.kind and r.day = m.day and r.mark = m.mark
),
paired as (
    select least("group", other) as one, greatest("group", other) as two, source, kind,
        count(*) as same_days, min(day) as first_on, max(day) as last_on
    from beside
    where other is not null and other_owner <> owner
    group by least("group", other), greatest("group", other), source, kind
    having count(*) >= {days}
),
busy_days as (select "group", source, count(*) as days from busy group by "group", source),
-- The log that the operator's records bear out is the one that was copied from.
backed as (
    select a."group", count(o.day) * 2 >= count(*) as is_backed
    from by_day a
    left join by_day o on o."group" = a."group" and o.source = 'operator' and o.day = a.day
    where a.source = 'application'
    group by a."group"
),
near as (
    select p.*, least(x.days, y.days) as days
    from paired p
    join busy_days x on x."group" = p.one and x.source = p.source
    join busy_days y on y."group" = p.two and y.source = p.source
    where p.same_days >= {share} * least(x.days, y.days)
        -- Enterprises that share their clients share the very records; that is a signal of its own.
        and not exists (
            select 1
            from by_client a
            join by_client b on b."group" = p.two and b.source = p.source
                and b.c_hi = a.c_hi and b.c_lo = a.c_lo and b.c_name = a.c_name
            where a."group" = p.one and a.source = p.source
        )
),
both_ways as (
    select one as "group", two as other, source, kind, same_days, days, first_on, last_on from near
    union all
    select two, one, source, kind, same_days, days, first_on, last_on from near
)
select s.voucher, s.service, o.voucher as other_voucher, o.service as other_service, b.source, b.kind,
    b.same_days, b.days, b.first_on, b.last_on
from both_ways b
join service s on s."group" = b."group"
join service o on o."group" = b.other
left join backed mine on mine."group" = b."group"
left join backed theirs on theirs."group" = b.other
where b.source = 'operator'
    or not (coalesce(mine.is_backed, false) and not coalesce(theirs.is_backed, false))
order by s.voucher, s.service, b.same_days desc, o.voucher, o.service, b.source, b.kind

-- Two marks of a busy day: its use hour by hour, and its number and volume. The services with the same mark on
-- a day are held each against the next one, so that a hundred copies cost a hundred rows and not ten thousand.
-- A span holds whole days, so that the marks which are sorted out stay few; `found` is one mark in one number.
insert into copied_pairs
with busy as (
    select d."group", s.owner_number as owner, s.counts_devices, d.source, d.day, d.sessions, d.bytes, d.hour_mark
    from by_day d
    join service s on s."group" = d."group"
    where d.day between {from_on} and {to_on} and d.sessions >= {sessions}
),
marked as (
    select "group", owner, source, day, true as by_hours, hash(day, source, hour_mark) as mark
    from busy
    where not counts_devices
    union all
    select "group", owner, source, day, false, hash(day, source, bytes, sessions, 1)
    from busy
    where bytes > 0
),
-- Nearly every mark stands alone; only the others are sorted.
repeated as (select mark from marked group by mark having min(owner) <> max(owner)),
beside as (
    select m."group", m.source, m.day, m.by_hours, m.owner,
        lead(m."group") over same as other, lead(m.owner) over same as other_owner
    from marked m
    join repeated r on r.mark = m.mark
    window same as (partition by m.mark order by m.owner, m."group")
)
select least("group", other), greatest("group", other), source, by_hours, count(*), min(day), max(day)
from beside
where other is not null and other_owner <> owner
group by least("group", other), greatest("group", other), source, by_hours

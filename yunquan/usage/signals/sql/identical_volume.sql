-- A device that reports in a fixed frame has near-equal days honestly, so its days must be equal to the byte.
with placed as (
    -- Steps as wide as the tolerance on both sides: equal days lie in two of them at most, so one holds half.
    select "group", source, floor(ln(bytes) / ln((1 + {tolerance}) / (1 - {tolerance}))) as step, count(*) as days
    from by_day
    where bytes > 0
    group by "group", source, step
),
likely as (
    select "group", source
    from placed
    group by "group", source
    having sum(days) >= {days} and max(days) * 2 >= {share} * sum(days)
),
centred as (
    select d."group", d.source, count(*) as days, median(d.bytes) as centre, mode(d.bytes) as usual
    from by_day d
    join likely l on l."group" = d."group" and l.source = d.source
    where d.bytes > 0
    group by d."group", d.source
),
counted as (
    select c."group", c.source, c.days, cast(c.centre as bigint) as centre,
        sum(case when s.counts_devices then case when d.bytes = c.usual then 1 else 0 end
            else case when abs(d.bytes - c.centre) <= {tolerance} * c.centre then 1 else 0 end end) as same
    from centred c
    join service s on s."group" = c."group"
    join by_day d on d."group" = c."group" and d.source = c.source and d.bytes > 0
    group by c."group", c.source, c.days, c.centre
)
select s.voucher, s.service, c.source, c.days, c.same, c.centre, d.day, d.sessions, d.bytes
from counted c
join service s on s."group" = c."group"
join by_day d on d."group" = c."group" and d.source = c.source
where c.same >= {share} * c.days and abs(d.bytes - c.centre) <= {tolerance} * c.centre
order by s.voucher, s.service, c.source desc, d.day

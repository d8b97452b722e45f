-- A device that reports in a fixed frame has near-equal days honestly, so its days must be equal to the byte.
with centred as (
    select "group", source, count(*) as days, median(bytes) as centre
    from by_day
    where bytes > 0
    group by "group", source
    having count(*) >= {days}
),
near as (
    select c."group", c.source, c.days, c.centre,
        sum(case when abs(d.bytes - c.centre) <= {tolerance} * c.centre then 1 else 0 end) as near_days
    from centred c
    join by_day d on d."group" = c."group" and d.source = c.source and d.bytes > 0
    group by c."group", c.source, c.days, c.centre
),
equal as (
    select "group", source, max(days) as equal_days
    from (
        select d."group", d.source, d.bytes, count(*) as days
        from by_day d
        join service s on s."group" = d."group"
        where s.counts_devices and d.bytes > 0
        group by d."group", d.source, d.bytes
    )
    group by "group", source
),
counted as (
    select n."group", n.source, n.days, n.centre,
        case when s.counts_devices then e.equal_days else n.near_days end as same
    from near n
    join service s on s."group" = n."group"
    left join equal e on e."group" = n."group" and e.source = n.source
)
select s.voucher, s.service, c.source, c.days, c.same, cast(c.centre as bigint) as centre, d.day, d.sessions, d.bytes
from counted c
join service s on s."group" = c."group"
join by_day d on d."group" = c."group" and d.source = c.source
where c.same >= {share} * c.days and abs(d.bytes - c.centre) <= {tolerance} * c.centre
order by s.voucher, s.service, c.source desc, d.day

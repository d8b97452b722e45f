with paired as materialized (
    select one, two, source, by_hours, sum(days) as same_days, min(first_on) as first_on, max(last_on) as last_on
    from copied_pairs
    group by one, two, source, by_hours
    having sum(days) >= {days}
),
busy_days as (
    select "group", source, count(*) as days from by_day where sessions >= {sessions} group by "group", source
),
near as materialized (
    select p.*, least(x.days, y.days) as days
    from paired p
    join busy_days x on x."group" = p.one and x.source = p.source
    join busy_days y on y."group" = p.two and y.source = p.source
    where p.same_days >= {share} * least(x.days, y.days)
),
-- Enterprises that share their clients share the very records; that is a signal of its own.
sharing as (
    select distinct n.one, n.two, n.source
    from (select distinct one, two, source from near) n
    join by_client a on a."group" = n.one and a.source = n.source
    join by_client b on b."group" = n.two and b.source = n.source
        and b.c_hi = a.c_hi and b.c_lo = a.c_lo and b.c_name = a.c_name
),
apart as (
    select n.*
    from near n
    anti join sharing h on h.one = n.one and h.two = n.two and h.source = n.source
),
-- The log that the operator's records bear out is the one that was copied from.
backed as (
    select a."group", bit_count(a.days & o.days) * 2 >= bit_count(a.days) as is_backed
    from by_source a
    join by_source o on o."group" = a."group" and o.source = 'operator'
    where a.source = 'application'
),
both_ways as (
    select one as "group", two as other, source, by_hours, same_days, days, first_on, last_on from apart
    union all
    select two, one, source, by_hours, same_days, days, first_on, last_on from apart
)
select s.voucher, s.service, o.voucher as other_voucher, o.service as other_service, b.source,
    case when b.by_hours then 'hours' else 'volume' end as kind, b.same_days, b.days, b.first_on, b.last_on
from both_ways b
join service s on s."group" = b."group"
join service o on o."group" = b.other
left join backed mine on mine."group" = b."group"
left join backed theirs on theirs."group" = b.other
where b.source = 'operator'
    or not (coalesce(mine.is_backed, false) and not coalesce(theirs.is_backed, false))
order by s.voucher, s.service, b.same_days desc, o.voucher, o.service, b.source, b.by_hours desc

-- Only days on which both sources had data for this supplier; a supplier that delivered nothing is no lie.
-- Days are bits here, so that no day is joined to another.
with nothing as (select bitstring('0', {last_number} + 1) as days),
delivered as (
    select s.supplier, bit_or(b.days) as days
    from by_source b
    join service s on s."group" = b."group"
    where b.source = 'application'
    group by s.supplier
),
reached_by_operator as (
    select scope, bitstring_agg(cast(day - {first_on} as integer), 0, {last_number}) as days
    from covered
    where source = 'operator'
    group by scope
),
compared as (
    select s."group", v.days & r.days as both_covered,
        coalesce(a.days, n.days) as by_application, coalesce(o.days, n.days) as by_operator
    from service s
    join delivered v on v.supplier = s.supplier
    join reached_by_operator r on r.scope = s.scope
    cross join nothing n
    left join by_source a on a."group" = s."group" and a.source = 'application'
    left join by_source o on o."group" = s."group" and o.source = 'operator'
),
counted as (
    select *, bit_count(by_application & both_covered) as application_days,
        bit_count(by_operator & both_covered) as operator_days,
        bit_count(by_application & ~by_operator & both_covered) as application_only,
        bit_count(by_operator & ~by_application & both_covered) as operator_only
    from compared
),
apart as (
    select *
    from counted
    where (application_only >= {days} and application_only >= {application_only} * application_days)
        or (application_days > 0 and operator_only >= {days} and operator_only >= {operator_only} * operator_days)
)
select s.voucher, s.service, c.application_days, c.operator_days, c.application_only, c.operator_only, d.day,
    case when d.source = 'application' then d.sessions end as by_application,
    case when d.source = 'operator' then d.sessions end as by_operator
from apart c
join service s on s."group" = c."group"
join by_day d on d."group" = c."group"
where get_bit(xor(c.by_application, c.by_operator) & c.both_covered, cast(d.day - {first_on} as integer)) = 1
order by s.voucher, s.service, d.day

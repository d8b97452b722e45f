-- Only days on which both sources had data for this supplier; a supplier that delivered nothing is no lie.
with delivered as (
    select distinct s.supplier, d.day
    from by_day d
    join service s on s."group" = d."group"
    where d.source = 'application'
),
both_covered as (
    select s."group", s.voucher, s.service, a.day
    from service s
    join delivered a on a.supplier = s.supplier
    join covered o on o.source = 'operator' and o.scope = s.scope and o.day = a.day
),
compared as (
    select b."group", b.voucher, b.service, b.day, a.sessions as by_application, o.sessions as by_operator
    from both_covered b
    left join by_day a on a."group" = b."group" and a.source = 'application' and a.day = b.day
    left join by_day o on o."group" = b."group" and o.source = 'operator' and o.day = b.day
),
counted as (
    select "group", count(by_application) as application_days, count(by_operator) as operator_days,
        sum(case when by_application is not null and by_operator is null then 1 else 0 end) as application_only,
        sum(case when by_operator is not null and by_application is null then 1 else 0 end) as operator_only
    from compared
    group by "group"
)
select p.voucher, p.service, c.application_days, c.operator_days, c.application_only, c.operator_only,
    p.day, p.by_application, p.by_operator
from counted c
join compared p on p."group" = c."group" and (p.by_application is null) <> (p.by_operator is null)
where (c.application_only >= {days} and c.application_only >= {application_only} * c.application_days)
    or (c.application_days > 0 and c.operator_only >= {days} and c.operator_only >= {operator_only} * c.operator_days)
order by p.voucher, p.service, p.day

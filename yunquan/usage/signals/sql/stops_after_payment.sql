-- Rates by working day that had data, so that Spring Festival and missing files count for nothing.
with ends as (select min(day) as first_on, max(day) as last_on from reached),
spans as (
    select s."group", s.paid_on, m.source,
        greatest(paid.worked - started.worked, 0) as days_before,
        whole.worked - greatest(over.worked, started.worked) as days_after
    from service s
    join main_source m on m."group" = s."group"
    cross join ends e
    join reached whole on whole.source = m.source and whole.scope = s.scope and whole.day = e.last_on
    join reached started on started.source = m.source and started.scope = s.scope
        and started.day = m.first_on - 1
    join reached paid on paid.source = m.source and paid.scope = s.scope
        and paid.day = least(greatest(s.paid_on, e.first_on), e.last_on)
    join reached over on over.source = m.source and over.scope = s.scope
        and over.day = least(greatest(s.paid_on + {grace_days}, e.first_on), e.last_on)
    where s.paid_on is not null
),
used as (
    select p."group",
        sum(case when d.day <= p.paid_on then d.sessions else 0 end) as before_payment,
        sum(case when d.day <= p.paid_on then 1 else 0 end) as active_before,
        sum(case when d.day > p.paid_on + {grace_days} then d.sessions else 0 end) as after_payment,
        max(d.day) as last_on
    from spans p
    join by_day d on d."group" = p."group" and d.source = p.source
    where p.days_after >= {working_days} and p.days_before >= 1
    group by p."group"
)
select s.voucher, s.service, p.paid_on, p.source, p.days_before, p.days_after,
    u.before_payment, u.active_before, u.after_payment, u.last_on
from spans p
join used u on u."group" = p."group"
join service s on s."group" = p."group"
where u.active_before >= 10
    and u.after_payment * p.days_before < {left} * u.before_payment * p.days_after
order by s.voucher, s.service

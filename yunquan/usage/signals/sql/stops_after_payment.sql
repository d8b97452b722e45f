-- Rates by working day that had data, so that Spring Festival and missing files count for nothing.
with worked as (
    select c.source, c.scope, c.day from covered c join calendar k on k.day = c.day where k.is_working
),
spans as (
    select s."group", s.voucher, s.service, s.paid_on, m.source,
        sum(case when w.day <= s.paid_on then 1 else 0 end) as days_before,
        sum(case when w.day > s.paid_on + {grace_days} then 1 else 0 end) as days_after
    from service s
    join main_source m on m."group" = s."group"
    join worked w on w.source = m.source and w.scope = s.scope
    where s.paid_on is not null
        and w.day >= (select min(d.day) from by_day d where d."group" = s."group" and d.source = m.source)
    group by s."group", s.voucher, s.service, s.paid_on, m.source
),
used as (
    select p."group",
        sum(case when d.day <= p.paid_on then d.sessions else 0 end) as before_payment,
        sum(case when d.day <= p.paid_on then 1 else 0 end) as active_before,
        sum(case when d.day > p.paid_on + {grace_days} then d.sessions else 0 end) as after_payment,
        max(d.day) as last_on
    from spans p
    join by_day d on d."group" = p."group" and d.source = p.source
    group by p."group"
)
select p.voucher, p.service, p.paid_on, p.source, p.days_before, p.days_after,
    u.before_payment, u.active_before, u.after_payment, u.last_on
from spans p
join used u on u."group" = p."group"
where p.days_after >= {working_days} and p.days_before >= 1 and u.active_before >= 10
    and u.after_payment * p.days_before < {left} * u.before_payment * p.days_after
order by p.voucher, p.service

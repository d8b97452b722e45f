with placed as (
    select s.voucher, s.service, s.scope, s.claimed_on, d.day, d.sessions,
        d.day between s.claimed_on - {days_before} and s.claimed_on + {days_after} as near_claim, m.source
    from service s
    join main_source m on m."group" = s."group"
    join by_day d on d."group" = s."group" and d.source = m.source
    where s.claimed_on is not null
),
summed as (
    select voucher, service, scope, claimed_on, source, sum(sessions) as sessions,
        sum(case when near_claim then sessions else 0 end) as near_sessions,
        sum(case when near_claim then 1 else 0 end) as near_days,
        sum(case when near_claim then 0 else 1 end) as other_days
    from placed
    group by voucher, service, scope, claimed_on, source
),
with_outside as (
    select u.*, count(distinct c.day) as outside_days
    from summed u
    join covered c on c.source = u.source and c.scope = u.scope
        and (c.day < u.claimed_on - {days_before} or c.day > u.claimed_on + {days_after})
    group by all
)
select voucher, service, claimed_on, source, sessions, near_sessions, near_days, other_days, outside_days
from with_outside
where outside_days >= {outside_days} and near_sessions >= {share} * sessions
order by voucher, service

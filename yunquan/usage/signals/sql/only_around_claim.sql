with placed as (
    select s."group", m.source, s.scope, s.claimed_on,
        s.claimed_on - {days_before} as from_on, s.claimed_on + {days_after} as to_on
    from service s
    join main_source m on m."group" = s."group"
    where s.claimed_on is not null
),
summed as (
    select p."group", sum(d.sessions) as sessions,
        sum(d.sessions) filter (d.day between p.from_on and p.to_on) as near_sessions,
        count(*) filter (d.day between p.from_on and p.to_on) as near_days,
        count(*) as days
    from placed p
    join by_day d on d."group" = p."group" and d.source = p.source
    group by p."group"
),
ends as (select min(day) as first_on, max(day) as last_on from reached),
with_outside as (
    select p.*, u.sessions, coalesce(u.near_sessions, 0) as near_sessions, u.near_days,
        u.days - u.near_days as other_days,
        whole.days - (up_to.days - before.days) as outside_days
    from placed p
    join summed u on u."group" = p."group"
    cross join ends e
    join reached whole on whole.source = p.source and whole.scope = p.scope and whole.day = e.last_on
    join reached up_to on up_to.source = p.source and up_to.scope = p.scope
        and up_to.day = least(greatest(p.to_on, e.first_on), e.last_on)
    join reached before on before.source = p.source and before.scope = p.scope
        and before.day = least(greatest(p.from_on - 1, e.first_on), e.last_on)
)
select s.voucher, s.service, w.claimed_on, w.source, w.sessions, w.near_sessions, w.near_days, w.other_days,
    w.outside_days
from with_outside w
join service s on s."group" = w."group"
where w.outside_days >= {outside_days} and w.near_sessions >= {share} * w.sessions
order by s.voucher, s.service

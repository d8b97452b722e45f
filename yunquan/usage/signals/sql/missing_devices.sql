with seen as (
    select c."group", count(distinct (c.c_hi, c.c_lo, c.c_name)) as clients from by_client c group by c."group"
),
named as (
    select "group", max(users) as users from by_day where source = 'application' group by "group"
)
select s.voucher, s.service, s.devices, greatest(coalesce(n.clients, 0), coalesce(u.users, 0)) as seen
from service s
join seen n on n."group" = s."group"
left join named u on u."group" = s."group"
where s.devices > 0 and (s.is_countable or coalesce(u.users, 0) > 1)
    and greatest(coalesce(n.clients, 0), coalesce(u.users, 0)) < {seen} * s.devices
order by s.voucher, s.service

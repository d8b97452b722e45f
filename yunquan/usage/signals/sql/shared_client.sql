with used as (
    select s.voucher, s.service, s.owner, c.c_hi, c.c_lo, c.c_name,
        sum(c.sessions) as sessions, max(c.days) as days
    from by_client c
    join service s on s."group" = c."group"
    group by s.voucher, s.service, s.owner, c.c_hi, c.c_lo, c.c_name
),
several as (
    select c_hi, c_lo, c_name, count(distinct owner) as enterprises,
        string_agg(distinct voucher, '、' order by voucher) as vouchers
    from used
    group by c_hi, c_lo, c_name
    having count(distinct owner) >= {enterprises}
),
weighed as (
    select u.*, v.enterprises, v.vouchers,
        sum(u.sessions) over (partition by u.voucher, u.service) as total,
        sum(case when v.enterprises is null then 0 else u.sessions end)
            over (partition by u.voucher, u.service) as shared
    from used u
    left join several v on v.c_hi = u.c_hi and v.c_lo = u.c_lo and v.c_name = u.c_name
)
select voucher, service, c_hi, c_lo, c_name, days, sessions, enterprises, vouchers, shared, total
from weighed
where enterprises is not null and shared >= {share} * total
order by voucher, service, sessions desc, c_hi, c_lo, c_name

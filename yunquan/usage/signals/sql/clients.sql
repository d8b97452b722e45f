-- The clients of each service with their use, for the signals that look an address up in a table of networks.
select s.voucher, s.service, c.c_hi, c.c_lo, c.c_name, max(c.days) as days, sum(c.sessions) as sessions
from by_client c
join service s on s."group" = c."group"
group by s.voucher, s.service, c.c_hi, c.c_lo, c.c_name
order by s.voucher, s.service, sum(c.sessions) desc, c.c_hi, c.c_lo, c.c_name

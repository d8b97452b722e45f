-- The roll-ups of the registered services by day. A part holds whole days of one source, so that what is being
-- summed stays small.
insert into by_day
select s."group", '{source}', r.day, least(sum(r.sessions), 2147483647), sum(r.bytes_up + r.bytes_down),
    least(sum(r.users), 2147483647), sum({hour_mark}),
    least(sum(r.h22 + r.h23 + r.h00 + r.h01 + r.h02 + r.h03 + r.h04 + r.h05), 2147483647),
    least(sum(r.h02 + r.h03 + r.h04), 2147483647)
from {part} r
join service s on s.registered = r."group"
group by s."group", r.day

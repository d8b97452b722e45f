-- r<P> is how far the starts of a day gather on one phase of the period P, weighed by sessions, on days whose
-- intervals are no bursts (on average at least half of P, and five of them make up the day); a<P> the same over
-- all days, where the phase holds from day to day; `even` counts sessions on days whose intervals hardly differ,
-- for periods that are no candidates.
with roomy as not materialized (
    select r.*, s."group" as number, {room} as room,  -- the longest period that fits the day's intervals
        {lengths},
        case when r.gaps >= 12 and r.gap_s > 0
                and cast(r.gap_s2 as double) * r.gaps / (cast(r.gap_s as double) * r.gap_s) - 1
                    <= {unevenness} * {unevenness}
            then r.sessions else 0 end as even_sessions
    from rollup r
    join service s on s.registered = r."group"
    where not s.counts_devices
),
-- What each client must at least reach, with few sums: hardly any does, and only for those everything is summed.
reaching as (
    select r.number, r.source, r.c_hi, r.c_lo, coalesce(r.c_name, '') as c_name,
        {excesses},
        sum(r.even_sessions - {share} * cast(0.999 as double) * r.sessions) as even
    from roomy r
    group by r.number, r.source, r.c_hi, r.c_lo, coalesce(r.c_name, '')
),
likely as materialized (
    select number, source, c_hi, c_lo, c_name from reaching where even >= 0 or {reached}
),
phased as (
    select r.number as "group", cast(r.source as source_of) as source, r.c_hi, r.c_lo,
        coalesce(r.c_name, '') as c_name,
        sum(r.sessions) as sessions, count(*) as days,
        {day_phases},
        {all_phases},
        sum(r.even_sessions) as even
    from roomy r
    join likely l on l.number = r.number and l.source = r.source and l.c_hi = r.c_hi and l.c_lo = r.c_lo
        and l.c_name = coalesce(r.c_name, '')
    group by r.number, r.source, r.c_hi, r.c_lo, coalesce(r.c_name, '')
),
whole as (select "group", source, sum(sessions) as total from by_client group by "group", source),
machines as (
    select p.*, w.total, sum(p.sessions) over (partition by p."group", p.source) as by_machine
    from phased p
    join whole w on w."group" = p."group" and w.source = p.source
    where p.sessions >= {sessions} and (p.even >= {share} * p.sessions or {gathered})
)
select s.voucher, s.service, w.source, w.c_hi, w.c_lo, w.c_name, w.days, w.sessions, w.even,
    w.by_machine, w.total, {phase_names}
from machines w
join service s on s."group" = w."group"
where w.by_machine >= {share} * w.total
order by s.voucher, s.service, w.source desc, w.sessions desc, w.c_hi, w.c_lo, w.c_name

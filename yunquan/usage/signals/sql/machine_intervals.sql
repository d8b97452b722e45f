-- r<P> is how far the starts of a day gather on one phase of the period P, weighed by sessions, on days whose
-- intervals are no bursts (on average at least half of P, and five of them make up the day); a<P> the same over all days, where the phase holds from day
-- to day; `even` counts sessions on days whose intervals hardly differ, for periods that are no candidates.
with phased as (
    select s."group", cast(r.source as source_of) as source, r.c_hi, r.c_lo, coalesce(r.c_name, '') as c_name,
        sum(r.sessions) as sessions, count(*) as days,
        {day_phases},
        {all_phases},
        sum(case when r.gaps >= 12 and r.gap_s > 0
                and cast(r.gap_s2 as double) * r.gaps / (cast(r.gap_s as double) * r.gap_s) - 1
                    <= {unevenness} * {unevenness}
            then r.sessions else 0 end) as even
    from rollup r
    join service s on s.registered = r."group"
    where not s.counts_devices
    group by s."group", r.source, r.c_hi, r.c_lo, coalesce(r.c_name, '')
),
judged as (
    select p.*,
        sum(p.sessions) over (partition by p."group", p.source) as total,
        p.sessions >= {sessions} and (p.even >= {share} * p.sessions or {gathered}) as machine
    from phased p
),
weighed as (
    select j.*,
        sum(case when j.machine then j.sessions else 0 end) over (partition by j."group", j.source) as by_machine
    from judged j
)
select s.voucher, s.service, w.source, w.c_hi, w.c_lo, w.c_name, w.days, w.sessions, w.even,
    w.by_machine, w.total, {phase_names}
from weighed w
join service s on s."group" = w."group"
where w.machine and w.by_machine >= {share} * w.total
order by s.voucher, s.service, w.source desc, w.sessions desc, w.c_hi, w.c_lo, w.c_name

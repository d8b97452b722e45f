-- Records against the registry, and what matched as one row for each group, client and day.
-- Tables: records (SCHEMA of yunquan/usage/records.py, of one source, and the scope: whose vouchers a delivery
-- speaks of, 0 for all), exact_pairs and registry_groups (yunquan/usage/rollup/expansion.py), range_pairs (what
-- ranges.sql found), days (number since 1970, day, works), phases (second of the hour; its cosine and sine in
-- six periods, in millionths, so that all engines agree).
-- No name is empty, so coalesce(name, '') says that both are null or both the same.
WITH found AS (
    SELECT
        x."group",
        CASE
            WHEN r.a_lo = x.c_lo AND r.a_hi = x.c_hi AND r.b_lo = x.s_lo AND r.b_hi = x.s_hi
                AND coalesce(r.a_name, '') = coalesce(x.c_name, '')
                AND coalesce(r.b_name, '') = coalesce(x.s_name, '')
                AND (x.port = 0 OR r.b_port = x.port) THEN 1
            WHEN r.b_lo = x.c_lo AND r.b_hi = x.c_hi AND r.a_lo = x.s_lo AND r.a_hi = x.s_hi
                AND coalesce(r.b_name, '') = coalesce(x.c_name, '')
                AND coalesce(r.a_name, '') = coalesce(x.s_name, '')
                AND (x.port = 0 OR r.a_port = x.port) THEN 0
            ELSE -1
        END AS forward,
        r.a_hi, r.a_lo, r.a_name, r.a_port, r.b_hi, r.b_lo, r.b_name, r.b_port,
        r.start_us, r.end_us, r.bytes_ab, r.bytes_ba, r.protocol, r."user", r.rest
    FROM records AS r
    JOIN (
        SELECT pair, "group", scope, c_hi, c_lo, c_name, s_hi, s_lo, s_name, port FROM exact_pairs
        UNION ALL
        SELECT pair, "group", scope, c_hi, c_lo, c_name, s_hi, s_lo, s_name, port FROM range_pairs
    ) AS x ON r.pair = x.pair
    WHERE r.scope = 0 OR x.scope = 0 OR r.scope = x.scope
),
-- A record counts once for a group however many of its ends match, and records equal in every field once.
once AS (
    SELECT
        "group", max(forward) AS forward,
        a_hi, a_lo, a_name, b_hi, b_lo, b_name, start_us, end_us, bytes_ab, bytes_ba, "user"
    FROM found
    WHERE forward >= 0
    GROUP BY
        "group", a_hi, a_lo, a_name, a_port, b_hi, b_lo, b_name, b_port,
        start_us, end_us, bytes_ab, bytes_ba, protocol, "user", rest
),
matched AS (
    SELECT
        "group",
        CASE WHEN forward = 1 THEN a_hi ELSE b_hi END AS c_hi,
        CASE WHEN forward = 1 THEN a_lo ELSE b_lo END AS c_lo,
        CASE WHEN forward = 1 THEN a_name ELSE b_name END AS c_name,
        CASE WHEN forward = 1 THEN bytes_ab ELSE bytes_ba END AS up,
        CASE WHEN forward = 1 THEN bytes_ba ELSE bytes_ab END AS down,
        start_us, end_us, "user",
        (start_us + 28800000000) // 86400000000 AS day_number
    FROM once
),
-- Sorting is what costs: a name is known by its hash here, and what can be worked out of the start comes after.
spaced AS (
    SELECT
        "group", day_number, c_hi, c_lo, c_name, up, down, start_us, end_us, "user",
        ((start_us + 28800000000) // 3600000000) % 24 AS local_hour,
        (start_us // 1000000) % 3600 AS hour_second,
        (start_us - before_us) // 1000000 AS gap
    FROM (
        SELECT
            *,
            lag(start_us) OVER (PARTITION BY "group", day_number, c_hi, c_lo ORDER BY start_us) AS before_us
        FROM matched
    ) AS ordered
),
daily AS (
    SELECT
        m."group", m.day_number, m.c_hi, m.c_lo, m.c_name,
        count(*) AS sessions,
        CAST(sum(m.up) AS BIGINT) AS bytes_up,
        CAST(sum(m.down) AS BIGINT) AS bytes_down,
        CAST(sum(m.end_us - m.start_us) // 1000000 AS BIGINT) AS seconds,
        min(m.start_us) AS first_us,
        max(m.start_us) AS last_us,
        count(m.gap) AS gaps,
        CAST(coalesce(sum(m.gap), 0) AS BIGINT) AS gap_s,
        CAST(coalesce(sum(m.gap * m.gap), 0) AS BIGINT) AS gap_s2,
        count(DISTINCT CASE WHEN m."user" <> 0 THEN m."user" END) AS users,
        min(CASE WHEN m."user" <> 0 THEN m."user" END) AS least_user,
        count(CASE WHEN m.local_hour = 0 THEN 1 END) AS h00, count(CASE WHEN m.local_hour = 1 THEN 1 END) AS h01,
        count(CASE WHEN m.local_hour = 2 THEN 1 END) AS h02, count(CASE WHEN m.local_hour = 3 THEN 1 END) AS h03,
        count(CASE WHEN m.local_hour = 4 THEN 1 END) AS h04, count(CASE WHEN m.local_hour = 5 THEN 1 END) AS h05,
        count(CASE WHEN m.local_hour = 6 THEN 1 END) AS h06, count(CASE WHEN m.local_hour = 7 THEN 1 END) AS h07,
        count(CASE WHEN m.local_hour = 8 THEN 1 END) AS h08, count(CASE WHEN m.local_hour = 9 THEN 1 END) AS h09,
        count(CASE WHEN m.local_hour = 10 THEN 1 END) AS h10, count(CASE WHEN m.local_hour = 11 THEN 1 END) AS h11,
        count(CASE WHEN m.local_hour = 12 THEN 1 END) AS h12, count(CASE WHEN m.local_hour = 13 THEN 1 END) AS h13,
        count(CASE WHEN m.local_hour = 14 THEN 1 END) AS h14, count(CASE WHEN m.local_hour = 15 THEN 1 END) AS h15,
        count(CASE WHEN m.local_hour = 16 THEN 1 END) AS h16, count(CASE WHEN m.local_hour = 17 THEN 1 END) AS h17,
        count(CASE WHEN m.local_hour = 18 THEN 1 END) AS h18, count(CASE WHEN m.local_hour = 19 THEN 1 END) AS h19,
        count(CASE WHEN m.local_hour = 20 THEN 1 END) AS h20, count(CASE WHEN m.local_hour = 21 THEN 1 END) AS h21,
        count(CASE WHEN m.local_hour = 22 THEN 1 END) AS h22, count(CASE WHEN m.local_hour = 23 THEN 1 END) AS h23,
        CAST(sum(p.p60c) AS BIGINT) AS p60c, CAST(sum(p.p60s) AS BIGINT) AS p60s,
        CAST(sum(p.p300c) AS BIGINT) AS p300c, CAST(sum(p.p300s) AS BIGINT) AS p300s,
        CAST(sum(p.p600c) AS BIGINT) AS p600c, CAST(sum(p.p600s) AS BIGINT) AS p600s,
        CAST(sum(p.p900c) AS BIGINT) AS p900c, CAST(sum(p.p900s) AS BIGINT) AS p900s,
        CAST(sum(p.p1800c) AS BIGINT) AS p1800c, CAST(sum(p.p1800s) AS BIGINT) AS p1800s,
        CAST(sum(p.p3600c) AS BIGINT) AS p3600c, CAST(sum(p.p3600s) AS BIGINT) AS p3600s
    FROM spaced AS m
    JOIN phases AS p ON m.hour_second = p.hour_second
    GROUP BY m."group", m.day_number, m.c_hi, m.c_lo, m.c_name
)
SELECT
    d."group",
    g.voucher,
    g.service,
    d.c_hi,
    d.c_lo,
    d.c_name,
    y.day,
    d.sessions,
    d.bytes_up,
    d.bytes_down,
    d.seconds,
    d.first_us,
    d.last_us,
    CAST(CASE
        WHEN y.works = 1 THEN d.h08 + d.h09 + d.h10 + d.h11 + d.h12 + d.h13 + 
            d.h14 + d.h15 + d.h16 + d.h17 + d.h18 + d.h19
        ELSE 0
    END AS BIGINT) AS work,
    d.h00, d.h01, d.h02, d.h03, d.h04, d.h05, d.h06, d.h07, d.h08, d.h09, d.h10, d.h11,
    d.h12, d.h13, d.h14, d.h15, d.h16, d.h17, d.h18, d.h19, d.h20, d.h21, d.h22, d.h23,
    d.users,
    d.gaps,
    d.gap_s,
    d.gap_s2,
    CASE WHEN d.users = 1 THEN d.least_user ELSE CAST(0 AS BIGINT) END AS user_key,
    d.p60c, d.p60s, d.p300c, d.p300s, d.p600c, d.p600s,
    d.p900c, d.p900s, d.p1800c, d.p1800s, d.p3600c, d.p3600s
FROM daily AS d
JOIN days AS y ON d.day_number = y.day_number
JOIN registry_groups AS g ON d."group" = g."group"

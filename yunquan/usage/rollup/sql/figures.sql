-- What roll-ups say of each group in a period: per source, and of both together (source 'both').
-- Tables: rollups (the rows of the period, with their source), registry_groups, period_days (scope, day,
-- week = its Monday, common = 1 where both sources cover the day).
WITH by_day AS (
    SELECT
        r."group", r.source, r.day,
        sum(r.sessions) AS sessions,
        sum(r.bytes_up + r.bytes_down) AS bytes,
        sum(r.work) AS work,
        min(r.first_us) AS first_us,
        max(r.last_us) AS last_us
    FROM rollups AS r
    GROUP BY r."group", r.source, r.day
),
days_of AS (
    SELECT "group", source, day, sessions, bytes, work, first_us, last_us FROM by_day
    UNION ALL
    SELECT "group", 'both', day, sum(sessions), sum(bytes), sum(work), min(first_us), max(last_us)
    FROM by_day
    GROUP BY "group", day
),
by_client AS (
    SELECT DISTINCT r."group", r.source, r.c_hi, r.c_lo, coalesce(r.c_name, '') AS c_name FROM rollups AS r
),
clients_of AS (
    SELECT "group", source, count(*) AS clients FROM by_client GROUP BY "group", source
    UNION ALL
    SELECT "group", 'both', count(*)
    FROM (SELECT DISTINCT "group", c_hi, c_lo, c_name FROM by_client) AS one
    GROUP BY "group"
)
SELECT
    g.voucher,
    g.service,
    d.source,
    CAST(count(*) AS BIGINT) AS active_days,
    CAST(count(DISTINCT p.week) AS BIGINT) AS active_weeks,
    CAST(sum(p.common) AS BIGINT) AS common_days,
    CAST(sum(d.sessions) AS BIGINT) AS sessions,
    CAST(sum(d.bytes) AS BIGINT) AS bytes,
    CAST(sum(d.work) AS BIGINT) AS work,
    CAST(max(c.clients) AS BIGINT) AS clients,
    min(d.first_us) AS first_us,
    max(d.last_us) AS last_us
FROM days_of AS d
JOIN registry_groups AS g ON d."group" = g."group"
JOIN period_days AS p ON d.day = p.day AND g.scope = p.scope
JOIN clients_of AS c ON d."group" = c."group" AND d.source = c.source
GROUP BY g.voucher, g.service, d.source

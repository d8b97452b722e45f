-- What roll-ups say of each group in a period: per source, and of both together (source 2).
-- Tables: rollups (the rows of the period, with the place of their source in yunquan/usage/records.py),
-- registry_groups, period_blocks (scope, block, common = the days that both sources cover).
-- Days are bits of one number for each block of eight weeks that begins on a Monday, so that the roll-ups are
-- read once and what they say of days and of clients comes from the few rows that are left. 1 January 1970
-- was a Thursday. A client that is a name is known by its hash.
WITH by_block AS MATERIALIZED (
    SELECT
        "group", source, c_hi, c_lo, place // 56 AS block,
        bit_or(CAST(1 AS BIGINT) << CAST(place % 56 AS INTEGER)) AS days,
        CAST(sum(sessions) AS BIGINT) AS sessions,
        CAST(sum(bytes) AS BIGINT) AS bytes,
        CAST(sum(work) AS BIGINT) AS work,
        min(first_us) AS first_us,
        max(last_us) AS last_us
    FROM (
        SELECT
            "group", source, c_hi, c_lo, (first_us + 28800000000) // 86400000000 + 3 AS place,
            sessions, bytes_up + bytes_down AS bytes, work, first_us, last_us
        FROM rollups
    ) AS placed
    GROUP BY "group", source, c_hi, c_lo, place // 56
),
of_source AS (
    SELECT
        "group", source, block, bit_or(days) AS days, sum(sessions) AS sessions, sum(bytes) AS bytes,
        sum(work) AS work, min(first_us) AS first_us, max(last_us) AS last_us
    FROM by_block
    GROUP BY "group", source, block
),
of_block AS (
    SELECT "group", source, block, days, sessions, bytes, work, first_us, last_us FROM of_source
    UNION ALL
    SELECT "group", 2, block, bit_or(days), sum(sessions), sum(bytes), sum(work), min(first_us), max(last_us)
    FROM of_source
    GROUP BY "group", block
),
by_client AS (
    SELECT DISTINCT "group", source, c_hi, c_lo FROM by_block
),
clients_of AS (
    SELECT "group", source, count(*) AS clients FROM by_client GROUP BY "group", source
    UNION ALL
    SELECT "group", 2, count(*)
    FROM (SELECT DISTINCT "group", c_hi, c_lo FROM by_client) AS one
    GROUP BY "group"
)
SELECT
    g.voucher,
    g.service,
    d.source,
    CAST(sum(bit_count(d.days)) AS BIGINT) AS active_days,
    CAST(sum(
        CASE WHEN d.days & 127 <> 0 THEN 1 ELSE 0 END
        + CASE WHEN d.days & 16256 <> 0 THEN 1 ELSE 0 END
        + CASE WHEN d.days & 2080768 <> 0 THEN 1 ELSE 0 END
        + CASE WHEN d.days & 266338304 <> 0 THEN 1 ELSE 0 END
        + CASE WHEN d.days & 34091302912 <> 0 THEN 1 ELSE 0 END
        + CASE WHEN d.days & 4363686772736 <> 0 THEN 1 ELSE 0 END
        + CASE WHEN d.days & 558551906910208 <> 0 THEN 1 ELSE 0 END
        + CASE WHEN d.days & 71494644084506624 <> 0 THEN 1 ELSE 0 END
    ) AS BIGINT) AS active_weeks,
    CAST(sum(bit_count(d.days & p.common)) AS BIGINT) AS common_days,
    CAST(sum(d.sessions) AS BIGINT) AS sessions,
    CAST(sum(d.bytes) AS BIGINT) AS bytes,
    CAST(sum(d.work) AS BIGINT) AS work,
    CAST(max(c.clients) AS BIGINT) AS clients,
    min(d.first_us) AS first_us,
    max(d.last_us) AS last_us
FROM of_block AS d
JOIN registry_groups AS g ON d."group" = g."group"
JOIN period_blocks AS p ON d.block = p.block AND g.scope = p.scope
JOIN clients_of AS c ON d."group" = c."group" AND d.source = c.source
GROUP BY g.voucher, g.service, d.source

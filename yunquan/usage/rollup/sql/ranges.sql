-- Which pairs of ends that occur in records lie in registered ranges: rows like those of exact_pairs, to be
-- joined with the records by the same key. Only the ends are read, and every pair is held against ranges once.
-- Tables: records (SCHEMA of yunquan/usage/records.py), anchored_ranges, open_ranges and block_ranges
-- (yunquan/usage/rollup/expansion.py). Halves of addresses have their top bit turned (yunquan/usage/records.py):
-- -9223372036854775808 is a half of zero bits, and the IPv4 addresses are those from -9223090566173032448 to
-- -9223090561878065153 in the lower half under it.
WITH
-- Keys are few and records many: what touches none is left out by one look at both ends.
touching AS MATERIALIZED (
    SELECT pair, a_hi, a_lo, a_name, b_hi, b_lo, b_name
    FROM records
    WHERE a_lo IN (SELECT k_lo FROM anchored_ranges UNION ALL SELECT k_lo FROM open_ranges)
        OR b_lo IN (SELECT k_lo FROM anchored_ranges UNION ALL SELECT k_lo FROM open_ranges)
        OR CASE
            WHEN a_hi = -9223372036854775808 AND a_lo BETWEEN -9223090566173032448 AND -9223090561878065153
                THEN a_lo & -65536
            ELSE a_hi & -65536
        END IN (SELECT block FROM block_ranges)
        OR CASE
            WHEN b_hi = -9223372036854775808 AND b_lo BETWEEN -9223090566173032448 AND -9223090561878065153
                THEN b_lo & -65536
            ELSE b_hi & -65536
        END IN (SELECT block FROM block_ranges)
),
-- Both ends of each record in turn as the key by which a range is found on the other end, with the block
-- (IPv4 /16, IPv6 /48) in which that other end lies.
turned AS NOT MATERIALIZED (
    SELECT
        *,
        CASE
            WHEN o_hi = -9223372036854775808 AND o_lo BETWEEN -9223090566173032448 AND -9223090561878065153
                THEN 4
            ELSE 6
        END AS o_family,
        CASE
            WHEN o_hi = -9223372036854775808 AND o_lo BETWEEN -9223090566173032448 AND -9223090561878065153
                THEN o_lo & -65536
            ELSE o_hi & -65536
        END AS o_block
    FROM (
        SELECT
            pair, a_hi AS k_hi, a_lo AS k_lo, a_name AS k_name, b_hi AS o_hi, b_lo AS o_lo, b_name AS o_name
        FROM touching
        UNION ALL
        SELECT pair, b_hi, b_lo, b_name, a_hi, a_lo, a_name
        FROM touching
    ) AS ends
),
ranged AS (
    SELECT
        g."group", g.scope, g.is_client, g.port,
        r.pair, r.k_hi, r.k_lo, r.k_name, r.o_hi, r.o_lo
    FROM turned AS r
    JOIN anchored_ranges AS g ON r.k_lo = g.k_lo AND r.k_hi = g.k_hi AND r.o_block = g.block
    WHERE coalesce(r.k_name, '') = coalesce(g.k_name, '')
        AND r.o_name IS NULL AND r.o_family = g.family
        AND (r.o_hi > g.first_hi OR (r.o_hi = g.first_hi AND r.o_lo >= g.first_lo))
        AND (r.o_hi < g.last_hi OR (r.o_hi = g.last_hi AND r.o_lo <= g.last_lo))
),
-- The same for ranges of so many blocks that they are not written out.
opened AS (
    SELECT
        g."group", g.scope, g.is_client, g.port,
        r.pair, r.k_hi, r.k_lo, r.k_name, r.o_hi, r.o_lo
    FROM turned AS r
    JOIN open_ranges AS g ON r.k_lo = g.k_lo AND r.k_hi = g.k_hi
    WHERE coalesce(r.k_name, '') = coalesce(g.k_name, '')
        AND r.o_name IS NULL AND r.o_family = g.family
        AND (r.o_hi > g.first_hi OR (r.o_hi = g.first_hi AND r.o_lo >= g.first_lo))
        AND (r.o_hi < g.last_hi OR (r.o_hi = g.last_hi AND r.o_lo <= g.last_lo))
),
-- Ranges on both ends, found by the block of one of them.
broad AS (
    SELECT
        g."group", g.scope, g.is_client, g.port,
        r.pair, r.k_hi, r.k_lo, r.k_name, r.o_hi, r.o_lo
    FROM (
        SELECT
            *,
            CASE
                WHEN k_hi = -9223372036854775808 AND k_lo BETWEEN -9223090566173032448 AND -9223090561878065153
                    THEN 4
                ELSE 6
            END AS k_family,
            CASE
                WHEN k_hi = -9223372036854775808 AND k_lo BETWEEN -9223090566173032448 AND -9223090561878065153
                    THEN k_lo & -65536
                ELSE k_hi & -65536
            END AS k_block
        FROM turned
    ) AS r
    JOIN block_ranges AS g ON r.k_block = g.block
    WHERE r.k_name IS NULL AND r.k_family = g.k_family AND r.o_name IS NULL AND r.o_family = g.family
        AND (r.k_hi > g.k_first_hi OR (r.k_hi = g.k_first_hi AND r.k_lo >= g.k_first_lo))
        AND (r.k_hi < g.k_last_hi OR (r.k_hi = g.k_last_hi AND r.k_lo <= g.k_last_lo))
        AND (r.o_hi > g.first_hi OR (r.o_hi = g.first_hi AND r.o_lo >= g.first_lo))
        AND (r.o_hi < g.last_hi OR (r.o_hi = g.last_hi AND r.o_lo <= g.last_lo))
)
SELECT DISTINCT
    pair, "group", scope,
    CASE WHEN is_client = 1 THEN k_hi ELSE o_hi END AS c_hi,
    CASE WHEN is_client = 1 THEN k_lo ELSE o_lo END AS c_lo,
    CASE WHEN is_client = 1 THEN k_name END AS c_name,
    CASE WHEN is_client = 1 THEN o_hi ELSE k_hi END AS s_hi,
    CASE WHEN is_client = 1 THEN o_lo ELSE k_lo END AS s_lo,
    CASE WHEN is_client = 1 THEN NULL ELSE k_name END AS s_name,
    port
FROM (
    SELECT * FROM ranged
    UNION ALL
    SELECT * FROM opened
    UNION ALL
    SELECT * FROM broad
) AS seen

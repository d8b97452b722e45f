-- Narrow columns: a year of ten thousand vouchers has seven million rows here, and they stay in memory.
create type source_of as enum ('application', 'operator');

create temp table by_day (
    "group" integer, source source_of, day date, sessions integer, bytes bigint, users integer,
    hour_mark bigint,  -- the use hour by hour in one number
    late integer, latest integer
)

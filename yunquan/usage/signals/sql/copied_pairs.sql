create or replace temp table copied_pairs (
    one integer, two integer, source source_of, by_hours boolean, days integer, first_on date, last_on date
)

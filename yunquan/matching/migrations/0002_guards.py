"""The guards that keep these rows as they were written (M3); what a row lives through stays open."""

from django.db import migrations

from yunquan.journal.append_only import AppendOnly

LINE = (
    "matching_list_id", "scheme_id", "city", "position", "voucher_id", "voucher_number", "enterprise_id",
    "enterprise_name", "enterprise_uscc", "award_fen", "amount_fen", "working", "is_pilot", "claimed_at", "claim_seq",
)  # fmt: skip
SCHEME = (
    "cycle_id", "city", "edition", "title", "document", "clause", "basis", "ratio", "fixed", "counts_bonus",
    "within_fee", "ceiling_fen", "rounding", "trigger", "pilots_first", "total_fen", "from_on", "until_on",
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("matching", "0001_initial"), ("journal", "0002_head_and_guards")]

    operations = [
        AppendOnly("matching_matchingline", frozen_columns=LINE),
        AppendOnly("matching_matchingscheme", frozen_columns=SCHEME),
        AppendOnly("matching_matchingresult"),
    ]

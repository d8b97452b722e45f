"""Report a 20 % plan over 100,000 vouchers, from the query to the published list: processor time by step.

Population with its weights, freeze (rows, files, hashes), draw (bundle, result, inspections, holds), and the
public ZIP; on the embedded database, with the number of queries of the population at a tenth and at the whole, which
must be equal. Prints one JSON object; there is no target but that equality.

    python benchmarks/draw_plan.py [VOUCHERS]
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django
from django.core.management import call_command

# A folder of its own, before Django reads the settings.
os.environ["YUNQUAN_DIR"] = tempfile.mkdtemp(prefix="yunquan-draw-plan-")
os.environ["DJANGO_SETTINGS_MODULE"] = "yunquan.config.settings"
WHOLE, PART = 100_000, 10


def timed(told: dict[str, Any], name: str, act: Callable[[], Any]) -> Any:
    """Run a step and note its processor time in seconds."""
    start = time.process_time()
    result = act()
    told[name] = round(time.process_time() - start, 2)
    return result


def queries_of(act: Callable[[], Any]) -> int:
    """How many queries a computation makes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def measure(whole: int) -> dict[str, Any]:
    """Lay down the vouchers, draw a fifth of them, and tell what each step cost."""
    from tests.cast import build_world
    from tests.inspections import stage
    from yunquan.inspections import draw_files, plan_queries
    from yunquan.inspections.actions import drawing
    from yunquan.inspections.models import Inspection
    from yunquan.inspections.plan_population import population_of
    from yunquan.policy.drawing import bundle

    world = build_world()
    told: dict[str, Any] = {"vouchers": whole}
    stage.crowd(world, whole // PART)
    plan = stage.draft(world)
    few = queries_of(lambda: population_of(plan))
    stage.crowd(world, whole - whole // PART)
    many = queries_of(lambda: population_of(plan))
    told["queries"] = {"a tenth": few, "the whole": many}
    timed(told, "population_s", lambda: population_of(plan))
    plan = timed(told, "publish_s", lambda: stage.publish(world, plan))
    stage.commit(world, plan)
    by, first = stage.drawer(world, plan.regime), stage.DRAFTED
    plan = timed(told, "freeze_s", lambda: drawing.freeze(plan=plan, by=by, now=first + timedelta(days=2)))
    for one in plan.custodians.select_related("person"):
        name = one.person.username
        drawing.reveal(plan=plan, secret=stage.SECRETS[name], by=world[name], now=first + timedelta(days=3))
    plan = timed(told, "draw_s", lambda: stage.draw(world, plan))
    zipped = timed(told, "zip_s", lambda: plan_queries.bundle_zip(plan))
    told["picked"] = Inspection.objects.filter(plan=plan).count()
    told["zip_bytes"] = len(zipped)
    told["all"] = round(sum(told[key] for key in told if key.endswith("_s")), 2)
    assert bundle.seed_in(draw_files.bundle_of(plan)).hex() == plan.seed
    told["passes"] = few == many and told["picked"] >= whole // 5
    return told


def main() -> int:
    """Print the figures; exit 1 when the number of queries grows."""
    whole = int(sys.argv[1]) if len(sys.argv) > 1 else WHOLE
    django.setup()
    call_command("migrate", verbosity=0)
    told = measure(whole)
    print(json.dumps(told, ensure_ascii=False))
    return 0 if told["passes"] else 1


if __name__ == "__main__":
    sys.exit(main())

"""How inspections are run: one regime 抽查规程 a decree, as dated data with articles (D108, D26, D858)."""

from yunquan.policy.regimes.regime import (
    REGIMES,
    Regime,
    check_regime,
    load_regime,
    looks_like,
    shipped_regimes,
)

__all__ = ["REGIMES", "Regime", "check_regime", "load_regime", "looks_like", "shipped_regimes"]

"""Says what `hydra.launcher` may hold when `hydra/launcher=fused`; knows nothing of how jobs are run.

The launcher hands the fields on to the app's batched twin, which checks them.
"""

from dataclasses import dataclass
from typing import Any

from hydra.core.config_store import ConfigStore


@dataclass
class FusedLauncherConf:
    """The options of the launcher, each of them overridable as `hydra.launcher.<name>=...`."""

    _target_: str = "hydra_plugins.sinefit_fused.fused_launcher.FusedLauncher"
    dry_run: bool = False  # say what would be done, do and write nothing
    workers: Any = None  # how many threads the twin may compute in; null for one a processor


ConfigStore.instance().store(group="hydra/launcher", name="fused", node=FusedLauncherConf, provider="sinefit")

"""Says what `hydra.launcher` may hold when `hydra/launcher=fused`; independent of how jobs are run.

The launcher hands the fields on to the app's batched task, which checks them. So an option more takes a field
here, its check in the app, and a line of documentation.
"""

from dataclasses import dataclass
from typing import Any

from hydra.core.config_store import ConfigStore


@dataclass
class FusedLauncherConf:
    """The options of the launcher, each of them overridable as `hydra.launcher.<name>=...`."""

    _target_: str = "hydra_plugins.sinefit_fused.fused_launcher.FusedLauncher"
    dry_run: bool = False  # say what would be done, do and write nothing
    workers: Any = None  # how many threads the batched task may compute in; null for one a processor


ConfigStore.instance().store(group="hydra/launcher", name="fused", node=FusedLauncherConf, provider="sinefit")

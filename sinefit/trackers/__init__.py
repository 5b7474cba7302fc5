"""Records sent to experiment trackers, MLflow, TensorBoard and W&B; independent of training.

What is sent of a run is decided once, in `sent_run.py`; a module for each tracker puts it in that tracker's
terms.
"""

from sinefit.trackers.sending import Sent, send
from sinefit.trackers.to_mlflow import Mlflow
from sinefit.trackers.to_tensorboard import TensorBoard
from sinefit.trackers.to_wandb import Wandb

__all__ = ["Mlflow", "Sent", "TensorBoard", "Wandb", "send"]

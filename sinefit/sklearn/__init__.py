"""Networks as estimators of scikit-learn: knows `core`, and neither configs nor files."""

from __future__ import annotations

try:
    import sklearn  # noqa: F401
except ModuleNotFoundError as error:
    if error.name != "sklearn":
        raise
    message = "sinefit.sklearn needs scikit-learn; type pip install 'sinefit[sklearn]'"
    raise ModuleNotFoundError(message, name="sklearn") from None

from sinefit.sklearn.regressor import Regressor
from sinefit.sklearn.search import SearchCV

__all__ = ["Regressor", "SearchCV"]

"""A trained network as a file that works without sinefit: ONNX, a program of torch, or Python with numpy."""

from sinefit.predictors.export.description import Description
from sinefit.predictors.export.export import FORMATS, export_model

__all__ = ["FORMATS", "Description", "export_model"]

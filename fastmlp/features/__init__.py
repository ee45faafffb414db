"""Features of images: from published networks, or learned from the images without labels."""

from .alexnet import AlexNetFeatures
from .download import fetch_alexnet
from .patches import PatchFeatures
from .squeezenet import SqueezeNetFeatures

__all__ = ["AlexNetFeatures", "PatchFeatures", "SqueezeNetFeatures", "fetch_alexnet"]

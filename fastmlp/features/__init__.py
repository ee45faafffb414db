"""Features of images, learned without labels and without pretrained weights."""

from .patches import PatchFeatures

__all__ = ["PatchFeatures"]

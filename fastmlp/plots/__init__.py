"""Pictures of data and of training runs.

Every function returns a matplotlib Figure that belongs to no window and leaves pyplot's state alone;
`save_figure` writes it as a PNG file.  Needs matplotlib (the extra `cli`).
"""

from .confusion import confusion, confusions
from .curves import Losses, loss_curves, training_curves
from .decision_surfaces import Surface, decision_surfaces
from .embedding import embeddings
from .epoch_curves import epoch_curves
from .feature_maps import feature_maps
from .heat_map import heat_map
from .image_grid import image_grid
from .images import misclassified, sample_images
from .reconstructions import reconstructions
from .roc import roc_curves
from .saving import save_figure
from .sweep_curves import sweep_curves

__all__ = [
    "Losses",
    "Surface",
    "confusion",
    "confusions",
    "decision_surfaces",
    "embeddings",
    "epoch_curves",
    "feature_maps",
    "heat_map",
    "image_grid",
    "loss_curves",
    "misclassified",
    "reconstructions",
    "roc_curves",
    "sample_images",
    "save_figure",
    "sweep_curves",
    "training_curves",
]

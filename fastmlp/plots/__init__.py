"""Pictures of data and of training runs.

Every function returns a matplotlib Figure that belongs to no window and leaves pyplot's state alone;
`save_figure` writes it as a PNG file.  Needs matplotlib (the extra `cli`).
"""

from .confusion import confusion, confusions
from .curves import Losses, loss_curves, training_curves
from .embedding import embeddings
from .images import misclassified, sample_images
from .reconstructions import reconstructions
from .roc import roc_curves
from .saving import save_figure

__all__ = [
    "Losses",
    "confusion",
    "confusions",
    "embeddings",
    "loss_curves",
    "misclassified",
    "reconstructions",
    "roc_curves",
    "sample_images",
    "save_figure",
    "training_curves",
]

"""Training networks: losses, the loop of generator and discriminator, checkpoints, pre-training.

``train_network`` goes from wells to a restorer; ``ExperimentSettings`` says how. Importing the
settings loads no torch.
"""

from __future__ import annotations

from welllog.learning.settings import PRETRAININGS, ExperimentSettings

__all__ = ["PRETRAININGS", "ExperimentSettings"]

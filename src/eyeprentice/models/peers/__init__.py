"""Published models that ours are compared with, written from their descriptions.

Every model keeps the contract of `Model`. Those that read a clip as a whole (3D convolutions, attention over time)
refuse a state, as SEEN does, and give every step the same logits.
"""

from eyeprentice.models.peers.convolutions_3d import R2Plus1D, R2Plus1DSettings, ResNet3D, ResNet3DSettings
from eyeprentice.models.peers.emo import EMO, EMOSettings
from eyeprentice.models.peers.eyemotion import Eyemotion, EyemotionSettings
from eyeprentice.models.peers.former_dfer import FormerDFER, FormerDFERSettings
from eyeprentice.models.peers.recurrent import ResNet18LSTM, ResNet18LSTMSettings, ResNet50GRU, ResNet50GRUSettings

__all__ = [
    "EMO", "EMOSettings", "Eyemotion", "EyemotionSettings", "FormerDFER", "FormerDFERSettings", "R2Plus1D",
    "R2Plus1DSettings", "ResNet3D", "ResNet3DSettings", "ResNet18LSTM", "ResNet18LSTMSettings", "ResNet50GRU",
    "ResNet50GRUSettings",
]  # fmt: skip

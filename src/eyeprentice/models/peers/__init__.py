"""Published models that ours are compared with, written from their descriptions, and the ordinary networks of our
size.

`published`: what each was published with. Every model keeps the contract of `Model`. Those that read a clip as a
whole (3D convolutions, attention over time) refuse a state, as SEEN does, and give every step the same logits.
"""

from eyeprentice.models.peers.ann import ANN, ANNSettings
from eyeprentice.models.peers.emo import EMO, EMOSettings
from eyeprentice.models.peers.eyemotion import Eyemotion, EyemotionSettings
from eyeprentice.models.peers.former_dfer import FormerDFER, FormerDFERSettings
from eyeprentice.models.peers.r2plus1d import R2Plus1D, R2Plus1DSettings
from eyeprentice.models.peers.resnet3d import ResNet3D, ResNet3DSettings
from eyeprentice.models.peers.resnet_gru import ResNet50GRU, ResNet50GRUSettings
from eyeprentice.models.peers.resnet_lstm import ResNet18LSTM, ResNet18LSTMSettings

__all__ = [
    "ANN",
    "EMO",
    "ANNSettings",
    "EMOSettings",
    "Eyemotion",
    "EyemotionSettings",
    "FormerDFER",
    "FormerDFERSettings",
    "R2Plus1D",
    "R2Plus1DSettings",
    "ResNet3D",
    "ResNet3DSettings",
    "ResNet18LSTM",
    "ResNet18LSTMSettings",
    "ResNet50GRU",
    "ResNet50GRUSettings",
]

import json as json_format
from pathlib import Path

from eyeprentice.judging.predictions import read_predictions
from eyeprentice.judging.scoring import print_scores, score_predictions


def score(folder: Path, *, json: bool = False) -> None:
    """Compute recalls, WAR and UAR from saved prediction files in SEEN's format (test_epoch_EPOCH_REPEAT.json).

    Example: eyeprentice score runs/student/evaluation

    Args:
        folder: folder of the prediction files
        json: print the content of metrics.json instead of a table
    """
    scores = score_predictions(read_predictions(folder))
    if json:
        print(json_format.dumps(scores.to_json("saved prediction files"), indent=2))
    else:
        print_scores(scores, str(folder))

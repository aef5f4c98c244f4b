import json as json_format
from pathlib import Path

from eyeprentice.judging.predictions import join_predictions, read_predictions
from eyeprentice.judging.scoring import print_scores, score_predictions


def score(folders: list[Path], *, json: bool = False) -> None:
    """Compute recalls, WAR and UAR from saved prediction files in SEEN's format (test_epoch_EPOCH_REPEAT.json).

    Several folders give one table: of the folds of one dataset, for example, which were tested on different people.

    Example: eyeprentice score runs/student/evaluation

    Args:
        folders: folders of prediction files; no sequence may be in two of them
        json: print the content of metrics.json instead of a table
    """
    scores = score_predictions(join_predictions({folder: read_predictions(folder) for folder in folders}))
    if json:
        print(json_format.dumps(scores.to_json("saved prediction files"), indent=2))
    else:
        print_scores(scores, ", ".join(map(str, folders)))

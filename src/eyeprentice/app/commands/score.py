import json as json_format
from pathlib import Path

from eyeprentice.judging import scoring, tables


def score(folder: Path, *, json: bool = False) -> None:
    """Compute recalls, WAR and UAR from saved prediction files in SEEN's format (test_epoch_EPOCH_REPEAT.json).

    Example: eyeprentice score runs/student/evaluation

    Args:
        folder: folder of the prediction files
        json: print the content of metrics.json instead of a table
    """
    scores = scoring.score(scoring.read_predictions(folder))
    if json:
        print(json_format.dumps(scores.to_json("saved prediction files"), indent=2))
    else:
        tables.print_scores(scores, str(folder))

import json as json_format
from pathlib import Path

from eyeprentice.judging.predictions import join_predictions, read_predictions
from eyeprentice.judging.scoring import print_scores, score_predictions


def score(folders: list[Path], *, each: bool = False, json: bool = False) -> None:
    """Compute recalls, WAR and UAR from saved prediction files in SEEN's format (test_epoch_EPOCH_REPEAT.json).

    Several folders give one table: of the folds of one dataset, for example, which were tested on different people.
    With --each they give a table each: of several datasets or runs.

    Example: eyeprentice score runs/student/evaluation

    Args:
        folders: folders of prediction files; for one table, no sequence may be in two of them
        each: a table of each folder, instead of one of all
        json: print the content of metrics.json instead of a table; with --each, by folder
    """
    found = {folder: read_predictions(folder) for folder in folders}
    if each:
        alone = {str(folder): score_predictions(predictions) for folder, predictions in found.items()}
        if json:
            told = {folder: scores.to_json("saved prediction files") for folder, scores in alone.items()}
            print(json_format.dumps(told, indent=2))
        else:
            for folder, scores in alone.items():
                print_scores(scores, folder)
        return
    scores = score_predictions(join_predictions(found))
    if json:
        print(json_format.dumps(scores.to_json("saved prediction files"), indent=2))
    else:
        print_scores(scores, ", ".join(map(str, folders)))

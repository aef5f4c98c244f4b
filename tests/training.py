"""Training by hand: a recipe on a dataset that is open, with a teacher that need not be a run."""

from pathlib import Path

from lightning_fabric import Fabric

from eyeprentice.data.dataset import Dataset
from eyeprentice.data.splits import Parts, divide
from eyeprentice.learning import learn
from eyeprentice.learning.prepare import Prepared, learnt_units
from eyeprentice.learning.runs import Record
from eyeprentice.learning.runs.checkpoint import History
from eyeprentice.models import Model
from eyeprentice.words.recipe import Recipe

CPU = Fabric(accelerator="cpu", devices=1)


def prepared(dataset: Dataset, recipe: Recipe, teacher: Model | None = None, parts: Parts | None = None) -> Prepared:
    parts = parts or divide(dataset.names, dataset.subsets, recipe.split)
    record = Record(dataset.content, units=learnt_units(recipe, dataset))
    return Prepared(recipe, record, dataset, parts, teacher)


def train(dataset: Dataset, recipe: Recipe, run: Path, fabric: Fabric = CPU, teacher: Model | None = None) -> History:
    return learn.train_prepared(prepared(dataset, recipe, teacher), run, fabric)

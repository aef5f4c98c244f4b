"""Examples are scripts; tests import them by name."""

import sys

from tests.conftest import ROOT

sys.path.append(str(ROOT / "examples"))

"""What a charger is granted, and which limit is named."""

import pytest

from ohmstead.core.control import ControlMemory, ControlSettings, decide
from ohmstead.core.model.chargers import ChargerOptions, ChargerState
from ohmstead.core.model.grants import Grant
from ohmstead.core.model.quantities import PHASES
from ohmstead.core.model.snapshot import Snapshot
from ohmstead.texts import LANGUAGES, word

from .builders import Car, House, at, charger, controls, grid, site

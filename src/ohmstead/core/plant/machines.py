"""From the settings of a machine to the machine."""

from ohmstead.core.plant.appliances import ApplianceSettings, KettleSettings, OvenSettings, WashingMachineSettings
from ohmstead.core.plant.heat_pump import HeatPump
from ohmstead.core.plant.household import Appliance, Kettle, Oven, WashingMachine


def machine(settings: ApplianceSettings) -> Appliance:
    """One that stands still."""
    match settings:
        case KettleSettings():
            return Kettle(settings)
        case OvenSettings():
            return Oven(settings)
        case WashingMachineSettings():
            return WashingMachine(settings)
        case _:
            return HeatPump(settings)

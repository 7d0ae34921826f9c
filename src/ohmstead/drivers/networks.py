"""Opening the networks of this machine, by who manages them."""

from ohmstead.core.model.networks import NetworksSettings
from ohmstead.drivers.ports import Networks


def open_networks(settings: NetworksSettings | None) -> Networks | None:
    """The port of ``settings``, which is asked for nothing yet; ``None`` where nobody here manages them."""
    if settings is None:
        return None
    if settings.driver == "plant":
        from ohmstead.drivers.plant_networks import PlantNetworks

        return PlantNetworks()
    from ohmstead.drivers.network_manager import NetworkManager

    return NetworkManager()

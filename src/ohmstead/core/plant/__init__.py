"""The physical world, stepped by its caller: network, sun, loads, protection, cars and the boards that feed them.

Nothing here asks a clock or a random generator: time comes as ``dt``, chance comes from the seed of
:class:`~ohmstead.core.plant.settings.WorldSettings`. Start at :mod:`ohmstead.core.plant.world`.
"""

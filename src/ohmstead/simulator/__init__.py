"""A simulated building behind the same wires as a real one: ``core.plant`` served over Modbus TCP.

:class:`~ohmstead.simulator.building.Building` runs it, :class:`~ohmstead.simulator.door.Door` is the hand that
plugs, switches and breaks things, :mod:`ohmstead.simulator.demo` is a house worth watching.
"""

"""Looking back: what another way of charging would have done on the same days, as fast as the machine goes.

Series of minutes and the visits of a car go in (``days``), a ``Strategy`` says how to charge, ``drive`` goes through
all of it with the decisions a site takes, and an ``Outcome`` comes out: energy, cost, solar share, cycles, missed kWh.
"""

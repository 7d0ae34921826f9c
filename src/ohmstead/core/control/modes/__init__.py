"""What a charging mode wants of the supply (EV-096). Off is no mode but ``enabled = False`` (G-134).

Fast wants all that the limits leave (EV-098) and so has nothing to say. ``programmed`` tells which mode holds now;
``green`` whether a car may charge on the sun, ``surplus`` how much of it there is; ``steering`` brings them together.
"""

"""The front panel, pure: light, buzzer, buttons and display as data and functions of what the charger is (EV 2, 3, 5).

``follow`` takes the buttons held now and gives the panel's next memory with what was wished; ``look`` shows it.
"""

"""Which of the machine's networks is used, and how much may go over the mobile one: pure decisions."""

"""P1: the customer port of smart meters (DSMR, eMUCS-P1, IDIS CII and their kin). Bytes in, electrical values out."""

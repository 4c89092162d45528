import TeredoWire

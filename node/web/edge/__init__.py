"""The edge: connections, the gate, limits, probes and problems, before any room is entered."""

"""How files are shown on their pages. Whoever calls has asked the gate before."""

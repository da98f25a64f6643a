"""`gatehouse demo`: a small world to look at and try things in."""

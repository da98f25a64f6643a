"""What the benchmarks compare the hub with."""

"""What is stored of Xet: xorbs, their tables and hashes, and files rebuilt from them."""

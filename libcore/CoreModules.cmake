# Sources that need flags of their own, and modules that are loaded on first use.

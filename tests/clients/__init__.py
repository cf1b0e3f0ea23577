"""The providers' own SDKs as clients, straight to the simulator and through the proxy."""

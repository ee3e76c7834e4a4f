"""The policy simulator: production's evaluator, asked about a request that nobody sends."""

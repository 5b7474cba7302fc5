"""Run folders become one table; reading executes nothing and knows neither torch nor Hydra."""

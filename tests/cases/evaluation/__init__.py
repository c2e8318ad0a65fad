"""Evaluation: figures, the cases behind them, hot spots, and the page to print."""

"""Figures: counts where possible, else ratios taken in one run."""

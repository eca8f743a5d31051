"""Figures that the README and the chapters quote; ``course bench`` runs them."""

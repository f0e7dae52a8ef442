"""Data sets and their labels, repair, augmentation, losses, and the one trainer of all models."""

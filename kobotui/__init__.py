"""The keyboard-driven console for administrators of KoboToolbox projects."""

__version__ = "0.1.0"

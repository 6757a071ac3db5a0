"""The keyboard-driven console for administrators of KoboToolbox projects."""

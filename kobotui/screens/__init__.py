"""One file per screen. Screens hold no rules: they show model objects, collect intent, hand a plan to jobs."""

"""The event camera: from what a pixel sees to events, and from events to event frames."""
